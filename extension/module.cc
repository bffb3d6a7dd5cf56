// The virtual table module "spectradb": what SQLite calls. Each callback is a few lines on the rooms that do
// the work.
#include "extension/module.h"

#include <algorithm>
#include <utility>

#include "extension/access/anchor.h"
#include "extension/alter/succession.h"
#include "extension/front/kept_statements.h"
#include "extension/host/errors.h"
#include "extension/host/values.h"
#include "extension/read/cursor.h"
#include "extension/read/plan_choice.h"
#include "extension/schema/column_catalog.h"
#include "extension/schema/dropped_catalog.h"
#include "extension/schema/index_catalog.h"
#include "extension/schema/known_definitions.h"
#include "extension/schema/missing_columns.h"
#include "extension/schema/sequence.h"
#include "extension/session/lost_statements.h"
#include "extension/session/transaction.h"
#include "extension/session/transaction_drops.h"
#include "extension/table/match_check.h"
#include "extension/table/new_table.h"
#include "extension/table/table.h"
#include "extension/times/horizon.h"
#include "extension/times/session_time.h"
#include "extension/write/foreign_keys.h"
#include "extension/write/reference_table.h"
#include "extension/write/unseen_returning.h"
#include "extension/write/writer.h"
#include "temporal/erase_by_option.h"
#include "temporal/retention.h"

namespace spectradb::extension {

namespace {

Table* table_of(sqlite3_vtab* table) { return static_cast<Table*>(table); }
Cursor* cursor_of(sqlite3_vtab_cursor* cursor) { return static_cast<Cursor*>(cursor); }

constexpr int kSchemaArgument = 1;  // of xCreate's arguments: module, schema, table, then the user's
constexpr int kNameArgument = 2;
constexpr int kFirstUserArgument = 3;

// Our own tables come together: where only the one that says which store it is has gone, what is left belongs to no
// store, and no new one may be made over it.
Status check_own_tables(Database& database) {
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_meta, database.has_table("_spectradb_meta"));
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_others, database.has_table("_spectradb_tables"));
  if (has_meta || !has_others) return Status::ok();
  return Status::corrupt(
      "table _spectradb_meta of " + database.schema() +
      " is gone, though the database has temporal tables: put back the database from a backup");
}

