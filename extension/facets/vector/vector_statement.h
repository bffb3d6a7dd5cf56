// Reads CREATE VECTOR INDEX, which becomes CREATE INDEX on a call (extension/facets/vector/vector_index.h):
//
//   CREATE VECTOR INDEX [IF NOT EXISTS] [schema.]name ON table (column)
//     [PARTITION BY (column, …)] [WITH (metric = cosine | l2, effort = number | exact, code = int4 | int8, list_size = number)]
#pragma once

#include "sql/statements/statement_form.h"

namespace spectradb::extension {

extern const sql::StatementForm kVectorIndexForm;

}  // namespace spectradb::extension
