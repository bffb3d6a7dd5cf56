// spectradb_backup in SQL. As a table-valued function it returns a row for each finished step, from which a
// host can draw a progress bar; as a scalar function it does all steps and returns the number of bytes.
#include <algorithm>

#include "extension/access/read_only.h"
#include "extension/functions/backup.h"
#include "extension/functions/functions.h"
#include "extension/functions/table_function.h"
#include "extension/host/errors.h"
#include "extension/host/values.h"
#include "extension/session/store_storage.h"
#include "extension/table/temporal_tables.h"

namespace spectradb::extension {

namespace {

constexpr const char* kName = "spectradb_backup";

enum BackupColumn : int {
  kFile,
  kBytes,
  kWay,
  kDone,
  kTotal,
  kTargetArgument,
  kSchemaArgument,
  kStorageArgument
};
constexpr int kArguments = 3;

constexpr const char* kDeclaration =
    "CREATE TABLE x(file TEXT PRIMARY KEY, bytes INTEGER, way TEXT, done INTEGER, total INTEGER, "
    "target HIDDEN, schema HIDDEN, storage HIDDEN) WITHOUT ROWID";

constexpr double kCost = 1e9;  // one call costs this, whatever the plan
constexpr int64_t kRows = 100;

Result<std::unique_ptr<BackupRun>> begin(Connection& connection, sqlite3_value* target,
                                         sqlite3_value* schema_argument, sqlite3_value* storage_argument,
                                         const std::string& called_in = {}) {
  if (target == nullptr)
    return Status::invalid(
        "spectradb_backup needs the name of a file to write: SELECT * FROM spectradb_backup('copy.db')");
  if (sqlite3_value_type(target) != SQLITE_TEXT) {
    return Status::invalid("spectradb_backup takes the name of a file as text, not " +
                           spelled(from_sqlite(target)));
  }
  SPECTRADB_ASSIGN_OR_RETURN(std::string schema,
                             schema_of_argument(connection, schema_argument, kName, called_in));
  SPECTRADB_RETURN_IF_ERROR(check_may_write(connection, schema, "spectradb_backup()"));
  std::optional<std::string> storage;
  if (storage_argument != nullptr && sqlite3_value_type(storage_argument) != SQLITE_NULL) {
    const temporal::Value wanted = from_sqlite(storage_argument);
    const bool is_text = wanted.type == temporal::Value::Type::kText;
    storage = is_text ? std::string(wanted.bytes) : std::string();
    SPECTRADB_RETURN_IF_ERROR(check_storage(*storage, spelled(wanted)));
  }
  return BackupRun::begin(connection, schema, std::string(from_sqlite(target).bytes), storage);
}

class BackupCursor final : public FunctionCursor {
 public:
  explicit BackupCursor(Connection& connection) : connection_(connection) {}

  Status filter(const FunctionArguments& arguments) override {
    run_.reset();
    done_bytes_ = 0;
    SPECTRADB_ASSIGN_OR_RETURN(run_, begin(connection_, arguments.argument(0), arguments.argument(1),
                                           arguments.argument(2), arguments.schema()));
    return next();
  }

  Status next() override {
    if (run_->is_done()) {
      run_.reset();
      return Status::ok();
    }
    Result<BackupRun::Step> step = run_->step();
    if (!step) {
      run_.reset();
      return step.status();
    }
    step_ = std::move(*step);
    done_bytes_ += step_.size_bytes;
    return Status::ok();
  }

  bool at_end() const override { return run_ == nullptr; }

  Status column(sqlite3_context* context, int index) override {
    switch (index) {
      case kFile:
        sqlite3_result_text(context, step_.file.data(), static_cast<int>(step_.file.size()),
                            SQLITE_TRANSIENT);
        break;
      case kBytes:
        sqlite3_result_int64(context, static_cast<int64_t>(step_.size_bytes));
        break;
      case kWay:
        sqlite3_result_text(context, step_.way, -1, SQLITE_STATIC);
        break;
      case kDone:
        sqlite3_result_int64(context, static_cast<int64_t>(done_bytes_));
        break;
      default:  // SQLite's file may have grown since the total was computed
        sqlite3_result_int64(context, static_cast<int64_t>(std::max(done_bytes_, run_->total_bytes())));
    }
    return Status::ok();
  }

 private:
  Connection& connection_;
  std::unique_ptr<BackupRun> run_;  // null at the end
  BackupRun::Step step_;
  uint64_t done_bytes_ = 0;
};

constexpr TableFunction kFunction = {kName,
                                     kDeclaration,
                                     kTargetArgument,
                                     kArguments,
                                     [](FunctionPlanner& planner) { planner.answer(kCost, kRows, 0); },
                                     [](Connection& connection) -> std::unique_ptr<FunctionCursor> {
                                       return std::make_unique<BackupCursor>(connection);
                                     },
                                     true};

// spectradb_backup(file [, schema [, storage]]) returns the bytes of the copy.
Status backup(const FunctionCall& call) {
  SPECTRADB_ASSIGN_OR_RETURN(
      auto run, begin(call.connection, call.arguments[0], call.count > 1 ? call.arguments[1] : nullptr,
                      call.count > 2 ? call.arguments[2] : nullptr));
  uint64_t done_bytes = 0;
  while (!run->is_done()) {
    SPECTRADB_ASSIGN_OR_RETURN(BackupRun::Step step, run->step());
    done_bytes += step.size_bytes;
  }
  sqlite3_result_int64(call.context, static_cast<int64_t>(done_bytes));
  return Status::ok();
}

constexpr Function kFunctions[] = {{kName, 1, SQLITE_DIRECTONLY, backup},
                                   {kName, 2, SQLITE_DIRECTONLY, backup},
                                   {kName, kArguments, SQLITE_DIRECTONLY, backup}};

}  // namespace

std::span<const Function> backup_functions() { return kFunctions; }
const TableFunction& backup_table() { return kFunction; }

}  // namespace spectradb::extension
