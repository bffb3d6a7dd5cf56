#include "extension/facets/feed/schema_events.h"

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "extension/access/gate.h"
#include "extension/functions/query_cursor.h"
#include "extension/host/instants.h"
#include "extension/host/kept_rowid.h"
#include "extension/host/values.h"
#include "extension/session/database.h"
#include "extension/session/given_time.h"
#include "extension/session/own_table_seal.h"
#include "extension/table/temporal_tables.h"
#include "extension/times/system_time.h"

namespace spectradb::extension::feed {

namespace {

constexpr const char* kIsThere = "is there";

struct Defined {
  std::string name;
  std::string text;
};
using Definitions = std::map<int64_t, Defined>;  // by table_id

Result<Definitions> definitions_of(Database& database) {
  Definitions all;
  Query query(database.connection().handle(),
              "SELECT t.id, m.name, m.sql FROM " + database.qualified("_spectradb_tables") + " t JOIN " +
                  database.qualified("sqlite_master") +
                  " m ON m.type = 'table' AND m.name = t.name COLLATE NOCASE");
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.step());
    if (!row) return all;
    all[query.integer(0)] = {query.text(1), query.text(2)};
  }
}

// Returns the definition after the name, because RENAME changes the name in the text, too.
std::string_view behind_name(const Defined& table) {
  const size_t place = table.text.find(" USING ");
  return place == std::string::npos ? std::string_view(table.text)
                                    : std::string_view(table.text).substr(place);
}

class SchemaEvents final : public CommitPart {
 public:
  explicit SchemaEvents(Database& database) : database_(database) {}

  Status settle() override {
    if (!database_.catalog_seal().is_changed()) return Status::ok();
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_told, database_.has_table(kEventsOwnTable));
    return is_told ? change([this] { return tell(); }) : Status::ok();
  }

  Status begin_feed() {
    return change([this] { return begin_telling(); });
  }

 private:
  Status change(const std::function<Status()>& change) {
    SPECTRADB_ASSIGN_OR_RETURN(const std::string added, new_rows(database_, kEventsOwnTable, "event_no"));
    return change_own_table(database_, kEventsOwnTable, added, change);
  }

  Status tell() {
    SPECTRADB_ASSIGN_OR_RETURN(const Definitions now, definitions_of(database_));
    SPECTRADB_ASSIGN_OR_RETURN(const Definitions before, told());
    // Dropped tables come first, because another table may have the name of one.
    for (const auto& [id, table] : before)
      if (now.find(id) == now.end()) SPECTRADB_RETURN_IF_ERROR(insert(id, "drop table", table.name, nullptr));
    for (const auto& [id, table] : now) {
      const auto was = before.find(id);
      const bool is_new = was == before.end();
      if (!is_new && was->second.name == table.name && was->second.text == table.text) continue;
      const bool is_renamed = !is_new && was->second.name != table.name;
      const bool is_altered = !is_new && behind_name(was->second) != behind_name(table);
      const char* const operation = is_new                      ? "create table"
                                    : is_renamed && !is_altered ? "rename table"
                                                                : "alter table";
      SPECTRADB_RETURN_IF_ERROR(insert(id, operation, table.name, &table.text));
    }
    return Status::ok();
  }

  Status begin_telling() {
    sqlite3* db = database_.connection().handle();
    SPECTRADB_RETURN_IF_ERROR(
        execute(db, "CREATE TABLE " + database_.qualified(kEventsOwnTable) +
                        "(event_no INTEGER PRIMARY KEY, commit_no INTEGER NOT NULL, at_us INTEGER NOT NULL, "
                        "operation TEXT NOT NULL, table_id INTEGER NOT NULL, name TEXT NOT NULL, definition "
                        "TEXT)"));
    SPECTRADB_ASSIGN_OR_RETURN(const Definitions now, definitions_of(database_));
    for (const auto& [id, table] : now)
      SPECTRADB_RETURN_IF_ERROR(insert(id, kIsThere, table.name, &table.text));
    return Status::ok();
  }

  // Returns the definition of each table as the last event gave it; tables whose last event is a drop are
  // left out.
  Result<Definitions> told() {
    Definitions all;
    Query query(database_.connection().handle(), "SELECT table_id, name, definition FROM " +
                                                     database_.qualified(kEventsOwnTable) +
                                                     " ORDER BY event_no");
    for (;;) {
      SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.step());
      if (!row) return all;
      if (query.is_null(2)) {
        all.erase(query.integer(0));
      } else {
        all[query.integer(0)] = {query.text(1), query.text(2)};
      }
    }
  }

  Status insert(int64_t id, const char* operation, const std::string& name, const std::string* text) {
    SPECTRADB_ASSIGN_OR_RETURN(const uint64_t last, commit_before(database_));
    const KeptRowid kept(database_.connection().handle());
    Query query(
        database_.connection().handle(),
        "INSERT INTO " + database_.qualified(kEventsOwnTable) +
            "(commit_no, at_us, operation, table_id, name, definition) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    query.bind(1, static_cast<int64_t>(last + 1)).bind(2, database_.connection().statement_now());
    query.bind(3, std::string_view(operation)).bind(4, id).bind(5, std::string_view(name));
    if (text != nullptr) query.bind(6, std::string_view(*text));
    return query.run();
  }

  Database& database_;
};

