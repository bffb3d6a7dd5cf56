#include "extension/access/own_tables.h"

namespace spectradb::extension {

namespace {

// Restricts a query of the schema to entries of our own tables.
constexpr const char* kOfOurs = " AND tbl_name LIKE '\\_spectradb\\_%' ESCAPE '\\'";
// Leaves out tables with triggers of our own, which are checked before they run
// (extension/write/reference_table.h).
constexpr const char* kWithoutReferences =
    " AND tbl_name NOT LIKE '\\_spectradb\\_references\\_%' ESCAPE '\\'";

}  // namespace

OwnTables::OwnTables(sqlite3* db, const std::string& schema)
    : db_(db), schema_(schema), version_(db, "PRAGMA " + quoted(schema) + ".schema_version") {}

Status OwnTables::check_kinds() {
  Query other(db_, "SELECT name, type FROM " + quoted(schema_) +
                       ".sqlite_master WHERE (type = 'view' OR (type = 'table' AND rootpage = 0))" + kOfOurs +
                       " LIMIT 1");
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, other.step());
  if (!row) return Status::ok();
  return Status::corrupt(other.text(0) + " of database " + schema_ +
                         " is no ordinary table: somebody has put it in the place of one of SpectraDB's own");
}

Status OwnTables::check_triggers() {
  {
    QueryScope scope(version_);
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, version_.step());
    if (row && checked_version_ == version_.integer(0)) return Status::ok();
    checked_version_ = version_.integer(0);
  }
  Query trigger(db_, "SELECT name, tbl_name FROM " + quoted(schema_) +
                         ".sqlite_master WHERE type = 'trigger'" + kOfOurs + kWithoutReferences + " LIMIT 1");
  Result<bool> row = trigger.step();
  if (row && !*row) return Status::ok();
  checked_version_.reset();
  if (!row) return row.status();
  return Status::invalid("trigger " + trigger.text(0) + " is on " + trigger.text(1) +
                         ", a table of SpectraDB's own, where it could make commits vanish: DROP TRIGGER " +
                         schema_ + "." + quoted(trigger.text(0)));
}

}  // namespace spectradb::extension
