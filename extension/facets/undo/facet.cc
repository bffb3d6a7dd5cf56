// Who changed what.
#include "extension/facet/facet.h"

#include "extension/facets/undo/blame.h"

namespace spectradb::extension {

namespace {

constexpr Help kUndoHelp[] = {
    {"spectradb_blame", Help::Kind::kTable, "spectradb_blame(table, key [, schema])",
     "Of each column of a row: its value, and the commit that gave it, with time and notes.",
     "SELECT column_name, value, commit_no FROM spectradb_blame('prices', 'tea');"},
};

}  // namespace

const Facet& facet_undo() {
  static const TableFunction* const tables[] = {&undo::kBlameTable};
  static const Facet facet{.name = "undo", .table_functions = tables, .help = kUndoHelp};
  return facet;
}

}  // namespace spectradb::extension
