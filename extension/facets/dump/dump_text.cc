#include "extension/facets/dump/dump_text.h"

#include <algorithm>

#include "extension/access/gate.h"
#include "extension/facets/dump/sql_literal.h"
#include "extension/host/values.h"
#include "extension/schema/column_names.h"
#include "extension/schema/index_catalog.h"
#include "extension/session/commit_notes.h"
#include "extension/times/horizon.h"
#include "sql/shape/nested_statement.h"

namespace spectradb::extension::dump {

using temporal::Value;

namespace {

bool is_named(std::string_view name, std::string_view prefix) {
  return name.size() >= prefix.size() &&
         sqlite3_strnicmp(name.data(), prefix.data(), static_cast<int>(prefix.size())) == 0;
}

// True for tables of SQLite and of the extension, which come into being by the statements of the dump.
bool is_internal(const std::string& name) {
  return is_named(name, "sqlite_") || is_named(name, "_spectradb");
}

std::string list_of(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ",") + quoted(name);
  return list;
}

Status may_not_be_read(const std::string& table) {
  return Status::invalid("spectradb_dump: columns of table " + table + " may not be read: not authorized");
}

}  // namespace

// Writes the facts of one table as statements.
class DumpText::FactText {
 public:
  explicit FactText(const TemporalTable& table) : table_(table), row_(table.schema) {
    const temporal::TableSchema& schema = table.schema;
    std::vector<std::string> keys;
    std::vector<std::string> all;
    for (size_t i = 0; i < schema.columns.size(); ++i) all.push_back(schema.columns[i].name);
    for (const int column : schema.key_columns)
      keys.push_back(schema.columns[static_cast<size_t>(column)].name);
    const std::string target = "INSERT INTO " + quoted(schema.name) + "(_given,_valid_from,_valid_to" +
                               (schema.key_columns.empty() ? "," + name_of_rowid(schema) : "");
    put_ = target + "," + list_of(all) + ") VALUES('put',";
    delete_ = target + (keys.empty() ? "" : "," + list_of(keys)) + ") VALUES('delete',";
  }

  Result<std::string> of(std::string_view user_key, std::string_view value) {
    SPECTRADB_ASSIGN_OR_RETURN(const temporal::Fact fact, temporal::decode_fact(value));
    const bool is_put = fact.operation == temporal::Operation::kPut;
    std::string sql = is_put ? put_ : delete_;
    append_literal(sql, fact.valid.from);
    sql += ',';
    append_literal(sql, fact.valid.to);
    row_.bind(user_key, fact.payload);
    const temporal::TableSchema& schema = table_.schema;
    if (schema.key_columns.empty()) {
      SPECTRADB_ASSIGN_OR_RETURN(const int64_t number, row_.hidden_key());
      sql += ',' + std::to_string(number);
    }
    const size_t count = is_put ? schema.columns.size() : schema.key_columns.size();
    for (size_t i = 0; i < count; ++i) {
      SPECTRADB_ASSIGN_OR_RETURN(const Value cell,
                                 row_.column(is_put ? static_cast<int>(i) : schema.key_columns[i]));
      sql += ',';
      append_literal(sql, cell);
    }
    sql += ");";
    return sql;
  }

 private:
  const TemporalTable& table_;
  temporal::RowReader row_;
  std::string put_;
  std::string delete_;
};

DumpText::DumpText(Connection& connection, std::string schema)
    : connection_(connection), schema_(std::move(schema)), database_(connection.database(schema_)) {}
DumpText::~DumpText() = default;

Status DumpText::open() {
  snapshot_ = std::make_unique<Query>(connection_.handle(),
                                      "SELECT count(*) FROM " + quoted(schema_) + ".sqlite_master");
  SPECTRADB_RETURN_IF_ERROR(snapshot_->step().status());
  if (database_->batch() != nullptr && database_->batch()->count() > 0)
    return Status::invalid(
        "spectradb_dump: the open transaction has written facts, which are of no commit yet: COMMIT or "
        "ROLLBACK first");
  SPECTRADB_RETURN_IF_ERROR(check_readable());
  SPECTRADB_RETURN_IF_ERROR(begin_schema());
  SPECTRADB_RETURN_IF_ERROR(add_temporal_tables());
  return open_facts();
}

