#include "extension/session/text_seal.h"

#include "base/hex.h"
#include "extension/host/query.h"
#include "extension/session/row_seal.h"

namespace spectradb::extension {

std::string name_of_text(uint32_t table_id) {
  return std::string(kSealName) + "/" + std::to_string(table_id);
}

std::string seal_digits(int64_t seal) { return hex_of(static_cast<uint64_t>(seal)); }

Result<std::string> meta_of(sqlite3* db, const std::string& schema, std::string_view name) {
  {
    Query there(db, "SELECT 1 FROM " + quoted(schema) +
                        ".sqlite_master WHERE type = 'table' AND name = '_spectradb_meta'");
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, there.step());
    if (!row) return std::string();
  }
  Query query(db, "SELECT value FROM " + quoted(schema) + "._spectradb_meta WHERE name = ?1");
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.bind(1, name).step());
  return row ? query.text(0) : std::string();
}

Result<std::string> seal_of_text(sqlite3* db, const std::string& schema, uint32_t table_id) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::string id, meta_of(db, schema, "store_id"));
  Query query(db, "SELECT m.sql FROM " + quoted(schema) + "._spectradb_tables AS t JOIN " + quoted(schema) +
                      ".sqlite_master AS m ON m.name = t.name WHERE m.type = 'table' AND t.id = ?1");
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.bind(1, int64_t{table_id}).step());
  if (!row) return std::string();
  RowSeal seal;
  seal.add_row(query, 1);
  return seal_digits(seal.value(id));
}

}  // namespace spectradb::extension
