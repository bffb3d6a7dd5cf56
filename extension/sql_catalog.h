// What the rewriter asks about names, answered from a connection's schema.
#pragma once

#include <string_view>

#include "extension/connection.h"
#include "sql/catalog.h"

namespace spectradb::extension {

// Used by the thread that uses the connection. Answers are read anew each time: the schema may change between
// statements.
class SqlCatalog : public sql::Catalog {
 public:
  explicit SqlCatalog(Connection& connection) : connection_(connection) {}
  sql::Relation find(std::string_view schema, std::string_view name) override;
  std::optional<sql::IndexPlace> find_index(std::string_view schema, std::string_view name) override;

 private:
  sql::Relation find_in(const std::string& schema, std::string_view name);
  Connection& connection_;
};

}  // namespace spectradb::extension
