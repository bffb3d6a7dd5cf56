#include "extension/facets/ledger/catalog.h"

#include <string_view>

#include "extension/facets/ledger/record.h"
#include "extension/host/query.h"
#include "extension/host/values.h"
#include "extension/session/database.h"

namespace spectradb::extension::ledger {

namespace {

struct CatalogPart {
  const char* table;
  const char* columns;  // the columns, and what they are ordered by
  int count;
  const char* condition;
};
// next_table_id, or the way in which the store is kept, say nothing of facts that are there.
constexpr CatalogPart kCatalogParts[] = {
    {"_spectradb_meta", "name, value", 2, " WHERE name LIKE 'valid\\_form/%' ESCAPE '\\' ORDER BY 1"},
    {"_spectradb_indexes", "id, table_id, name, key_id, since, is_unique, definition", 7, " ORDER BY 1"},
    {"_spectradb_columns", "table_id, place, name, is_added, value", 5, " ORDER BY 1, 2"},
    {"_spectradb_required_notes", "name", 1, " ORDER BY 1"}};

Status add_rows(Database& database, const CatalogPart& part, NotesHash* rows) {
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, database.has_table(part.table));
  if (!there) return Status::ok();
  Query query(database.connection().handle(), std::string("SELECT ") + part.columns + " FROM " +
                                                  database.qualified(part.table) + part.condition);
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.step());
    if (!row) return Status::ok();
    for (int column = 0; column < part.count; ++column)
      rows->add(part.table, from_sqlite(sqlite3_column_value(query.statement(), column)));
  }
}

}  // namespace

std::string Catalog::Table::leaf() const {
  std::string bytes("t");
  put_number(bytes, id, 4);
  put_number(bytes, name.size(), 4);
  return bytes.append(name).append(text);
}

MerkleTree Catalog::tree(std::optional<uint64_t> watched) const {
  MerkleTree tree = watched ? MerkleTree(*watched) : MerkleTree();
  for (const Table& table : tables) tree.add(hash_leaf({table.leaf()}));
  tree.add(hash_leaf({"r", rest}));
  return tree;
}

Result<Catalog> read_catalog(Database& database) {
  Catalog catalog;
  Query query(database.connection().handle(),
              "SELECT t.id, m.name, m.sql FROM " + database.qualified("_spectradb_tables") + " t JOIN " +
                  database.qualified("sqlite_master") +
                  " m ON m.type = 'table' AND m.name = t.name COLLATE NOCASE ORDER BY 1");
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.step());
    if (!row) break;
    catalog.tables.push_back({static_cast<uint32_t>(query.integer(0)), query.text(1), query.text(2)});
  }
  NotesHash rows;
  for (const CatalogPart& part : kCatalogParts) SPECTRADB_RETURN_IF_ERROR(add_rows(database, part, &rows));
  if (const std::optional<Hash> hash = rows.hash()) catalog.rest = bytes_of(*hash);
  return catalog;
}

}  // namespace spectradb::extension::ledger
