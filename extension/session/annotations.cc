#include "extension/session/annotations.h"

#include "extension/host/errors.h"
#include "extension/host/query.h"
#include "extension/host/values.h"
#include "extension/session/connection.h"

namespace spectradb::extension {

using temporal::Value;

void Annotations::add(std::string_view name, const Value& value) {
  added_.push_back({std::string(name), value, std::string(value.bytes)});
  ++version_;
}

std::vector<const Annotation*> Annotations::list() const {
  std::map<std::string_view, const Annotation*> last;
  for (const Annotation& annotation : added_) last[annotation.name] = &annotation;
  std::vector<const Annotation*> listed;
  for (const auto& [name, annotation] : last) {
    if (!annotation->value.is_null()) listed.push_back(annotation);
  }
  return listed;
}

void Annotations::clear() {
  if (!added_.empty()) ++version_;
  added_.clear();
  savepoints_.clear();
}

// The table joins the transaction with its first row, and is then told of the innermost savepoint only, which
// stands for the outer ones as well.
void Annotations::savepoint(int level) {
  for (int outer = 0; outer <= level; ++outer) savepoints_.emplace(outer, added_.size());
}

void Annotations::release(int level) { savepoints_.erase(savepoints_.lower_bound(level), savepoints_.end()); }

void Annotations::rollback_to(int level) {
  ++version_;
  auto first = savepoints_.lower_bound(level);
  const bool is_whole_transaction = level < 0;  // a SAVEPOINT that opened it has no mark of its own
  if (first == savepoints_.end() && !is_whole_transaction) return;
  const size_t count = is_whole_transaction ? 0 : first->second;
  savepoints_.erase(first, savepoints_.end());
  if (!is_whole_transaction) savepoints_.emplace(level, count);
  if (count < added_.size()) added_.erase(added_.begin() + static_cast<ptrdiff_t>(count), added_.end());
}

namespace {

// The table takes rows of (name, value) and keeps none.
struct AnnotationsTable : sqlite3_vtab {
  Connection* connection = nullptr;
};

Annotations& annotations_of(sqlite3_vtab* table) {
  return static_cast<AnnotationsTable*>(table)->connection->annotations;
}

int x_connect(sqlite3* db, void* aux, int, const char* const*, sqlite3_vtab** out, char** message) {
  return guarded(message, [&]() -> Status {
    if (sqlite3_declare_vtab(db, "CREATE TABLE x(name TEXT, value)") != SQLITE_OK)
      return status_of_sqlite(db, SQLITE_ERROR);
    sqlite3_vtab_config(db, SQLITE_VTAB_DIRECTONLY);
    auto* table = new AnnotationsTable{};
    table->connection = static_cast<Connection*>(aux);
    *out = table;
    return Status::ok();
  });
}

int x_disconnect(sqlite3_vtab* table) {
  delete static_cast<AnnotationsTable*>(table);
  return SQLITE_OK;
}

Status holds_no_rows() {
  return Status::invalid("spectradb_annotations holds no rows: read spectradb_commits");
}

// argv: NULL, the new rowid, name, value.
int x_update(sqlite3_vtab* table, int count, sqlite3_value** arguments, sqlite3_int64* rowid) {
  constexpr int kInsertArguments = 4;
  return guarded(table, [&]() -> Status {
    if (count != kInsertArguments || sqlite3_value_type(arguments[0]) != SQLITE_NULL) return holds_no_rows();
    const Value name = from_sqlite(arguments[2]);
    const Value value = from_sqlite(arguments[3]);
    if (name.type != Value::Type::kText || name.bytes.empty())
      return Status::invalid("an annotation is named by text, not " + spelled(name));
    if (value.type == Value::Type::kBlob)
      return Status::invalid("annotation " + std::string(name.bytes) +
                             ": a blob cannot be shown as JSON; use hex()");
    annotations_of(table).add(name.bytes, value);
    *rowid = sqlite3_last_insert_rowid(static_cast<AnnotationsTable*>(table)->connection->handle());
    return Status::ok();
  });
}

int clear(sqlite3_vtab* table) {
  annotations_of(table).clear();
  return SQLITE_OK;
}

const sqlite3_module* annotations_module() {
  static const sqlite3_module module = [] {
    sqlite3_module m{};
    m.iVersion = 2;          // savepoints
    m.xConnect = x_connect;  // no xCreate: eponymous only
    m.xBestIndex = [](sqlite3_vtab* table, sqlite3_index_info*) { return report(table, holds_no_rows()); };
    m.xDisconnect = x_disconnect;
    m.xDestroy = x_disconnect;
    m.xOpen = [](sqlite3_vtab*, sqlite3_vtab_cursor**) { return SQLITE_ERROR; };
    m.xClose = [](sqlite3_vtab_cursor*) { return SQLITE_OK; };
    m.xFilter = [](sqlite3_vtab_cursor*, int, const char*, int, sqlite3_value**) { return SQLITE_ERROR; };
    m.xNext = [](sqlite3_vtab_cursor*) { return SQLITE_ERROR; };
    m.xEof = [](sqlite3_vtab_cursor*) { return 1; };
    m.xColumn = [](sqlite3_vtab_cursor*, sqlite3_context*, int) { return SQLITE_ERROR; };
    m.xRowid = [](sqlite3_vtab_cursor*, sqlite3_int64*) { return SQLITE_ERROR; };
    m.xUpdate = x_update;
    m.xBegin = [](sqlite3_vtab*) { return SQLITE_OK; };
    m.xCommit = clear;
    m.xRollback = clear;
    m.xSavepoint = [](sqlite3_vtab* table, int level) {
      return guarded(table, [&] {
        annotations_of(table).savepoint(level);
        return Status::ok();
      });
    };
    m.xRelease = [](sqlite3_vtab* table, int level) {
      annotations_of(table).release(level);
      return SQLITE_OK;
    };
    m.xRollbackTo = [](sqlite3_vtab* table, int level) {
      return guarded(table, [&] {
        annotations_of(table).rollback_to(level);
        return Status::ok();
      });
    };
    return m;
  }();
  return &module;
}

// spectradb_annotate(name, value) -> value, which is from now on what the open transaction says under that
// name
void annotate(sqlite3_context* context, int, sqlite3_value** arguments) {
  guarded(context, [&]() -> Status {
    Connection& connection = *static_cast<Connection*>(sqlite3_user_data(context));
    if (sqlite3_get_autocommit(connection.handle()) != 0) {
      return Status::invalid(
          "spectradb_annotate() says something of the transaction that is open, and none is: BEGIN first");
    }
    Query query(connection.handle(), "INSERT INTO spectradb_annotations(name, value) VALUES (?1, ?2)");
    SPECTRADB_RETURN_IF_ERROR(query.prepare());
    sqlite3_bind_value(query.statement(), 1, arguments[0]);
    sqlite3_bind_value(query.statement(), 2, arguments[1]);
    SPECTRADB_RETURN_IF_ERROR(query.run());
    sqlite3_result_value(context, arguments[1]);
    return Status::ok();
  });
}

}  // namespace

Status register_annotations(Connection& connection) {
  sqlite3* db = connection.handle();
  int code =
      sqlite3_create_module_v2(db, "spectradb_annotations", annotations_module(), &connection, nullptr);
  if (code != SQLITE_OK) return status_of_sqlite(db, code);
  code = sqlite3_create_function_v2(db, "spectradb_annotate", 2, SQLITE_UTF8 | SQLITE_DIRECTONLY, &connection,
                                    annotate, nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? Status::ok() : status_of_sqlite(db, code);
}

}  // namespace spectradb::extension
