// One foreign key of one temporal table, with the queries about its rows. Used by the thread that uses the
// connection.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "extension/host/query.h"
#include "extension/schema/definition.h"
#include "temporal/row_cursor.h"

namespace spectradb::extension {

class ReferenceTable;

struct ForeignKeyLink {
  ForeignKeyLink();
  ~ForeignKeyLink();

  temporal::TableSchema child;
  ForeignKey key;
  size_t place = 0;                             // of the foreign key in the definition of its table
  std::optional<temporal::TableSchema> parent;  // none: it cannot be checked, and `problem` says why
  std::vector<int> parent_columns;
  Status problem;
  bool is_missing_parent = false;              // the problem is that no table has the name
  std::unique_ptr<ReferenceTable> references;  // keeps the references where the parent is not temporal
  std::string parents;                         // a query for the periods of the rows with given values
  std::string children;                        // a query for the periods of the rows that refer to them
  std::string referring;                       // the condition under which actions take rows
  std::unique_ptr<RowJudge> defaults;          // of the child, for SET DEFAULT

  // Kept only during a check or a transaction: a statement keeps the tables that it reads alive, and so would
  // keep this link alive.
  std::unique_ptr<Query> find_parents;
  std::unique_ptr<Query> find_children;
  std::unique_ptr<Query> remove;
  std::unique_ptr<Query> change;
  void forget_statements();
};

using ForeignKeyLinks = std::vector<std::shared_ptr<ForeignKeyLink>>;

// Values that own their bytes.
class KeptValues {
 public:
  void add(const temporal::Value& value) {
    values_.push_back(value);
    bytes_.emplace_back(value.bytes);
  }
  std::vector<temporal::Value> values() const;
  bool has_null() const;

 private:
  std::vector<temporal::Value> values_;
  std::vector<std::string> bytes_;
};

struct KeptPiece {
  temporal::Period valid;
  KeptValues values;
};

// Returns the columns of all pieces of valid time that one key has. Pieces with a NULL refer to nothing, and
// are left out.
Result<std::vector<KeptPiece>> pieces_of(temporal::RowCursor& rows, const temporal::TableSchema& schema,
                                         const std::vector<int>& columns, std::string_view key);

bool are_equal(const std::vector<temporal::Value>& a, const std::vector<temporal::Value>& b);

// Returns the parts of `period` that no piece covers, in order.
std::vector<temporal::Period> uncovered(std::vector<temporal::Period> pieces, const temporal::Period& period);

// Runs `parents` or `children` of a link.
Result<std::vector<temporal::Period>> periods_of(Query& query, const std::vector<temporal::Value>& values);

// "c.(a, b) is (1, 'x')", for messages.
std::string referring_words(const ForeignKeyLink& link, const std::vector<temporal::Value>& values);
std::string column_names(const temporal::TableSchema& schema, const std::vector<int>& columns);

}  // namespace spectradb::extension
