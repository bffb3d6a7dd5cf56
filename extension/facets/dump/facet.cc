// Writes a database with its history as SQL text, which makes it anew elsewhere.
#include "extension/facet/facet.h"

#include "extension/facets/dump/dump_functions.h"
#include "extension/facets/dump/iterdump_form.h"

namespace spectradb::extension {

namespace {

constexpr Function kDumpFunctions[] = {{.name = dump::kDump,
                                        .argument_count = 1,
                                        .flags = SQLITE_DIRECTONLY,
                                        .call = dump::dump,
                                        .effect = Function::Effect::kOther},
                                       {.name = dump::kDump,
                                        .argument_count = 2,
                                        .flags = SQLITE_DIRECTONLY,
                                        .call = dump::dump,
                                        .effect = Function::Effect::kOther},
                                       {.name = dump::kRestore,
                                        .argument_count = 1,
                                        .flags = SQLITE_DIRECTONLY,
                                        .call = dump::restore,
                                        .effect = Function::Effect::kOther},
                                       {.name = dump::kRestoreCommit,
                                        .argument_count = 2,
                                        .flags = SQLITE_DIRECTONLY,
                                        .call = dump::restore_commit,
                                        .effect = Function::Effect::kOther},
                                       {.name = dump::kRestoreCommit,
                                        .argument_count = 3,
                                        .flags = SQLITE_DIRECTONLY,
                                        .call = dump::restore_commit,
                                        .effect = Function::Effect::kOther},
                                       {.name = dump::kRestoreCounter,
                                        .argument_count = 2,
                                        .flags = SQLITE_DIRECTONLY,
                                        .call = dump::restore_counter,
                                        .effect = Function::Effect::kOther}};

constexpr Help kDumpHelp[] = {
    {dump::kDump, Help::Kind::kTable, "spectradb_dump([schema])",
     "A database with all of its history as SQL, a statement a row, which makes it anew in an empty one.",
     "SELECT sql FROM spectradb_dump LIMIT 3;"},
    {dump::kDump, Help::Kind::kFunction, "spectradb_dump(file [, schema])",
     "Writes the same into a file, compressed where its name ends in .gz or .zst: the number of statements.",
     "SELECT spectradb_dump('help.sql.zst');"},
    {dump::kRestore, Help::Kind::kFunction, "spectradb_restore(file)",
     "Runs a dump in an empty main database, in every host: the number of commits.",
     "SELECT 1 WHERE (SELECT count(*) FROM sqlite_schema) = 0 AND spectradb_restore('help.sql.zst');"},
    {dump::kRestoreCommit, Help::Kind::kFunction, "spectradb_restore_commit(number, time [, 'empty'])",
     "Begins a commit of a dump in the open transaction: the next one, with the time that it had; the "
     "INSERTs behind it are its facts, as they were.",
     "BEGIN; SELECT spectradb_restore_commit(spectradb_commit() + 1, 'now', 'empty'); ROLLBACK;"},
    {dump::kRestoreCounter, Help::Kind::kFunction, "spectradb_restore_counter(table, highest_key)",
     "Lets a table with AUTOINCREMENT give no key up to this one, as a dump does: the highest that was so "
     "far.",
     "CREATE TABLE ticket (no INTEGER PRIMARY KEY AUTOINCREMENT) WITH SYSTEM VERSIONING; SELECT "
     "spectradb_restore_counter('ticket', 41); DROP TABLE ticket;"},
};

}  // namespace

const Facet& facet_dump() {
  static const TableFunction* const tables[] = {&dump::kDumpTable};
  static const sql::StatementForm* const forms[] = {&dump::kIterdumpForm};
  static const Facet facet{.name = "dump",
                           .functions = kDumpFunctions,
                           .table_functions = tables,
                           .help = kDumpHelp,
                           .statement_forms = forms};
  return facet;
}

}  // namespace spectradb::extension
