// A cursor of a table-valued function whose rows are those of one query. Used by the thread that uses the
// connection.
#pragma once

#include <memory>

#include "extension/functions/table_function.h"
#include "extension/host/query.h"

namespace spectradb::extension {

class Connection;

class QueryCursor : public FunctionCursor {
 public:
  Status next() override {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, rows_->step());
    if (!row) rows_.reset();
    return Status::ok();
  }
  bool at_end() const override { return rows_ == nullptr; }

 protected:
  explicit QueryCursor(Connection& connection) : connection_(connection) {}

  Connection& connection_;
  std::unique_ptr<Query> rows_;  // filter() makes it, and steps to the first row; null at the end
};

}  // namespace spectradb::extension