Status DumpText::check_readable() {
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<bool> hidden,
                             ask_to_read(connection_.handle(), schema_, "sqlite_master", {"sql"}));
  if (!hidden.empty()) return may_not_be_read("sqlite_master");
  SPECTRADB_ASSIGN_OR_RETURN(tables_, temporal_tables_of(connection_, schema_));
  for (const TemporalTable& table : tables_)
    if (!table.hidden.empty()) return may_not_be_read(table.schema.name);
  return Status::ok();
}

// Adds the settings that a database file has, where they differ from those of a new one.
Status DumpText::add_settings() {
  struct Setting {
    const char* pragma;
    const char* of_new;
  };
  for (const Setting& setting :
       {Setting{"encoding", "UTF-8"}, Setting{"user_version", "0"}, Setting{"application_id", "0"}}) {
    Query query(connection_.handle(), "PRAGMA " + quoted(schema_) + "." + setting.pragma);
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.step());
    if (row && query.text(0) != setting.of_new)
      add(std::string("PRAGMA ") + setting.pragma + " = " + sql::string_literal(query.text(0)) + ";");
  }
  return Status::ok();
}

Status DumpText::begin_schema() {
  sqlite3* db = connection_.handle();
  add("-- SpectraDB " SPECTRADB_VERSION ": run this on a new database, with the extension loaded.");
  add("PRAGMA foreign_keys = OFF;");
  SPECTRADB_RETURN_IF_ERROR(add_settings());
  add("BEGIN;");
  Query tables(db, "SELECT m.name, m.sql, l.type FROM " + quoted(schema_) +
                       ".sqlite_master m JOIN pragma_table_list l ON l.schema = ?1 AND l.name = m.name "
                       "WHERE m.type = 'table' ORDER BY m.rowid");
  tables.bind(1, std::string_view(schema_));
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, tables.step());
    if (!row) return Status::ok();
    SPECTRADB_RETURN_IF_ERROR(add_table(tables.text(0), tables.text(1), tables.text(2)));
  }
}

Status DumpText::add_table(const std::string& name, const std::string& sql, const std::string& kind) {
  if (is_internal(name)) return Status::ok();
  const bool is_temporal = std::any_of(tables_.begin(), tables_.end(), [&](const TemporalTable& table) {
    return sqlite3_stricmp(table.schema.name.c_str(), name.c_str()) == 0;
  });
  if (is_temporal) return Status::ok();
  // Making a virtual table of another extension makes the shadow tables that hold its rows.
  const bool is_shadow = kind == "shadow";
  if (!is_shadow) add(sql + ";");
  return kind == "virtual" ? Status::ok() : add_rows_of(name, is_shadow);
}

Status DumpText::add_rows_of(const std::string& table, bool replaces) {
  TableRows rows{table, {}, replaces};
  Query columns(connection_.handle(), "SELECT name FROM pragma_table_xinfo(?1, ?2) WHERE hidden = 0");
  columns.bind(1, std::string_view(table)).bind(2, std::string_view(schema_));
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, columns.step());
    if (!row) break;
    rows.columns.push_back(columns.text(0));
  }
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<bool> hidden,
                             ask_to_read(connection_.handle(), schema_, table, rows.columns));
  if (!hidden.empty()) return may_not_be_read(table);
  if (!rows.columns.empty()) ordinary_.push_back(std::move(rows));
  return Status::ok();
}

// Adds temporal tables with their indexes, which are filled as the facts come.
Status DumpText::add_temporal_tables() {
  Query text(connection_.handle(), "SELECT sql FROM " + quoted(schema_) +
                                       ".sqlite_master WHERE type = 'table' AND name = ?1 COLLATE NOCASE");
  // They have the horizons of commits that come later.
  if (std::any_of(tables_.begin(), tables_.end(),
                  [](const TemporalTable& table) { return horizon_of(table) > 0; }))
    add("SELECT 1 WHERE spectradb_restore_commit(0, '1970-01-01') IS NULL;");
  for (const TemporalTable& table : tables_) {
    const QueryScope scope(text);
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, text.bind(1, std::string_view(table.schema.name)).step());
    if (!row) return Status::corrupt("table " + table.schema.name + " is not in the schema");
    add(text.text(0) + ";");
    SPECTRADB_ASSIGN_OR_RETURN(const std::vector<IndexCatalog::Named> indexes,
                               IndexCatalog(*table.database).named(table.schema.id));
    for (const IndexCatalog::Named& index : indexes) {
      const std::string statement = std::string("CREATE ") + (index.is_unique ? "UNIQUE " : "") + "INDEX " +
                                    quoted(index.name) + " ON " + quoted(table.schema.name) + " " +
                                    index.definition;
      add("DELETE FROM " + quoted(table.schema.name) + " WHERE _define = " + sql::string_literal(statement) +
          ";");
    }
  }
  return Status::ok();
}

