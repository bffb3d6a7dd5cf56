#include "extension/schema/index_catalog.h"

#include <algorithm>

#include "extension/host/query.h"
#include "extension/schema/index_definition.h"
#include "extension/schema/schema_change.h"

namespace spectradb::extension {

using temporal::IndexSchema;
using temporal::IndexSchemas;

namespace {

constexpr const char* kIndexes = "_spectradb_indexes";
struct Row {
  std::optional<std::string> name;
  std::string definition;
  IndexSchema index;
};

}  // namespace

Result<bool> IndexCatalog::is_there() {
  Query query(database_.connection().handle(), "SELECT 1 FROM " + database_.qualified("sqlite_master") +
                                                   " WHERE type = 'table' AND name = ?1");
  query.bind(1, std::string_view(kIndexes));
  return query.step();
}

Status IndexCatalog::ensure_table() {
  Result<bool> there = is_there();
  if (!there || *there) return there.status();
  SPECTRADB_RETURN_IF_ERROR(database_.catalog_seal().will_change());
  return execute(database_.connection().handle(),
                 "CREATE TABLE " + database_.qualified(kIndexes) +
                     "(id INTEGER PRIMARY KEY, table_id INTEGER NOT NULL, name TEXT UNIQUE COLLATE NOCASE, "
                     "key_id INTEGER NOT NULL, since INTEGER NOT NULL, is_unique INTEGER NOT NULL, "
                     "definition TEXT)");
}

Result<IndexSchemas> IndexCatalog::load(const Definition& definition) {
  auto indexes = std::make_shared<std::vector<IndexSchema>>();
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, is_there());
  if (!there) return IndexSchemas(std::move(indexes));
  std::vector<Row> rows;
  Query query(database_.connection().handle(), "SELECT name, definition, key_id, since, is_unique FROM " +
                                                   database_.qualified(kIndexes) +
                                                   " WHERE table_id = ?1 ORDER BY id DESC");
  query.bind(1, int64_t{definition.schema.id});
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool found, query.step());
    if (!found) break;
    Row row;
    if (!query.is_null(0)) row.name = query.text(0);
    row.definition = query.text(1);
    row.index.id = static_cast<uint32_t>(query.integer(2));
    row.index.since = static_cast<uint64_t>(query.integer(3));
    row.index.is_unique = query.integer(4) != 0;
    rows.push_back(std::move(row));
  }
  auto constraint = definition.unique_constraints.begin();
  for (Row& row : rows) {
    if (row.name) {
      row.index.name = *row.name;
      SPECTRADB_RETURN_IF_ERROR(
          read_known_index_definition(database_.connection(), definition, row.definition, &row.index));
    } else {
      while (constraint != definition.unique_constraints.end() && constraint->is_primary) ++constraint;
      if (constraint == definition.unique_constraints.end()) {
        return Status::corrupt("table " + definition.schema.name + " has more indexes in " + kIndexes +
                               " than UNIQUE constraints");
      }
      row.index.name = constraint->name;
      row.index.parts = constraint->parts;
      ++constraint;
    }
    indexes->push_back(std::move(row.index));
  }
  return IndexSchemas(std::move(indexes));
}

Result<bool> IndexCatalog::is_taken(const std::string& name) {
  Query query(database_.connection().handle(),
              "SELECT type FROM " + database_.qualified("sqlite_master") + " WHERE name = ?1 COLLATE NOCASE");
  query.bind(1, std::string_view(name));
  Result<bool> row = query.step();
  if (!row) return row;
  if (*row && query.text(0) != "index") return Status::invalid("there is already a table named " + name);
  if (*row) return true;
  SPECTRADB_ASSIGN_OR_RETURN(std::optional<Place> place, find(name));
  return place.has_value();
}

Result<std::optional<IndexCatalog::Place>> IndexCatalog::find(std::string_view index) {
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, is_there());
  if (!there) return std::optional<Place>();
  Query query(database_.connection().handle(), "SELECT i.id, t.name FROM " + database_.qualified(kIndexes) +
                                                   " i JOIN " + database_.qualified("_spectradb_tables") +
                                                   " t ON t.id = i.table_id WHERE i.name = ?1");
  query.bind(1, index);
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.step());
  if (!row) return std::optional<Place>();
  return std::optional<Place>({query.integer(0), query.text(1)});
}

