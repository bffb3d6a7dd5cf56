// One temporal table of one connection: its definition, its indexes, and the objects that read and write it.
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
class RowCounts;
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
  // The indexes in the order in which SQLite checks them.
  const std::vector<temporal::IndexSchema>& indexes() const { return *indexes_; }
  Status reload_indexes();
  // Does CREATE INDEX, DROP INDEX or REINDEX on this table, in the form of sql/statements/index_statement.h.
  Status define(const temporal::Value& text);
  // Whether an index is on an expression that queries may use (sql/shape/expression.h).
  bool has_expressions() const { return has_expressions_; }
  // A positive hash of the columns and their DEFAULTs: rewritten texts carry it in _given.
  int32_t fingerprint() const { return fingerprint_; }
  // Whether an INSERT that was not rewritten may mean something else than the rewritten one.
  bool wants_rewriting() const { return wants_rewriting_; }
  // Whether the database has UTF-16 text, and SQLite compares it in that order.
  bool is_utf16() const { return is_utf16_; }
  // Whether any table of the process has an index on an expression.
  static bool is_any_with_expressions();
  DeclaredColumns& declared_columns() { return declared_columns_; }
  // Columns whose type has a ranking.
  const std::vector<int>& ranked_columns() const { return ranked_columns_; }
  // The number of columns in the schema; those of HiddenColumn follow them.
  int visible_columns() const { return static_cast<int>(definition_.schema.columns.size()); }
  void rename(const std::string& name) { definition_.schema.name = name; }
  // The form in which the open transaction shows bounds: kOpen while no bound was written.
  Result<temporal::ValidForm> valid_form();

  // Estimates what the keys in [from, to) hold, for the table or its indexes, the open transaction's facts
  // included. Opens the store if it can.
  lsm::RangeSize size();  // of the table's own keys
  lsm::RangeSize size_between(std::string_view from, std::string_view to);
  // The most versions that a statement was told of when it was planned: 0 before one was. Never opens or asks the store.
  uint64_t versions_planned() const { return versions_planned_; }

  std::vector<Plan>& plans() { return plans_; }
  // Whether plans may promise one row where values may turn out to match more (Plan::promises_one_row); false
  // once that has happened.
  bool may_promise_one_row() const { return may_promise_one_row_; }
  void promise_no_more() { may_promise_one_row_ = false; }
  // The scan that a closed cursor leaves for the next one: a correlated subquery opens a cursor for every
  // outer row.
  std::unique_ptr<RepeatedScan>& repeated_scan() { return repeated_scan_; }
  RowCounts& row_counts();  // made when they are first asked for
  std::unique_ptr<Cursor> take_cursor();
  void give_back(std::unique_ptr<Cursor> cursor);
  Writer& writer() { return *writer_; }
  // A writing statement may have begun: for one with RETURNING SQLite always begins a transaction or a
  // savepoint, and so tells us.
  void statement_may_begin() { is_first_insert_ = true; }
  // Whether that has happened since the last call.
  bool take_first_insert() { return std::exchange(is_first_insert_, false); }

  // Finds the condition of this name by which a kind of indexes, or a range of keys, finds rows; null when there is none.
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
  std::vector<BoundFunction> conditions_;  // one for each kind of indexes, and spectradb_prefix()
  bool may_promise_one_row_ = true;
  bool is_first_insert_ = true;
  std::unique_ptr<RepeatedScan> repeated_scan_;
  std::unique_ptr<RowCounts> row_counts_;
  uint64_t versions_planned_ = 0;
  std::unique_ptr<Cursor> cursor_;  // closed, for reuse by the next statement
  std::unique_ptr<Writer> writer_;
};

}  // namespace spectradb::extension
