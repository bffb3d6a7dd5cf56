// Generated columns that rows lack because they are older than the column: ALTER TABLE ADD COLUMN … AS (…).
#pragma once

#include "extension/schema/definition.h"

namespace spectradb::extension {

// Makes readers of the table compute them, where the table was altered and has generated columns.
void compute_missing_columns(Definition& definition);

}  // namespace spectradb::extension
