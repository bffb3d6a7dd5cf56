#include "extension/session/annotations.h"

#include <algorithm>
#include <map>
#include <optional>

#include "extension/facet/facet.h"
#include "extension/facet/private_table.h"
#include "extension/host/errors.h"
#include "extension/host/query.h"
#include "extension/host/values.h"
#include "extension/session/connection.h"

namespace spectradb::extension {

using temporal::Value;

void Annotations::add(std::string_view name, const Value& value, Annotation::Kind kind) {
  added_.push_back({std::string(name), value, std::string(value.bytes), kind});
  ++version_;
}

std::vector<const Annotation*> Annotations::list() const {
  std::map<std::string_view, const Annotation*> last;
  for (const Annotation& annotation : added_)
    if (annotation.kind == Annotation::Kind::kNote) last[annotation.name] = &annotation;
  std::vector<const Annotation*> listed;
  for (const auto& [name, annotation] : last) {
    if (!annotation->value.is_null()) listed.push_back(annotation);
  }
  return listed;
}

std::optional<int64_t> Annotations::time_us() const {
  const auto last = std::find_if(added_.rbegin(), added_.rend(), [](const Annotation& annotation) {
    return annotation.kind == Annotation::Kind::kTime;
  });
  if (last == added_.rend() || last->value.is_null()) return std::nullopt;
  return last->value.integer;
}

bool Annotations::is_replay() const {
  return std::any_of(added_.begin(), added_.end(), [](const Annotation& annotation) {
    return annotation.kind == Annotation::Kind::kReplay;
  });
}

void Annotations::clear() {
  if (!added_.empty()) ++version_;
  added_.clear();
  savepoints_.clear();
}

void Annotations::savepoint(int level) { savepoints_.open(level, added_.size()); }

void Annotations::release(int level) { savepoints_.release(level); }

void Annotations::rollback_to(int level) {
  ++version_;
  const std::optional<size_t> count = savepoints_.roll_back_to(level);
  if (count && *count < added_.size())
    added_.erase(added_.begin() + static_cast<ptrdiff_t>(*count), added_.end());
}

namespace {

// The table takes rows of (name, value) and keeps none.
struct AnnotationsTable : sqlite3_vtab {
  Connection* connection = nullptr;
  bool is_own = false;  // under the name that only statements of ours know
};

Annotations& annotations_of(sqlite3_vtab* table) {
  return static_cast<AnnotationsTable*>(table)->connection->part<Annotations>();
}

const std::string& own_table() {
  static const std::string name = private_table("spectradb_annotations");
  return name;
}

int x_connect(sqlite3* db, void* aux, int, const char* const* arguments, sqlite3_vtab** out, char** message) {
  return guarded(message, [&]() -> Status {
    SPECTRADB_RETURN_IF_ERROR(declare_columns(db, "CREATE TABLE x(name TEXT, value, kind HIDDEN)"));
    sqlite3_vtab_config(db, SQLITE_VTAB_DIRECTONLY);
    auto* table = new AnnotationsTable{};
    table->connection = static_cast<Connection*>(aux);
    table->is_own = own_table() == arguments[0];
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

// argv: NULL, the new rowid, name, value, kind.
int x_update(sqlite3_vtab* table, int count, sqlite3_value** arguments, sqlite3_int64* rowid) {
  constexpr int kInsertArguments = 5;
  return guarded(table, [&]() -> Status {
    if (count != kInsertArguments || sqlite3_value_type(arguments[0]) != SQLITE_NULL) return holds_no_rows();
    const Value name = from_sqlite(arguments[2]);
    const Value value = from_sqlite(arguments[3]);
    *rowid = sqlite3_last_insert_rowid(static_cast<AnnotationsTable*>(table)->connection->handle());
    if (const Value kind = from_sqlite(arguments[4]); !kind.is_null()) {
      const bool is_known = static_cast<AnnotationsTable*>(table)->is_own && name.is_null() &&
                            (value.is_null() || value.type == Value::Type::kInteger);
      if (!is_known) return Status::invalid("spectradb_annotations has the columns name and value");
      annotations_of(table).add({}, value, static_cast<Annotation::Kind>(kind.integer));
      return Status::ok();
    }
    if (name.type != Value::Type::kText || name.bytes.empty())
      return Status::invalid("an annotation is named by text, not " + spelled(name));
    if (value.type == Value::Type::kBlob)
      return Status::invalid("annotation " + std::string(name.bytes) +
                             ": a blob cannot be shown as JSON; use hex()");
    annotations_of(table).add(name.bytes, value, Annotation::Kind::kNote);
    return Status::ok();
  });
}

int clear(sqlite3_vtab* table) {
  annotations_of(table).clear();
  return SQLITE_OK;
}

int best_index(sqlite3_vtab* table, sqlite3_index_info*) { return report(table, holds_no_rows()); }
int begin(sqlite3_vtab*) { return SQLITE_OK; }

int x_savepoint(sqlite3_vtab* table, int level) {
  return guarded(table, [&] {
    annotations_of(table).savepoint(level);
    return Status::ok();
  });
}

int x_release(sqlite3_vtab* table, int level) {
  annotations_of(table).release(level);
  return SQLITE_OK;
}

int x_rollback_to(sqlite3_vtab* table, int level) {
  return guarded(table, [&] {
    annotations_of(table).rollback_to(level);
    return Status::ok();
  });
}

const ModuleBuilder kModule = ModuleBuilder(2)
                                  .eponymous<x_connect>()
                                  .ended_by<x_disconnect>()
                                  .never_read<best_index>()
                                  .written_by<x_update>()
                                  .transactions<begin, begin, clear, clear>()
                                  .savepoints<x_savepoint, x_release, x_rollback_to>();

// spectradb_annotate(name, value) -> value, which is from now on what the open transaction says under that
// name
Status annotate(const FunctionCall& call) {
  Connection& connection = call.connection;
  if (sqlite3_get_autocommit(connection.handle()) != 0) {
    return Status::invalid(
        "spectradb_annotate() says something of the transaction that is open, and none is: BEGIN first");
  }
  Query query(connection.handle(), "INSERT INTO " + own_table() + "(name, value) VALUES (?1, ?2)");
  SPECTRADB_RETURN_IF_ERROR(query.prepare());
  sqlite3_bind_value(query.statement(), 1, call.arguments[0]);
  sqlite3_bind_value(query.statement(), 2, call.arguments[1]);
  SPECTRADB_RETURN_IF_ERROR(query.run());
  sqlite3_result_value(call.context, call.arguments[1]);
  return Status::ok();
}

constexpr Function kFunctions[] = {{"spectradb_annotate", 2, SQLITE_DIRECTONLY, annotate}};
}  // namespace

Status say_of_transaction(Connection& connection, Annotation::Kind kind, const Value& value) {
  if (sqlite3_get_autocommit(connection.handle()) != 0)
    return Status::invalid("it is said of the transaction that is open, and none is: BEGIN first");
  Query query(connection.handle(), "INSERT INTO " + own_table() + "(value, kind) VALUES (?1, ?2)");
  return query.bind(1, value).bind(2, static_cast<int64_t>(kind)).run();
}

std::span<const Function> annotation_functions() { return kFunctions; }

// One name serves users' statements, another one ours.
std::span<const Module> annotation_modules() {
  static const Module modules[] = {{"spectradb_annotations", &kModule}, {own_table().c_str(), &kModule}};
  return modules;
}

}  // namespace spectradb::extension