int make_table(sqlite3* db, void* aux, int argc, const char* const* argv, sqlite3_vtab** out, char** message,
               bool is_new) {
  return guarded(message, [&]() -> Status {
    Connection& connection = *static_cast<Connection*>(aux);
    SPECTRADB_RETURN_IF_ERROR(connection.check_process());
    const std::string name = argv[kNameArgument];
    const std::vector<std::string> arguments(argv + kFirstUserArgument, argv + argc);
    SPECTRADB_ASSIGN_OR_RETURN(Definition definition, is_new ? read_definition(name, arguments, db)
                                                             : known_definition(name, arguments, db));
    std::shared_ptr<Database> database = connection.database(argv[kSchemaArgument]);
    SPECTRADB_RETURN_IF_ERROR(check_column_count(db, definition));
    if (is_new) {
      connection.part<LostStatements>().statement_begins();
      SPECTRADB_RETURN_IF_ERROR(check_table_name(name));
      SPECTRADB_RETURN_IF_ERROR(connection.part<KeptStatements>().look());
      SPECTRADB_RETURN_IF_ERROR(check_available(definition));
      SPECTRADB_RETURN_IF_ERROR(check_key_collations(definition));
      SPECTRADB_RETURN_IF_ERROR(join_transaction(database));
      SPECTRADB_RETURN_IF_ERROR(check_successor(*database, definition));
      SPECTRADB_RETURN_IF_ERROR(check_own_tables(*database));
      SPECTRADB_RETURN_IF_ERROR(database->ensure_store());
      SPECTRADB_RETURN_IF_ERROR(check_new_horizon(*database, name, temporal::horizon_of(definition.options)));
      SPECTRADB_RETURN_IF_ERROR(check_new_valid_horizon(*database, definition.schema,
                                                        temporal::valid_horizon_of(definition.options)));
      SPECTRADB_RETURN_IF_ERROR(ensure_anchor(*database));
      SPECTRADB_ASSIGN_OR_RETURN(uint32_t id, database->add_table(name));
      definition.schema.id = id;
      if (definition.schema.valid_form == temporal::ValidForm::kAsGiven)
        definition.schema.valid_form = temporal::ValidForm::kOpen;
      SPECTRADB_RETURN_IF_ERROR(database->valid_forms().add(id, definition.schema.valid_form));
    } else {
      SPECTRADB_ASSIGN_OR_RETURN(std::optional<uint32_t> id, database->find_table(name));
      if (!id.has_value()) {
        SPECTRADB_RETURN_IF_ERROR(check_own_tables(*database));
        return Status::corrupt(
            "table " + name +
            " is not in _spectradb_tables: was its row deleted, or the schema copied without it?");
      }
      definition.schema.id = *id;
      if (definition.schema.valid_form == temporal::ValidForm::kAsGiven) {
        SPECTRADB_ASSIGN_OR_RETURN(const temporal::ValidForm form, database->valid_forms().find(*id));
        definition.schema.valid_form = form;
      }
    }
    SPECTRADB_RETURN_IF_ERROR(ColumnCatalog(*database).load(definition.schema));
    compute_missing_columns(definition);
    SPECTRADB_RETURN_IF_ERROR(declare_columns(db, declaration(definition)));
    sqlite3_vtab_config(db, SQLITE_VTAB_CONSTRAINT_SUPPORT, 1);
    // Using the table has no effect beyond the database, as for any table (Table::define() guards the one
    // exception).
    sqlite3_vtab_config(db, SQLITE_VTAB_INNOCUOUS);
    IndexCatalog catalog(*database);
    if (is_new) SPECTRADB_RETURN_IF_ERROR(catalog.add_constraints(definition));
    SPECTRADB_ASSIGN_OR_RETURN(temporal::IndexSchemas indexes, catalog.load(definition));
    if (!is_new) database->reconnected();
    database->set_valid_horizon(
        definition.schema.id,
        valid_horizon_in_form(definition.schema, temporal::valid_horizon_of(definition.options)));
    if (!temporal::erase_by_of(definition.options).empty()) {
      if (is_new) SPECTRADB_RETURN_IF_ERROR(database->subjects().ensure());
      database->set_sealed(definition.schema.id);
      SPECTRADB_RETURN_IF_ERROR(database->subjects().refresh());
    } else {  // the id may be that of a table whose CREATE was rolled back
      database->subjects().remove(definition.schema.id);
    }
    *out = new Table(connection, std::move(database), std::move(definition), std::move(indexes));
    return Status::ok();
  });
}

int x_create(sqlite3* db, void* aux, int argc, const char* const* argv, sqlite3_vtab** out, char** message) {
  return make_table(db, aux, argc, argv, out, message, true);
}

int x_connect(sqlite3* db, void* aux, int argc, const char* const* argv, sqlite3_vtab** out, char** message) {
  return make_table(db, aux, argc, argv, out, message, false);
}

int x_disconnect(sqlite3_vtab* table) {
  delete table_of(table);
  return SQLITE_OK;
}

