// Rows as JSON text: an object of column names and values.
//
// Integers and reals are numbers (a real always has a point or an exponent; infinities are ±9e999, which
// SQLite reads back as such), text is a string, NULL is null, a blob is a string of the form X'0102', as
// SQLite's quote() writes it. A document is embedded as it stands.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "temporal/row_codec.h"
#include "temporal/schema.h"
#include "temporal/value.h"

namespace spectradb::temporal {

void append_json(std::string& out, const Value& value);
// Appends the row that `reader` is bound to. `hidden` says for each column whether it is shown as null;
// empty: none.
Status append_row_json(std::string& out, const TableSchema& schema, RowReader& reader,
                       const std::vector<bool>& hidden = {});
// Appends a JSON array of the key's columns.
Status append_key_json(std::string& out, const TableSchema& schema, RowReader& reader,
                       const std::vector<bool>& hidden = {});

}  // namespace spectradb::temporal
