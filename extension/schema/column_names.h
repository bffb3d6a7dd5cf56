// Names of a table's columns, which SQLite compares without regard to case. Any thread.
#pragma once

#include <string>

#include "temporal/schema.h"

namespace spectradb::extension {

// The column's place, or -1.
int column_named(const temporal::TableSchema& schema, const std::string& name);
bool has_column(const temporal::TableSchema& schema, const char* name);

// The name that a table's integer key answers to beside its column's own: rowid, or _rowid where a column is called rowid.
std::string name_of_rowid(const temporal::TableSchema& schema);

}  // namespace spectradb::extension