// Called by DROP TABLE. The facts stay in the store, but no table names them any more; ROLLBACK brings the
// table back whole.
int x_destroy(sqlite3_vtab* table) {
  Table* const dropped = table_of(table);
  // SQLite ignores the message here, and shows only what the code means.
  if (!check_session_writes(dropped->connection())) return SQLITE_READONLY;
  // A function of the application, in a CHECK or a generated column: its row's writer would be gone with the table.
  if (dropped->writer().is_writing()) return SQLITE_LOCKED;
  const int code = guarded(table, [&]() -> Status {
    Database& database = dropped->database();
    SPECTRADB_RETURN_IF_ERROR(database.foreign_keys().check_unreferenced(dropped->schema().name, "dropped"));
    SPECTRADB_RETURN_IF_ERROR(join_transaction(dropped->connection().database(database.schema())));
    // For a table that continues this one's history.
    SPECTRADB_RETURN_IF_ERROR(dropped->valid_form().status());
    note_drop(dropped->connection().database(database.schema()), dropped->definition());
    SPECTRADB_RETURN_IF_ERROR(DroppedCatalog(database).record(dropped->definition()));
    SPECTRADB_RETURN_IF_ERROR(IndexCatalog(dropped->database()).remove_all(dropped->schema().id));
    SPECTRADB_RETURN_IF_ERROR(ColumnCatalog(dropped->database()).remove_all(dropped->schema().id));
    SPECTRADB_RETURN_IF_ERROR(database.valid_forms().remove(dropped->schema().id));
    SPECTRADB_RETURN_IF_ERROR(ReferenceTable::drop_all(database, dropped->schema().id));
    SPECTRADB_RETURN_IF_ERROR(PresentTable::drop(database, dropped->schema().name));
    if (dropped->schema().is_autoincrement)
      SPECTRADB_RETURN_IF_ERROR(remove_sequence(database, dropped->schema().name));
    return dropped->database().drop_table(dropped->schema().id);
  });
  if (code == SQLITE_OK) {
    delete dropped;
  } else {  // SQLite does not take the message, so nobody else would free it
    if (table->zErrMsg != nullptr) sqlite3_log(code, "%s", table->zErrMsg);
    sqlite3_free(std::exchange(table->zErrMsg, nullptr));
  }
  return code == SQLITE_CONSTRAINT ? SQLITE_CONSTRAINT_FOREIGNKEY : code;
}

int x_best_index(sqlite3_vtab* table, sqlite3_index_info* info) {
  bool can_be_run = true;
  table_of(table)->connection().table_planned(table_of(table));
  table_of(table)->connection().part<KeptStatements>().planned();
  if (table_of(table)->has_expressions()) table_of(table)->connection().expressions_planned();
  const int code = guarded(table, [&]() -> Status {
    Table& planned = *table_of(table);
    const QuestionInside question(planned.declared_columns(), info);
    SPECTRADB_RETURN_IF_ERROR(check_match(planned, *info));
    can_be_run = choose_plan(
        {planned.schema(), planned.indexes(), planned.ranked_columns(), planned.connection().handle()},
        [&planned](std::string_view from, std::string_view to) { return planned.size_between(from, to); },
        TableStatistics(planned), planned.may_promise_one_row(), planned.is_utf16(), info, planned.plans());
    return Status::ok();
  });
  return code == SQLITE_OK && !can_be_run ? SQLITE_CONSTRAINT : code;
}

int x_open(sqlite3_vtab* table, sqlite3_vtab_cursor** out) {
  return guarded(table, [&] {
    *out = table_of(table)->take_cursor().release();
    table_of(table)->connection().cursor_opened();
    return Status::ok();
  });
}

int x_close(sqlite3_vtab_cursor* cursor) {
  table_of(cursor->pVtab)->connection().cursor_closed();
  table_of(cursor->pVtab)->give_back(std::unique_ptr<Cursor>(cursor_of(cursor)));
  return SQLITE_OK;
}

Status time_from_own_row(const Table& table) {
  return Status::invalid("table " + table.schema().name +
                         " cannot be read at a time that its own rows say, as it is known before they are "
                         "read: compare _valid_from, _system_from … in WHERE instead");
}