Status DumpText::open_facts() {
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_store, database_->has_store());
  if (!has_store) return Status::ok();
  SPECTRADB_RETURN_IF_ERROR(reader_.open(database_));
  last_commit_ = reader_.snapshot();
  std::vector<uint32_t> ids;
  for (const TemporalTable& table : tables_) {
    ids.push_back(table.schema.id);
    texts_.push_back(std::make_unique<FactText>(table));
  }
  facts_.open(reader_, std::move(ids), 1, last_commit_);
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_notes, database_->has_notes());
  if (has_notes) {
    notes_ = std::make_unique<Query>(connection_.handle(), "SELECT name, value FROM " +
                                                               database_->qualified(CommitNotes::kTable) +
                                                               " WHERE commit_no = ?1 ORDER BY name");
  }
  return facts_.next();
}

Result<bool> DumpText::next(std::string& sql) {
  while (waiting_.empty()) {
    if (phase_ == Phase::kEnd) return false;
    SPECTRADB_RETURN_IF_ERROR(go_on());
  }
  sql = std::move(waiting_.front());
  waiting_.pop_front();
  return true;
}

Status DumpText::go_on() {
  switch (phase_) {
    case Phase::kRows:
      return next_row();
    case Phase::kCommits:
      return next_commit();
    case Phase::kFacts:
      return next_fact();
    default:
      phase_ = Phase::kEnd;
      snapshot_.reset();
      return Status::ok();
  }
}

Status DumpText::next_row() {
  if (ordinary_.empty()) {
    add("COMMIT;");
    phase_ = Phase::kCommits;
    return Status::ok();
  }
  const TableRows& from = ordinary_.front();
  if (rows_ == nullptr) {
    const std::string list = list_of(from.columns);
    rows_ = std::make_unique<Query>(connection_.handle(),
                                    "SELECT " + list + " FROM " + quoted(schema_) + "." + quoted(from.table));
    insert_ = "INSERT INTO " + quoted(from.table) + "(" + list + ") VALUES(";
    if (from.replaces) add("DELETE FROM " + quoted(from.table) + ";");
  }
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, rows_->step());
  if (!row) {
    rows_.reset();
    ordinary_.pop_front();
    return Status::ok();
  }
  std::string sql = insert_;
  for (size_t i = 0; i < from.columns.size(); ++i) {
    if (i > 0) sql += ',';
    append_literal(sql, from_sqlite(sqlite3_column_value(rows_->statement(), static_cast<int>(i))));
  }
  add(sql + ");");
  return Status::ok();
}

// A commit without facts of these tables wrote a table that was dropped, or only entries of an index.
Status DumpText::next_commit() {
  if (commit_ == last_commit_) {
    phase_ = Phase::kRest;
    return add_rest();
  }
  ++commit_;
  SPECTRADB_ASSIGN_OR_RETURN(const std::optional<int64_t> time_us, database_->commit_time_us(commit_));
  if (!time_us)
    return Status::corrupt("commit " + std::to_string(commit_) + " is not in the tables of commits");
  const bool has_facts = !facts_.at_end() && facts_.commit() == commit_;
  add("BEGIN;");
  add("SELECT 1 WHERE spectradb_restore_commit(" + std::to_string(commit_) + ", '" +
      temporal::format_instant(*time_us) + (has_facts ? "'" : "', 'empty'") + ") IS NULL;");
  SPECTRADB_RETURN_IF_ERROR(add_notes());
  phase_ = Phase::kFacts;
  return Status::ok();
}

