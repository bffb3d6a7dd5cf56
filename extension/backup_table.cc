// spectradb_backup in SQL. As a table-valued function each row is a step that has been done, so whoever reads
// them can draw a progress bar; as a scalar function it does all steps and gives the number of bytes.
#include "extension/backup.h"
#include "extension/errors.h"
#include "extension/values.h"

namespace spectradb::extension {

namespace {

enum Column { kFile, kBytes, kWay, kDone, kTotal, kTarget, kSchema };

struct BackupTable : sqlite3_vtab {
  Connection* connection = nullptr;
};

struct BackupCursor : sqlite3_vtab_cursor {
  std::unique_ptr<BackupRun> run;  // null before the first filter and at the end
  BackupRun::Step step;
  uint64_t done_bytes = 0;
  int64_t row = 0;
};

int x_connect(sqlite3* db, void* aux, int, const char* const*, sqlite3_vtab** out, char** message) {
  return guarded(message, [&]() -> Status {
    int code = sqlite3_declare_vtab(db,
                                    "CREATE TABLE x(file TEXT, bytes INTEGER, way TEXT, done INTEGER, "
                                    "total INTEGER, target TEXT HIDDEN, schema TEXT HIDDEN)");
    if (code == SQLITE_OK) code = sqlite3_vtab_config(db, SQLITE_VTAB_DIRECTONLY);
    if (code != SQLITE_OK) return status_of_sqlite(db, code);
    auto* table = new BackupTable{};
    table->connection = static_cast<Connection*>(aux);
    *out = table;
    return Status::ok();
  });
}

int x_disconnect(sqlite3_vtab* table) {
  delete static_cast<BackupTable*>(table);
  return SQLITE_OK;
}

// The arguments in their order; without a target there is no plan. idxNum says whether there is a schema.
int x_best_index(sqlite3_vtab* table, sqlite3_index_info* info) {
  int target = -1;
  int schema = -1;
  for (int i = 0; i < info->nConstraint; ++i) {
    const auto& constraint = info->aConstraint[i];
    if (constraint.op != SQLITE_INDEX_CONSTRAINT_EQ) continue;
    if (constraint.iColumn != kTarget && constraint.iColumn != kSchema) continue;
    if (!constraint.usable) return SQLITE_CONSTRAINT;
    (constraint.iColumn == kTarget ? target : schema) = i;
  }
  if (target < 0) {
    return report(table, Status::invalid("spectradb_backup needs the name of a file to write: "
                                         "SELECT * FROM spectradb_backup('copy.db')"));
  }
  info->aConstraintUsage[target].argvIndex = 1;
  info->aConstraintUsage[target].omit = 1;
  if (schema >= 0) {
    info->aConstraintUsage[schema].argvIndex = 2;
    info->aConstraintUsage[schema].omit = 1;
  }
  info->estimatedCost = 1e9;
  return SQLITE_OK;
}

int x_open(sqlite3_vtab* table, sqlite3_vtab_cursor** out) {
  return guarded(table, [&] {
    *out = new BackupCursor{};
    return Status::ok();
  });
}

int x_close(sqlite3_vtab_cursor* cursor) {
  delete static_cast<BackupCursor*>(cursor);
  return SQLITE_OK;
}

Status advance(BackupCursor& cursor) {
  if (cursor.run->is_done()) {
    cursor.run.reset();
    return Status::ok();
  }
  Result<BackupRun::Step> step = cursor.run->step();
  if (!step) {
    cursor.run.reset();
    return step.status();
  }
  cursor.step = std::move(*step);
  cursor.done_bytes += cursor.step.size_bytes;
  cursor.row += 1;
  return Status::ok();
}

Result<std::unique_ptr<BackupRun>> begin(Connection& connection, int argc, sqlite3_value** argv) {
  if (sqlite3_value_type(argv[0]) != SQLITE_TEXT) {
    return Status::invalid("spectradb_backup takes the name of a file as text, not " +
                           spelled(from_sqlite(argv[0])));
  }
  std::string schema = "main";
  if (argc > 1 && sqlite3_value_type(argv[1]) != SQLITE_NULL)
    schema = reinterpret_cast<const char*>(sqlite3_value_text(argv[1]));
  return BackupRun::begin(connection, schema, reinterpret_cast<const char*>(sqlite3_value_text(argv[0])));
}

int x_filter(sqlite3_vtab_cursor* base, int, const char*, int argc, sqlite3_value** argv) {
  return guarded(base->pVtab, [&]() -> Status {
    auto& cursor = *static_cast<BackupCursor*>(base);
    cursor.run.reset();
    cursor.done_bytes = 0;
    cursor.row = 0;
    auto run = begin(*static_cast<BackupTable*>(base->pVtab)->connection, argc, argv);
    if (!run) return run.status();
    cursor.run = std::move(*run);
    return advance(cursor);
  });
}

int x_next(sqlite3_vtab_cursor* base) {
  return guarded(base->pVtab, [&] { return advance(*static_cast<BackupCursor*>(base)); });
}

int x_eof(sqlite3_vtab_cursor* cursor) { return static_cast<BackupCursor*>(cursor)->run == nullptr ? 1 : 0; }

int x_column(sqlite3_vtab_cursor* base, sqlite3_context* context, int column) {
  const auto& cursor = *static_cast<BackupCursor*>(base);
  if (column == kFile)
    sqlite3_result_text(context, cursor.step.file.data(), static_cast<int>(cursor.step.file.size()),
                        SQLITE_TRANSIENT);
  if (column == kBytes) sqlite3_result_int64(context, static_cast<int64_t>(cursor.step.size_bytes));
  if (column == kWay) sqlite3_result_text(context, cursor.step.way, -1, SQLITE_STATIC);
  if (column == kDone) sqlite3_result_int64(context, static_cast<int64_t>(cursor.done_bytes));
  if (column == kTotal)
    sqlite3_result_int64(context,
                         static_cast<int64_t>(std::max(cursor.done_bytes, cursor.run->total_bytes())));
  return SQLITE_OK;
}

int x_rowid(sqlite3_vtab_cursor* cursor, sqlite3_int64* rowid) {
  *rowid = static_cast<BackupCursor*>(cursor)->row;
  return SQLITE_OK;
}

const sqlite3_module* backup_module() {
  static const sqlite3_module module = [] {
    sqlite3_module m{};
    m.xConnect = x_connect;  // no xCreate: eponymous only
    m.xBestIndex = x_best_index;
    m.xDisconnect = x_disconnect;
    m.xDestroy = x_disconnect;
    m.xOpen = x_open;
    m.xClose = x_close;
    m.xFilter = x_filter;
    m.xNext = x_next;
    m.xEof = x_eof;
    m.xColumn = x_column;
    m.xRowid = x_rowid;
    return m;
  }();
  return &module;
}

// spectradb_backup(file [, schema]) -> bytes of the copy
void backup(sqlite3_context* context, int argc, sqlite3_value** argv) {
  guarded(context, [&]() -> Status {
    auto run = begin(*static_cast<Connection*>(sqlite3_user_data(context)), argc, argv);
    if (!run) return run.status();
    uint64_t done_bytes = 0;
    while (!(*run)->is_done()) {
      Result<BackupRun::Step> step = (*run)->step();
      if (!step) return step.status();
      done_bytes += step->size_bytes;
    }
    sqlite3_result_int64(context, static_cast<int64_t>(done_bytes));
    return Status::ok();
  });
}

}  // namespace

Status register_backup(Connection& connection) {
  sqlite3* db = connection.handle();
  int code = sqlite3_create_module_v2(db, "spectradb_backup", backup_module(), &connection, nullptr);
  for (const int argument_count : {1, 2}) {
    if (code == SQLITE_OK)
      code =
          sqlite3_create_function_v2(db, "spectradb_backup", argument_count, SQLITE_UTF8 | SQLITE_DIRECTONLY,
                                     &connection, backup, nullptr, nullptr, nullptr);
  }
  return code == SQLITE_OK ? Status::ok() : status_of_sqlite(db, code);
}

}  // namespace spectradb::extension
