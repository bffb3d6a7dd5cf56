// Hybrid retrieval searches texts and vectors together.
#include "extension/facet/facet.h"

#include "extension/facets/search/search_function.h"

namespace spectradb::extension {

namespace {

using enum Help::Kind;

constexpr Help kSearchHelp[] = {
    {"spectradb_search", kTable, "spectradb_search(table, text, vector, k [, options])",
     "The k best rows that the words of a text and a vector find, by reciprocal rank fusion, of those that "
     "the times "
     "show and a filter leaves: key, score, text_rank, vector_rank, distance, snippet.",
     "CREATE TABLE papers (id INTEGER PRIMARY KEY, body TEXT, e VECTOR(2)) WITH SYSTEM VERSIONING; CREATE "
     "FULLTEXT "
     "INDEX papers_text ON papers (body); INSERT INTO papers VALUES (1, 'On whales', '[1, 0]'), (2, 'On "
     "ships', '[0, "
     "1]'); SELECT key, text_rank, vector_rank FROM spectradb_search('papers', 'whales', '[0, 1]', 10);"},
};

constexpr const TableFunction* kSearchTables[] = {&kSearch};

}  // namespace

const Facet& facet_search() {
  static constexpr Facet kFacet{.name = "search", .table_functions = kSearchTables, .help = kSearchHelp};
  return kFacet;
}

}  // namespace spectradb::extension
