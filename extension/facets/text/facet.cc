// Full text search has indexes on words, and queries in FTS5's language, at any system and valid time.
#include "extension/facet/facet.h"

#include "extension/facets/text/text_functions.h"
#include "extension/facets/text/text_index.h"
#include "extension/facets/text/text_statement.h"

namespace spectradb::extension {

namespace {

using enum Help::Kind;

constexpr Help kTextHelp[] = {
    {"CREATE FULLTEXT INDEX", kStatement,
     "CREATE FULLTEXT INDEX name ON table (column, …) [WITH (tokenizer = 'porter unicode61', prefix = '2 "
     "3')]",
     "Makes column MATCH 'query' find words, in FTS5's query language and by its tokenizers, at any time.",
     "CREATE TABLE notes (id INTEGER PRIMARY KEY, title TEXT, body TEXT) WITH SYSTEM VERSIONING; CREATE "
     "FULLTEXT INDEX notes_text ON notes (title, body); INSERT INTO notes VALUES (1, 'Animals', 'The quick "
     "brown fox'), (2, 'Trees', 'A fox sleeps under an oak');"},
    {"_text", kColumn, "SELECT … FROM table WHERE _text MATCH 'query'",
     "All columns of the table's full-text index: words may stand in any of them.",
     "SELECT id FROM notes WHERE _text MATCH 'trees fox';"},
    {"_rank", kColumn, "SELECT _rank FROM table WHERE column MATCH 'query' ORDER BY _rank",
     "How well the row does, as FTS5's bm25() of the rows that the times show; smaller is better.",
     "SELECT id, round(_rank, 3) FROM notes WHERE _text MATCH 'fox OR oak' ORDER BY _rank LIMIT 10;"},
    {"_match", kColumn, "SELECT spectradb_snippet(table._match, …) FROM table WHERE column MATCH 'query'",
     "The row that MATCH has found, as the functions of full text take it; it shows nothing else.",
     "SELECT id, spectradb_highlight(notes._match, 1, '[', ']') FROM notes WHERE _text MATCH 'fox';"},
    {"spectradb_bm25", kFunction, "spectradb_bm25(table._match [, weight …])",
     "How well the row does, as _rank says, with a weight for each column of the index.",
     "SELECT id FROM notes WHERE _text MATCH 'fox OR trees' ORDER BY spectradb_bm25(notes._match, 10, 1);"},
    {"spectradb_highlight", kFunction, "spectradb_highlight(table._match, column, open, close)",
     "The text of a column of the index, counted from 0, with what MATCH has found between two texts.",
     "SELECT spectradb_highlight(notes._match, 1, '<b>', '</b>') FROM notes WHERE _text MATCH 'fox';"},
    {"spectradb_snippet", kFunction, "spectradb_snippet(table._match, column, open, close, ellipsis, words)",
     "So many words of a column of the index, or of the best one where it is negative, with what MATCH has "
     "found between "
     "two texts.",
     "SELECT spectradb_snippet(notes._match, -1, '[', ']', '…', 3) FROM notes WHERE _text MATCH 'fox';"},
};

}  // namespace

const Facet& facet_text() {
  static const IndexKind* const kinds[] = {&kTextIndex};
  static const sql::StatementForm* const forms[] = {&kTextIndexForm};
  static const Facet facet{.name = "text",
                           .functions = text_functions(),
                           .help = kTextHelp,
                           .index_kinds = kinds,
                           .statement_forms = forms};
  return facet;
}

}  // namespace spectradb::extension
