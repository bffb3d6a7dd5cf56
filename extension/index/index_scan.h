// Reads the entries of an index in ranges: where to look for the rows that have certain values. At one
// instant from the index's beginning on, every entry is a row that is there and has the values. Else what it
// finds is at least what there is at the times asked for; whether a row still has the values is for the
// reader of the row to see. One thread at a time.
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

class IndexScan {
 public:
  // Keeps a copy of `index`; `schema` stays alive and unchanged.
  IndexScan(const temporal::TableSchema& schema, const temporal::IndexSchema& index)
      : index_(index), reader_(schema, index_) {}

  const temporal::IndexSchema& index() const { return index_; }

  // The times at which the rows are read. `options` show the rows; `widest` everything that is known now. May
  // be called again and again.
  void open(lsm::Store& store, const lsm::CursorOptions& options, const lsm::CursorOptions& widest,
            const temporal::ReadTimes& times);

  // Entries in [lower, upper), ascending or descending, each once.
  void seek(std::string_view lower, std::string_view upper, bool descending);
  bool valid() const { return at_ != nullptr; }
  void next();
  Status status() const;

  // The bytes of the present entry without the id, and a reader of what it says.
  std::string_view entry() const { return entry_; }
  temporal::EntryReader& reader() { return reader_; }
  // Whether each entry is one row at the times that are read.
  bool is_certain() const { return is_certain_; }

 private:
  struct Source {  // one key space
    std::unique_ptr<temporal::RowCursor> rows;
    uint32_t id;
  };
  void settle();

  const temporal::IndexSchema index_;
  std::vector<Source> sources_;
  const lsm::WriteBatch* own_ = nullptr;  // that sources_ read
  uint64_t own_commit_ = 0;
  bool is_descending_ = false;
  bool is_certain_ = false;
  const Source* at_ = nullptr;
  temporal::EntryReader reader_;
  std::string_view entry_;
  std::string kept_;  // its bytes, where other sources move beside it
  Status failure_;
};

}  // namespace spectradb::extension
