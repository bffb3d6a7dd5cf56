// spectradb_audit(table [, from [, to [, schema]]]): what became of the rows of a table, for somebody who files it: who, why,
// before, after, and the digest of each commit. Used by the thread that uses the connection.
#pragma once

#include "extension/functions/table_function.h"

namespace spectradb::extension::ledger {

inline constexpr const char* kAudit = "spectradb_audit";

extern const TableFunction kAuditTable;

}  // namespace spectradb::extension::ledger
