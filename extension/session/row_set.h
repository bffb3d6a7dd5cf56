// Rows that are read again through the hidden column _written: rows that a statement wrote (RETURNING), and
// the two rows that ON CONFLICT DO UPDATE looks at. They are kept by number until a cursor takes them. Used
// by the thread that uses the connection.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "extension/host/shared_bytes.h"
#include "temporal/instant.h"
#include "temporal/value.h"

namespace spectradb::extension {

class RowSets;
class Table;

class RowSet {
 public:
  // `is_counting`: only the number of rows counts, and all pieces of one upsert count as one row. Its rows have null
  // for all values.
  explicit RowSet(bool is_counting = false) : is_counting_(is_counting) {}
  bool is_counting() const { return is_counting_; }

  struct Row {
    std::vector<temporal::Value> values;  // the visible columns; value() gives text and blobs
    std::vector<std::string> bytes;
    std::vector<SharedBytes> large;  // by column where one is large; else empty
    int64_t integer_key = 0;         // for tables with an integer key
    uint64_t system_from = 0;
    temporal::Period period;

    temporal::Value value(size_t column) const;
    void give(sqlite3_context* context, size_t column) const;
    bool is_large(size_t column) const { return !large.empty() && !large[column].view().empty(); }
  };

  // Copies the values, but not large ones of the row that `shown` shows.
  void add(const Table& table, const std::vector<temporal::Value>& values, int64_t integer_key,
           uint64_t system_from, const temporal::Period& period, const RowSets* shown = nullptr);
  // Gives up a large value of the first row that nobody will read again; results that SQLite has keep it.
  void let_go(size_t column);
  const std::vector<Row>& rows() const { return rows_; }
  const Table* table() const { return table_; }

 private:
  const Table* table_ = nullptr;  // the table of the rows
  std::vector<Row> rows_;
  bool is_counting_;
};

// The row sets of a connection's running statements, by number.
class RowSets {
 public:
  int64_t keep(std::shared_ptr<RowSet> rows);
  // Returns null when no set has the number, or when it belongs to another table.
  std::shared_ptr<RowSet> take(int64_t number, const Table& table);

  // Says which row a cursor shows: its large values can be had without copying them, by their bytes.
  void show(const std::shared_ptr<RowSet>& rows, size_t row) {
    shown_ = rows;
    shown_row_ = row;
  }
  SharedBytes shared(std::string_view bytes) const;  // empty where no value of that row has these bytes

  // For RETURNING: writers put the rows they write here while a statement wants them; null otherwise.
  std::shared_ptr<RowSet> written;

 private:
  std::map<int64_t, std::shared_ptr<RowSet>> kept_;
  int64_t next_ = 1;
  std::weak_ptr<RowSet> shown_;
  size_t shown_row_ = 0;
};

}  // namespace spectradb::extension
