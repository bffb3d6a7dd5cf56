#include "extension/schema/dropped_catalog.h"

#include "extension/schema/column_catalog.h"
#include "extension/schema/index_catalog.h"
#include "extension/schema/sequence.h"
#include "extension/session/own_table_seal.h"
#include "extension/session/shown_store.h"
#include "temporal/key_codec.h"

namespace spectradb::extension {

namespace {

constexpr const char* kIndexRows = "_spectradb_indexes";
constexpr const char* kColumnRows = "_spectradb_columns";

std::string arguments_of(const Definition& definition) {
  std::string arguments;
  for (const std::vector<std::string>* list : {&definition.columns, &definition.options}) {
    for (const std::string& argument : *list) arguments += (arguments.empty() ? "" : ", ") + argument;
  }
  return arguments;
}

}  // namespace

// Runs INSERT INTO `to` SELECT `columns` FROM `from`, if both tables exist.
Status DroppedCatalog::copy_rows(const std::string& from, const std::string& columns,
                                 const std::string& condition, const std::string& to, uint32_t id) {
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, database_.has_table(from));
  SPECTRADB_ASSIGN_OR_RETURN(const bool takes, database_.has_table(to.substr(0, to.find('('))));
  if (!there || !takes) return Status::ok();  // one of them was never needed
  Query copy(database_.connection().handle(),
             "INSERT INTO " + database_.qualified(to.substr(0, to.find('('))) + to.substr(to.find('(')) +
                 " SELECT " + columns + " FROM " + database_.qualified(from) + " WHERE table_id = ?1" +
                 condition);
  return copy.bind(1, int64_t{id}).run();
}

Status DroppedCatalog::record(const Definition& definition) {
  const uint32_t id = definition.schema.id;
  if (!database_.is_older_than_transaction(id)) return Status::ok();
  return change_own_table(database_, kTable, rows_of("table_id", int64_t{id}),
                          [&] { return insert(definition); });
}

Status DroppedCatalog::insert(const Definition& definition) {
  const uint32_t id = definition.schema.id;
  sqlite3* db = database_.connection().handle();
  SPECTRADB_RETURN_IF_ERROR(execute(
      db, "CREATE TABLE IF NOT EXISTS " + database_.qualified(kTable) +
              "(table_id INTEGER, part TEXT, place INTEGER, name TEXT, a, b, c, d, text TEXT, store TEXT, "
              "PRIMARY KEY (table_id, part, place)) WITHOUT ROWID"));
  Query forget(db, "DELETE FROM " + database_.qualified(kTable) + " WHERE table_id = ?1");
  SPECTRADB_RETURN_IF_ERROR(forget.bind(1, int64_t{id}).run());  // an id of another store, which was lost
  SPECTRADB_ASSIGN_OR_RETURN(const uint64_t last, database_.last_commit());
  SPECTRADB_ASSIGN_OR_RETURN(const std::string form, database_.meta("valid_form/" + std::to_string(id)));
  Query add(db, "INSERT INTO " + database_.qualified(kTable) +
                    "(table_id, part, place, name, a, b, c, d, text, store) VALUES (?1, 'table', 0, ?2, "
                    "?3, ?4, ?5, ?6, ?7, ?8)");
  add.bind(1, int64_t{id}).bind(2, std::string_view(definition.schema.name));
  add.bind(3, database_.connection().statement_now()).bind(4, static_cast<int64_t>(last));
  if (definition.schema.is_autoincrement) {
    SPECTRADB_ASSIGN_OR_RETURN(const int64_t sequence, read_sequence(database_, definition.schema.name));
    add.bind(5, sequence);
  }
  if (!form.empty()) add.bind(6, std::string_view(form));
  SPECTRADB_ASSIGN_OR_RETURN(const std::string store, database_.meta("store_id"));
  add.bind(7, std::string_view(arguments_of(definition))).bind(8, std::string_view(store));
  SPECTRADB_RETURN_IF_ERROR(add.run());
  const std::string into = std::string(kTable) + "(table_id, part, place, name, a, b, c, d, text)";
  SPECTRADB_RETURN_IF_ERROR(copy_rows(
      kIndexRows, "table_id, 'index', id, name, key_id, since, is_unique, NULL, definition", "", into, id));
  return copy_rows(kColumnRows, "table_id, 'column', place, name, is_added, NULL, NULL, value, NULL", "",
                   into, id);
}