Status DumpText::add_notes() {
  if (notes_ == nullptr) return Status::ok();
  const QueryScope scope(*notes_);
  notes_->bind(1, static_cast<int64_t>(commit_));
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, notes_->step());
    if (!row) return Status::ok();
    std::string sql = "SELECT 1 WHERE spectradb_annotate(";
    append_literal(sql, from_sqlite(sqlite3_column_value(notes_->statement(), 0)));
    sql += ", ";
    append_literal(sql, from_sqlite(sqlite3_column_value(notes_->statement(), 1)));
    add(sql + ") IS NULL;");
  }
}

Status DumpText::next_fact() {
  SPECTRADB_RETURN_IF_ERROR(reader_.check_interrupted());
  if (facts_.at_end() || facts_.commit() != commit_) {
    add("COMMIT;");
    phase_ = Phase::kCommits;
    return Status::ok();
  }
  SPECTRADB_ASSIGN_OR_RETURN(const std::string_view value, facts_.value());
  SPECTRADB_ASSIGN_OR_RETURN(std::string sql, texts_[facts_.table()]->of(facts_.user_key(), value));
  add(std::move(sql));
  return facts_.next();
}

// Adds what needs existing tables, or would act while they are filled: indexes, views and triggers.
Status DumpText::add_rest() {
  add("BEGIN;");
  Query rest(connection_.handle(),
             "SELECT sql, name, tbl_name FROM " + quoted(schema_) +
                 ".sqlite_master WHERE type IN ('index', 'view', 'trigger') AND sql IS NOT NULL "
                 "ORDER BY type = 'trigger', type = 'view', rowid");
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, rest.step());
    if (!row) break;
    if (!is_internal(rest.text(1)) && !is_internal(rest.text(2))) add(rest.text(0) + ";");
  }
  SPECTRADB_RETURN_IF_ERROR(add_sequence());
  SPECTRADB_RETURN_IF_ERROR(add_consumers());
  add("COMMIT;");
  return Status::ok();
}

// Adds the counters of AUTOINCREMENT; SQLite makes their table with the first table that has a counter.
Status DumpText::add_sequence() {
  SPECTRADB_ASSIGN_OR_RETURN(const bool is_there, database_->has_table("sqlite_sequence"));
  if (!is_there) return Status::ok();
  Query counters(connection_.handle(), "SELECT name, seq FROM " + database_->qualified("sqlite_sequence"));
  for (bool is_first = true;; is_first = false) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, counters.step());
    if (!row) return Status::ok();
    if (is_first) {
      add("CREATE TABLE spectradb_sequence(number INTEGER PRIMARY KEY AUTOINCREMENT);");
      add("DROP TABLE spectradb_sequence;");
      add("DELETE FROM sqlite_sequence;");
    }
    const bool is_of_ours = std::any_of(tables_.begin(), tables_.end(), [&](const TemporalTable& table) {
      return sqlite3_stricmp(table.schema.name.c_str(), counters.text(0).c_str()) == 0;
    });
    // VACUUM would lose the counter of a temporal table alone: our function makes what keeps it.
    std::string sql =
        is_of_ours ? "SELECT 1 WHERE spectradb_restore_counter(" : "INSERT INTO sqlite_sequence VALUES(";
    append_literal(sql, from_sqlite(sqlite3_column_value(counters.statement(), 0)));
    sql += ',';
    append_literal(sql, from_sqlite(sqlite3_column_value(counters.statement(), 1)));
    add(sql + (is_of_ours ? ") IS NULL;" : ");"));
  }
}

// Consumers go on where they were, at the same commits.
Status DumpText::add_consumers() {
  SPECTRADB_ASSIGN_OR_RETURN(const bool is_there, database_->has_table("_spectradb_consumers"));
  if (!is_there || last_commit_ == 0) return Status::ok();
  Query consumers(connection_.handle(), "SELECT name, commit_no FROM " +
                                            database_->qualified("_spectradb_consumers") + " ORDER BY name");
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, consumers.step());
    if (!row) return Status::ok();
    const auto commit = static_cast<uint64_t>(consumers.integer(1));
    if (commit > last_commit_) continue;
    std::string sql = "SELECT 1 WHERE spectradb_consumer(";
    append_literal(sql, from_sqlite(sqlite3_column_value(consumers.statement(), 0)));
    add(sql + ", " + std::to_string(commit) + ") IS NULL;");
  }
}

}  // namespace spectradb::extension::dump
