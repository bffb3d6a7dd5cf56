// Checks rows against column types that facets add (extension/facet/column_type.h). Used by the thread that
// uses the connection.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "extension/schema/definition.h"
#include "temporal/row_codec.h"
#include "temporal/value.h"

namespace spectradb::extension {

// `row` has an entry for each column. kInvalid names the table, the column and the row: "emb.e: JSON element
// 17 is not a finite number (in the row where doc = 5)".
Status check_types(const Definition& definition, const std::vector<temporal::Value>& row);

// Returns " (in the row where doc = 5, model = 'a')", which ends a message about a value of this row; nothing
// where the key has no column, or is too long to be read.
std::string named_row(const temporal::TableSchema& schema, const std::vector<temporal::Value>& row);
std::string named_row(const temporal::TableSchema& schema, temporal::RowReader& row);

// Checks the values that older rows show in columns that were added later.
Status check_types_of_older_rows(const Definition& definition);

}  // namespace spectradb::extension
