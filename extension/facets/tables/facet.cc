// spectradb_tables([schema]) lists the temporal tables of a database, what they are and what they hold. A
// count is made only when its column is read, for one table at a time: the columns name, kind, key and
// indexes read no facts.
#include "extension/facet/facet.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "extension/functions/table_function.h"
#include "extension/host/query.h"
#include "extension/host/values.h"
#include "extension/schema/index_catalog.h"
#include "extension/session/database.h"
#include "extension/session/fact_reader.h"
#include "extension/table/table.h"
#include "extension/table/temporal_tables.h"
#include "extension/times/horizon.h"
#include "temporal/instant.h"
#include "temporal/key_codec.h"
#include "temporal/retention.h"

namespace spectradb::extension {

namespace {

constexpr const char* kTablesName = "spectradb_tables";

enum TablesColumn : int {
  kTableName,
  kTableKind,
  kKey,
  kRows,
  kVersions,
  kFirstCommit,
  kLastCommit,
  kIndexList,
  kBytes,
  kKeepsFor,
  kHorizon,
  kKeepsEndedFor,
  kValidHorizon,
  kSchemaArgument
};
constexpr int kTablesArguments = 1;

constexpr const char* kTablesDeclaration =
    "CREATE TABLE x(name TEXT COLLATE NOCASE PRIMARY KEY, kind TEXT, key TEXT, rows INTEGER, versions "
    "INTEGER, "
    "first_commit INTEGER, last_commit INTEGER, indexes TEXT, bytes INTEGER, retention TEXT, horizon "
    "INTEGER, valid_retention TEXT, valid_horizon, schema HIDDEN) WITHOUT ROWID";

constexpr double kTablesCost = 1000;
constexpr int64_t kUsualTables = 20;

// Counts the facts of one table.
struct Facts {
  uint64_t count = 0;
  uint64_t first_commit = 0;  // 0 where there are none
  uint64_t last_commit = 0;
  uint64_t bytes = 0;  // of keys and values
};

Result<Facts> count_facts(const TemporalTable& table) {
  FactReader reader;
  SPECTRADB_RETURN_IF_ERROR(reader.open(table.database));
  reader.show_from(nullptr);
  Facts facts;
  std::string lower;
  temporal::append_table_id(lower, table.schema.id);
  const std::string upper = temporal::after_prefix(lower);
  const std::unique_ptr<lsm::VersionCursor> versions = reader.versions(0, UINT64_MAX);
  for (versions->seek(lower); versions->valid() && versions->user_key() < upper; versions->next()) {
    SPECTRADB_RETURN_IF_ERROR(reader.check_interrupted());
    if (reader.is_later(versions->commit(), versions->ordinal())) continue;
    const uint64_t commit = versions->commit();
    facts.first_commit = facts.count == 0 ? commit : std::min(facts.first_commit, commit);
    facts.last_commit = std::max(facts.last_commit, commit);
    facts.bytes += versions->user_key().size() + versions->value().size();
    ++facts.count;
  }
  SPECTRADB_RETURN_IF_ERROR(versions->status());
  return facts;
}

void append_name(std::string& list, const std::string& name) {
  list.append(list.empty() ? "" : ", ").append(name);
}

class TablesCursor final : public FunctionCursor {
 public:
  explicit TablesCursor(Connection& connection) : connection_(connection) {}

  Status filter(const FunctionArguments& arguments) override {
    tables_.clear();
    at_ = 0;
    facts_.reset();
    SPECTRADB_ASSIGN_OR_RETURN(std::string schema, schema_of_argument(connection_, arguments.argument(0),
                                                                      kTablesName, arguments.schema()));
    SPECTRADB_ASSIGN_OR_RETURN(std::vector<TemporalTable> tables, temporal_tables_of(connection_, schema));
    tables_ = std::move(tables);
    return Status::ok();
  }

  Status next() override {
    ++at_;
    facts_.reset();
    return Status::ok();
  }

  bool at_end() const override { return at_ >= tables_.size(); }

  Status column(sqlite3_context* context, int index) override {
    switch (index) {
      case kTableName:
        return give_text(context, table().schema.name);
      case kTableKind:
        return give_text(context,
                         table().schema.kind == temporal::TableKind::kDocument ? "document" : "table");
      case kKey:
        return give_text(context, key());
      case kRows:
        return give_rows(context);
      case kIndexList:
        return give_indexes(context);
      case kKeepsFor:
      case kHorizon:
      case kKeepsEndedFor:
      case kValidHorizon:
        return give_retention(context, index);
      default:
        return give_counted(context, index);
    }
  }

