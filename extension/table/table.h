// One temporal table of one connection: its definition, its indexes, and what reads and writes it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "extension/facet/function.h"
#include "extension/host/api.h"
#include "extension/read/plan.h"
#include "extension/read/repeated_scan.h"
#include "extension/schema/declared_columns.h"
#include "extension/schema/definition.h"
#include "extension/session/connection.h"
#include "extension/session/database.h"

namespace spectradb::extension {

class Cursor;
class Writer;

class Table : public sqlite3_vtab {
 public:
  Table(Connection& connection, std::shared_ptr<Database> database, Definition definition,
        temporal::IndexSchemas indexes);
  ~Table();
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  Connection& connection() const { return connection_; }
  Database& database() const { return *database_; }
  const Definition& definition() const { return definition_; }
  const temporal::TableSchema& schema() const { return definition_.schema; }
  // In the order in which SQLite checks them.
  const std::vector<temporal::IndexSchema>& indexes() const { return *indexes_; }
  Status reload_indexes();
  // CREATE INDEX, DROP INDEX or REINDEX on this table, as sql/statements/index_statement.h hands it over.
  Status define(const temporal::Value& text);
  // Whether an index is on an expression, which queries may say (sql/shape/expression.h).
  bool has_expressions() const { return has_expressions_; }
  // Of the columns and their DEFAULTs, positive: what a text that says them gives in _given.
  int32_t fingerprint() const { return fingerprint_; }
  // Whether an INSERT that no rewriter has seen may mean something else than one that has been rewritten.
  bool wants_rewriting() const { return wants_rewriting_; }
  // Whether the text of the database is UTF-16, in whose order SQLite compares it.
  bool is_utf16() const { return is_utf16_; }
  // Whether any table of the process has one.
  static bool is_any_with_expressions();
  DeclaredColumns& declared_columns() { return declared_columns_; }
  const std::vector<int>& ranked_columns() const { return ranked_columns_; }  // whose type has a ranking
  // The columns of the schema: those of HiddenColumn follow them.
  int visible_columns() const { return static_cast<int>(definition_.schema.columns.size()); }
  void rename(const std::string& name) { definition_.schema.name = name; }
  // How bounds are shown, as the open transaction has it: kOpen while no bound was written.
  Result<temporal::ValidForm> valid_form();

  // About what the keys in [from, to) hold, of the table or its indexes, the open transaction's facts
  // included. Opens the store if it can be opened.
  lsm::RangeSize size();  // of the table's own keys
  lsm::RangeSize size_between(std::string_view from, std::string_view to);

  std::vector<Plan>& plans() { return plans_; }
  // Whether plans may promise one row where values may turn out to match more (Plan::promises_one_row); not
  // any more once that happened.
  bool may_promise_one_row() const { return may_promise_one_row_; }
  void promise_no_more() { may_promise_one_row_ = false; }
  // The scan that a closed cursor leaves for the next one: a correlated subquery opens one for every row.
  std::unique_ptr<RepeatedScan>& repeated_scan() { return repeated_scan_; }
  std::unique_ptr<Cursor> take_cursor();
  void give_back(std::unique_ptr<Cursor> cursor);
  Writer& writer() { return *writer_; }
  // A statement that writes may have begun: one that returns what it inserts always makes SQLite say so, by beginning
  // a transaction or a savepoint of its own.
  void statement_may_begin() { is_first_insert_ = true; }
  // Whether one may have since this was last asked.
  bool take_first_insert() { return std::exchange(is_first_insert_, false); }

  // The condition of this name that a kind of indexes finds rows for, null when there is none, and which one it is.
  BoundFunction* find_condition(std::string_view name) noexcept;
  int number_of_condition(const BoundFunction& condition) const noexcept;

 private:
  Connection& connection_;
  std::shared_ptr<Database> database_;
  Definition definition_;
  temporal::IndexSchemas indexes_;
  DeclaredColumns declared_columns_;
  const bool has_expressions_;
  const bool is_utf16_;
  const int32_t fingerprint_;
  const bool wants_rewriting_;
  const std::vector<int> ranked_columns_;
  std::vector<Plan> plans_;
  std::vector<BoundFunction> conditions_;  // one for each kind of indexes
  bool may_promise_one_row_ = true;
  bool is_first_insert_ = true;
  std::unique_ptr<RepeatedScan> repeated_scan_;
  std::unique_ptr<Cursor> cursor_;  // closed, for the next statement
  std::unique_ptr<Writer> writer_;
};

}  // namespace spectradb::extension
