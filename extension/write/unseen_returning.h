// INSERT … RETURNING whose text did not go through the rewriter: SQLite returns what the statement gives, not what the
// table stores (keys that it assigns, DEFAULTs, generated columns). The connection's thread.
#pragma once

#include "base/status.h"

namespace spectradb::extension {

class Table;

// kInvalid when a statement under way is such a one on this table. To be asked at the first row that a statement inserts.
Status refuse_unseen_returning(const Table& table);

}  // namespace spectradb::extension
