// spectradb_config(name[, value[, schema]]) returns the value of a knob of a database's store, after setting
// it where a value is given: an integer, or 'default'; NULL only asks. The table spectradb_config([schema])
// has a row for each knob.
#include <chrono>
#include <string>
#include <thread>

#include "extension/access/read_only.h"
#include "extension/functions/functions.h"
#include "extension/functions/table_function.h"
#include "extension/host/errors.h"
#include "extension/host/numbers.h"
#include "extension/host/values.h"
#include "extension/session/connection.h"
#include "extension/session/database.h"
#include "extension/session/store_storage.h"
#include "extension/table/temporal_tables.h"
#include "lsm/store/rows_store.h"

namespace spectradb::extension {

namespace {

constexpr const char* kName = "spectradb_config";
constexpr std::string_view kDefault = "default";

Result<const lsm::Knob*> knob_of_argument(const temporal::Value& name) {
  const lsm::Knob* knob = name.type == temporal::Value::Type::kText ? lsm::find_knob(name.bytes) : nullptr;
  if (knob != nullptr) return knob;
  return Status::invalid("there is no knob named " + spelled(name) +
                         ": SELECT name FROM spectradb_config lists them");
}

Result<std::optional<uint64_t>> wanted_of_argument(const lsm::Knob& knob, const temporal::Value& given) {
  const temporal::Value value = integral(given);
  if (value.type == temporal::Value::Type::kText && value.bytes == kDefault) return std::optional<uint64_t>();
  if (value.type != temporal::Value::Type::kInteger || value.integer < 0)
    return lsm::knob_out_of_range(knob, spelled(value));
  return std::optional<uint64_t>(static_cast<uint64_t>(value.integer));
}

// Waits for another process that works on the store, as long as busy_timeout says.
Status set_knob(Connection& connection, Database& database, const lsm::Knob& knob,
                std::optional<uint64_t> value) {
  constexpr auto kPause = std::chrono::milliseconds(1);
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(connection.busy_timeout_ms());
  for (;; std::this_thread::sleep_for(kPause)) {
    Status set = database.set_knob(knob, value);
    if (set.code() != Code::kBusy || std::chrono::steady_clock::now() >= deadline) return set;
  }
}

// Handles the storage, the only setting that is text.
Status config_storage(const FunctionCall& call) {
  Connection& connection = call.connection;
  Result<std::string> schema =
      schema_of_argument(connection, call.count > 2 ? call.arguments[2] : nullptr, kName);
  if (!schema) return schema.status();
  const std::shared_ptr<Database> database = connection.database(*schema);
  if (call.count > 1 && sqlite3_value_type(call.arguments[1]) != SQLITE_NULL) {
    const temporal::Value wanted = from_sqlite(call.arguments[1]);
    if (wanted.type != temporal::Value::Type::kText) return check_storage({}, spelled(wanted));
    SPECTRADB_RETURN_IF_ERROR(check_may_write(connection, *schema, "spectradb_config()"));
    SPECTRADB_RETURN_IF_ERROR(database->set_storage(std::string(wanted.bytes)));
  }
  Result<std::string> storage = database->storage();
  if (!storage) return storage.status();
  sqlite3_result_text(call.context, storage->data(), static_cast<int>(storage->size()), SQLITE_TRANSIENT);
  return Status::ok();
}

Status config(const FunctionCall& call) {
  Connection& connection = call.connection;
  const temporal::Value name = from_sqlite(call.arguments[0]);
  if (name.type == temporal::Value::Type::kText && name.bytes == kStorage) return config_storage(call);
  SPECTRADB_ASSIGN_OR_RETURN(const lsm::Knob* knob, knob_of_argument(name));
  SPECTRADB_ASSIGN_OR_RETURN(
      std::string schema,
      schema_of_argument(connection, call.count > 2 ? call.arguments[2] : nullptr, kName));
  const std::shared_ptr<Database> database = connection.database(schema);
  if (call.count > 1 && sqlite3_value_type(call.arguments[1]) != SQLITE_NULL) {
    SPECTRADB_ASSIGN_OR_RETURN(std::optional<uint64_t> wanted,
                               wanted_of_argument(*knob, from_sqlite(call.arguments[1])));
    SPECTRADB_RETURN_IF_ERROR(check_may_write(connection, schema, "spectradb_config()"));
    SPECTRADB_RETURN_IF_ERROR(set_knob(connection, *database, *knob, wanted));
  }
  SPECTRADB_ASSIGN_OR_RETURN(const uint64_t value, database->knob(*knob));
  sqlite3_result_int64(call.context, static_cast<sqlite3_int64>(value));
  return Status::ok();
}

enum ConfigColumn : int {
  kKnobName,
  kKnobValue,
  kDefaultValue,
  kMinimum,
  kMaximum,
  kUnit,
  kLasts,
  kSchemaArgument
};
constexpr int kTableArguments = 1;

constexpr const char* kDeclaration =
    "CREATE TABLE x(name TEXT PRIMARY KEY, value INT, default_value INT, minimum INT, maximum INT, "
    "unit TEXT, lasts TEXT, schema HIDDEN) WITHOUT ROWID";

constexpr double kCost = 100;

const char* spelled_life(lsm::KnobLife life) {
  switch (life) {
    case lsm::KnobLife::kCreation:
      return "fixed with the first table";
    case lsm::KnobLife::kStore:
      return "with the database";
    case lsm::KnobLife::kProcess:
      break;
  }
  return "while open in this process";
}

class ConfigCursor final : public FunctionCursor {
 public:
  explicit ConfigCursor(Connection& connection) : connection_(connection) {}

