// Embedding spaces decide where a table is searched, at any time, and two of them, or two times, can be
// compared.
#include "extension/facet/facet.h"

#include "extension/access/read_only.h"
#include "extension/facets/vector_spaces/current_space.h"
#include "extension/facets/vector_spaces/retrieval_diff.h"
#include "extension/facets/vector_spaces/searched_table.h"
#include "extension/host/values.h"

namespace spectradb::extension {

namespace {

constexpr const char* kSpaceName = "spectradb_space";

// spectradb_space(table [, space]) returns the table's space, or sets it.
Status space(const FunctionCall& call) {
  SPECTRADB_ASSIGN_OR_RETURN(
      SearchedTable table,
      find_searched_table(call.connection, from_sqlite(call.arguments[0]), {}, kSpaceName));
  if (call.count == 1) {
    SPECTRADB_ASSIGN_OR_RETURN(std::optional<Space> current,
                               current_space(*table.database, table.name, std::nullopt));
    if (current) give(call.context, current->value());
    return Status::ok();
  }
  SPECTRADB_RETURN_IF_ERROR(check_may_write(call.connection, table.database->schema(), "spectradb_space()"));
  if (table.partition.empty()) {
    return Status::invalid(
        "spectradb_space: table " + table.name +
        " has no vector index that is partitioned by one column, which would name its spaces");
  }
  SPECTRADB_RETURN_IF_ERROR(set_current_space(*table.database, table.name, from_sqlite(call.arguments[1])));
  sqlite3_result_value(call.context, call.arguments[1]);
  return Status::ok();
}

constexpr Function kVectorSpacesFunctions[] = {{kSpaceName, 1, SQLITE_DIRECTONLY, space},
                                               {kSpaceName, 2, SQLITE_DIRECTONLY, space}};

using enum Help::Kind;
constexpr Help kVectorSpacesHelp[] = {
    {kSpaceName, kFunction, "spectradb_space(table [, space])",
     "The embedding space that the table is searched in where a statement says none, or sets it from this "
     "commit on; "
     "spaces are the values of the column that its vector index is partitioned by.",
     "CREATE TABLE chunks (id INTEGER, model TEXT, e VECTOR(2), PRIMARY KEY (id, model)) WITH SYSTEM "
     "VERSIONING; CREATE "
     "VECTOR INDEX chunks_e ON chunks (e) PARTITION BY (model); INSERT INTO chunks VALUES (1, 'a', '[1, "
     "0]'), (2, 'a', "
     "'[0, 1]'), (1, 'b', '[0, 1]'), (2, 'b', '[1, 0]'); SELECT spectradb_space('chunks', 'a');"},
    {"spectradb_retrieval_diff", kTable, "spectradb_retrieval_diff(table, queries, a, b, k)",
     "For each query what two spaces, or times, find among their nearest k: how many in common, how ranks "
     "differ, and "
     "recall where the queries have labels.",
     "CREATE TABLE questions (id INTEGER, model TEXT, e); INSERT INTO questions VALUES (1, 'a', '[1, 0]'), "
     "(1, 'b', "
     "'[1, 0]'); SELECT query, overlap, a, b FROM spectradb_retrieval_diff('chunks', 'questions', 'a', 'b', "
     "1);"},
};

constexpr const TableFunction* kVectorSpacesTables[] = {&kRetrievalDiff};

}  // namespace

const Facet& facet_vector_spaces() {
  static constexpr Facet kFacet{.name = "vector_spaces",
                                .functions = kVectorSpacesFunctions,
                                .table_functions = kVectorSpacesTables,
                                .help = kVectorSpacesHelp};
  return kFacet;
}

}  // namespace spectradb::extension
