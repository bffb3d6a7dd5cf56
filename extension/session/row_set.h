// Rows that are read again through the hidden column _written: those that a statement wrote (RETURNING), and
// the two that ON CONFLICT DO UPDATE looks at. Kept by number until a cursor takes them. Used by the thread
// that uses the connection.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "temporal/instant.h"
#include "temporal/value.h"

namespace spectradb::extension {

class Table;

class RowSet {
 public:
  // `is_counting`: it is asked only how many rows a statement wrote; all pieces of one upsert are one.
  explicit RowSet(bool is_counting = false) : is_counting_(is_counting) {}
  bool is_counting() const { return is_counting_; }

  struct Row {
    std::vector<temporal::Value> values;  // the visible columns; value() gives text and blobs
    std::vector<std::string> bytes;
    int64_t integer_key = 0;  // of tables that have one
    uint64_t system_from = 0;
    temporal::Period period;

    temporal::Value value(size_t column) const;
  };

  void add(const Table& table, const std::vector<temporal::Value>& values, int64_t integer_key,
           uint64_t system_from, const temporal::Period& period);
  const std::vector<Row>& rows() const { return rows_; }
  const Table* table() const { return table_; }

 private:
  const Table* table_ = nullptr;  // of the rows
  std::vector<Row> rows_;
  bool is_counting_;
};

// Of the statements under way on a connection, by number.
class RowSets {
 public:
  int64_t keep(std::shared_ptr<RowSet> rows);
  // Null when there are none of that number, or they are another table's.
  std::shared_ptr<RowSet> take(int64_t number, const Table& table);

  // For RETURNING: where the writers put the rows they write, while a statement asks for them; else null.
  std::shared_ptr<RowSet> written;

 private:
  std::map<int64_t, std::shared_ptr<RowSet>> kept_;
  int64_t next_ = 1;
};

}  // namespace spectradb::extension
