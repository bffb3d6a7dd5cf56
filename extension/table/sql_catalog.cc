#include "extension/table/sql_catalog.h"

#include <algorithm>
#include <new>
#include <utility>
#include <vector>

#include "extension/access/gate.h"
#include "extension/facet/facet.h"
#include "extension/facet/index_kind.h"
#include "extension/facet/ranking.h"
#include "extension/functions/table_function.h"
#include "extension/host/query.h"
#include "extension/read/row_counts.h"
#include "extension/schema/column_names.h"
#include "extension/schema/hidden_columns.h"
#include "extension/schema/index_catalog.h"
#include "extension/schema/schema_text.h"
#include "extension/session/database.h"
#include "extension/session/transaction.h"
#include "extension/session/transaction_drops.h"
#include "extension/table/dropped_namesake.h"
#include "extension/table/table.h"
#include "extension/write/foreign_keys.h"
#include "sql/statements/create_table.h"
#include "sql/text/tokenizer.h"

namespace spectradb::extension {

namespace {

// The schemas in SQLite's order of search for an unqualified name.
std::vector<std::string> schemas_of(sqlite3* db) {
  constexpr int kFirstAttached = 2;
  std::vector<std::string> schemas{"temp", "main"};
  for (int i = kFirstAttached;; ++i) {
    const char* name = sqlite3_db_name(db, i);
    if (name == nullptr) return schemas;
    schemas.push_back(name);
  }
}

// A failed query must not pass for "there is none".
void expect_memory(const Status& status) {
  if (status.code() == Code::kNoMemory) throw std::bad_alloc();
}

// min() uses the index only in the column's own collation. Columns of the key are NOT NULL.
bool is_nullable_first(const Table& table, size_t index) {
  const temporal::Column& column = table.schema().columns[index];
  if (column.not_null || column.key_position >= 0) return false;
  const std::vector<temporal::IndexSchema>& indexes = table.indexes();
  return std::any_of(indexes.begin(), indexes.end(), [&](const temporal::IndexSchema& one) {
    return one.parts[0].column == static_cast<int>(index) && one.parts[0].collation == column.collation;
  });
}

// Whether the connection itself made everything in the schema: true for temp, whose name is empty for the
// rewriter.
bool is_own_schema(std::string_view schema) { return schema.empty() || sql::equals_word(schema, "temp"); }

// Adds the calls by which the table's indexes rank.
void add_rankings(const Table& table, sql::Relation& relation) {
  for (const temporal::IndexSchema& index : table.indexes()) {
    const Ranking* const ranking = ranking_of(index);
    if (ranking == nullptr) continue;
    relation.distance_column = hidden_name(kDistance, table.schema());
    relation.ranked_by_column = hidden_name(kRankedBy, table.schema());
    for (const RankedCall& call : ranking->calls) {
      if (ranking->ranks_by(index, call))
        relation.columns[static_cast<size_t>(index.parts.front().column)].ranked_by.push_back(call.said);
    }
  }
}

sql::Relation describe(const Table& table, const std::string& schema) {
  sql::Relation relation;
  relation.schema = schema;
  relation.kind = sql::RelationKind::kTemporal;
  relation.known_columns = table.schema().payload.size();
  relation.fingerprint = table.fingerprint();
  relation.has_conflict_actions = !table.definition().conflict_actions.are_usual();
  if (relation.has_conflict_actions) {
    const auto action = table.definition().conflict_actions.of_statement();
    if (action && *action) relation.conflict_word = conflict_word(**action);
  }
  relation.starts_now = table.schema().valid_default == temporal::ValidDefault::kNow;
  for (const temporal::Column& column : table.schema().columns) {
    const size_t index = relation.columns.size();
    const MadeColumn& made = table.definition().made_columns[index];
    relation.columns.push_back({column.name, column.default_sql.value_or(""), column.is_generated,
                                column.key_position >= 0, is_nullable_first(table, index), made.expression,
                                made.has_collation});
  }
  if (table.schema().has_integer_key) {
    relation.integer_key_names = {hidden_name(kRowid)};
    const std::vector<sql::ColumnInfo>& columns = relation.columns;
    for (const int key : table.schema().key_columns)
      relation.integer_key_names.push_back(columns[static_cast<size_t>(key)].name);
    if (std::string name = name_of_rowid(table.schema()); name != hidden_name(kRowid))
      relation.integer_key_names.push_back(std::move(name));
  }
  add_rankings(table, relation);
  return relation;
}

}  // namespace

sql::Relation SqlCatalog::find(std::string_view schema, std::string_view name) {
  if (!failure_) return {};  // no later query may replace SQLite's last error
  if (!schema.empty()) return find_in(std::string(schema), name);
  for (const std::string& candidate : schemas_of(connection_.handle())) {
    sql::Relation relation = find_in(candidate, name);
    if (relation.kind != sql::RelationKind::kNone) return relation;
  }
  return {};
}

bool SqlCatalog::may_have_column(std::string_view schema, std::string_view table, std::string_view column) {
  const std::string of = std::string(schema);
  const int code = sqlite3_table_column_metadata(connection_.handle(), of.empty() ? nullptr : of.c_str(),
                                                 std::string(table).c_str(), std::string(column).c_str(),
                                                 nullptr, nullptr, nullptr, nullptr, nullptr);
  return code != SQLITE_ERROR;
}

// SQLite counts an ordinary table by an instruction of its own, unless the host has a count() of its own. A host that
// wants to be asked about each statement is asked about count(*) as it is written.
bool SqlCatalog::may_count(std::string_view schema, std::string_view table) {
  const Gate* const gate = Gate::of(connection_.handle());
  if (!failure_ || gate == nullptr || gate->has_host() || !RowCounts::are_many(connection_, schema, table))
    return false;
  Query program(connection_.handle(), "EXPLAIN SELECT count(*) FROM sqlite_master");
  for (Result<bool> row = program.step();; row = program.step()) {
    expect_memory(row.status());
    if (!row || !*row) return false;
    if (program.text(1) == "Count") return true;
  }
}

std::string SqlCatalog::why_ordinary(std::string_view schema, std::string_view table) {
  if (!failure_) return {};
  const sql::Relation relation = find(schema, table);
  if (relation.kind == sql::RelationKind::kNone) return way_back(connection_, schema, table, false);
  if (relation.kind != sql::RelationKind::kOrdinary) return {};
  const std::string place = quoted(!relation.schema.empty() ? relation.schema
                                   : schema.empty()         ? "main"
                                                            : std::string(schema));
  Query query(connection_.handle(),
              "SELECT sql FROM " + place + ".sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE");
  query.bind(1, table);
  const Result<bool> row = query.step();
  expect_memory(row.status());
  if (!row || !*row) return {};
  if (!sql::is_document_text(query.text(0))) return way_back(connection_, relation.schema, table, true);
  return "; table " + std::string(table) +
         " was made without the prepare hook, where SQLite itself makes an ordinary one of " + query.text(0) +
         ": drop it, and write CREATE VIRTUAL TABLE " + quoted(table) +
         " USING spectradb(pk TEXT PRIMARY KEY), or run what spectradb_sql('CREATE TABLE …') gives";
}

std::string SqlCatalog::function_in_schema(std::string_view function) {
  const std::string twin = name_of_twin(function);
  Query query(connection_.handle(), "SELECT in_schema FROM " + quoted(twin));
  const Status status = query.prepare();
  expect_memory(status);
  return status ? twin : std::string();
}

std::optional<sql::TimeArguments> SqlCatalog::time_arguments(std::string_view function) {
  for (const Facet* facet : facets()) {
    for (const TableFunction* known : facet->table_functions) {
      if (!sql::equals_word(function, known->name)) continue;
      return sql::TimeArguments{{place_of_argument(*known, "as_of"), place_of_argument(*known, "valid_at")}};
    }
  }
  return std::nullopt;
}

Status SqlCatalog::check_stored(std::string_view schema, std::string_view text, const std::string& owner) {
  return is_own_schema(schema) ? Status::ok() : check_schema_text(connection_.handle(), text, owner);
}

Status SqlCatalog::check_view(std::string_view schema, std::string_view name) {
  return is_own_schema(schema) ? Status::ok() : check_schema_view(connection_.handle(), schema, name);
}

std::optional<sql::IndexPlace> SqlCatalog::find_index(std::string_view schema, std::string_view name) {
  if (!failure_) return std::nullopt;
  const std::vector<std::string> schemas =
      schema.empty() ? schemas_of(connection_.handle()) : std::vector<std::string>{std::string(schema)};
  for (const std::string& candidate : schemas) {
    const std::shared_ptr<Database> database = connection_.database(candidate);
    Result<std::optional<IndexCatalog::Place>> place = IndexCatalog(*database).find(name);
    expect_memory(place.status());
    if (place && place->has_value()) return sql::IndexPlace{candidate, (*place)->table};
  }
  return std::nullopt;
}

std::optional<sql::DroppedRelation> SqlCatalog::find_dropped(std::string_view schema, std::string_view name) {
  if (connection_.part<Transaction>().dropped().empty() || !failure_) return std::nullopt;
  const Result<std::shared_ptr<const DroppedTable>> table =
      extension::find_dropped(*connection_.database(schema.empty() ? "main" : schema), std::string(name));
  expect_memory(table.status());
  if (!table || *table == nullptr) return std::nullopt;
  settle_renamings();
  sql::DroppedRelation dropped;
  for (const std::string& option : (*table)->definition.options)
    dropped.options += (dropped.options.empty() ? "" : ", ") + option;
  return dropped;
}

std::optional<std::string> SqlCatalog::find_replacement(std::string_view schema, std::string_view name) {
  if (connection_.part<Transaction>().databases().empty() || !failure_) return std::nullopt;
  const Table* table = connection_.find_table(schema, name);
  if (table == nullptr) return std::nullopt;
  settle_renamings();
  std::optional<std::string> first =
      connection_.part<Transaction>().first_name(table->database(), table->schema().id);
  const bool is_replaced = first && sqlite3_stricmp(first->c_str(), table->schema().name.c_str()) != 0 &&
                           find_in(std::string(schema), *first).kind == sql::RelationKind::kOrdinary;
  return is_replaced ? first : std::nullopt;
}

Status SqlCatalog::check_drop(std::string_view schema, std::string_view name) {
  const std::shared_ptr<Database> database = connection_.database(std::string(schema));
  Result<bool> has_store = database->has_store();
  if (!has_store || !*has_store) return has_store.status();
  const std::string table(name);
  return find_in(std::string(schema), table).kind == sql::RelationKind::kTemporal
             ? database->foreign_keys().check_unreferenced(table, "dropped")
             : database->foreign_keys().check_drop_of_ordinary(table);
}

std::vector<std::string> SqlCatalog::columns_of(const std::string& schema, const std::string& table) {
  std::vector<std::string> names;
  Query query(connection_.handle(), "SELECT name FROM pragma_table_info(?1, ?2)");
  query.bind(1, std::string_view(table)).bind(2, std::string_view(schema));
  for (;;) {
    const Result<bool> row = query.step();
    expect_memory(row.status());
    if (!row || !*row) return names;
    names.push_back(query.text(0));
  }
}

// A column that is renamed, or dropped, has its name no more.
void SqlCatalog::settle_renamings() {
  connection_.part<Transaction>().origins().settle(
      [this](const std::string& name, const std::string& from, const std::string& to) {
        const size_t behind_schema = name.find('\n');
        const std::vector<std::string> columns =
            columns_of(name.substr(0, behind_schema), name.substr(behind_schema + 1));
        const auto has = [&columns](const std::string& wanted) {
          return std::any_of(columns.begin(), columns.end(), [&wanted](const std::string& column) {
            return sqlite3_stricmp(column.c_str(), wanted.c_str()) == 0;
          });
        };
        return has(from) && (to.empty() || !has(to));
      });
}

// Only a transaction can make a table again, so copies outside one do not matter.
void SqlCatalog::note_copy(const NamedTable& target, const std::vector<std::string>& columns,
                           const NamedTable& source, const std::vector<std::string>& sources) {
  if (sqlite3_get_autocommit(connection_.handle()) != 0) return;
  const sql::Relation into = find(target.schema, target.name);
  const sql::Relation out_of = find(source.schema, source.name);
  if (into.kind == sql::RelationKind::kNone || out_of.kind == sql::RelationKind::kNone) return;
  settle_renamings();
  const std::vector<std::string> to = columns.empty() ? columns_of(into.schema, target.name) : columns;
  const std::vector<std::string> from =
      sources.size() == 1 && sources[0] == "*" ? columns_of(out_of.schema, source.name) : sources;
  if (to.size() != from.size()) return;
  ColumnCopy copy{origin_name(into.schema, target.name), origin_name(out_of.schema, source.name), {}};
  for (size_t i = 0; i < to.size(); ++i)
    if (!from[i].empty() && from[i] != "*") copy.columns.emplace_back(to[i], from[i]);
  connection_.part<Transaction>().origins().copied(std::move(copy));
}

void SqlCatalog::note_alteration(const NamedTable& table, const std::string& column, const std::string& to) {
  if (sqlite3_get_autocommit(connection_.handle()) != 0) return;
  settle_renamings();
  TableOrigins& origins = connection_.part<Transaction>().origins();
  const std::string name = origin_name(table.schema, table.name);
  if (!column.empty()) {
    origins.column_renamed(name, column, to, TableOrigins::Certainty::kPrepared);
  } else if (to.empty()) {
    origins.dropped(name, nullptr);
  } else {
    origins.renamed(name, origin_name(table.schema, to));
  }
}

sql::Relation SqlCatalog::find_in(const std::string& schema, std::string_view name) {
  sqlite3* db = connection_.handle();
  Query query(db, "SELECT type, sql, rootpage FROM " + quoted(schema) +
                      ".sqlite_master WHERE name = ?1 COLLATE NOCASE AND type IN ('table', 'view')");
  query.bind(1, name);
  Result<bool> row = query.step();
  expect_memory(row.status());
  sql::Relation relation;
  // An unknown schema has no such table.
  if (!row && row.status().code() != Code::kInvalid) failure_ = row.status();
  if (!row || !*row) return relation;
  relation.schema = schema;
  if (query.text(0) == "view") {
    relation.kind = sql::RelationKind::kView;
    relation.view_select = query.text(1);
    return relation;
  }
  relation.kind = sql::RelationKind::kOrdinary;
  if (query.integer(2) != 0) return relation;  // only virtual tables have no root page
  if (connection_.find_table(schema, name) == nullptr) {
    // This connection has not used the table yet: preparing a statement makes SQLite connect it.
    expect_memory(Query(db, "SELECT 1 FROM " + quoted(schema) + "." + quoted(name)).prepare());
  }
  const Table* table = connection_.find_table(schema, name);
  if (table != nullptr) return describe(*table, schema);
  // A table that was not connected for that must not pass for somebody else's.
  if (connection_.database(schema)->is_interrupted()) failure_ = {Code::kInterrupted, "interrupted"};
  return relation;
}

}  // namespace spectradb::extension
