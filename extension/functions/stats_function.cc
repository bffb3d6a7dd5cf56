// spectradb_stats([schema]): what a store reports about itself, a row for each figure.
#include <string>
#include <utility>
#include <vector>

#include "extension/functions/functions.h"
#include "extension/functions/table_function.h"
#include "extension/session/shown_store.h"
#include "extension/table/temporal_tables.h"

namespace spectradb::extension {

namespace {

constexpr const char* kName = "spectradb_stats";

enum StatsColumn : int { kStatName, kStatValue, kSchemaArgument };
constexpr int kArguments = 1;

constexpr const char* kDeclaration =
    "CREATE TABLE x(name TEXT PRIMARY KEY, value, schema HIDDEN) WITHOUT ROWID";

constexpr double kCost = 1000;
constexpr int64_t kRows = 50;
constexpr size_t kMostDigits = 18;  // of an integer that surely fits

bool is_integer(const std::string& text) {
  return !text.empty() && text.size() <= kMostDigits &&
         text.find_first_not_of("0123456789") == std::string::npos;
}

class StatsCursor final : public FunctionCursor {
 public:
  explicit StatsCursor(Connection& connection) : connection_(connection) {}

  Status filter(const FunctionArguments& arguments) override {
    figures_.clear();
    at_ = 0;
    SPECTRADB_ASSIGN_OR_RETURN(std::string schema, schema_of_argument(connection_, arguments.argument(0),
                                                                      kName, arguments.schema()));
    const std::shared_ptr<Database> database = connection_.database(schema);
    SPECTRADB_ASSIGN_OR_RETURN(const bool has_store, database->has_store());
    if (!has_store) return Status::ok();
    SPECTRADB_ASSIGN_OR_RETURN(auto* store, shown_store(*database));
    figures_ = store->stats();
    return Status::ok();
  }

  Status next() override {
    ++at_;
    return Status::ok();
  }

  bool at_end() const override { return at_ >= figures_.size(); }

  Status column(sqlite3_context* context, int index) override {
    const auto& [name, value] = figures_[at_];
    const std::string& text = index == kStatName ? name : value;
    if (index == kStatValue && is_integer(text)) {
      sqlite3_result_int64(context, std::stoll(text));
    } else {
      sqlite3_result_text(context, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
    }
    return Status::ok();
  }

 private:
  Connection& connection_;
  std::vector<std::pair<std::string, std::string>> figures_;
  size_t at_ = 0;
};

constexpr TableFunction kFunction = {kName,
                                     kDeclaration,
                                     kSchemaArgument,
                                     kArguments,
                                     [](FunctionPlanner& planner) { planner.answer(kCost, kRows, 0); },
                                     [](Connection& connection) -> std::unique_ptr<FunctionCursor> {
                                       return std::make_unique<StatsCursor>(connection);
                                     }};

}  // namespace

const TableFunction& stats_table() { return kFunction; }

}  // namespace spectradb::extension
