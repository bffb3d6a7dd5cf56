#include <cmath>

#include "extension/access/read_only.h"
#include "extension/facets/memory/memory_tables.h"
#include "extension/facets/search/retrieval.h"
#include "extension/front/plain_sql.h"
#include "extension/host/query.h"
#include "extension/host/values.h"
#include "extension/read/prefix_condition.h"
#include "sql/shape/nested_statement.h"
#include "sql/statements/alter_statement.h"

namespace spectradb::extension {

using temporal::Value;

namespace {

constexpr const char* kMemoryName = "spectradb_memory";

Result<bool> has_table(sqlite3* db, const std::string& name) {
  Query query(db, "SELECT 1 FROM main.sqlite_master WHERE name = ?1 COLLATE NOCASE");
  return query.bind(1, std::string_view(name)).step();
}

// A table that is there is taken for one of these, with whatever columns its user has added.
Status check_table(sqlite3* db, const std::string& name, const std::string& columns) {
  Query lacking(db,
                "SELECT value FROM json_each(?1) WHERE value NOT IN (SELECT name COLLATE NOCASE FROM "
                "pragma_table_info(?2, 'main'))");
  std::string names = "[";
  for (const std::string& column : sql::split_list(columns)) {
    const std::string word = column.substr(0, column.find(' '));
    if (word != "PRIMARY") names += (names.size() > 1 ? ",\"" : "\"") + word + '"';
  }
  SPECTRADB_ASSIGN_OR_RETURN(
      const bool lacks,
      lacking.bind(1, std::string_view(names + "]")).bind(2, std::string_view(name)).step());
  if (!lacks) return Status::ok();
  return Status::invalid("table " + name + " is there already, and has no column " + lacking.text(0) +
                         ": spectradb_memory takes the name of a table that it may make, or has made");
}

Status make_table(Connection& connection, const std::string& name, const std::string& columns,
                  const std::string& options) {
  SPECTRADB_ASSIGN_OR_RETURN(const bool is_there, has_table(connection.handle(), name));
  if (is_there) return check_table(connection.handle(), name, columns);
  SPECTRADB_ASSIGN_OR_RETURN(const std::string text,
                             plain_sql(connection, "CREATE TABLE main." + quoted(name) + " (" + columns +
                                                       ") WITH SYSTEM VERSIONING" + options));
  return execute(connection.handle(), text);
}

// Makes the index on the text of facts, unless the host has no FTS5.
Status make_index(Connection& connection, const std::string& table) {
  const std::string name = table + "_text";
  Query is_there(connection.handle(),
                 "SELECT 1 WHERE EXISTS (SELECT 1 FROM pragma_module_list WHERE name = 'fts5')");
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_fts5, is_there.step());
  if (!has_fts5) return Status::ok();
  const std::string definition =
      "CREATE INDEX IF NOT EXISTS " + quoted(name) + " ON " + quoted(table) +
      " (spectradb_fulltext_index(\"key\", \"value\", 'tokenizer=porter unicode61'))";
  return execute(connection.handle(),
                 "DELETE FROM main." + quoted(table) + " WHERE _define = " + sql::string_literal(definition));
}

Status memory(const FunctionCall& call) {
  const Value given = from_sqlite(call.arguments[0]);
  if (given.type != Value::Type::kText || given.bytes.empty())
    return Status::invalid("spectradb_memory takes the name of a table, as in spectradb_memory('mem'), not " +
                           spelled(given));
  const std::string name(given.bytes);
  if (name.find('.') != std::string::npos)
    return Status::invalid("spectradb_memory makes its tables in main, by a name without a dot, not " +
                           spelled(given));
  SPECTRADB_RETURN_IF_ERROR(check_may_write(call.connection, "main", "spectradb_memory()"));
  SPECTRADB_ASSIGN_OR_RETURN(const bool is_there, has_table(call.connection.handle(), name));
  SPECTRADB_RETURN_IF_ERROR(make_table(call.connection, name,
                                       "ns TEXT NOT NULL, key TEXT NOT NULL, value TEXT, kind TEXT, "
                                       "importance REAL DEFAULT 1, source TEXT, PRIMARY KEY (ns, key)",
                                       " (on_insert = append, valid_default = now)"));
  SPECTRADB_RETURN_IF_ERROR(make_table(call.connection, name + "_message",
                                       "ns TEXT NOT NULL, session TEXT NOT NULL, seq INTEGER NOT NULL, role "
                                       "TEXT, content TEXT, tokens INTEGER, "
                                       "PRIMARY KEY (ns, session, seq)",
                                       ""));
  if (!is_there) SPECTRADB_RETURN_IF_ERROR(make_index(call.connection, name));
  give(call.context, Value::text(name));
  return Status::ok();
}

Status tokens(const FunctionCall& call) {
  if (sqlite3_value_type(call.arguments[0]) == SQLITE_NULL) return Status::ok();
  const auto* const text = reinterpret_cast<const char*>(sqlite3_value_text(call.arguments[0]));
  const auto size = static_cast<size_t>(sqlite3_value_bytes(call.arguments[0]));
  sqlite3_result_int64(call.context, estimated_tokens(text == nullptr ? "" : std::string_view(text, size)));
  return Status::ok();
}

Status decay(const FunctionCall& call) {
  const bool is_null = sqlite3_value_type(call.arguments[0]) == SQLITE_NULL ||
                       sqlite3_value_type(call.arguments[1]) == SQLITE_NULL;
  if (is_null) return Status::ok();
  const double half_life = sqlite3_value_double(call.arguments[1]);
  if (!(half_life > 0))
    return Status::invalid("spectradb_decay takes a half-life above 0, in the unit of the age, not " +
                           spelled(from_sqlite(call.arguments[1])));
  sqlite3_result_double(call.context, decay_of(sqlite3_value_double(call.arguments[0]), half_life));
  return Status::ok();
}

constexpr int kMemoryPure = SQLITE_INNOCUOUS | SQLITE_DETERMINISTIC;
const Function kMemoryFunctions[] = {{kMemoryName, 1, SQLITE_DIRECTONLY, memory},
                                     {"spectradb_tokens", 1, kMemoryPure, tokens},
                                     {"spectradb_decay", 2, kMemoryPure, decay},
                                     kPrefixCondition};

}  // namespace

int64_t estimated_tokens(std::string_view text) {
  constexpr unsigned char kWideLead = 0xE1;  // from U+1000 on: Korean, Chinese, Japanese and the like
  constexpr int64_t kCharactersAToken = 4;
  int64_t quarters = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) == 0x80) continue;
    quarters += byte >= kWideLead ? kCharactersAToken : 1;
  }
  return (quarters + kCharactersAToken - 1) / kCharactersAToken;
}

std::span<const Function> memory_functions() { return kMemoryFunctions; }

}  // namespace spectradb::extension
