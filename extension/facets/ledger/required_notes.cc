#include "extension/facets/ledger/required_notes.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "extension/access/read_only.h"
#include "extension/host/query.h"
#include "extension/host/values.h"
#include "extension/session/annotations.h"
#include "extension/session/database.h"
#include "extension/session/own_table_seal.h"
#include "extension/session/transaction.h"
#include "extension/session/write_scope.h"

namespace spectradb::extension::ledger {

using temporal::Value;

namespace {

Result<std::vector<std::string>> required_names(Database& database) {
  std::vector<std::string> names;
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, database.has_table(kRequiredNotesTable));
  if (!there) return names;
  Query query(database.connection().handle(),
              "SELECT name FROM " + database.qualified(kRequiredNotesTable) + " ORDER BY name");
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.step());
    if (!row) return names;
    names.push_back(query.text(0));
  }
}

class RequiredNotes final : public CommitPart {
 public:
  explicit RequiredNotes(Database& database) : database_(database) {}

  // Notes may change while the facts stay the same, so it is asked at each attempt. Facts of another database's commit
  // have the notes that they had.
  Status check() override {
    if (database_.batch() == nullptr || database_.batch()->count() == 0) return Status::ok();
    SPECTRADB_ASSIGN_OR_RETURN(const bool are_any, are_any_required());
    const Annotations& annotations = database_.connection().part<Annotations>();
    if (!are_any || annotations.is_replay()) return Status::ok();
    SPECTRADB_ASSIGN_OR_RETURN(const std::vector<std::string> names, required_names(database_));
    const std::vector<const Annotation*> notes = annotations.list();
    for (const std::string& name : names) {
      const bool is_said = std::any_of(notes.begin(), notes.end(), [&](const Annotation* note) {
        return note->name == name && !(note->value.type == Value::Type::kText && note->text.empty());
      });
      if (!is_said)
        return Status::invalid("commits of " + database_.schema() + " must have the note " + name +
                               ": SELECT spectradb_annotate('" + name + "', …) between BEGIN and COMMIT");
    }
    return Status::ok();
  }

 private:
  // Asks once for each version of the schema. A version whose transaction is open may be given to another schema.
  Result<bool> are_any_required() {
    SPECTRADB_ASSIGN_OR_RETURN(const int64_t version, database_.schema_version());
    if (known_version_ == version) return known_;
    SPECTRADB_ASSIGN_OR_RETURN(const bool there, database_.has_table(kRequiredNotesTable));
    known_ = there;
    known_version_ = database_.catalog_seal().is_changed() ? std::nullopt : std::optional(version);
    return known_;
  }

  Database& database_;
  std::optional<int64_t> known_version_;
  bool known_ = false;
};

Result<std::vector<std::string>> names_of_arguments(const FunctionCall& call) {
  std::vector<std::string> names;
  for (int i = 0; i < call.count; ++i) {
    const Value name = from_sqlite(call.arguments[i]);
    if (name.is_null() && call.count == 1) return names;
    if (name.type != Value::Type::kText || name.bytes.empty())
      return Status::invalid("spectradb_require_notes takes names of notes, or NULL for none, not " +
                             spelled(name));
    names.emplace_back(name.bytes);
  }
  return names;
}

Status write_required(Database& database, const std::vector<std::string>& names) {
  sqlite3* db = database.connection().handle();
  const std::string table = database.qualified(kRequiredNotesTable);
  SPECTRADB_RETURN_IF_ERROR(
      execute(db, "CREATE TABLE IF NOT EXISTS " + table + "(name TEXT PRIMARY KEY) WITHOUT ROWID"));
  SPECTRADB_RETURN_IF_ERROR(execute(db, "DELETE FROM " + table));
  Query insert(db, "INSERT OR IGNORE INTO " + table + "(name) VALUES (?1)");
  for (const std::string& name : names)
    SPECTRADB_RETURN_IF_ERROR(insert.bind(1, std::string_view(name)).run());
  return Status::ok();
}

Status set_required(const std::shared_ptr<Database>& database, const std::vector<std::string>& names) {
  SPECTRADB_RETURN_IF_ERROR(
      check_may_write(database->connection(), database->schema(), std::string(kRequireNotes) + "()"));
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_store, database->has_store());
  if (!has_store)
    return Status::invalid("database " + database->schema() +
                           " has no temporal tables whose commits could have notes");
  WriteScope scope(*database);
  SPECTRADB_RETURN_IF_ERROR(scope.begin());
  SPECTRADB_RETURN_IF_ERROR(join_transaction(database));
  SPECTRADB_RETURN_IF_ERROR(database->catalog_seal().will_change());
  SPECTRADB_RETURN_IF_ERROR(change_own_table(*database, kRequiredNotesTable, kAllRows,
                                             [&] { return write_required(*database, names); }));
  return scope.keep();
}

}  // namespace

std::unique_ptr<CommitPart> make_required_notes(Database& database) {
  return std::make_unique<RequiredNotes>(database);
}

Status annotate_required(Database& database, WriteScope& scope, const temporal::Value& author,
                         const temporal::Value& reason) {
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, database.has_table(kRequiredNotesTable));
  if (!there) return Status::ok();
  const std::pair<const char*, const temporal::Value*> notes[] = {{"author", &author}, {"reason", &reason}};
  for (const auto& [name, value] : notes) {
    Query required(database.connection().handle(),
                   "SELECT 1 FROM " + database.qualified(kRequiredNotesTable) + " WHERE name = ?1");
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_required, required.bind(1, std::string_view(name)).step());
    if (is_required && !value->is_null()) SPECTRADB_RETURN_IF_ERROR(scope.annotate(name, *value));
  }
  return Status::ok();
}

Status require_notes(const FunctionCall& call) {
  const std::shared_ptr<Database> database = call.connection.database("main");
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<std::string> wanted, names_of_arguments(call));
  if (call.count > 0) SPECTRADB_RETURN_IF_ERROR(set_required(database, wanted));
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, database->has_table(kRequiredNotesTable));
  Query query(call.connection.handle(), there
                                            ? "SELECT json_group_array(name) FROM (SELECT name FROM " +
                                                  database->qualified(kRequiredNotesTable) + " ORDER BY name)"
                                            : std::string("SELECT '[]'"));
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.step());
  if (row) sqlite3_result_value(call.context, sqlite3_column_value(query.statement(), 0));
  return Status::ok();
}

}  // namespace spectradb::extension::ledger
