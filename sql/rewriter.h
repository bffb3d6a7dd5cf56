// Rewrites temporal SQL into SQLite's SQL. It works on text only: it asks a Catalog what a name is and knows
// nothing of SQLite's API. Any thread; no state.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/status.h"
#include "sql/shape/catalog.h"
#include "sql/statements/statement_form.h"

namespace spectradb::sql {

// Returns true when the first statement contains a word that could start anything temporal: a cheap scan
// without false negatives. A statement for which it returns false can go to SQLite as it is.
bool may_be_temporal(std::string_view sql, const StatementForms& forms = StatementForms::own());

// Says the same of a whole script, and whether it has words of other systems (foreign_forms.h), in one scan.
struct ScriptLook {
  bool may_be_temporal = false;
  bool may_be_foreign = false;
};
ScriptLook look_at_script(std::string_view script, const StatementForms& forms = StatementForms::own());

struct Rewritten {
  bool changed = false;  // false: give SQLite the caller's own text
  std::string text;      // the statement to prepare instead, when changed
  size_t consumed = 0;   // bytes of the input that the first statement takes, ';' included
  size_t begin =
      0;  // when changed: the bytes that `text` replaces, without blanks, comments and ';' around them
  size_t end = 0;
  bool ranks = false;  // an index was told of an ORDER BY … LIMIT (sql/rewrite/ranking_rewriter.cc)
};

// Rewrites the first statement of `sql`. kInvalid, with a sentence for the user, when a temporal clause is
// malformed, stands in a wrong place, or binds no temporal table. Plain syntax errors pass through unchanged
// for SQLite to report. Parameters keep their numbers: the n-th '?' becomes ?n, and where moved text would
// number a :name otherwise, a common table in front that nobody reads names the parameters in their old
// order. Without `may_rank`, no ORDER BY is given to an index: for a statement that SQLite cannot prepare
// with it.
Result<Rewritten> rewrite_statement(std::string_view sql, Catalog& catalog, bool may_rank = true);

// Rewrites all statements: spectradb_sql('…') returns the result.
Result<std::string> rewrite_script(std::string_view sql, Catalog& catalog);

}  // namespace spectradb::sql