int x_filter(sqlite3_vtab_cursor* cursor, int plan, const char*, int argc, sqlite3_value** argv) {
  const int code = guarded(cursor->pVtab, [&] {
    Table& read = *table_of(cursor->pVtab);
    SPECTRADB_RETURN_IF_ERROR(read.connection().part<KeptStatements>().check());
    const Plan& chosen = read.plans()[static_cast<size_t>(plan)];
    if (chosen.misses_time) return time_from_own_row(read);
    return cursor_of(cursor)->filter(chosen, argc, argv);
  });
  // The only constraint that reading can break: a new UNIQUE index meets rows that it forbids.
  return code == SQLITE_CONSTRAINT ? SQLITE_CONSTRAINT_UNIQUE : code;
}

int x_next(sqlite3_vtab_cursor* cursor) {
  if (cursor_of(cursor)->next_in_range()) return SQLITE_OK;
  return guarded(cursor->pVtab, [&] { return cursor_of(cursor)->next(); });
}

int x_eof(sqlite3_vtab_cursor* cursor) { return cursor_of(cursor)->at_end() ? 1 : 0; }

int x_column(sqlite3_vtab_cursor* cursor, sqlite3_context* context, int declared) {
  if (cursor_of(cursor)->give_at_once(context, declared)) return SQLITE_OK;
  const int column = table_of(cursor->pVtab)->declared_columns().inside(declared);
  if (cursor_of(cursor)->is_made_by_reading(column) && sqlite3_vtab_nochange(context)) return SQLITE_OK;
  return guarded(cursor->pVtab, [&] { return cursor_of(cursor)->column(context, column); });
}

bool is_insert(int argc, sqlite3_value** arguments) {
  return argc > 1 && sqlite3_value_type(arguments[0]) == SQLITE_NULL;
}

// kStale when the writing statement's text was made for another definition of the table. SQLite calls nothing
// when it prepares an INSERT again, so each row carries what its text knew (see Given in writer.cc).
Status check_text(Table& table, int argc, sqlite3_value** arguments) {
  constexpr int kKnowledgeBits = 32;
  constexpr int kFirstColumn = 2;
  KeptStatements& kept = table.connection().part<KeptStatements>();
  if (!is_insert(argc, arguments)) return kept.check();
  sqlite3_value* const given = arguments[kFirstColumn + table.visible_columns() + kGiven];
  if (sqlite3_value_type(given) == SQLITE_NULL) return table.wants_rewriting() ? kept.look() : kept.check();
  const int64_t fingerprint = sqlite3_value_int64(given) >> kKnowledgeBits;
  if (fingerprint == 0 || fingerprint == table.fingerprint()) return kept.check();
  SPECTRADB_RETURN_IF_ERROR(kept.look_closely());
  return Status::invalid("the schema has changed: the statement says other columns or DEFAULTs than table " +
                         table.schema().name + " has now, prepare it again");
}

// Checks texts that were prepared without the rewriter. A statement that is refused may be tried again, and
// is then refused again.
Status check_returning(Table& table, int argc, sqlite3_value** arguments) {
  if (!is_insert(argc, arguments) || !table.take_first_insert()) return Status::ok();
  Status status = refuse_unseen_returning(table);
  if (!status) table.statement_may_begin();
  return status;
}

int x_update(sqlite3_vtab* table, int argc, sqlite3_value** argv, sqlite3_int64* rowid) {
  sqlite3_value** const arguments = table_of(table)->declared_columns().inside_order(argc, argv);
  const int code = guarded(table, [&]() -> Status {
    SPECTRADB_RETURN_IF_ERROR(check_text(*table_of(table), argc, arguments));
    return check_returning(*table_of(table), argc, arguments);
  });
  if (code != SQLITE_OK) return code;
  return table_of(table)->writer().update(argc, arguments, rowid);
}

// Temporal tables have no rowid. SQLite (seen in 3.40) takes a table that it has not connected yet for one that has,
// where UPDATE or DELETE has a LIMIT: by this code it prepares the statement once more, and knows the table then.
int x_rowid(sqlite3_vtab_cursor*, sqlite3_int64*) { return SQLITE_SCHEMA; }

