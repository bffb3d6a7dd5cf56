// Inserts the rows of COPY … FROM: by an INSERT that the host's authorizer was asked about, and, where that comes to
// the same, past it. One thread.
#pragma once

#include <memory>
#include <vector>

#include "extension/facets/copy/copy_statement.h"
#include "extension/facets/copy/copy_target.h"
#include "extension/facets/copy/user_statement.h"
#include "extension/write/writer.h"

namespace spectradb::extension::copy {

class RowInsert {
 public:
  // `target` stays alive.
  RowInsert(Connection& connection, const CopyTarget& target, CopyOptions::OnConflict on_conflict);

  // Prepares the INSERT, inside the transaction that the rows belong to.
  Status prepare();

  void clear();  // makes all columns NULL
  // Sets a column of the target; the bytes live until insert() has returned.
  void set(size_t place, const temporal::Value& value) { values_[place] = value; }
  // Returns false where ON_CONFLICT left the row out. kConstraint and kInvalid are about the row: the next one may be
  // inserted all the same.
  Result<bool> insert();

 private:
  void find_writer();
  Result<bool> insert_by_statement();

  Connection& connection_;
  const CopyTarget& target_;
  const CopyOptions::OnConflict on_conflict_;
  UserStatement statement_;
  std::vector<temporal::Value> values_;  // by place in the target
  uint64_t rows_ = 0;
  // The statement keeps the table connected, and so the writer.
  Writer* writer_ = nullptr;          // null: all rows go by the statement
  std::vector<size_t> columns_;       // of the table, by place
  std::vector<temporal::Value> row_;  // all columns of the table
};

}  // namespace spectradb::extension::copy
