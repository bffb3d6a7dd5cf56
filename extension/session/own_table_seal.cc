#include "extension/session/own_table_seal.h"

#include <cstdlib>

#include "base/hex.h"
#include "extension/host/query.h"
#include "extension/session/database.h"
#include "extension/session/row_seal.h"
#include "extension/session/text_seal.h"
#include "sql/shape/nested_statement.h"

namespace spectradb::extension {

namespace {

constexpr const char* kSealedTables[] = {"_spectradb_consumers",
                                         "_spectradb_dropped",
                                         "_spectradb_erased",
                                         "_spectradb_erasures",
                                         "_spectradb_events",
                                         "_spectradb_holds",
                                         "_spectradb_kept",
                                         "_spectradb_required_notes",
                                         "_spectradb_retired",
                                         "_spectradb_retirements",
                                         "_spectradb_subject_seeds",
                                         "_spectradb_valid_kept",
                                         "_spectradb_valid_retirements"};

std::string seal_name(std::string_view table) { return std::string(kSealName) + "/" + std::string(table); }

// The seed is the name of the table, whose rows outlast a store. Overflow wraps.
Result<uint64_t> sum_of_rows(sqlite3* db, const std::string& schema, const std::string& table,
                             const std::string& condition) {
  Query rows(db, "SELECT * FROM " + quoted(schema) + "." + quoted(table) + " WHERE " + condition);
  uint64_t sum = 0;
  RowSeal seal;
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, rows.step());
    if (!row) return sum;
    seal.clear();
    seal.add_row(rows, sqlite3_column_count(rows.statement()));
    sum += static_cast<uint64_t>(seal.value(table));
  }
}

Result<std::string> text_of(sqlite3* db, const std::string& schema, const std::string& table) {
  Query text(db, "SELECT sql FROM " + quoted(schema) + ".sqlite_master WHERE type = 'table' AND name = ?1");
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, text.bind(1, std::string_view(table)).step());
  return there ? text.text(0) : std::string();
}

Status put_seal(sqlite3* db, const std::string& schema, const std::string& table, const std::string& seal) {
  Query put(db, "INSERT OR REPLACE INTO " + quoted(schema) + "._spectradb_meta(name, value) VALUES (?1, ?2)");
  return put.bind(1, std::string_view(seal_name(table))).bind(2, std::string_view(seal)).run();
}

Result<bool> is_broken(sqlite3* db, const std::string& schema, const std::string& table) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::string kept, meta_of(db, schema, seal_name(table)));
  SPECTRADB_ASSIGN_OR_RETURN(const std::string now, seal_of_own_table(db, schema, table));
  if (!kept.empty() || now.empty()) return kept != now;
  SPECTRADB_ASSIGN_OR_RETURN(const std::string all_have, meta_of(db, schema, kSealedFromName));
  return !all_have.empty();
}

}  // namespace

Result<std::string> new_rows(Database& database, const char* table, const std::string& column) {
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, database.has_table(table));
  if (!there) return std::string(kAllRows);
  Query last(database.connection().handle(),
             "SELECT ifnull(max(" + column + "), 0) FROM " + database.qualified(table));
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, last.step());
  return column + " > " + std::to_string(row ? last.integer(0) : 0);
}

std::string rows_of(const char* column, std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return kAllRows;  // no literal has it
  std::string literal = "'";
  for (const char byte : text) {
    if (byte == '\'') literal += byte;
    literal += byte;
  }
  return std::string(column) + " = " + literal + "'";
}

std::string rows_of(const char* column, int64_t number) {
  return std::string(column) + " = " + std::to_string(number);
}

std::string rows_of_key(int64_t table_id, std::string_view user_key) {
  return rows_of("table_id", table_id) + " AND user_key = " + sql::blob_literal(user_key);
}

Result<std::string> seal_of_own_table(sqlite3* db, const std::string& schema, const std::string& table) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::string text, text_of(db, schema, table));
  if (text.empty()) return std::string();
  RowSeal seal;
  seal.add(temporal::Value::text(text));
  SPECTRADB_ASSIGN_OR_RETURN(const uint64_t rows, sum_of_rows(db, schema, table, kAllRows));
  return hex_of(rows + static_cast<uint64_t>(seal.value(table)));
}

Status seal_own_table(sqlite3* db, const std::string& schema, const std::string& table) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::string seal, seal_of_own_table(db, schema, table));
  if (!seal.empty()) return put_seal(db, schema, table, seal);
  Query remove(db, "DELETE FROM " + quoted(schema) + "._spectradb_meta WHERE name = ?1");
  return remove.bind(1, std::string_view(seal_name(table))).run();
}

Status change_own_table(Database& database, const char* table, const std::string& condition,
                        const std::function<Status()>& change) {
  sqlite3* db = database.connection().handle();
  const std::string& schema = database.schema();
  SPECTRADB_ASSIGN_OR_RETURN(const std::string kept, database.meta(seal_name(table)));
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, database.has_table(table));
  if (kept.empty()) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool broken, is_broken(db, schema, table));
    SPECTRADB_RETURN_IF_ERROR(change());
    return broken ? Status::ok() : seal_own_table(db, schema, table);
  }
  uint64_t before = 0;
  if (there) {
    SPECTRADB_ASSIGN_OR_RETURN(before, sum_of_rows(db, schema, table, condition));
  }
  SPECTRADB_RETURN_IF_ERROR(change());
  SPECTRADB_ASSIGN_OR_RETURN(const uint64_t behind, sum_of_rows(db, schema, table, condition));
  if (behind == before) return Status::ok();
  const uint64_t sum = std::strtoull(kept.c_str(), nullptr, 16);
  return put_seal(db, schema, table, hex_of(sum - before + behind));
}

Status seal_unsealed_own_tables(sqlite3* db, const std::string& schema) {
  for (const char* table : kSealedTables) {
    SPECTRADB_ASSIGN_OR_RETURN(const std::string kept, meta_of(db, schema, seal_name(table)));
    SPECTRADB_ASSIGN_OR_RETURN(const std::string text, text_of(db, schema, table));
    if (kept.empty() && !text.empty()) SPECTRADB_RETURN_IF_ERROR(seal_own_table(db, schema, table));
  }
  return Status::ok();
}

Result<std::vector<std::string>> broken_own_tables(sqlite3* db, const std::string& schema) {
  std::vector<std::string> broken;
  for (const char* table : kSealedTables) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_one, is_broken(db, schema, table));
    if (is_one) broken.emplace_back(table);
  }
  return broken;
}

}  // namespace spectradb::extension