int x_begin(sqlite3_vtab* table) {
  return guarded(table, [&]() -> Status {
    SPECTRADB_RETURN_IF_ERROR(table_of(table)->connection().check_process());
    SPECTRADB_RETURN_IF_ERROR(check_session_writes(table_of(table)->connection()));
    table_of(table)->statement_may_begin();
    return table_of(table)->database().begin();
  });
}
int x_sync(sqlite3_vtab* table) {
  const int code = guarded(table, [&] { return table_of(table)->database().sync(); });
  return code == SQLITE_CONSTRAINT ? SQLITE_CONSTRAINT_FOREIGNKEY : code;
}
int x_commit(sqlite3_vtab* table) {
  return guarded(table, [&] { return table_of(table)->database().commit(); });
}
int x_rollback(sqlite3_vtab* table) {
  return guarded(table, [&] { return table_of(table)->database().rollback(); });
}
int x_savepoint(sqlite3_vtab* table, int level) {
  return guarded(table, [&] {
    table_of(table)->statement_may_begin();
    table_of(table)->database().savepoint(level);
    return Status::ok();
  });
}
int x_release(sqlite3_vtab* table, int level) {
  table_of(table)->database().release(level);
  return SQLITE_OK;
}
int x_rollback_to(sqlite3_vtab* table, int level) {
  table_of(table)->database().rollback_to(level);
  return SQLITE_OK;
}

int x_rename(sqlite3_vtab* table, const char* name) {
  return guarded(table, [&]() -> Status {
    SPECTRADB_RETURN_IF_ERROR(check_table_name(name));
    SPECTRADB_RETURN_IF_ERROR(table_of(table)->database().foreign_keys().check_unreferenced(
        table_of(table)->schema().name, "renamed"));
    Database& database = table_of(table)->database();
    SPECTRADB_RETURN_IF_ERROR(join_transaction(table_of(table)->connection().database(database.schema())));
    note_rename(database, table_of(table)->schema().id, table_of(table)->schema().name, name);
    SPECTRADB_RETURN_IF_ERROR(PresentTable::rename(database, table_of(table)->schema().name, name));
    SPECTRADB_RETURN_IF_ERROR(database.rename_table(table_of(table)->schema().id, name));
    table_of(table)->rename(name);
    return Status::ok();
  });
}

// The function that MATCH runs where xBestIndex was not asked.
void x_unanswered_match(sqlite3_context* context, int, sqlite3_value**) noexcept {
  guarded(context,
          [context] { return unanswered_match(*static_cast<const Table*>(sqlite3_user_data(context))); });
}

int x_find_function(sqlite3_vtab* table, int count, const char* name,
                    void (**call)(sqlite3_context*, int, sqlite3_value**), void** data) noexcept {
  constexpr int kArguments = 2;
  if (count == kArguments && sqlite3_stricmp(name, "match") == 0) {
    *call = x_unanswered_match;
    *data = table_of(table);
    return 1;
  }
  BoundFunction* const condition = count == kArguments ? table_of(table)->find_condition(name) : nullptr;
  if (condition == nullptr) return 0;
  *call = call_function;
  *data = condition;
  return SQLITE_INDEX_CONSTRAINT_FUNCTION + table_of(table)->number_of_condition(*condition);
}

const ModuleBuilder kModule = ModuleBuilder(2)
                                  .made_by<x_create, x_connect>()
                                  .ended_by<x_disconnect, x_destroy>()
                                  .planned_by<x_best_index>()
                                  .read_by<x_open, x_close, x_filter, x_next, x_eof, x_column>()
                                  .numbered_by<x_rowid>()
                                  .written_by<x_update>()
                                  .transactions<x_begin, x_sync, x_commit, x_rollback>()
                                  .savepoints<x_savepoint, x_release, x_rollback_to>()
                                  .overloads_by(x_find_function)
                                  .renamed_by<x_rename>();

}  // namespace

const ModuleBuilder& table_module() { return kModule; }

}  // namespace spectradb::extension