 private:
  const TemporalTable& table() const { return tables_[at_]; }

  // Gives NULL for an empty text.
  static Status give_text(sqlite3_context* context, const std::string& text) {
    if (!text.empty())
      sqlite3_result_text64(context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    return Status::ok();
  }

  std::string key() const {
    std::string list;
    for (const int column : table().schema.key_columns)
      append_name(list, table().schema.columns[static_cast<size_t>(column)].name);
    return list;
  }

  // Counts the rows by a SELECT, which respects the session's times.
  Status give_rows(sqlite3_context* context) {
    Query query(connection_.handle(),
                "SELECT count(*) FROM " + table().database->qualified(table().schema.name));
    Result<bool> row = query.step();
    if (!row) return row.status();
    sqlite3_result_int64(context, query.integer(0));
    return Status::ok();
  }

  Status give_indexes(sqlite3_context* context) {
    SPECTRADB_ASSIGN_OR_RETURN(std::vector<IndexCatalog::Named> indexes,
                               IndexCatalog(*table().database).named(table().schema.id));
    std::vector<std::string> names;
    names.reserve(indexes.size());
    for (const IndexCatalog::Named& index : indexes) names.push_back(index.name);
    std::sort(names.begin(), names.end());
    std::string list;
    for (const std::string& name : names) append_name(list, name);
    return give_text(context, list);
  }

  // Of a table that keeps all its history, NULL.
  Status give_retention(sqlite3_context* context, int index) {
    const Table* connected = connection_.find_table(table().database->schema(), table().schema.name);
    if (connected == nullptr) return Status::ok();
    const std::vector<std::string>& options = connected->definition().options;
    if (index == kKeepsFor) return give_text(context, temporal::retention_of(options));
    if (index == kKeepsEndedFor) return give_text(context, temporal::valid_retention_of(options));
    if (index == kValidHorizon) {
      const int64_t us = temporal::valid_horizon_of(options);
      if (us == temporal::kBeginningOfTime) return Status::ok();
      const temporal::Bound shown = valid_horizon_in_form(connected->schema(), us);
      const std::string text = shown.as_text ? temporal::format_instant(us) : std::string();
      give(context, shown.as_text ? temporal::Value::text(text) : temporal::Value::of_integer(us));
      return Status::ok();
    }
    if (const uint64_t horizon = temporal::horizon_of(options); horizon > 0)
      sqlite3_result_int64(context, static_cast<sqlite3_int64>(horizon));
    return Status::ok();
  }

  Status give_counted(sqlite3_context* context, int index) {
    if (!facts_) {
      SPECTRADB_ASSIGN_OR_RETURN(Facts facts, count_facts(table()));
      facts_ = facts;
    }
    const bool is_commit = index == kFirstCommit || index == kLastCommit;
    if (is_commit && facts_->count == 0) return Status::ok();
    uint64_t number = facts_->bytes;
    if (index == kVersions) number = facts_->count;
    if (index == kFirstCommit) number = facts_->first_commit;
    if (index == kLastCommit) number = facts_->last_commit;
    sqlite3_result_int64(context, static_cast<sqlite3_int64>(number));
    return Status::ok();
  }

  Connection& connection_;
  std::vector<TemporalTable> tables_;
  size_t at_ = 0;
  std::optional<Facts> facts_;  // facts of table at_, once they were counted
};

constexpr TableFunction kTablesTable = {
    kTablesName,
    kTablesDeclaration,
    kSchemaArgument,
    kTablesArguments,
    [](FunctionPlanner& planner) { planner.answer(kTablesCost, kUsualTables, 0); },
    [](Connection& connection) -> std::unique_ptr<FunctionCursor> {
      return std::make_unique<TablesCursor>(connection);
    }};

constexpr const TableFunction* kTableFunctions[] = {&kTablesTable};

constexpr Help kTablesHelp[] = {
    {kTablesName, Help::Kind::kTable, "spectradb_tables([schema])",
     "The temporal tables of a database, with key, indexes, rows, versions, first and last commit, "
     "bytes, and how long history is kept; what has to be "
     "counted reads the table.",
     "SELECT name, kind, key, rows, versions, last_commit FROM spectradb_tables;"},
};

}  // namespace

const Facet& facet_tables() {
  static constexpr Facet kFacet{.name = "tables", .table_functions = kTableFunctions, .help = kTablesHelp};
  return kFacet;
}

}  // namespace spectradb::extension
