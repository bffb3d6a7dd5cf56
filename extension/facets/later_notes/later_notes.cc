#include "extension/facets/later_notes/later_notes.h"

#include <memory>
#include <optional>
#include <string>

#include "extension/access/gate.h"
#include "extension/access/read_only.h"
#include "extension/host/kept_rowid.h"
#include "extension/host/numbers.h"
#include "extension/host/values.h"
#include "extension/session/database.h"
#include "extension/session/write_scope.h"
#include "extension/table/temporal_tables.h"

namespace spectradb::extension::later_notes {

using temporal::Value;

namespace {

constexpr const char* kAnnotate = "spectradb_annotate";
constexpr const char* kLaterNotes = "spectradb_later_notes";

enum LaterNoteArgument : int { kNoteName, kNoteValue, kNotedCommit, kNotesSchema };

Status check_note(const Value& name, const Value& value) {
  if (name.type != Value::Type::kText || name.bytes.empty())
    return Status::invalid("an annotation is named by text, not " + spelled(name));
  if (value.type == Value::Type::kBlob)
    return Status::invalid("annotation " + std::string(name.bytes) +
                           ": a blob cannot be shown as JSON; use hex()");
  return Status::ok();
}

Result<int64_t> commit_of_note(Database& database, const Value& given) {
  const std::optional<int64_t> number = commit_number(given);
  if (!number || *number <= 0)
    return Status::invalid("spectradb_annotate takes the number of a commit as its third argument, not " +
                           spelled(given));
  SPECTRADB_ASSIGN_OR_RETURN(const uint64_t last, database.last_commit());
  if (static_cast<uint64_t>(*number) > last)
    return Status::invalid("spectradb_annotate: there is no commit " + std::to_string(*number) +
                           (last == 0 ? "" : ": the last one is " + std::to_string(last)));
  return *number;
}

// Makes the table where nothing has its name; kInvalid where something else has it.
Status ensure_table(Database& database) {
  sqlite3* const db = database.connection().handle();
  Query is_there(db,
                 "SELECT 1 FROM " + database.qualified("sqlite_master") + " WHERE name = ?1 COLLATE NOCASE");
  SPECTRADB_ASSIGN_OR_RETURN(const bool found, is_there.bind(1, std::string_view(kLaterNotes)).step());
  is_there.reset();
  if (!found) {
    const std::string create = "CREATE VIRTUAL TABLE " + database.qualified(kLaterNotes) +
                               " USING spectradb(commit_no INTEGER NOT NULL, name TEXT NOT NULL, value, "
                               "PRIMARY KEY (commit_no, name))";
    SPECTRADB_RETURN_IF_ERROR(
        ask_permission(db, SQLITE_CREATE_VTABLE, kLaterNotes, "spectradb", database.schema().c_str()));
    SPECTRADB_RETURN_IF_ERROR(execute(db, create));
  }
  const Result<TemporalTable> table =
      find_temporal_table(database.connection(), Value::text(kLaterNotes), database.schema(), kAnnotate);
  return table.status();
}

Status write_note(Database& database, int64_t commit, const Value& name, const Value& value) {
  sqlite3* const db = database.connection().handle();
  const std::string table = database.qualified(kLaterNotes);
  const std::string sql =
      value.is_null() ? "DELETE FROM " + table + " WHERE commit_no = ?1 AND name = ?2"
                      : "INSERT OR REPLACE INTO " + table + "(commit_no, name, value) VALUES (?1, ?2, ?3)";
  SPECTRADB_RETURN_IF_ERROR(ask_for_statement(db, sql));
  Query write(db, sql);
  write.bind(1, commit).bind(2, name);
  if (!value.is_null()) write.bind(3, value);
  return write.run();
}

}  // namespace

Status annotate_commit(const FunctionCall& call) {
  const Value name = from_sqlite(call.arguments[kNoteName]);
  const Value value = from_sqlite(call.arguments[kNoteValue]);
  SPECTRADB_RETURN_IF_ERROR(check_note(name, value));
  SPECTRADB_ASSIGN_OR_RETURN(
      const std::string schema,
      schema_of_argument(call.connection, call.count > kNotesSchema ? call.arguments[kNotesSchema] : nullptr,
                         kAnnotate));
  const std::shared_ptr<Database> database = call.connection.database(schema);
  // The host's authorizer is asked about what is to be done.
  SPECTRADB_RETURN_IF_ERROR(check_may_write(call.connection, database->schema(), kAnnotate));
  SPECTRADB_ASSIGN_OR_RETURN(const int64_t commit,
                             commit_of_note(*database, from_sqlite(call.arguments[kNotedCommit])));
  const KeptRowid kept(call.connection.handle());
  WriteScope scope(*database);
  SPECTRADB_RETURN_IF_ERROR(scope.begin());
  SPECTRADB_RETURN_IF_ERROR(ensure_table(*database));
  SPECTRADB_RETURN_IF_ERROR(write_note(*database, commit, name, value));
  SPECTRADB_RETURN_IF_ERROR(scope.keep());
  sqlite3_result_value(call.context, call.arguments[kNoteValue]);
  return Status::ok();
}

}  // namespace spectradb::extension::later_notes
