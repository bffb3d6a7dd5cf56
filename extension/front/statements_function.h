// spectradb_statements(script [, skip]): the statements of a script, one by one, for hosts that are not hooked. The
// connection's thread.
#pragma once

namespace spectradb::extension {

struct TableFunction;

const TableFunction& statements_table();

}  // namespace spectradb::extension