  Status filter(const FunctionArguments& arguments) override {
    values_.clear();
    at_ = 0;
    keep_arguments(arguments, kTableArguments);
    SPECTRADB_ASSIGN_OR_RETURN(std::string schema, schema_of_argument(connection_, arguments.argument(0),
                                                                      kName, arguments.schema()));
    const std::shared_ptr<Database> database = connection_.database(schema);
    SPECTRADB_ASSIGN_OR_RETURN(const std::string storage, database->storage());
    defaults_ = storage == kRowsStorage ? lsm::rows_defaults() : lsm::Knobs{};
    for (const lsm::Knob& knob : lsm::kKnobs) {
      SPECTRADB_ASSIGN_OR_RETURN(const uint64_t value, database->knob(knob));
      values_.push_back(value);
    }
    return Status::ok();
  }

  Status next() override {
    ++at_;
    return Status::ok();
  }

  bool at_end() const override { return at_ >= values_.size(); }

  Status column(sqlite3_context* context, int index) override {
    const lsm::Knob& knob = lsm::kKnobs[at_];
    const auto give = [&](uint64_t number) {
      sqlite3_result_int64(context, static_cast<sqlite3_int64>(number));
    };
    const auto tell = [&](const char* text) { sqlite3_result_text(context, text, -1, SQLITE_STATIC); };
    switch (index) {
      case kKnobName:
        tell(knob.name);
        break;
      case kKnobValue:
        give(values_[at_]);
        break;
      case kDefaultValue:
        give(defaults_.*knob.value);
        break;
      case kMinimum:
        give(knob.min);
        break;
      case kMaximum:
        give(knob.max);
        break;
      case kUnit:
        tell(knob.unit);
        break;
      case kLasts:
        tell(spelled_life(knob.life));
        break;
      default:
        return give_argument(context, index - kSchemaArgument);
    }
    return Status::ok();
  }

 private:
  Connection& connection_;
  std::vector<uint64_t> values_;  // of kKnobs
  lsm::Knobs defaults_;           // of the storage
  size_t at_ = 0;
};

constexpr TableFunction kFunction = {
    kName,
    kDeclaration,
    kSchemaArgument,
    kTableArguments,
    [](FunctionPlanner& planner) { planner.answer(kCost, int64_t{lsm::kKnobs.size()}, 0); },
    [](Connection& connection) -> std::unique_ptr<FunctionCursor> {
      return std::make_unique<ConfigCursor>(connection);
    }};

constexpr Function kFunctions[] = {{kName, 1, SQLITE_DIRECTONLY, config},
                                   {kName, 2, SQLITE_DIRECTONLY, config},
                                   {kName, 3, SQLITE_DIRECTONLY, config}};

}  // namespace

std::span<const Function> config_functions() { return kFunctions; }
const TableFunction& config_table() { return kFunction; }

}  // namespace spectradb::extension
