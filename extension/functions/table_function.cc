#include "extension/functions/table_function.h"

#include <algorithm>
#include <new>

#include "extension/facet/module.h"
#include "extension/functions/qualified_call.h"
#include "extension/functions/stored_call.h"
#include "extension/host/errors.h"
#include "extension/host/numbers.h"
#include "extension/host/values.h"
#include "sql/shape/catalog.h"

namespace spectradb::extension {

namespace {

char mark_of_comparison(unsigned char op) {
  switch (op) {
    case SQLITE_INDEX_CONSTRAINT_EQ:
      return '=';
    case SQLITE_INDEX_CONSTRAINT_GT:
      return '>';
    case SQLITE_INDEX_CONSTRAINT_GE:
      return 'G';
    case SQLITE_INDEX_CONSTRAINT_LT:
      return '<';
    case SQLITE_INDEX_CONSTRAINT_LE:
      return 'L';
    default:
      return 0;
  }
}

}  // namespace

void FunctionPlanner::take(int constraint, char mark, bool omit) {
  marks_ += mark;
  info_->aConstraintUsage[constraint].argvIndex = static_cast<int>(marks_.size());
  info_->aConstraintUsage[constraint].omit = omit ? 1 : 0;
}

bool FunctionPlanner::take_schema() {
  for (int i = 0; i < info_->nConstraint; ++i) {
    const auto& constraint = info_->aConstraint[i];
    if (constraint.iColumn != 0 || constraint.op != SQLITE_INDEX_CONSTRAINT_EQ) continue;
    if (!constraint.usable) return false;
    take(i, kSchema, true);
    return true;
  }
  return true;
}

bool FunctionPlanner::take_arguments(int first, int count) {
  if (shift_ > 0 && !take_schema()) return false;
  for (int i = 0; i < info_->nConstraint; ++i) {
    const auto& constraint = info_->aConstraint[i];
    const int index = constraint.iColumn - shift_ - first;
    if (index < 0 || index >= count || constraint.op != SQLITE_INDEX_CONSTRAINT_EQ) continue;
    if (!constraint.usable) return false;
    if (is_not_given(i)) {
      take(i, kNothing, true);
    } else if (!has_argument(index)) {
      take(i, static_cast<char>(kFirstArgument + index), true);
    }
  }
  return true;
}

// In front of a time the rewriter names none: then a condition of WHERE may say what the argument is.
bool FunctionPlanner::is_not_given(int constraint) const {
  sqlite3_value* said = nullptr;
  if (sqlite3_vtab_rhs_value(info_, constraint, &said) != SQLITE_OK || said == nullptr) return false;
  const temporal::Value value = from_sqlite(said);
  return value.type == temporal::Value::Type::kBlob && value.bytes == sql::kNoArgument;
}

bool FunctionPlanner::has_argument(int index) const {
  return marks_.find(static_cast<char>(kFirstArgument + index)) != std::string::npos;
}

void FunctionPlanner::take_commits(int column) {
  for (int i = 0; i < info_->nConstraint; ++i) {
    const auto& constraint = info_->aConstraint[i];
    const char mark = mark_of_comparison(constraint.op);
    if (constraint.iColumn - shift_ != column || !constraint.usable || mark == 0) continue;
    take(i, mark, false);
    has_commits_ = true;
  }
}

bool FunctionPlanner::take_key(int column) {
  for (int i = 0; i < info_->nConstraint; ++i) {
    const auto& constraint = info_->aConstraint[i];
    if (constraint.iColumn - shift_ != column || !constraint.usable ||
        constraint.op != SQLITE_INDEX_CONSTRAINT_EQ ||
        sqlite3_stricmp(sqlite3_vtab_collation(info_, i), "BINARY") != 0) {
      continue;
    }
    take(i, kKey, false);
    return true;
  }
  return false;
}

FunctionPlanner::Order FunctionPlanner::order_by(std::initializer_list<int> columns) const {
  if (info_->nOrderBy != 1) return Order::kNone;
  const auto& order = info_->aOrderBy[0];
  if (std::find(columns.begin(), columns.end(), order.iColumn - shift_) == columns.end()) return Order::kNone;
  return order.desc != 0 ? Order::kDescending : Order::kAscending;
}

bool FunctionPlanner::uses(int column) const {
  constexpr int kLastBit = 63;
  return (info_->colUsed & (sqlite3_uint64{1} << std::min(column + shift_, kLastBit))) != 0;
}

// EXPLAIN QUERY PLAN shows idxStr: the marks, then their meaning in words.
void FunctionPlanner::answer(double cost, int64_t rows, int flags) {
  info_->estimatedCost = cost;
  info_->estimatedRows = rows;
  info_->idxNum = flags;
  const bool has_key = marks_.find(kKey) != std::string::npos;
  info_->idxStr =
      sqlite3_mprintf("%s%s%s", marks_.c_str(), has_key ? " key" : "", has_commits_ ? " commits" : "");
  info_->needToFreeIdxStr = 1;
  if (info_->idxStr == nullptr) throw std::bad_alloc();
}

sqlite3_value* FunctionArguments::marked(char mark) const {
  const size_t at = marks_.find(mark);
  return at == std::string_view::npos ? nullptr : values_[at];
}

sqlite3_value* FunctionArguments::argument(int index) const {
  return marked(static_cast<char>(FunctionPlanner::kFirstArgument + index));
}

temporal::Value FunctionArguments::value(int index) const {
  sqlite3_value* const given = argument(index);
  return given == nullptr ? temporal::Value::null() : from_sqlite(given);
}

sqlite3_value* FunctionArguments::schema_value() const { return marked(FunctionPlanner::kSchema); }

sqlite3_value* FunctionArguments::key() const { return marked(FunctionPlanner::kKey); }

// SQLite itself checks values that are no integers.
uint64_t FunctionArguments::min_commit() const {
  int64_t least = 0;
  for (size_t i = 0; i < marks_.size(); ++i) {
    const temporal::Value value = integral(from_sqlite(values_[i]));
    if (value.type != temporal::Value::Type::kInteger) continue;
    const int64_t number = value.integer;
    if (marks_[i] == '=' || marks_[i] == 'G') least = std::max(least, number);
    if (marks_[i] == '>') least = std::max(least, number == INT64_MAX ? number : number + 1);
  }
  return static_cast<uint64_t>(least);
}

uint64_t FunctionArguments::max_commit() const {
  uint64_t greatest = UINT64_MAX;
  for (size_t i = 0; i < marks_.size(); ++i) {
    const temporal::Value value = integral(from_sqlite(values_[i]));
    if (value.type != temporal::Value::Type::kInteger) continue;
    const auto number = static_cast<uint64_t>(std::max<int64_t>(value.integer, 0));
    if (marks_[i] == '=' || marks_[i] == 'L') greatest = std::min(greatest, number);
    if (marks_[i] == '<') greatest = std::min(greatest, number == 0 ? 0 : number - 1);
  }
  return greatest;
}

FunctionCursor::~FunctionCursor() {
  for (sqlite3_value* value : arguments_) sqlite3_value_free(value);
}

void FunctionCursor::keep_arguments(const FunctionArguments& arguments, int count) {
  for (sqlite3_value* value : arguments_) sqlite3_value_free(value);
  arguments_.assign(static_cast<size_t>(count), nullptr);
  for (int i = 0; i < count; ++i) {
    sqlite3_value* value = arguments.argument(i);
    if (value == nullptr) continue;
    arguments_[static_cast<size_t>(i)] = sqlite3_value_dup(value);
    if (arguments_[static_cast<size_t>(i)] == nullptr) throw std::bad_alloc();
  }
}

Status FunctionCursor::give_argument(sqlite3_context* context, int index) const {
  sqlite3_value* value = arguments_[static_cast<size_t>(index)];
  if (value == nullptr) {  // comparing with nothing would find no row
    return Status::invalid(
        "an argument of a table-valued function is read, but SQLite has not passed it on (as on the right of "
        "RIGHT "
        "JOIN): read the function in a subquery");
  }
  if (sqlite3_value_type(value) == SQLITE_NULL) {
    return Status::invalid(
        "NULL as an argument of a table-valued function equals nothing where SQLite compares it again: leave "
        "it "
        "out, or read the function in a subquery");
  }
  sqlite3_result_value(context, value);
  return Status::ok();
}

namespace {

struct FunctionTable : sqlite3_vtab {
  Connection* connection = nullptr;
  const TableFunction* function = nullptr;
  bool is_twin = false;
};

// The data that a module is registered with.
struct Registration {
  Connection* connection;
  const TableFunction* function;
  bool is_twin;
};

FunctionCursor* cursor_of(sqlite3_vtab_cursor* cursor) { return static_cast<FunctionCursor*>(cursor); }

int x_connect(sqlite3* db, void* aux, int, const char* const*, sqlite3_vtab** out, char** message) {
  return guarded(message, [&]() -> Status {
    const auto& registration = *static_cast<Registration*>(aux);
    std::string declaration = registration.function->declaration;
    if (registration.is_twin) declaration.insert(declaration.find('(') + 1, "in_schema HIDDEN, ");
    SPECTRADB_RETURN_IF_ERROR(declare_columns(db, declaration));
    if (registration.function->is_direct_only) sqlite3_vtab_config(db, SQLITE_VTAB_DIRECTONLY);
    auto* table = new FunctionTable{};
    table->connection = registration.connection;
    table->function = registration.function;
    table->is_twin = registration.is_twin;
    *out = table;
    return Status::ok();
  });
}

int x_disconnect(sqlite3_vtab* table) {
  delete static_cast<FunctionTable*>(table);
  return SQLITE_OK;
}

int x_best_index(sqlite3_vtab* table, sqlite3_index_info* info) {
  bool can_be_run = true;
  const int code = guarded(table, [&] {
    const TableFunction& function = *static_cast<FunctionTable*>(table)->function;
    FunctionPlanner planner(info, static_cast<FunctionTable*>(table)->is_twin);
    can_be_run = planner.take_arguments(function.first_argument, function.argument_count);
    if (can_be_run) function.plan(planner);
    return Status::ok();
  });
  return code == SQLITE_OK && !can_be_run ? SQLITE_CONSTRAINT : code;
}

int x_open(sqlite3_vtab* base, sqlite3_vtab_cursor** out) {
  return guarded(base, [&] {
    const auto& table = *static_cast<FunctionTable*>(base);
    *out = table.function->open(*table.connection).release();
    table.connection->cursor_opened();
    return Status::ok();
  });
}

int x_close(sqlite3_vtab_cursor* cursor) {
  static_cast<FunctionTable*>(cursor->pVtab)->connection->cursor_closed();
  delete cursor_of(cursor);
  return SQLITE_OK;
}

// Whether the arguments themselves name a database: in `schema`, which is the last one, or in the name of a table.
bool names_schema(const FunctionTable& table, const FunctionArguments& arguments) {
  const int count = table.function->argument_count;
  for (int i = 0; i < count; ++i) {
    const temporal::Value value = arguments.value(i);
    if (value.type != temporal::Value::Type::kText) continue;
    const size_t dot = value.bytes.find('.');
    const bool may_be = dot != std::string_view::npos || i == count - 1;
    if (may_be && sqlite3_db_filename(table.connection->handle(),
                                      std::string(value.bytes.substr(0, dot)).c_str()) != nullptr)
      return true;
  }
  return false;
}

// Finds the schema of the call. If the text did not go through the rewriter, no other schema may be read
// instead.
Status read_schema(const FunctionTable& table, FunctionCursor& cursor, FunctionArguments& arguments) {
  if (!table.is_twin) {
    if (!cursor.is_call_checked) {
      cursor.is_call_checked = true;
      SPECTRADB_RETURN_IF_ERROR(check_not_qualified(*table.connection, table.function->name));
      SPECTRADB_ASSIGN_OR_RETURN(std::string schema,
                                 schema_of_stored_call(*table.connection, table.function->name));
      cursor.keep_schema(std::move(schema));
    }
    if (!names_schema(table, arguments)) arguments.set_schema(cursor.schema());
    return Status::ok();
  }
  if (sqlite3_value* given = arguments.schema_value(); given != nullptr) {
    const temporal::Value schema = from_sqlite(given);
    if (schema.type != temporal::Value::Type::kText ||
        sqlite3_db_filename(table.connection->handle(), std::string(schema.bytes).c_str()) == nullptr)
      return Status::invalid(std::string(table.function->name) + ": there is no database named " +
                             spelled(schema) + " on this connection");
    arguments.set_schema(std::string(schema.bytes));
  }
  cursor.keep_schema(arguments.schema());
  return Status::ok();
}

int x_filter(sqlite3_vtab_cursor* base, int flags, const char* marks, int argc, sqlite3_value** argv) {
  return guarded(base->pVtab, [&]() -> Status {
    const auto& table = *static_cast<FunctionTable*>(base->pVtab);
    SPECTRADB_RETURN_IF_ERROR(table.connection->check_process());
    FunctionArguments arguments(marks, flags, argc, argv);
    SPECTRADB_RETURN_IF_ERROR(read_schema(table, *cursor_of(base), arguments));
    cursor_of(base)->keep_arguments(arguments, table.function->argument_count);
    return cursor_of(base)->filter(arguments);
  });
}

int x_next(sqlite3_vtab_cursor* cursor) {
  return guarded(cursor->pVtab, [&] { return cursor_of(cursor)->next(); });
}

int x_eof(sqlite3_vtab_cursor* cursor) { return cursor_of(cursor)->at_end() ? 1 : 0; }

int x_column(sqlite3_vtab_cursor* cursor, sqlite3_context* context, int declared) {
  return guarded(cursor->pVtab, [&] {
    const auto& table = *static_cast<FunctionTable*>(cursor->pVtab);
    const TableFunction& function = *table.function;
    const int column = declared - (table.is_twin ? 1 : 0);
    if (column < 0) {
      const std::string& schema = cursor_of(cursor)->schema();
      sqlite3_result_text64(context, schema.data(), schema.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
      return Status::ok();
    }
    const int argument = column - function.first_argument;
    const bool is_argument = argument >= 0 && argument < function.argument_count;
    return is_argument ? cursor_of(cursor)->give_argument(context, argument)
                       : cursor_of(cursor)->column(context, column);
  });
}

const ModuleBuilder kModule = ModuleBuilder()
                                  .eponymous<x_connect>()
                                  .ended_by<x_disconnect>()
                                  .planned_by<x_best_index>()
                                  .read_by<x_open, x_close, x_filter, x_next, x_eof, x_column>();

}  // namespace

std::optional<size_t> place_of_argument(const TableFunction& function, std::string_view name) {
  const std::string_view declared = function.declaration;
  int depth = 0;
  int column = 0;
  for (size_t i = declared.find('(') + 1; i < declared.size() && depth >= 0; ++i) {
    const bool is_start = i == declared.find('(') + 1 || (depth == 0 && declared[i] == ',');
    depth += declared[i] == '(' ? 1 : declared[i] == ')' ? -1 : 0;
    if (!is_start) continue;
    if (declared[i] == ',') column += 1;
    const size_t begin = declared.find_first_not_of(", _", i);
    const std::string_view word = declared.substr(begin, declared.find_first_of(" ,)", begin) - begin);
    const int place = column - function.first_argument;
    if (word == name && place >= 0 && place < function.argument_count) return static_cast<size_t>(place);
  }
  return std::nullopt;
}

std::string name_of_twin(std::string_view function) {
  return "spectradb_in_schema_" + std::string(function.substr(std::string_view("spectradb_").size()));
}

Status register_table_function(Connection& connection, const TableFunction& function) {
  for (const bool is_twin : {false, true}) {
    const std::string name = is_twin ? name_of_twin(function.name) : function.name;
    SPECTRADB_RETURN_IF_ERROR(register_module(connection, name.c_str(), kModule,
                                              new Registration{&connection, &function, is_twin},
                                              [](void* aux) { delete static_cast<Registration*>(aux); }));
  }
  return Status::ok();
}

}  // namespace spectradb::extension
