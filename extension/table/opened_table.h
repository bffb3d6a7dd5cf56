// A temporal table that our own tables name, as SQLite has it.
#pragma once

#include <string>

#include "base/status.h"

namespace spectradb::extension {

class Database;
class Table;

// Never null. Where SQLite cannot read the table's definition, its error: an interrupt, an authorizer's no or a lock is
// no damage. kCorrupt where there is no such temporal table.
Result<const Table*> opened_table(Database& database, const std::string& name);

}  // namespace spectradb::extension