enum SchemaColumn : int {
  kEventNo,
  kEventCommit,
  kChangedAt,
  kEventTable,
  kEventOperation,
  kDefinition,
  kDefinitionBefore,
  kSinceArgument,
  kEventSchema
};

constexpr const char* kEventsDeclaration =
    "CREATE TABLE x(event_no INTEGER PRIMARY KEY, commit_no INTEGER, changed_at TEXT, table_name TEXT, "
    "operation "
    "TEXT, definition TEXT, before TEXT, since HIDDEN, schema HIDDEN) WITHOUT ROWID";

class SchemaChangesCursor final : public QueryCursor {
 public:
  explicit SchemaChangesCursor(Connection& connection) : QueryCursor(connection) {}

  Status filter(const FunctionArguments& arguments) override;
  Status column(sqlite3_context* context, int index) override {
    if (index > kDefinitionBefore) return Status::ok();
    if (index == kChangedAt) {
      give_instant(context, rows_->integer(index));
    } else {
      sqlite3_result_value(context, sqlite3_column_value(rows_->statement(), index));
    }
    return Status::ok();
  }
};

Status SchemaChangesCursor::filter(const FunctionArguments& arguments) {
  rows_.reset();
  SPECTRADB_ASSIGN_OR_RETURN(
      const std::string schema,
      schema_of_argument(connection_, arguments.argument(1), kSchemaChanges, arguments.schema()));
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<bool> hidden,
                             ask_to_read(connection_.handle(), schema, "sqlite_master", {"sql"}));
  if (!hidden.empty())
    return Status::invalid("spectradb_schema_changes: the schema may not be read: not authorized");
  const std::shared_ptr<Database> database = connection_.database(schema);
  uint64_t since = 0;
  if (const temporal::Value given = arguments.value(0); !given.is_null()) {
    SPECTRADB_ASSIGN_OR_RETURN(const uint64_t last, database->last_commit());
    SPECTRADB_ASSIGN_OR_RETURN(const SystemTime time,
                               to_system_time(*database, given, last, connection_.statement_now()));
    if (time.is_all)
      return Status::invalid("spectradb_schema_changes: 'all' is no time; leave it out for all changes");
    since = time.commit;
  }
  SPECTRADB_ASSIGN_OR_RETURN(const bool is_told, database->has_table(kEventsOwnTable));
  if (!is_told) return Status::ok();
  const std::string events = database->qualified(kEventsOwnTable);
  rows_ = std::make_unique<Query>(
      connection_.handle(),
      "SELECT event_no, commit_no, at_us, name, operation, definition, (SELECT b.definition FROM " + events +
          " b WHERE b.table_id = e.table_id AND b.event_no < e.event_no ORDER BY b.event_no DESC LIMIT 1) "
          "FROM " +
          events + " e WHERE commit_no > ?1 AND operation <> '" + kIsThere + "' ORDER BY event_no");
  rows_->bind(1, static_cast<int64_t>(since));
  return next();
}

}  // namespace

Status begin_schema_events(Database& database) {
  SPECTRADB_ASSIGN_OR_RETURN(const bool is_told, database.has_table(kEventsOwnTable));
  return is_told ? Status::ok() : SchemaEvents(database).begin_feed();
}

std::unique_ptr<CommitPart> make_schema_events(Database& database) {
  return std::make_unique<SchemaEvents>(database);
}

constinit const TableFunction kSchemaChangesTable = {
    kSchemaChanges,
    kEventsDeclaration,
    kSinceArgument,
    2,
    [](FunctionPlanner& planner) { planner.answer(1000, 100, 0); },
    [](Connection& connection) -> std::unique_ptr<FunctionCursor> {
      return std::make_unique<SchemaChangesCursor>(connection);
    }};

}  // namespace spectradb::extension::feed
