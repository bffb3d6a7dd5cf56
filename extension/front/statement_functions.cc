#include "extension/front/statement_functions.h"

#include <charconv>
#include <cstring>
#include <new>
#include <string>
#include <utility>

#include "extension/access/gate.h"
#include "extension/facet/facet.h"
#include "extension/front/hook_mark.h"
#include "extension/front/kept_statements.h"
#include "extension/front/plain_sql.h"
#include "extension/host/errors.h"
#include "extension/host/shared_bytes.h"
#include "extension/host/values.h"
#include "extension/session/connection.h"
#include "extension/session/row_set.h"
#include "extension/session/upsert.h"

namespace spectradb::extension {

using temporal::Value;

namespace {

// A pack is a sequence of parameters: number and type (int32 each), then the 8 bytes of a number, or 8 bytes
// of size and that many bytes. It never leaves the process.
template <typename T>
void append(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <typename T>
bool take(std::string_view& in, T& value) {
  if (in.size() < sizeof value) return false;
  std::memcpy(&value, in.data(), sizeof value);
  in.remove_prefix(sizeof value);
  return true;
}

// spectradb_pack(1, ?1, 2, :name, …) returns the parameters of a statement that another one runs.
void append_pack(std::string& out, const FunctionCall& call) {
  for (int i = 0; i + 1 < call.count; i += 2) {
    sqlite3_value* const value = call.arguments[i + 1];
    if (sqlite3_value_int(call.arguments[i]) == 0) {  // the argument is a pack itself
      out.append(from_sqlite(value).bytes);
      continue;
    }
    const int type = sqlite3_value_type(value);
    append(out, static_cast<int32_t>(sqlite3_value_int(call.arguments[i])));
    append(out, static_cast<int32_t>(type));
    if (type == SQLITE_INTEGER) append(out, static_cast<int64_t>(sqlite3_value_int64(value)));
    if (type == SQLITE_FLOAT) append(out, sqlite3_value_double(value));
    if (type != SQLITE_TEXT && type != SQLITE_BLOB) continue;
    const std::string_view bytes = from_sqlite(value).bytes;
    append(out, static_cast<uint64_t>(bytes.size()));
    out.append(bytes);
  }
}

Status pack(const FunctionCall& call) {
  size_t size_bytes = 0;
  constexpr size_t kBesides = 16;
  for (int i = 0; i < call.count; ++i) {
    const int type = sqlite3_value_type(call.arguments[i]);
    const bool has_bytes = type == SQLITE_TEXT || type == SQLITE_BLOB;
    size_bytes += kBesides + (has_bytes ? from_sqlite(call.arguments[i]).bytes.size() : 0);
  }
  SharedBytes made;
  SharedBytes::made_by(size_bytes, made, [&](std::string& out) { append_pack(out, call); });
  made.give_blob(call.context);
  return Status::ok();
}

// Binds what passes parameters to a statement. `keep` is SQLITE_STATIC where the arguments outlive the statement.
class Binding {
 public:
  Binding(sqlite3_stmt* statement, sqlite3_destructor_type keep) : statement_(statement), keep_(keep) {}

  // Takes pairs of number and value, and packs of them.
  int bind(int count, sqlite3_value** arguments) const {
    int code = SQLITE_OK;
    for (int i = 0; i < count && code == SQLITE_OK; ++i) {
      if (sqlite3_value_type(arguments[i]) == SQLITE_BLOB) {
        code = bind_pack(from_sqlite(arguments[i]).bytes);
        continue;
      }
      if (++i == count) return SQLITE_MISUSE;
      code = bind_value(sqlite3_value_int(arguments[i - 1]), from_sqlite(arguments[i]));
    }
    return code;
  }

 private:
  int bind_value(int number, const Value& value) const {
    switch (value.type) {
      case Value::Type::kNull:
        return sqlite3_bind_null(statement_, number);
      case Value::Type::kInteger:
        return sqlite3_bind_int64(statement_, number, value.integer);
      case Value::Type::kReal:
        return sqlite3_bind_double(statement_, number, value.real);
      case Value::Type::kText:
        return sqlite3_bind_text64(statement_, number, value.bytes.data(), value.bytes.size(), keep_,
                                   SQLITE_UTF8);
      case Value::Type::kBlob:
        return sqlite3_bind_blob64(statement_, number, value.bytes.data(), value.bytes.size(), keep_);
    }
    return SQLITE_MISUSE;
  }

  int bind_pack(std::string_view in) const {
    while (!in.empty()) {
      int32_t number = 0;
      int32_t type = 0;
      if (!take(in, number) || !take(in, type)) return SQLITE_MISUSE;
      Value value = Value::null();
      uint64_t size = 0;
      bool is_whole = true;
      if (type == SQLITE_INTEGER) {
        value = Value::of_integer(0);
        is_whole = take(in, value.integer);
      } else if (type == SQLITE_FLOAT) {
        value = Value::of_real(0);
        is_whole = take(in, value.real);
      } else if (type != SQLITE_NULL) {
        is_whole = take(in, size) && size <= in.size();
        if (!is_whole) return SQLITE_MISUSE;
        value = type == SQLITE_TEXT ? Value::text(in.substr(0, size)) : Value::blob(in.substr(0, size));
        in.remove_prefix(size);
      }
      if (!is_whole) return SQLITE_MISUSE;
      if (const int code = bind_value(number, value); code != SQLITE_OK) return code;
    }
    return SQLITE_OK;
  }

  sqlite3_stmt* const statement_;
  const sqlite3_destructor_type keep_;
};

int prepare(Connection& connection, sqlite3_value* text, sqlite3_stmt** statement) {
  const std::string_view sql = from_sqlite(text).bytes;
  const KeptStatements::Preparing preparing(connection.part<KeptStatements>());
  return sqlite3_prepare_v3(connection.handle(), sql.data(), static_cast<int>(sql.size()), 0, statement,
                            nullptr);
}

void fail_as_sqlite(sqlite3_context* context, sqlite3* db, int code) {
  sqlite3_result_error(context, sqlite3_errmsg(db), -1);
  sqlite3_result_error_code(context, code);
}

// Only rewritten text calls these functions, but nobody is kept from it.
Status check_passed(const FunctionCall& call, int count, const char* name) {
  if (call.count >= count) return Status::ok();
  return Status::invalid(std::string(name) +
                         " takes a statement and its parameters: the rewriter writes such calls");
}

// Runs a statement and returns the number of the row set with the rows it wrote. On failure it reports
// SQLite's own code and text.
Status write_rows(const FunctionCall& call, bool is_counting) {
  Connection& connection = call.connection;
  sqlite3* db = connection.handle();
  sqlite3_stmt* statement = nullptr;
  SPECTRADB_RETURN_IF_ERROR(check_passed(call, 1, is_counting ? "spectradb_count" : "spectradb_write"));
  SPECTRADB_RETURN_IF_ERROR(connection.part<KeptStatements>().look());
  int code = prepare(connection, call.arguments[0], &statement);
  struct Finalizing {
    ~Finalizing() { sqlite3_finalize(statement); }
    sqlite3_stmt*& statement;
  } finalizing{statement};
  if (code == SQLITE_OK) code = Binding(statement, SQLITE_STATIC).bind(call.count - 1, call.arguments + 1);
  if (code == SQLITE_OK) {
    auto rows = std::make_shared<RowSet>(is_counting);
    struct Gathering {
      ~Gathering() { connection.part<RowSets>().written = std::move(around); }
      Connection& connection;
      std::shared_ptr<RowSet> around;
    };
    {
      Gathering gathering{connection, std::exchange(connection.part<RowSets>().written, rows)};
      do {
        code = sqlite3_step(statement);
      } while (code == SQLITE_ROW);
    }
    if (code == SQLITE_DONE)
      sqlite3_result_int64(call.context, connection.part<RowSets>().keep(std::move(rows)));
  }
  if (code != SQLITE_OK && code != SQLITE_DONE)
    fail_as_sqlite(call.context, db, sqlite3_extended_errcode(db));
  return Status::ok();
}

// spectradb_write(statement, parameters…) returns the number of the rows for RETURNING, one for each piece
// written.
Status write(const FunctionCall& call) { return write_rows(call, false); }

// spectradb_count(statement, parameters…) does the same with as many rows as changes() counts.
Status count_rows(const FunctionCall& call) { return write_rows(call, true); }

struct KeptUpsert {
  Connection* connection;
  int64_t number;
};

// Reads numbers from a list such as "0,2".
std::vector<int> read_columns(std::string_view list) {
  std::vector<int> columns;
  while (!list.empty()) {
    int column = 0;
    const auto read = std::from_chars(list.data(), list.data() + list.size(), column);
    if (read.ec != std::errc()) break;
    columns.push_back(column);
    list.remove_prefix(static_cast<size_t>(read.ptr - list.data()));
    if (!list.empty()) list.remove_prefix(1);
  }
  return columns;
}

// spectradb_upsert(query, columns, first set, parameters…) returns the number of an upsert, for the hidden column
// _upsert. The upsert lives as long as the execution of the surrounding statement.
Status upsert(const FunctionCall& call) {
  constexpr int kFirstPassed = 3;
  Connection& connection = call.connection;
  if (auto* kept = static_cast<KeptUpsert*>(sqlite3_get_auxdata(call.context, 0)); kept != nullptr) {
    sqlite3_result_int64(call.context, kept->number);
    return Status::ok();
  }
  SPECTRADB_RETURN_IF_ERROR(check_passed(call, kFirstPassed, "spectradb_upsert"));
  SPECTRADB_RETURN_IF_ERROR(connection.part<KeptStatements>().look());
  auto made = std::make_shared<Upsert>();
  const Gate::RewrittenScope scope(Gate::of(connection.handle()), Gate::Rewritten::kUpsert);
  int code = prepare(connection, call.arguments[0], &made->query);
  if (code == SQLITE_OK)
    code =
        Binding(made->query, SQLITE_TRANSIENT).bind(call.count - kFirstPassed, call.arguments + kFirstPassed);
  if (code != SQLITE_OK) return status_of_sqlite(connection.handle(), code);
  made->columns = read_columns(from_sqlite(call.arguments[1]).bytes);
  made->first_set = sqlite3_value_int(call.arguments[2]);
  auto* kept = new KeptUpsert{&connection, connection.part<Upserts>().keep(std::move(made))};
  sqlite3_result_int64(call.context, kept->number);
  sqlite3_set_auxdata(call.context, 0, kept, [](void* pointer) {
    auto* dropped = static_cast<KeptUpsert*>(pointer);
    dropped->connection->part<Upserts>().drop(dropped->number);
    delete dropped;
  });
  return Status::ok();
}

// The table spectradb_returned takes rows and keeps none.
constexpr int kReturnedColumns = 256;

struct ReturnedTable : sqlite3_vtab {
  sqlite3* db;
};

int returned_connect(sqlite3* db, void*, int, const char* const*, sqlite3_vtab** out, char** message) {
  return guarded(message, [&]() -> Status {
    std::string declaration = "CREATE TABLE x(c0";
    for (int i = 1; i < kReturnedColumns; ++i) declaration += ", c" + std::to_string(i);
    SPECTRADB_RETURN_IF_ERROR(declare_columns(db, declaration + ")"));
    sqlite3_vtab_config(db, SQLITE_VTAB_DIRECTONLY);
    auto* table = new ReturnedTable{};
    table->db = db;
    *out = table;
    return Status::ok();
  });
}

int returned_disconnect(sqlite3_vtab* table) {
  delete static_cast<ReturnedTable*>(table);
  return SQLITE_OK;
}

Status holds_no_rows() { return Status::invalid("spectradb_returned holds no rows"); }

// last_insert_rowid() stays as the inner statement has left it.
int returned_update(sqlite3_vtab* table, int count, sqlite3_value** arguments, sqlite3_int64* rowid) {
  if (count < 2 || sqlite3_value_type(arguments[0]) != SQLITE_NULL) return report(table, holds_no_rows());
  *rowid = sqlite3_last_insert_rowid(static_cast<ReturnedTable*>(table)->db);
  return SQLITE_OK;
}

int returned_best_index(sqlite3_vtab* table, sqlite3_index_info*) { return report(table, holds_no_rows()); }

const ModuleBuilder kReturned = ModuleBuilder()
                                    .eponymous<returned_connect>()
                                    .ended_by<returned_disconnect>()
                                    .never_read<returned_best_index>()
                                    .written_by<returned_update>();

constexpr Function kFunctions[] = {{"spectradb_pack", -1, SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, pack},
                                   {"spectradb_write", -1, SQLITE_DIRECTONLY, write},
                                   {"spectradb_count", -1, SQLITE_DIRECTONLY, count_rows},
                                   {"spectradb_upsert", -1, SQLITE_DIRECTONLY, upsert},
                                   {"spectradb_sql", 1, SQLITE_DIRECTONLY, sql_function},
                                   {"spectradb_hooked", 0, SQLITE_INNOCUOUS, hooked},
                                   {"spectradb_hooked", 1, SQLITE_INNOCUOUS, hooked}};
constexpr Module kModules[] = {{"spectradb_returned", &kReturned}};

}  // namespace

std::span<const Function> statement_functions() { return kFunctions; }
std::span<const Module> statement_modules() { return kModules; }

}  // namespace spectradb::extension
