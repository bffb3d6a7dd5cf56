// Rewrites a PRAGMA about a temporal table, as a statement of the hook:
//
//   PRAGMA main.table_info(t)   ->   SELECT * FROM pragma_table_info('t', 'main')
//
// A PRAGMA about an ordinary table stays as it is. Used by the thread that uses the connection.
#pragma once

#include "sql/statements/statement_form.h"

namespace spectradb::extension {

extern const sql::StatementForm kPragmaForm;

}  // namespace spectradb::extension
