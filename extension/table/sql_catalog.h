// Answers the rewriter's questions about names from a connection's schema.
#pragma once

#include <string_view>

#include "base/status.h"
#include "extension/facet/facet.h"
#include "extension/session/connection.h"
#include "sql/shape/catalog.h"

namespace spectradb::extension {

// Used by the thread that uses the connection. Answers are read again each time, since the schema may change
// between statements.
class SqlCatalog : public sql::Catalog {
 public:
  explicit SqlCatalog(Connection& connection) : connection_(connection) {}
  Connection& connection() const { return connection_; }
  const sql::StatementForms& forms() const override { return statement_forms(); }
  sql::Relation find(std::string_view schema, std::string_view name) override;
  std::optional<sql::IndexPlace> find_index(std::string_view schema, std::string_view name) override;
  std::string function_in_schema(std::string_view function) override;
  std::optional<sql::TimeArguments> time_arguments(std::string_view function) override;
  bool may_count(std::string_view schema, std::string_view table) override;
  bool may_have_column(std::string_view schema, std::string_view table, std::string_view column) override;
  std::string why_ordinary(std::string_view schema, std::string_view table) override;
  Status check_stored(std::string_view schema, std::string_view text, const std::string& owner) override;
  Status check_view(std::string_view schema, std::string_view name) override;
  Status check_drop(std::string_view schema, std::string_view name) override;
  std::optional<sql::DroppedRelation> find_dropped(std::string_view schema, std::string_view name) override;
  std::optional<std::string> find_replacement(std::string_view schema, std::string_view name) override;
  void note_copy(const NamedTable& target, const std::vector<std::string>& columns, const NamedTable& source,
                 const std::vector<std::string>& sources) override;
  void note_alteration(const NamedTable& table, const std::string& column, const std::string& to) override;

  // Why a name could not be looked up (another connection has the database locked, for example): then the
  // answers of find() are not to be believed. SQLite's last error of the connection says the same.
  const Status& failure() const { return failure_; }

 private:
  sql::Relation find_in(const std::string& schema, std::string_view name);
  std::vector<std::string> columns_of(const std::string& schema, const std::string& table);
  void settle_renamings();
  Connection& connection_;
  Status failure_;
};

}  // namespace spectradb::extension
