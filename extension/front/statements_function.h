// spectradb_statements(script [, skip]) returns the statements of a script one by one, for hosts that are not
// hooked. Used by the connection's thread.
#pragma once

namespace spectradb::extension {

struct TableFunction;

const TableFunction& statements_table();

}  // namespace spectradb::extension
