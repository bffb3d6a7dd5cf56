#include "extension/facets/erase/erased_table.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "extension/facets/ledger/erased_facts.h"
#include "extension/functions/query_cursor.h"
#include "extension/host/values.h"
#include "extension/session/database.h"
#include "extension/session/erasures.h"
#include "extension/table/temporal_tables.h"
#include "extension/times/system_time.h"
#include "extension/times/valid_forms.h"
#include "temporal/instant.h"

namespace spectradb::extension::erase {

namespace {

enum ErasedColumn : int {
  kTombstoneTable,
  kTombstoneCommit,
  kTombstoneOrdinal,
  kTombstoneOperation,
  kTombstoneFrom,
  kTombstoneTo,
  kTombstoneUntil,
  kTombstoneErasure,
  kTombstoneSurrogate,
  kErasedBehind,
  kErasedAt,
  kErasedBy,
  kErasedWhy,
  kTombstoneArgument,
};
constexpr int kErasedArguments = 3;
constexpr int kTombstoneTableId = kTombstoneArgument;  // of the query

constexpr const char* kErasedDeclaration =
    "CREATE TABLE x(table_name TEXT, commit_no INTEGER, _ordinal INTEGER, operation TEXT, _valid_from, "
    "_valid_to, "
    "_system_to INTEGER, erasure_no INTEGER, surrogate TEXT, erased_in INTEGER, erased_at TEXT, author, "
    "reason, of_table HIDDEN, since HIDDEN, schema HIDDEN, PRIMARY KEY (commit_no, _ordinal)) WITHOUT ROWID";

class ErasedCursor final : public QueryCursor {
 public:
  explicit ErasedCursor(Connection& connection) : QueryCursor(connection) {}

  Status filter(const FunctionArguments& arguments) override;
  Status column(sqlite3_context* context, int index) override;

 private:
  std::map<int64_t, temporal::ValidForm> forms_;  // by table
};

Status ErasedCursor::filter(const FunctionArguments& arguments) {
  rows_.reset();
  forms_.clear();
  keep_arguments(arguments, kErasedArguments);
  const temporal::Value name = arguments.value(0);
  // A table is looked for in all schemas.
  SPECTRADB_ASSIGN_OR_RETURN(
      std::string schema,
      name.is_null()
          ? schema_of_argument(connection_, arguments.argument(2), kErased, arguments.schema())
          : schema_of_argument(connection_, arguments.argument(2), kErased, arguments.schema(), ""));
  temporal::Value table_id = temporal::Value::null();
  std::shared_ptr<Database> database;
  if (name.is_null()) {
    database = connection_.database(schema);
  } else {
    SPECTRADB_ASSIGN_OR_RETURN(const TemporalTable table,
                               find_temporal_table(connection_, name, schema, kErased));
    database = table.database;
    table_id = temporal::Value::of_integer(table.schema.id);
  }
  uint64_t since = 0;
  if (const temporal::Value given = arguments.value(1); !given.is_null()) {
    SPECTRADB_ASSIGN_OR_RETURN(const uint64_t last, database->last_commit());
    SPECTRADB_ASSIGN_OR_RETURN(const SystemTime time,
                               to_system_time(*database, given, last, connection_.statement_now()));
    if (time.is_all)
      return Status::invalid("spectradb_erased: 'all' is no time; leave it out for all erasures");
    since = time.commit;
  }
  SPECTRADB_ASSIGN_OR_RETURN(const bool are_any, database->has_table(ledger::ErasedFacts::kTable));
  if (!are_any) return Status::ok();
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<TemporalTable> tables,
                             temporal_tables_of(connection_, database->schema()));
  for (const TemporalTable& table : tables) forms_[table.schema.id] = table.schema.valid_form;
  rows_ = std::make_unique<Query>(
      connection_.handle(),
      "SELECT e.table_name, f.commit_no, f.ordinal, f.operation, f.valid_from, f.valid_to, f.system_to, "
      "e.erasure_no, e.surrogate, e.commit_no + 1, e.begun_us, e.author, e.reason, f.table_id FROM " +
          database->qualified(ledger::ErasedFacts::kTable) + " AS f JOIN " +
          database->qualified(Erasures::kTable) +
          " AS e ON e.erasure_no = f.erasure_no WHERE f.operation IS NOT NULL AND e.commit_no >= ?1 AND (?2 "
          "IS "
          "NULL OR f.table_id = ?2) ORDER BY f.commit_no, f.ordinal");
  rows_->bind(1, static_cast<int64_t>(std::min<uint64_t>(since, INT64_MAX))).bind(2, table_id);
  return next();
}

Status ErasedCursor::column(sqlite3_context* context, int index) {
  if (index >= kTombstoneArgument) return give_argument(context, index - kTombstoneArgument);
  if (index == kErasedAt) {
    const std::string text = temporal::format_instant(rows_->integer(index));
    sqlite3_result_text64(context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    return Status::ok();
  }
  const bool is_bound = index == kTombstoneFrom || index == kTombstoneTo;
  if (is_bound && rows_->is_null(index)) return Status::ok();
  if (is_bound) {
    const auto form = forms_.find(rows_->integer(kTombstoneTableId));
    give_bound(context, in_form({rows_->integer(index), true},
                                form == forms_.end() ? temporal::ValidForm::kText : form->second));
    return Status::ok();
  }
  sqlite3_result_value(context, sqlite3_column_value(rows_->statement(), index));
  return Status::ok();
}

}  // namespace

constinit const TableFunction kErasedFactsTable = {
    kErased,
    kErasedDeclaration,
    kTombstoneArgument,
    kErasedArguments,
    [](FunctionPlanner& planner) { planner.answer(1000, 100, 0); },
    [](Connection& connection) -> std::unique_ptr<FunctionCursor> {
      return std::make_unique<ErasedCursor>(connection);
    }};

}  // namespace spectradb::extension::erase
