// Reads ranges of an index's entries, to find the rows that have certain values. At one instant from the
// index's first commit on, every entry stands for an existing row with these values. At other times it finds
// at least the rows that exist; whether a row still has the values is up to the reader of the row. One thread
// at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lsm/store/store.h"
#include "temporal/entry_reader.h"
#include "temporal/index_schema.h"
#include "temporal/row_cursor.h"

namespace spectradb::extension {

class Database;

class IndexScan {
 public:
  // Keeps a copy of `index`; `schema` stays alive and unchanged.
  IndexScan(const temporal::TableSchema& schema, const temporal::IndexSchema& index)
      : index_(index), reader_(schema, index_) {}

  const temporal::IndexSchema& index() const { return index_; }

  // Sets the times at which rows are read. `options` shows the rows, `widest` everything that is known now.
  // May be called again and again. Readers of what is committed are taken from the database, which must have its
  // store open.
  void open(Database& database, const lsm::CursorOptions& options, const lsm::CursorOptions& widest,
            const temporal::ReadTimes& times);
  // Gives those readers back, and lets go of others. Afterwards only open() may be called.
  void close(Database& database);

  // Reads entries in [lower, upper), ascending or descending, each once. Whoever leaves after a few of them need not
  // have others read ahead.
  void seek(std::string_view lower, std::string_view upper, bool descending, bool may_read_ahead = true);
  bool valid() const { return at_ != nullptr; }
  void next();
  Status status() const;

  // Returns the bytes of the current entry without the id; reader() decodes them.
  std::string_view entry() const { return entry_; }
  temporal::EntryReader& reader() { return reader_; }
  // Whether each entry is exactly one row at the times that are read.
  bool is_certain() const { return is_certain_; }

 private:
  struct Source {  // one key space
    std::unique_ptr<temporal::RowCursor> rows;
    uint32_t id;
  };
  void settle();

  const temporal::IndexSchema index_;
  std::vector<Source> sources_;
  const lsm::WriteBatch* own_ = nullptr;  // the batch that sources_ read
  uint64_t own_commit_ = 0;
  bool is_descending_ = false;
  bool is_certain_ = false;
  const Source* at_ = nullptr;
  temporal::EntryReader reader_;
  std::string_view entry_;
  std::string kept_;  // the entry's bytes, where other sources move beside it
  Status failure_;
};

}  // namespace spectradb::extension