Status IndexCatalog::insert(uint32_t table_id, const std::optional<std::string>& name, bool is_unique,
                            const std::optional<std::string>& definition, IndexSchema& index) {
  SPECTRADB_ASSIGN_OR_RETURN(uint32_t id, database_.take_ids(temporal::kIdsOfAnIndex));
  index.id = id;
  SPECTRADB_RETURN_IF_ERROR(database_.catalog_seal().will_change());
  Query query(database_.connection().handle(),
              "INSERT INTO " + database_.qualified(kIndexes) +
                  "(table_id, name, key_id, since, is_unique, definition) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
  query.bind(1, int64_t{table_id}).bind(3, int64_t{index.id}).bind(4, static_cast<int64_t>(index.since));
  query.bind(5, int64_t{is_unique});
  if (name) query.bind(2, std::string_view(*name));
  if (definition) query.bind(6, std::string_view(*definition));
  return query.run();
}

Status IndexCatalog::add_constraints(const Definition& definition) {
  for (auto constraint = definition.unique_constraints.rbegin();
       constraint != definition.unique_constraints.rend(); ++constraint) {
    if (constraint->is_primary) continue;
    SPECTRADB_RETURN_IF_ERROR(ensure_table());
    IndexSchema index;
    SPECTRADB_RETURN_IF_ERROR(insert(definition.schema.id, std::nullopt, true, std::nullopt, index));
  }
  return Status::ok();
}

Status IndexCatalog::add(uint32_t table_id, const std::string& definition, IndexSchema& index) {
  SPECTRADB_RETURN_IF_ERROR(ensure_table());
  SPECTRADB_RETURN_IF_ERROR(insert(table_id, index.name, index.is_unique, definition, index));
  return announce_schema_change(database_);
}

Status IndexCatalog::replace(uint32_t old_key_id, IndexSchema& index) {
  SPECTRADB_RETURN_IF_ERROR(relocate(old_key_id, index));
  return announce_schema_change(database_);
}

Status IndexCatalog::move_all(uint32_t from_table_id, uint32_t to_table_id) {
  Result<bool> there = is_there();
  if (!there || !*there) return there.status();
  SPECTRADB_RETURN_IF_ERROR(database_.catalog_seal().will_change());
  Query query(database_.connection().handle(),
              "UPDATE " + database_.qualified(kIndexes) + " SET table_id = ?1 WHERE table_id = ?2");
  return query.bind(1, int64_t{to_table_id}).bind(2, int64_t{from_table_id}).run();
}

Status IndexCatalog::relocate(uint32_t old_key_id, IndexSchema& index) {
  SPECTRADB_ASSIGN_OR_RETURN(uint32_t id, database_.take_ids(temporal::kIdsOfAnIndex));
  index.id = id;
  SPECTRADB_RETURN_IF_ERROR(database_.catalog_seal().will_change());
  Query query(database_.connection().handle(),
              "UPDATE " + database_.qualified(kIndexes) + " SET key_id = ?1, since = ?2 WHERE key_id = ?3");
  query.bind(1, int64_t{index.id}).bind(2, static_cast<int64_t>(index.since)).bind(3, int64_t{old_key_id});
  return query.run();
}

Status IndexCatalog::redefine(uint32_t table_id, const std::string& name, const std::string& definition) {
  SPECTRADB_RETURN_IF_ERROR(database_.catalog_seal().will_change());
  Query query(database_.connection().handle(), "UPDATE " + database_.qualified(kIndexes) +
                                                   " SET definition = ?1 WHERE table_id = ?2 AND name = ?3");
  query.bind(1, std::string_view(definition)).bind(2, int64_t{table_id}).bind(3, std::string_view(name));
  return query.run();
}

Result<std::vector<IndexCatalog::Named>> IndexCatalog::named(uint32_t table_id) {
  std::vector<Named> indexes;
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, is_there());
  if (!there) return indexes;
  Query query(database_.connection().handle(), "SELECT name, definition, is_unique FROM " +
                                                   database_.qualified(kIndexes) +
                                                   " WHERE table_id = ?1 AND name IS NOT NULL ORDER BY id");
  query.bind(1, int64_t{table_id});
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.step());
    if (!row) return indexes;
    indexes.push_back({query.text(0), query.text(1), query.integer(2) != 0});
  }
}

Status IndexCatalog::remove(int64_t id) {
  SPECTRADB_RETURN_IF_ERROR(database_.catalog_seal().will_change());
  Query query(database_.connection().handle(),
              "DELETE FROM " + database_.qualified(kIndexes) + " WHERE id = ?1");
  SPECTRADB_RETURN_IF_ERROR(query.bind(1, id).run());
  return announce_schema_change(database_);
}

Status IndexCatalog::remove_all(uint32_t table_id) {
  Result<bool> there = is_there();
  if (!there || !*there) return there.status();
  SPECTRADB_RETURN_IF_ERROR(database_.catalog_seal().will_change());
  Query query(database_.connection().handle(),
              "DELETE FROM " + database_.qualified(kIndexes) + " WHERE table_id = ?1");
  return query.bind(1, int64_t{table_id}).run();
}

}  // namespace spectradb::extension
