#include "extension/facets/erase/erasures_table.h"

#include <memory>
#include <string>

#include "extension/functions/query_cursor.h"
#include "extension/host/instants.h"
#include "extension/host/query.h"
#include "extension/session/database.h"
#include "extension/session/erasures.h"
#include "extension/table/temporal_tables.h"

namespace spectradb::extension::erase {

namespace {

enum ErasuresColumn : int {
  kErasureNo,
  kErasedTable,
  kSurrogate,
  kErasedFacts,
  kAfterCommit,
  kBegunAt,
  kState,
  kAuthor,
  kReason,
  kErasuresSchema
};

constexpr const char* kErasuresDeclaration =
    "CREATE TABLE x(erasure_no INTEGER PRIMARY KEY, table_name TEXT, surrogate TEXT, facts INTEGER, "
    "after_commit INTEGER, begun_at TEXT, state TEXT, author, reason, schema HIDDEN) WITHOUT ROWID";

class ErasuresCursor final : public QueryCursor {
 public:
  explicit ErasuresCursor(Connection& connection) : QueryCursor(connection) {}

  Status filter(const FunctionArguments& arguments) override {
    rows_.reset();
    SPECTRADB_ASSIGN_OR_RETURN(
        const std::string schema,
        schema_of_argument(connection_, arguments.argument(0), kErasures, arguments.schema()));
    const std::shared_ptr<Database> database = connection_.database(schema);
    SPECTRADB_ASSIGN_OR_RETURN(const bool there, database->has_table(Erasures::kTable));
    if (!there) return Status::ok();
    rows_ = std::make_unique<Query>(connection_.handle(),
                                    "SELECT erasure_no, table_name, surrogate, facts, commit_no, begun_us, "
                                    "stage, author, reason, user_key IS NULL FROM " +
                                        database->qualified(Erasures::kTable) + " ORDER BY erasure_no");
    return next();
  }
  Status column(sqlite3_context* context, int index) override {
    if (index >= kErasuresSchema) return Status::ok();
    if (index == kBegunAt) {
      give_instant(context, rows_->integer(index));
    } else if (index == kState) {
      constexpr int kHasNoKey = 9;
      const auto stage = static_cast<Erasures::Stage>(rows_->integer(index));
      const bool is_shredded = stage == Erasures::Stage::kGone && rows_->integer(kHasNoKey) == 0;
      const char* const state = stage == Erasures::Stage::kDone ? "done"
                                : is_shredded                   ? "shredded"
                                                                : "unfinished";
      sqlite3_result_text(context, state, -1, SQLITE_STATIC);
    } else {
      sqlite3_result_value(context, sqlite3_column_value(rows_->statement(), index));
    }
    return Status::ok();
  }
};

}  // namespace

constinit const TableFunction kErasuresTable = {
    kErasures,
    kErasuresDeclaration,
    kErasuresSchema,
    1,
    [](FunctionPlanner& planner) { planner.answer(1000, 100, 0); },
    [](Connection& connection) -> std::unique_ptr<FunctionCursor> {
      return std::make_unique<ErasuresCursor>(connection);
    }};

}  // namespace spectradb::extension::erase
