#include "extension/access/damaged_pages.h"

#include "extension/host/query.h"
#include "extension/session/database.h"

namespace spectradb::extension {

namespace {

// Returns what is wrong first; empty: nothing.
Result<std::string> first_fault(Database& database, const std::string& table) {
  Query pages(database.connection().handle(),
              "PRAGMA " + quoted(database.schema()) + ".integrity_check(" + quoted(table) + ")");
  const Result<bool> row = pages.step();
  if (!row && row.status().code() == Code::kCorrupt) return row.status().message();
  if (!row) return row.status();
  const std::string told = *row ? pages.text(0) : "ok";
  return told == "ok" ? std::string() : told;
}

}  // namespace

Result<std::vector<std::string>> damaged_pages(Database& database) {
  std::vector<std::string> sentences;
  Query tables(database.connection().handle(),
               "SELECT name FROM " + database.qualified("sqlite_master") +
                   " WHERE type = 'table' AND name LIKE '\\_spectradb\\_%' ESCAPE '\\' ORDER BY 1");
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, tables.step());
    if (!row) return sentences;
    const std::string table = tables.text(0);
    SPECTRADB_ASSIGN_OR_RETURN(const std::string fault, first_fault(database, table));
    if (fault.empty()) continue;
    sentences.push_back("the pages of " + table + " in the database are damaged: " + fault +
                        ": PRAGMA integrity_check tells all of it; restore the database from a backup");
  }
}

}  // namespace spectradb::extension
