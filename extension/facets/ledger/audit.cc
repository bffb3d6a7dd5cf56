#include "extension/facets/ledger/audit.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include "extension/facets/ledger/digest.h"
#include "extension/facets/ledger/entries.h"
#include "extension/facets/ledger/erased_facts.h"
#include "extension/functions/free_name.h"
#include "extension/functions/query_cursor.h"
#include "extension/host/numbers.h"
#include "extension/host/values.h"
#include "extension/session/database.h"
#include "extension/table/temporal_tables.h"
#include "extension/times/horizon.h"
#include "extension/times/system_time.h"

namespace spectradb::extension::ledger {

using temporal::Value;

namespace {

constexpr const char* kChanges = "spectradb_changes";
constexpr const char* kTombstones = "spectradb_erased";
constexpr const char* kCommitsOfAudit = "spectradb_commits";

enum AuditColumn : int {
  kAuditCommit,
  kAuditAt,
  kAuthor,
  kReason,
  kAuditOperation,
  kAuditKey,
  kBefore,
  kAfter,
  kAuditFrom,
  kAuditTo,
  kIsLate,
  kAuditNotes,
  kAuditDigest,
  kAuditErased,
  kAuditTable,
  kAuditSince,
  kAuditUntil,
  kAuditSchema,
  kAuditOrdinal,
};
constexpr int kAuditArguments = 4;

constexpr const char* kAuditDeclaration =
    "CREATE TABLE x(commit_no INTEGER, committed_at TEXT, author, reason, operation TEXT, key, before TEXT, "
    "after TEXT, "
    "_valid_from, _valid_to, is_late INTEGER, notes TEXT, digest TEXT, _erased TEXT, of_table "
    "HIDDEN, "
    "since HIDDEN, until HIDDEN, schema HIDDEN, _ordinal INTEGER HIDDEN, PRIMARY KEY (commit_no, _ordinal)) "
    "WITHOUT ROWID";

// A fact is late where it says when it begins to be true, and that was before its commit.
#define SPECTRADB_AUDIT_LATE                                                                  \
  "CASE typeof(_valid_from) WHEN 'text' THEN _valid_from < committed_at WHEN 'integer' THEN " \
  "_valid_from < (julianday(committed_at) - 2440587.5) * 86400000000.0 ELSE 0 END"

// The first columns are those of the audit; then the ordinal.
constexpr const char* kAuditQuery =
    "SELECT commit_no, committed_at, commit_notes ->> '$.author', commit_notes ->> '$.reason', operation, "
    "key, before, row, _valid_from, _valid_to, " SPECTRADB_AUDIT_LATE
    ", commit_notes, NULL, NULL, _ordinal FROM spectradb_changes(?1, ?2, ?3) WHERE commit_no <= ?4 AND "
    "operation <> 'erase'";

// What stays of facts that are erased, so that whoever counts changes knows of all.
constexpr const char* kErasedAuditQuery =
    " UNION ALL SELECT e.commit_no, committed_at, notes ->> '$.author', notes ->> '$.reason', operation, "
    "NULL, NULL, NULL, _valid_from, _valid_to, " SPECTRADB_AUDIT_LATE
    ", notes, NULL, surrogate, _ordinal FROM spectradb_erased(?1, NULL, ?3) AS e JOIN spectradb_commits(?3) "
    "AS c ON c.commit_no = e.commit_no WHERE e.commit_no > ?5 AND e.commit_no <= ?4 ORDER BY 1, 15";

#undef SPECTRADB_AUDIT_LATE

class AuditCursor final : public QueryCursor {
 public:
  explicit AuditCursor(Connection& connection) : QueryCursor(connection) {}

  Status filter(const FunctionArguments& arguments) override;
  Status column(sqlite3_context* context, int index) override;

 private:
  Result<SystemTime> time_of(const Value& given);
  Result<std::string> query_text();
  Status give_digest(sqlite3_context* context);

