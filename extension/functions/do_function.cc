#include "extension/functions/do_function.h"

#include <string>
#include <string_view>

#include "extension/facet/facet.h"
#include "extension/host/errors.h"
#include "extension/host/values.h"
#include "extension/session/connection.h"

namespace spectradb::extension {

using temporal::Value;

namespace {

// The commands, each run by the function spectradb_NAME. Commands that need an argument also accept it behind
// a blank: 'backup copy.db'.
struct Command {
  std::string_view name;
  int least_arguments;
  int most_arguments;
};
constexpr Command kCommands[] = {{"flush", 0, 0}, {"compact", 0, 0}, {"backup", 1, 2}, {"config", 2, 3}};
constexpr int kMostArguments = 3;

constexpr const char* kDeclaration =
    "CREATE TABLE x(command TEXT, argument HIDDEN, value HIDDEN, schema HIDDEN)";
constexpr int kFirstColumn = 2;  // of xUpdate's arguments: NULL and the rowid stand before it
constexpr int kInsertArguments = kFirstColumn + 1 + kMostArguments;

// The table takes rows and keeps none.
struct DoTable : sqlite3_vtab {
  Connection* connection = nullptr;
};

int x_connect(sqlite3* db, void* aux, int, const char* const*, sqlite3_vtab** out, char** message) {
  return guarded(message, [&]() -> Status {
    SPECTRADB_RETURN_IF_ERROR(declare_columns(db, kDeclaration));
    sqlite3_vtab_config(db, SQLITE_VTAB_DIRECTONLY);
    auto* table = new DoTable{};
    table->connection = static_cast<Connection*>(aux);
    *out = table;
    return Status::ok();
  });
}

int x_disconnect(sqlite3_vtab* table) {
  delete static_cast<DoTable*>(table);
  return SQLITE_OK;
}

Status holds_no_rows() {
  return Status::invalid("spectradb_do holds no rows: INSERT INTO spectradb_do VALUES ('compact') does it");
}

const Command* find_command(std::string_view name) {
  for (const Command& command : kCommands) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

Status unknown_command(const Value& text) {
  std::string names;
  for (const Command& command : kCommands) names.append(names.empty() ? "" : ", ").append(command.name);
  return Status::invalid("spectradb_do does " + names + ", not " + spelled(text));
}

// One row: the command, and its given arguments in order.
struct Order {
  const Command* command = nullptr;
  Value arguments[kMostArguments];
  int count = 0;
};

Result<Order> read_order(sqlite3_value** columns) {
  const Value text = from_sqlite(columns[0]);
  if (text.type != Value::Type::kText) return unknown_command(text);
  const size_t blank = text.bytes.find(' ');
  Order order;
  order.command = find_command(text.bytes.substr(0, blank));
  if (order.command == nullptr) return unknown_command(text);
  if (blank != std::string_view::npos)
    order.arguments[order.count++] = Value::text(text.bytes.substr(blank + 1));
  bool has_ended = false;
  for (int i = 0; i < kMostArguments; ++i) {
    const Value argument = from_sqlite(columns[1 + i]);
    has_ended = has_ended || argument.is_null();
    if (argument.is_null()) continue;
    // In spectradb_backup(file, schema) nothing may be left out between the two.
    const bool may_be_passed_over = order.command->most_arguments < kMostArguments;
    if ((has_ended && !may_be_passed_over) || order.count == kMostArguments)
      return Status::invalid("spectradb_do: an argument of " + std::string(order.command->name) +
                             " is missing before " + spelled(argument));
    order.arguments[order.count++] = argument;
  }
  if (order.count < order.command->least_arguments || order.count > order.command->most_arguments) {
    return Status::invalid("spectradb_do: " + std::string(order.command->name) + " takes " +
                           std::to_string(order.command->least_arguments) + " to " +
                           std::to_string(order.command->most_arguments) + " arguments, not " +
                           std::to_string(order.count));
  }
  return order;
}

int bind(sqlite3_stmt* statement, int index, const Value& value) {
  if (value.type == Value::Type::kInteger) return sqlite3_bind_int64(statement, index, value.integer);
  if (value.type == Value::Type::kReal) return sqlite3_bind_double(statement, index, value.real);
  const auto size_bytes = static_cast<sqlite3_uint64>(value.bytes.size());
  return value.type == Value::Type::kBlob
             ? sqlite3_bind_blob64(statement, index, value.bytes.data(), size_bytes, SQLITE_TRANSIENT)
             : sqlite3_bind_text64(statement, index, value.bytes.data(), size_bytes, SQLITE_TRANSIENT,
                                   SQLITE_UTF8);
}

// Runs as the user's own statement, about which the host's authorizer is asked.
Status run(Connection& connection, const Order& order) {
  sqlite3* db = connection.handle();
  std::string call = "SELECT spectradb_" + std::string(order.command->name) + "(";
  for (int i = 1; i <= order.count; ++i) call += (i > 1 ? ", ?" : "?") + std::to_string(i);
  sqlite3_stmt* statement = nullptr;
  int code = sqlite3_prepare_v3(db, (call + ")").c_str(), -1, 0, &statement, nullptr);
  for (int i = 0; i < order.count && code == SQLITE_OK; ++i)
    code = bind(statement, i + 1, order.arguments[i]);
  if (code == SQLITE_OK) code = sqlite3_step(statement);
  Status status = status_of_sqlite(db, code);
  sqlite3_finalize(statement);
  return status;
}

int x_update(sqlite3_vtab* table, int count, sqlite3_value** arguments, sqlite3_int64* rowid) {
  return guarded(table, [&]() -> Status {
    if (count != kInsertArguments || sqlite3_value_type(arguments[0]) != SQLITE_NULL) return holds_no_rows();
    Connection& connection = *static_cast<DoTable*>(table)->connection;
    SPECTRADB_ASSIGN_OR_RETURN(const Order order, read_order(arguments + kFirstColumn));
    *rowid = sqlite3_last_insert_rowid(connection.handle());
    return run(connection, order);
  });
}

int best_index(sqlite3_vtab* table, sqlite3_index_info*) { return report(table, holds_no_rows()); }

const ModuleBuilder kModule = ModuleBuilder()
                                  .eponymous<x_connect>()
                                  .ended_by<x_disconnect>()
                                  .never_read<best_index>()
                                  .written_by<x_update>();
constexpr Module kModules[] = {{"spectradb_do", &kModule}};

}  // namespace

std::span<const Module> do_modules() { return kModules; }

}  // namespace spectradb::extension
