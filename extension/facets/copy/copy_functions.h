// Has COPY as functions: the statement is rewritten to one, and hosts without the hook call them.
#pragma once

#include "extension/facet/function.h"
#include "extension/functions/table_function.h"

namespace spectradb::extension::copy {

inline constexpr const char* kCopy = "spectradb_copy";
inline constexpr const char* kRead = "spectradb_read";

// spectradb_copy('COPY …') returns the number of rows.
Status copy(const FunctionCall& call);
// spectradb_copy('COPY …') as a table returns one row that says what was done.
extern const TableFunction kCopyTable;
// spectradb_read(file [, options]) returns a row for each record.
extern const TableFunction kReadTable;

}  // namespace spectradb::extension::copy
