// Detects INSERT … RETURNING whose text did not go through the rewriter: SQLite returns the values that the
// statement gives, not those that the table stores (assigned keys, DEFAULTs, generated columns). Used by the
// connection's thread.
#pragma once

#include "base/status.h"

namespace spectradb::extension {

class Table;

// kInvalid when a running statement is such an INSERT on this table. Call it at the first row that a
// statement inserts.
Status refuse_unseen_returning(const Table& table);

}  // namespace spectradb::extension
