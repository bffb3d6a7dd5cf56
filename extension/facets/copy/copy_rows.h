// The rows that COPY … TO writes: those of a query, or the history of a table. One thread.
//
// A history has a row for each fact, in the order in which they were written:
//
//   _commit_no, _committed_at, _notes     the commit: its number, time, and notes as a JSON object, NULL where there are none
//   _operation                            insert, update or delete
//   _valid_from, _valid_to                the period of the fact, NULL where it is unbounded
//   rowid                                 of a table without a key of its own
//   …                                     the columns of the table; of a delete its key alone
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "extension/facets/copy/copy_target.h"
#include "extension/session/connection.h"
#include "temporal/schema.h"
#include "temporal/value.h"

namespace spectradb::extension::copy {

class CopyRows {
 public:
  virtual ~CopyRows() = default;

  const std::vector<std::string>& names() const { return names_; }
  virtual Result<bool> step() = 0;  // true: a row
  // Returns a cell, whose bytes live until the next step or the next call for the same column.
  virtual temporal::Value cell(int column) = 0;
  // Returns what a column was declared as; of an expression, that is nothing.
  virtual TargetColumn declared(int column) const = 0;

 protected:
  std::vector<std::string> names_;
};

Result<std::unique_ptr<CopyRows>> make_query_rows(Connection& connection, const std::string& sql);
Result<std::unique_ptr<CopyRows>> make_history_rows(Connection& connection, const std::string& schema,
                                                    const std::string& table);

// The columns of a history, and how many of them precede those of the table.
inline constexpr int kHistoryColumns = 6;
enum HistoryColumn : int {
  kHistoryCommit,
  kHistoryTime,
  kHistoryNotes,
  kHistoryOperation,
  kHistoryFrom,
  kHistoryTo
};
// Returns the columns of a history; kInvalid where the table has a column with one of these names.
Result<std::vector<std::string>> history_columns(const temporal::TableSchema& schema);
// Returns the columns that a row in the history has, as places in the table's schema.
std::vector<int> told_columns(const temporal::TableSchema& schema);

}  // namespace spectradb::extension::copy