Result<std::vector<DroppedCatalog::Dropped>> DroppedCatalog::list() {
  std::vector<Dropped> all;
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, database_.has_table(kTable));
  if (!there) return all;
  SPECTRADB_ASSIGN_OR_RETURN(lsm::Store* const store, shown_store(database_));
  Query query(database_.connection().handle(),
              "SELECT table_id, name, a, b, c, d, text FROM " + database_.qualified(kTable) +
                  " WHERE part = 'table' AND store = ?1 AND table_id NOT IN (SELECT id FROM " +
                  database_.qualified("_spectradb_tables") + ") ORDER BY b DESC, a DESC, table_id DESC");
  SPECTRADB_ASSIGN_OR_RETURN(const std::string store_id, database_.meta("store_id"));
  query.bind(1, std::string_view(store_id));
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.step());
    if (!row) return all;
    Dropped dropped;
    dropped.id = static_cast<uint32_t>(query.integer(0));
    dropped.name = query.text(1);
    dropped.dropped_us = query.integer(2);
    dropped.after_commit = static_cast<uint64_t>(query.integer(3));
    if (!query.is_null(4)) dropped.sequence = query.integer(4);
    if (!query.is_null(5)) dropped.form = query.text(5);
    dropped.arguments = query.text(6);
    std::string key;
    temporal::append_table_id(key, dropped.id);
    if (!store->is_retired(key)) all.push_back(std::move(dropped));
  }
}

Result<std::vector<std::string>> DroppedCatalog::index_names(uint32_t id) {
  std::vector<std::string> names;
  Query query(database_.connection().handle(),
              "SELECT name FROM " + database_.qualified(kTable) +
                  " WHERE table_id = ?1 AND part = 'index' AND name IS NOT NULL");
  query.bind(1, int64_t{id});
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.step());
    if (!row) return names;
    names.push_back(query.text(0));
  }
}

Status DroppedCatalog::put_back(const Dropped& dropped, uint32_t made_id) {
  sqlite3* db = database_.connection().handle();
  SPECTRADB_RETURN_IF_ERROR(database_.catalog_seal().will_change());
  SPECTRADB_RETURN_IF_ERROR(IndexCatalog(database_).remove_all(made_id));
  SPECTRADB_RETURN_IF_ERROR(ColumnCatalog(database_).remove_all(made_id));
  SPECTRADB_RETURN_IF_ERROR(database_.valid_forms().remove(made_id));
  SPECTRADB_RETURN_IF_ERROR(database_.change_id(made_id, dropped.id));
  SPECTRADB_RETURN_IF_ERROR(copy_rows(
      kTable, "place, table_id, name, a, b, c, text", " AND part = 'index'",
      std::string(kIndexRows) + "(id, table_id, name, key_id, since, is_unique, definition)", dropped.id));
  SPECTRADB_RETURN_IF_ERROR(copy_rows(kTable, "table_id, place, name, a, d", " AND part = 'column'",
                                      std::string(kColumnRows) + "(table_id, place, name, is_added, value)",
                                      dropped.id));
  if (!dropped.form.empty()) {
    Query form(db, "INSERT OR REPLACE INTO " + database_.qualified("_spectradb_meta") +
                       "(name, value) VALUES (?1, ?2)");
    form.bind(1, std::string_view("valid_form/" + std::to_string(dropped.id)));
    SPECTRADB_RETURN_IF_ERROR(form.bind(2, std::string_view(dropped.form)).run());
  }
  if (dropped.sequence && *dropped.sequence > 0)
    SPECTRADB_RETURN_IF_ERROR(write_sequence(database_, dropped.name, *dropped.sequence));
  Query forget(db, "DELETE FROM " + database_.qualified(kTable) + " WHERE table_id = ?1");
  forget.bind(1, int64_t{dropped.id});
  return change_own_table(database_, kTable, rows_of("table_id", int64_t{dropped.id}),
                          [&] { return forget.run(); });
}

}  // namespace spectradb::extension
