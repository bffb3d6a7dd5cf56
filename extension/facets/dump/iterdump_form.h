// The query by which Python's Connection.iterdump() asks for the rows of _spectradb. The text that it writes cannot be read
// back, since it has the rows of virtual tables beside those of the tables that keep them, and nobody would know before the
// day on which it is wanted. So that query is an error, which names spectradb_dump.
#pragma once

#include "sql/statements/statement_form.h"

namespace spectradb::extension::dump {

extern const sql::StatementForm kIterdumpForm;

}  // namespace spectradb::extension::dump
