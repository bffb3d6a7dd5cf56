// Whether the entries of an index answer a query without the rows. Used inside xBestIndex.
#pragma once

#include "extension/read/plan.h"

namespace spectradb::extension {

// Whether entries tell all that a query asks of a row, with few exceptions, where it is read at one instant
// of both times. `plan` has its times; a time that is no literal is assumed to be an instant.
bool covers(const temporal::IndexSchema& index, const temporal::TableSchema& schema, const Plan& plan,
            sqlite3_index_info* info);

}  // namespace spectradb::extension
