#include "extension/access/intruders.h"

#include "extension/host/query.h"
#include "extension/session/database.h"
#include "extension/table/new_table.h"

namespace spectradb::extension {

namespace {

// An index of ours has no text of its own: it belongs to a PRIMARY KEY or UNIQUE of its table. The ledger has one that
// has (facets/ledger/entries.cc); its whole text is compared. Triggers on the tables
// by which SQLite follows foreign keys are ours, or removed before they run (extension/write/reference_table.h).
constexpr const char* kOfOthers =
    ".sqlite_master WHERE (type = 'trigger' OR (type = 'index' AND sql IS NOT NULL)) AND tbl_name LIKE "
    "'\\_spectradb\\_%' ESCAPE '\\' AND tbl_name NOT LIKE '\\_spectradb\\_references\\_%' ESCAPE '\\' AND "
    "sql "
    "IS NOT 'CREATE INDEX \"_spectradb_ledger_catalogs\" ON _spectradb_ledger(entry) WHERE seed IS NULL' "
    "ORDER "
    "BY 1, 2";

Status add_intruders(Database& database, const std::string& schema, std::vector<std::string>* sentences) {
  sqlite3* db = database.connection().handle();
  Query found(db, "SELECT type, name, tbl_name FROM " + quoted(schema) + kOfOthers);
  Query there(db, "SELECT 1 FROM " + database.qualified("sqlite_master") + " WHERE name = ?1 COLLATE NOCASE");
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, found.step());
    if (!row) return Status::ok();
    const std::string what = found.text(0);
    const std::string name = found.text(1);
    const std::string table = found.text(2);
    const QueryScope scope(there);
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_ours, there.bind(1, std::string_view(table)).step());
    if (!is_ours) continue;  // a trigger of temp on a table of another database
    sentences->push_back(
        what + " " + name + " of " + schema + " is on " + table +
        ", a table of SpectraDB's own, and may stop what is written to temporal tables: DROP " +
        (what == "index" ? "INDEX " : "TRIGGER ") + quoted(schema) + "." + quoted(name));
  }
}

// Hosts without the hook, and tools without the extension, make such tables unasked.
Status add_hiding(Database& database, const std::string& schema, std::vector<std::string>* sentences) {
  Query found(
      database.connection().handle(),
      "SELECT type, name FROM " + quoted(schema) +
          ".sqlite_master WHERE type IN ('table', 'view') AND name LIKE 'spectradb\\_%' ESCAPE '\\' ORDER "
          "BY 2");
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, found.step());
    if (!row) return Status::ok();
    const std::string what = found.text(0);
    const std::string name = found.text(1);
    if (!would_hide_ours(name)) continue;
    const std::string place = quoted(schema) + "." + quoted(name);
    sentences->push_back(what + " " + name + " of " + schema + " hides what SpectraDB has of that name: " +
                         (what == "view" ? "DROP VIEW " + place : "ALTER TABLE " + place + " RENAME TO …"));
  }
}

}  // namespace

Result<std::vector<std::string>> intruders(Database& database) {
  std::vector<std::string> sentences;
  for (const auto& add : {add_intruders, add_hiding}) {
    SPECTRADB_RETURN_IF_ERROR(add(database, database.schema(), &sentences));
    if (database.schema() != "temp") SPECTRADB_RETURN_IF_ERROR(add(database, "temp", &sentences));
  }
  return sentences;
}

}  // namespace spectradb::extension
