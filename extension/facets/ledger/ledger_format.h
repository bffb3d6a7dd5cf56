// The formats of databases that keep a ledger (session/formats.h). Used by the thread that uses the connection.
#pragma once

#include <string_view>

#include "base/status.h"

namespace spectradb::extension {
class Database;
}

namespace spectradb::extension::ledger {

// Gives a database with a ledger this format, unless it has a later one. The transaction is the caller's.
Status need_format(Database& database, std::string_view format);

}  // namespace spectradb::extension::ledger
