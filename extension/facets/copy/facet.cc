// COPY reads and writes rows in files.
#include "extension/facet/facet.h"

#include "extension/facets/copy/copy_functions.h"
#include "extension/facets/copy/copy_statement.h"

namespace spectradb::extension {

namespace {

constexpr Function kCopyFunctions[] = {{.name = copy::kCopy,
                                        .argument_count = 1,
                                        .flags = SQLITE_DIRECTONLY,
                                        .call = copy::copy,
                                        .effect = Function::Effect::kOther}};

constexpr Help kCopyHelp[] = {
    {"COPY", Help::Kind::kStatement,
     "COPY table [(columns)] FROM 'file' | COPY table [(columns)] TO 'file' | COPY (query) TO 'file' [WITH "
     "(option, …)]",
     "Takes rows from a file of CSV, tab-separated text or JSON lines, or writes one, or one of Parquet; .gz "
     "and .zst are compressed. WITH (HISTORY): all facts of a table, commit by commit.",
     "COPY (SELECT 1 AS one) TO '-';"},
    {copy::kCopy, Help::Kind::kFunction, "spectradb_copy('COPY …')",
     "COPY in every host: the number of rows.", "SELECT spectradb_copy('COPY prices TO ''-''');"},
    {copy::kCopy, Help::Kind::kTable, "spectradb_copy('COPY …')",
     "COPY in every host: the numbers of rows, of rejected ones, and of commits.",
     "SELECT rows FROM spectradb_copy('COPY (SELECT 1) TO ''-''');"},
    {copy::kRead, Help::Kind::kTable, "spectradb_read(file [, options])",
     "The records of a file as COPY reads them: line, byte, row as JSON, and what is wrong with it.",
     "COPY (SELECT 1 AS a) TO 'read.csv' WITH (OVERWRITE); SELECT line, row FROM "
     "spectradb_read('read.csv');"},
};

}  // namespace

const Facet& facet_copy() {
  static const TableFunction* const tables[] = {&copy::kCopyTable, &copy::kReadTable};
  static constexpr const sql::StatementForm* kForms[] = {&copy::kCopyForm};
  static const Facet facet{.name = "copy",
                           .functions = kCopyFunctions,
                           .table_functions = tables,
                           .help = kCopyHelp,
                           .statement_forms = kForms};
  return facet;
}

}  // namespace spectradb::extension
