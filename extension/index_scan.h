// Reads the entries of an index in ranges: where to look for the rows that have certain values. What it finds
// is at least what there is at the times asked for; whether a row still has the values is for the reader of
// the row to see. One thread at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lsm/store.h"
#include "temporal/index_schema.h"
#include "temporal/row_cursor.h"

namespace spectradb::extension {

class IndexScan {
 public:
  explicit IndexScan(const temporal::IndexSchema& index) : index_(index) {}  // a copy of its own

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

  // Of the present entry: its values, and the key behind the table's id.
  std::string_view values() const { return std::string_view(entry_).substr(0, values_size_); }
  std::string_view key() const { return std::string_view(entry_).substr(values_size_); }

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
  const Source* at_ = nullptr;
  std::string entry_;  // without the id
  size_t values_size_ = 0;
  Status failure_;
};

}  // namespace spectradb::extension
