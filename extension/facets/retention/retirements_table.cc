// spectradb_retirements([schema]): when the horizons of tables were raised, by whom and why.
#include <memory>
#include <string>

#include "extension/facets/retention/retirement.h"
#include "extension/functions/query_cursor.h"
#include "extension/host/values.h"
#include "extension/session/connection.h"
#include "extension/session/database.h"
#include "extension/table/table.h"
#include "extension/times/horizon.h"
#include "temporal/instant.h"

namespace spectradb::extension::retention {

namespace {

enum RetirementsColumn : int {
  kRetirementNo,
  kRetiredTable,
  kRetiredHorizon,
  kRetiredWas,
  kRetiredAt,
  kRetiredReason,
  kRetiredAuthor,
  kRetiredValidHorizon,
  kRetiredValidWas,
  kRetirementsSchema
};

constexpr const char* kRetirementsDeclaration =
    "CREATE TABLE x(retirement_no INTEGER PRIMARY KEY, table_name TEXT, horizon INTEGER, was INTEGER, "
    "retired_at TEXT, reason, author, valid_horizon, valid_was, schema HIDDEN) WITHOUT ROWID";

class RetirementsCursor final : public QueryCursor {
 public:
  explicit RetirementsCursor(Connection& connection) : QueryCursor(connection) {}

  Status filter(const FunctionArguments& arguments) override {
    rows_.reset();
    SPECTRADB_ASSIGN_OR_RETURN(
        schema_, schema_of_argument(connection_, arguments.argument(0), kRetirements, arguments.schema()));
    const std::shared_ptr<Database> database = connection_.database(schema_);
    SPECTRADB_ASSIGN_OR_RETURN(const bool there, database->has_table(kRetirementsOwnTable));
    SPECTRADB_ASSIGN_OR_RETURN(const bool has_valid, database->has_table(kValidRetirementsOwnTable));
    if (!there && !has_valid) return Status::ok();
    const std::string of_system =
        "SELECT retirement_no, table_name, horizon, was, retired_us, reason, author, NULL, NULL FROM " +
        database->qualified(kRetirementsOwnTable);
    const std::string of_valid =
        "SELECT retirement_no, table_name, NULL, NULL, retired_us, reason, author, horizon_us, was_us FROM " +
        database->qualified(kValidRetirementsOwnTable);
    rows_ = std::make_unique<Query>(connection_.handle(), (there ? of_system : std::string()) +
                                                              (there && has_valid ? " UNION ALL " : "") +
                                                              (has_valid ? of_valid : std::string()) +
                                                              " ORDER BY 1");
    return next();
  }
  Status column(sqlite3_context* context, int index) override {
    if (index >= kRetirementsSchema) return Status::ok();
    const bool is_time = index == kRetiredAt || index == kRetiredValidHorizon || index == kRetiredValidWas;
    if (!is_time || rows_->is_null(index)) {
      sqlite3_result_value(context, sqlite3_column_value(rows_->statement(), index));
      return Status::ok();
    }
    const int64_t us = rows_->integer(index);
    const Table* const table =
        index == kRetiredAt ? nullptr : connection_.find_table(schema_, rows_->text(kRetiredTable));
    const std::string text = temporal::format_instant(us);
    const bool is_text = table == nullptr || valid_horizon_in_form(table->schema(), us).as_text;
    give(context, is_text ? temporal::Value::text(text) : temporal::Value::of_integer(us));
    return Status::ok();
  }

 private:
  std::string schema_;
};

}  // namespace

constinit const TableFunction kRetirementsTable = {
    kRetirements,
    kRetirementsDeclaration,
    kRetirementsSchema,
    1,
    [](FunctionPlanner& planner) { planner.answer(1000, 100, 0); },
    [](Connection& connection) -> std::unique_ptr<FunctionCursor> {
      return std::make_unique<RetirementsCursor>(connection);
    }};

}  // namespace spectradb::extension::retention
