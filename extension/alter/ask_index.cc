#include "extension/alter/ask_index.h"

#include "extension/access/gate.h"
#include "extension/host/query.h"

namespace spectradb::extension {

using sql::IndexStatement;

namespace {

// Asks about the columns and functions of the parts.
Status ask_for_parts(sqlite3* db, const std::string& schema, const std::string& table,
                     const IndexStatement& statement) {
  std::string values;
  for (const IndexStatement::Part& part : statement.parts)
    values += (values.empty() ? "" : ", ") + part.value;
  std::string query = "SELECT " + values + " FROM " + quoted(schema) + "." + quoted(table);
  if (!statement.condition.empty()) query += " WHERE " + statement.condition;
  return ask_for_statement(db, query);
}

}  // namespace

Status ask_to_index(sqlite3* db, const std::string& schema, const std::string& table,
                    const IndexStatement& statement) {
  const bool is_temporary = sqlite3_stricmp(schema.c_str(), "temp") == 0;
  const char* name = statement.name.c_str();
  switch (statement.kind) {
    case IndexStatement::Kind::kCreate:
      SPECTRADB_RETURN_IF_ERROR(ask_permission(db,
                                               is_temporary ? SQLITE_CREATE_TEMP_INDEX : SQLITE_CREATE_INDEX,
                                               name, table.c_str(), schema.c_str()));
      SPECTRADB_RETURN_IF_ERROR(ask_for_parts(db, schema, table, statement));
      return ask_permission(db, SQLITE_REINDEX, name, nullptr, schema.c_str());
    case IndexStatement::Kind::kDrop:
      return ask_permission(db, is_temporary ? SQLITE_DROP_TEMP_INDEX : SQLITE_DROP_INDEX, name,
                            table.c_str(), schema.c_str());
    case IndexStatement::Kind::kReindex:
      return ask_permission(db, SQLITE_REINDEX, name, nullptr, schema.c_str());
  }
  return Status::ok();
}

}  // namespace spectradb::extension
