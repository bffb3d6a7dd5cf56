#include "extension/access/anchor.h"

#include <memory>
#include <string>
#include <utility>

#include "extension/host/errors.h"
#include "extension/host/query.h"
#include "extension/session/database.h"

namespace spectradb::extension {

namespace {

constexpr const char* kAnchor = "_spectradb";
constexpr int kSchemaOfAnchor = 1;  // place among the arguments of xCreate

struct AnchorTable : sqlite3_vtab {
  sqlite3* db = nullptr;
  std::string schema;
};

struct AnchorCursor : sqlite3_vtab_cursor {
  std::string format;
  bool is_at_end = false;
};

AnchorTable* anchor_of(sqlite3_vtab* table) { return static_cast<AnchorTable*>(table); }
AnchorCursor* anchor_cursor(sqlite3_vtab_cursor* cursor) { return static_cast<AnchorCursor*>(cursor); }

int anchor_connect(sqlite3* db, void*, int, const char* const* argv, sqlite3_vtab** out, char** message) {
  return guarded(message, [&]() -> Status {
    SPECTRADB_RETURN_IF_ERROR(declare_columns(db, "CREATE TABLE x(format TEXT PRIMARY KEY) WITHOUT ROWID"));
    sqlite3_vtab_config(db, SQLITE_VTAB_INNOCUOUS);
    auto table = std::make_unique<AnchorTable>();
    table->db = db;
    table->schema = argv[kSchemaOfAnchor];
    *out = table.release();
    return Status::ok();
  });
}

int anchor_disconnect(sqlite3_vtab* table) {
  delete anchor_of(table);
  return SQLITE_OK;
}

// DROP TABLE _spectradb is refused until the last temporal table is gone.
int anchor_destroy(sqlite3_vtab* table) {
  const int code = guarded(table, [&]() -> Status {
    Query tables(anchor_of(table)->db,
                 "SELECT 1 FROM " + quoted(anchor_of(table)->schema) + "._spectradb_tables LIMIT 1");
    Result<bool> row = tables.step();
    if (row && *row)
      return Status::constraint("_spectradb belongs to the temporal tables of " + anchor_of(table)->schema);
    return row.status().code() == Code::kNoMemory ? row.status() : Status::ok();
  });
  if (code == SQLITE_OK) {
    delete anchor_of(table);
  } else {  // SQLite does not take the message, so nobody else would free it
    sqlite3_free(std::exchange(table->zErrMsg, nullptr));
  }
  return code;
}

int anchor_best_index(sqlite3_vtab*, sqlite3_index_info* info) {
  info->estimatedCost = 1;
  info->estimatedRows = 1;
  return SQLITE_OK;
}

int anchor_open(sqlite3_vtab*, sqlite3_vtab_cursor** out) {
  *out = new AnchorCursor;
  return SQLITE_OK;
}

int anchor_close(sqlite3_vtab_cursor* cursor) {
  delete anchor_cursor(cursor);
  return SQLITE_OK;
}

int anchor_filter(sqlite3_vtab_cursor* cursor, int, const char*, int, sqlite3_value**) {
  return guarded(cursor->pVtab, [&]() -> Status {
    const AnchorTable& table = *anchor_of(cursor->pVtab);
    Query format(table.db,
                 "SELECT value FROM " + quoted(table.schema) + "._spectradb_meta WHERE name = 'format'");
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_there, format.step());
    anchor_cursor(cursor)->is_at_end = !is_there;
    if (is_there) anchor_cursor(cursor)->format = format.text(0);
    return Status::ok();
  });
}

int anchor_next(sqlite3_vtab_cursor* cursor) {
  anchor_cursor(cursor)->is_at_end = true;
  return SQLITE_OK;
}

int anchor_eof(sqlite3_vtab_cursor* cursor) { return anchor_cursor(cursor)->is_at_end ? 1 : 0; }

int anchor_column(sqlite3_vtab_cursor* cursor, sqlite3_context* context, int) {
  const std::string& format = anchor_cursor(cursor)->format;
  sqlite3_result_text64(context, format.data(), format.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return SQLITE_OK;
}

int anchor_rename(sqlite3_vtab* table, const char*) {
  return report(table, Status::invalid("table _spectradb may not be altered"));
}

// Shadow tables are all that begin with _spectradb_, except those by which SQLite itself follows foreign keys
// to ordinary tables: its own actions write them during the user's statements.
int anchor_shadow_name(const char* name) { return sqlite3_strnicmp(name, "references_", 11) == 0 ? 0 : 1; }

const ModuleBuilder kAnchorBuilder =
    ModuleBuilder(3)
        .made_by<anchor_connect, anchor_connect>()
        .ended_by<anchor_disconnect, anchor_destroy>()
        .planned_by<anchor_best_index>()
        .read_by<anchor_open, anchor_close, anchor_filter, anchor_next, anchor_eof, anchor_column>()
        .renamed_by<anchor_rename>()
        .shadows<anchor_shadow_name>();

}  // namespace

Status ensure_anchor(Database& database) {
  sqlite3* db = database.connection().handle();
  Query names(db, "SELECT name FROM " + database.qualified("sqlite_master") +
                      " WHERE name = ?1 COLLATE NOCASE OR name = '_spectradb_meta' ORDER BY name LIMIT 1");
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, names.bind(1, std::string_view(kAnchor)).step());
  if (!row || names.text(0) != "_spectradb_meta") return Status::ok();
  names.reset();
  return execute(db, "CREATE VIRTUAL TABLE " + database.qualified(kAnchor) + " USING " + kAnchorModule);
}

const ModuleBuilder& anchor_module() { return kAnchorBuilder; }

}  // namespace spectradb::extension
