// spectradb_retirements([schema]): when the horizons of tables were raised, by whom and why.
#include <memory>
#include <string>

#include "extension/facets/retention/retirement.h"
#include "extension/functions/query_cursor.h"
#include "extension/session/connection.h"
#include "extension/session/database.h"
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
  kRetirementsSchema
};

constexpr const char* kRetirementsDeclaration =
    "CREATE TABLE x(retirement_no INTEGER PRIMARY KEY, table_name TEXT, horizon INTEGER, was INTEGER, "
    "retired_at TEXT, reason, author, schema HIDDEN) WITHOUT ROWID";

class RetirementsCursor final : public QueryCursor {
 public:
  explicit RetirementsCursor(Connection& connection) : QueryCursor(connection) {}

  Status filter(const FunctionArguments& arguments) override {
    rows_.reset();
    SPECTRADB_ASSIGN_OR_RETURN(
        const std::string schema,
        schema_of_argument(connection_, arguments.argument(0), kRetirements, arguments.schema()));
    const std::shared_ptr<Database> database = connection_.database(schema);
    SPECTRADB_ASSIGN_OR_RETURN(const bool there, database->has_table(kRetirementsOwnTable));
    if (!there) return Status::ok();
    rows_ = std::make_unique<Query>(
        connection_.handle(),
        "SELECT retirement_no, table_name, horizon, was, retired_us, reason, author FROM " +
            database->qualified(kRetirementsOwnTable) + " ORDER BY retirement_no");
    return next();
  }
  Status column(sqlite3_context* context, int index) override {
    if (index >= kRetirementsSchema) return Status::ok();
    if (index != kRetiredAt) {
      sqlite3_result_value(context, sqlite3_column_value(rows_->statement(), index));
      return Status::ok();
    }
    const std::string text = temporal::format_instant(rows_->integer(index));
    sqlite3_result_text64(context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    return Status::ok();
  }
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
