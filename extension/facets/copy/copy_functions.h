// COPY as functions: what the statement is rewritten to, and what hosts without the hook call.
#pragma once

#include "extension/facet/function.h"
#include "extension/functions/table_function.h"

namespace spectradb::extension::copy {

inline constexpr const char* kCopy = "spectradb_copy";
inline constexpr const char* kRead = "spectradb_read";

// spectradb_copy('COPY …') returns the number of rows.
Status copy(const FunctionCall& call);
// spectradb_copy('COPY …') as a table: one row that says what was done.
extern const TableFunction kCopyTable;
// spectradb_read(file [, options]): a row for each record.
extern const TableFunction kReadTable;

}  // namespace spectradb::extension::copy
