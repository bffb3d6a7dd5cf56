// Temporal SQL in, SQLite's SQL out. Text only: the rewriter asks a Catalog what a name is and knows nothing
// of SQLite's API. Any thread; no state.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/status.h"
#include "sql/shape/catalog.h"
#include "sql/statements/statement_form.h"

namespace spectradb::sql {

// True when the first statement contains a word that could start anything temporal: a cheap scan, no false
// negatives. A statement for which this is false can go to SQLite as it is.
bool may_be_temporal(std::string_view sql, const StatementForms& forms = StatementForms::own());

// The same of a whole script, and whether it has words of other systems (foreign_forms.h), in one scan.
struct ScriptLook {
  bool may_be_temporal = false;
  bool may_be_foreign = false;
};
ScriptLook look_at_script(std::string_view script, const StatementForms& forms = StatementForms::own());

struct Rewritten {
  bool changed = false;  // false: give SQLite the caller's own text
  std::string text;      // the statement to prepare instead, when changed
  size_t consumed = 0;   // bytes of the input that the first statement takes, its ';' included
  size_t begin =
      0;  // when changed: the bytes that `text` replaces, without blanks, comments and ';' around them
  size_t end = 0;
  bool ranks = false;  // an ORDER BY … LIMIT was given to an index (sql/rewrite/ranking_rewriter.cc)
};

// The first statement of `sql`. kInvalid with a sentence for the user when a temporal clause is malformed,
// stands in a wrong place, or binds no temporal table; what is not ours to judge (plain syntax errors) is
// passed through unchanged for SQLite to report. Parameters keep their numbers: the n-th '?' becomes ?n, and
// where moved text would number a :name otherwise, a common table in front that nobody reads names them in
// the old order.
// `may_rank`: what SQLite cannot prepare with rankings, it may without.
Result<Rewritten> rewrite_statement(std::string_view sql, Catalog& catalog, bool may_rank = true);

// All statements, each rewritten: what spectradb_sql('…') returns.
Result<std::string> rewrite_script(std::string_view sql, Catalog& catalog);

}  // namespace spectradb::sql
