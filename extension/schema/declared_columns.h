// How SQLite counts a table's columns. The first declared hidden columns take the arguments of the
// table-valued-function form, so the hidden columns of indexes on expressions come last:
//
//   declared: the user's, those of HiddenColumn, those that indexes made
//   inside:   the columns of the schema (the user's, those that indexes made), those of HiddenColumn
//
// Used by the thread that uses the connection.
#pragma once

#include <vector>

#include "extension/host/api.h"
#include "temporal/schema.h"

namespace spectradb::extension {

class DeclaredColumns {
 public:
  explicit DeclaredColumns(const temporal::TableSchema& schema);

  bool are_alike() const { return made_ == 0; }  // both orders are the same
  int inside(int declared) const;
  int declared(int inside) const;
  // Converts a set of columns, such as sqlite3_index_info::colUsed.
  sqlite3_uint64 inside_of_set(sqlite3_uint64 declared) const;
  // Returns the arguments of xUpdate in the inside order. They live until the next call.
  sqlite3_value** inside_order(int count, sqlite3_value** arguments);

 private:
  const int shown_;
  const int made_;
  std::vector<sqlite3_value*> arguments_;
};

// Shows SQLite's sqlite3_index_info with inside column numbers while it lives.
class QuestionInside {
 public:
  QuestionInside(const DeclaredColumns& columns, sqlite3_index_info* info);
  ~QuestionInside();
  QuestionInside(const QuestionInside&) = delete;
  QuestionInside& operator=(const QuestionInside&) = delete;

 private:
  const DeclaredColumns& columns_;
  sqlite3_index_info* const info_;
  const sqlite3_uint64 used_;
};

}  // namespace spectradb::extension
