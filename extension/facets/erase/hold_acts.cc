#include "extension/facets/erase/hold_acts.h"

#include "extension/access/gate.h"
#include "extension/facets/ledger/entries.h"
#include "extension/facets/ledger/required_notes.h"
#include "extension/host/kept_rowid.h"
#include "extension/host/query.h"
#include "extension/session/connection.h"
#include "extension/session/database.h"
#include "extension/session/write_scope.h"
#include "extension/table/temporal_tables.h"
#include "temporal/instant.h"

namespace spectradb::extension::erase {

using temporal::Value;

namespace {

constexpr const char* kHoldActs = "spectradb_hold_acts";

// kInvalid where something else has the name.
Status ensure_acts(Database& database) {
  sqlite3* const db = database.connection().handle();
  {
    Query is_there(
        db, "SELECT 1 FROM " + database.qualified("sqlite_master") + " WHERE name = ?1 COLLATE NOCASE");
    SPECTRADB_ASSIGN_OR_RETURN(const bool found, is_there.bind(1, std::string_view(kHoldActs)).step());
    is_there.reset();
    if (!found) {
      SPECTRADB_RETURN_IF_ERROR(
          ask_permission(db, SQLITE_CREATE_VTABLE, kHoldActs, "spectradb", database.schema().c_str()));
      SPECTRADB_RETURN_IF_ERROR(execute(
          db, "CREATE VIRTUAL TABLE " + database.qualified(kHoldActs) +
                  " USING spectradb(act_no INTEGER PRIMARY KEY, act TEXT NOT NULL, table_name TEXT NOT NULL, "
                  "since TEXT NOT NULL, reason, author)"));
    }
  }
  return find_temporal_table(database.connection(), Value::text(kHoldActs), database.schema(),
                             "spectradb_hold")
      .status();
}

}  // namespace

Status tell_hold_act(Database& database, WriteScope& scope, const HoldAct& act) {
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_ledger, ledger::Entries(database).are_kept());
  if (!has_ledger) return Status::ok();
  sqlite3* const db = database.connection().handle();
  const KeptRowid kept(db);
  SPECTRADB_RETURN_IF_ERROR(ensure_acts(database));
  const std::string sql = "INSERT INTO " + database.qualified(kHoldActs) +
                          "(act, table_name, since, reason, author) VALUES (?1, ?2, ?3, ?4, ?5)";
  SPECTRADB_RETURN_IF_ERROR(ask_for_statement(db, sql));
  const std::string since = temporal::format_instant(act.since_us);
  Query write(db, sql);
  write.bind(1, std::string_view(act.act)).bind(2, std::string_view(act.table));
  write.bind(3, std::string_view(since)).bind(4, act.reason).bind(5, act.author);
  SPECTRADB_RETURN_IF_ERROR(write.run());
  return ledger::annotate_required(database, scope, act.author, act.reason);
}

}  // namespace spectradb::extension::erase
