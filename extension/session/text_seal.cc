#include "extension/session/text_seal.h"

#include "base/hex.h"
#include "extension/session/database.h"
#include "extension/session/row_seal.h"

namespace spectradb::extension {

std::string name_of_text(uint32_t table_id) {
  return std::string(kSealName) + "/" + std::to_string(table_id);
}

std::string seal_digits(int64_t seal) { return hex_of(static_cast<uint64_t>(seal)); }

Result<std::string> seal_of_text(Database& database, uint32_t table_id) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::string id, database.meta("store_id"));
  Query query(database.connection().handle(),
              "SELECT m.sql FROM " + database.qualified("_spectradb_tables") + " AS t JOIN " +
                  database.qualified("sqlite_master") +
                  " AS m ON m.name = t.name WHERE m.type = 'table' AND t.id = ?1");
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.bind(1, int64_t{table_id}).step());
  if (!row) return std::string();
  RowSeal seal;
  seal.add_row(query, 1);
  return seal_digits(seal.value(id));
}

}  // namespace spectradb::extension
