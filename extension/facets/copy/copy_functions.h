// COPY as functions: what COPY itself is rewritten to, and what every host has.
#pragma once

#include "extension/facet/function.h"
#include "extension/functions/table_function.h"

namespace spectradb::extension::copy {

inline constexpr const char* kCopy = "spectradb_copy";
inline constexpr const char* kRead = "spectradb_read";

// spectradb_copy('COPY …') -> the number of rows
Status copy(const FunctionCall& call);
// spectradb_copy('COPY …'): one row, of what was done
extern const TableFunction kCopyTable;
// spectradb_read(file [, options]): a row for each record
extern const TableFunction kReadTable;

}  // namespace spectradb::extension::copy
