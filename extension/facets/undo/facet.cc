// Shows who changed what, and undoes changes.
#include "extension/facet/facet.h"

#include "extension/facets/undo/blame.h"
#include "extension/facets/undo/revert.h"
#include "extension/facets/undo/undrop.h"

namespace spectradb::extension {

namespace {

constexpr Function reverting(int argument_count) {
  return {.name = "spectradb_revert",
          .argument_count = argument_count,
          .flags = SQLITE_DIRECTONLY,
          .call = undo::revert,
          .effect = Function::Effect::kWritesRows};
}
constexpr Function kUndoFunctions[] = {reverting(1),
                                       reverting(2),
                                       reverting(3),
                                       reverting(4),
                                       {"spectradb_undrop", 1, SQLITE_DIRECTONLY, undo::undrop},
                                       {"spectradb_undrop", 2, SQLITE_DIRECTONLY, undo::undrop}};

constexpr Help kUndoHelp[] = {
    {"spectradb_blame", Help::Kind::kTable, "spectradb_blame(table, key [, schema])",
     "Of each column of a row: its value, and the commit that gave it, with time and notes.",
     "SELECT column_name, value, commit_no FROM spectradb_blame('prices', 'tea');"},
    {"spectradb_revert", Help::Kind::kFunction, "spectradb_revert(commit [, table [, 'force' [, schema]]])",
     "Puts back what a commit changed, in a commit of its own, and gives the number of pieces that it wrote. "
     "What was "
     "changed since is an error that lists it, unless forced.",
     "SELECT spectradb_revert(spectradb_commit());"},
    {"spectradb_undrop", Help::Kind::kFunction, "spectradb_undrop(name | table_id [, schema])",
     "Brings back a temporal table that was dropped, with its history and indexes, unless "
     "spectradb_compact() has given its "
     "space back.",
     "CREATE TABLE brief (a) WITH SYSTEM VERSIONING; DROP TABLE brief; SELECT spectradb_undrop('brief');"},
    {"spectradb_dropped", Help::Kind::kTable, "spectradb_dropped([schema])",
     "The temporal tables that were dropped and can come back, the last one first.",
     "SELECT table_name, after_commit FROM spectradb_dropped;"},
};

}  // namespace

const Facet& facet_undo() {
  static const TableFunction* const tables[] = {&undo::kBlameTable, &undo::kDroppedTable};
  static const Facet facet{
      .name = "undo", .functions = kUndoFunctions, .table_functions = tables, .help = kUndoHelp};
  return facet;
}

}  // namespace spectradb::extension
