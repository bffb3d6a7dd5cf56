// Reads CREATE FULLTEXT INDEX, which becomes CREATE INDEX on a call (extension/facets/text/text_index.h):
//
//   CREATE FULLTEXT INDEX [IF NOT EXISTS] [schema.]name ON table (column, …)
//     [WITH (tokenizer = 'porter unicode61', prefix = '2 3')]
#pragma once

#include "sql/statements/statement_form.h"

namespace spectradb::extension {

extern const sql::StatementForm kTextIndexForm;

}  // namespace spectradb::extension
