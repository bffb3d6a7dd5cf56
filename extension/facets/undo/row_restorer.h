// Writes pieces of rows as they were, by statements that go through everything that a user's own would:
// constraints, foreign keys, indexes, and the host's authorizer. The transaction is the caller's. One
// thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "extension/facets/undo/revert_plan.h"
#include "extension/host/query.h"
#include "temporal/row_codec.h"

namespace spectradb::extension::undo {

class RowRestorer {
 public:
  explicit RowRestorer(const TemporalTable& table);  // the table must outlive this and stay unchanged

  Status write(const RevertedPiece& piece);

 private:
  Status ask(const std::string& sql) const;
  Status insert(const RevertedPiece& piece);
  Status change(const RevertedPiece& piece, std::unique_ptr<Query>& query, const std::string& verb);
  Status bind_columns(Query& query, int first);
  Status bind_key(Query& query, int first);
  std::string condition(int first) const;

  const TemporalTable& table_;
  sqlite3* db_;
  temporal::RowReader row_;
  std::vector<int> columns_;  // columns that a row gets
  std::unique_ptr<Query> insert_;
  std::unique_ptr<Query> update_;
  std::unique_ptr<Query> delete_;
};

}  // namespace spectradb::extension::undo
