// Sets options of a temporal table that exists, in the text that SQLite keeps of it. Used by the thread that
// uses the connection.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"

namespace spectradb::extension {
class Database;
class SchemaChange;
}  // namespace spectradb::extension

namespace spectradb::extension::retention {

// `text` is CREATE VIRTUAL TABLE …; an empty `value` takes the option away. kCorrupt where the text cannot be
// read.
Result<std::string> with_option(const std::string& text, std::string_view name, const std::string& value);

// The change has begun; announce() is the caller's.
Status set_option_of(SchemaChange& change, Database& database, const std::string& table,
                     std::string_view name, const std::string& value);

}  // namespace spectradb::extension::retention
