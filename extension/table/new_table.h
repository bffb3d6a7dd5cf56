// What a table must be like that is made temporal, or renamed, beyond what its definition says. Tables that are there
// already are not asked. Any thread, with the connection.
#pragma once

#include <string>

#include "base/status.h"
#include "extension/host/api.h"
#include "extension/schema/definition.h"

namespace spectradb::extension {

// kInvalid: it is the name of a function or table of ours, which it would hide.
Status check_table_name(const std::string& name);
// kInvalid: with the hidden columns it has more than SQLite allows.
Status check_column_count(sqlite3* db, const Definition& definition);

}  // namespace spectradb::extension