  std::shared_ptr<Database> database_;
  std::unique_ptr<Entries> entries_;  // null: there is no ledger
  uint64_t digest_commit_ = 0;
  std::string digest_;  // of that commit
};

Result<SystemTime> AuditCursor::time_of(const Value& given) {
  SPECTRADB_ASSIGN_OR_RETURN(const uint64_t last, database_->last_commit());
  SPECTRADB_ASSIGN_OR_RETURN(const SystemTime time,
                             to_system_time(*database_, integral(given), last, connection_.statement_now()));
  if (time.is_all)
    return Status::invalid("spectradb_audit takes commits or times, not 'all'; leave it out for all");
  return time;
}

// What is erased is asked for only where something is, since then all has to be sorted.
Result<std::string> AuditCursor::query_text() {
  SPECTRADB_ASSIGN_OR_RETURN(const bool are_any, database_->has_table(ErasedFacts::kTable));
  if (!are_any) return std::string(kAuditQuery);
  SPECTRADB_RETURN_IF_ERROR(check_name_is_free(connection_, kTombstones, kAudit));
  SPECTRADB_RETURN_IF_ERROR(check_name_is_free(connection_, kCommitsOfAudit, kAudit));
  return std::string(kAuditQuery).append(kErasedAuditQuery);
}

Status AuditCursor::filter(const FunctionArguments& arguments) {
  rows_.reset();
  entries_.reset();
  digest_commit_ = 0;
  keep_arguments(arguments, kAuditArguments);
  SPECTRADB_RETURN_IF_ERROR(check_name_is_free(connection_, kChanges, kAudit));
  if (arguments.value(0).is_null())
    return Status::invalid("spectradb_audit takes the name of a temporal table");
  std::string schema;
  if (!arguments.schema().empty() || !arguments.value(3).is_null()) {
    SPECTRADB_ASSIGN_OR_RETURN(
        schema, schema_of_argument(connection_, arguments.argument(3), kAudit, arguments.schema()));
  }
  SPECTRADB_ASSIGN_OR_RETURN(const TemporalTable table,
                             find_temporal_table(connection_, arguments.value(0), schema, kAudit));
  database_ = table.database;
  Value since = Value::null();  // what is retired is not asked for
  const uint64_t horizon = horizon_of(table);
  uint64_t erased_since = horizon;
  bool is_behind_horizon = true;  // both ends are, where they are given
  if (const Value from = arguments.value(1); !from.is_null()) {
    SPECTRADB_ASSIGN_OR_RETURN(const SystemTime time, time_of(from));
    const uint64_t before = time.is_behind || time.commit == 0 ? time.commit : time.commit - 1;
    since = Value::of_integer(static_cast<int64_t>(before));
    is_behind_horizon = before >= horizon;
    erased_since = std::max(erased_since, before);
  }
  SPECTRADB_ASSIGN_OR_RETURN(uint64_t until, database_->last_commit());
  if (const Value to = arguments.value(2); !to.is_null()) {
    SPECTRADB_ASSIGN_OR_RETURN(const SystemTime time, time_of(to));
    until = time.commit;
    is_behind_horizon = is_behind_horizon && (time.is_behind || until > horizon);
  }
  // To ask spectradb_changes() up to the horizon is an error, but here the last commit is no end that was asked for.
  if (horizon > 0 && until <= horizon && is_behind_horizon) return Status::ok();
  auto entries = std::make_unique<Entries>(*database_);
  SPECTRADB_ASSIGN_OR_RETURN(const bool are_kept, entries->are_kept());
  if (are_kept) entries_ = std::move(entries);
  SPECTRADB_ASSIGN_OR_RETURN(const std::string text, query_text());
  rows_ = std::make_unique<Query>(connection_.handle(), text, Author::kUsForUser);
  rows_->bind(1, std::string_view(table.schema.name)).bind(2, since);
  rows_->bind(3, std::string_view(database_->schema())).bind(4, static_cast<int64_t>(until));
  if (sqlite3_bind_parameter_count(rows_->statement()) > 4)
    rows_->bind(5, static_cast<int64_t>(erased_since));
  return next();
}

// Commits that are older than the ledger have none.
Status AuditCursor::give_digest(sqlite3_context* context) {
  if (entries_ == nullptr) return Status::ok();
  const auto commit = static_cast<uint64_t>(rows_->integer(kAuditCommit));
  if (commit != digest_commit_) {
    digest_.clear();
    SPECTRADB_ASSIGN_OR_RETURN(const Entry entry, entries_->of_commit(commit));
    if (entry.number > 0) {
      SPECTRADB_ASSIGN_OR_RETURN(const Hash root, entries_->root(0, entry.number));
      digest_ = Digest{commit, entry.number, root}.text();
    }
    digest_commit_ = commit;
  }
  if (!digest_.empty())
    sqlite3_result_text64(context, digest_.data(), digest_.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return Status::ok();
}

Status AuditCursor::column(sqlite3_context* context, int index) {
  if (index == kAuditDigest) return give_digest(context);
  if (index >= kAuditTable && index <= kAuditSchema) return give_argument(context, index - kAuditTable);
  const int place = index == kAuditOrdinal ? kAuditTable : index;  // in kAuditQuery
  sqlite3_result_value(context, sqlite3_column_value(rows_->statement(), place));
  return Status::ok();
}

}  // namespace

constinit const TableFunction kAuditTable = {
    kAudit,
    kAuditDeclaration,
    AuditColumn::kAuditTable,
    kAuditArguments,
    [](FunctionPlanner& planner) { planner.answer(1e5, 100'000, 0); },
    [](Connection& connection) -> std::unique_ptr<FunctionCursor> {
      return std::make_unique<AuditCursor>(connection);
    }};

}  // namespace spectradb::extension::ledger
