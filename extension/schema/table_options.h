// Reads and sets options of a temporal table that exists, in the text that SQLite keeps of it. Used by the thread
// that uses the connection.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace spectradb::extension {

class Database;
class SchemaChange;

// `text` is CREATE VIRTUAL TABLE …; an empty `value` takes the option away. kCorrupt where the text cannot be
// read.
Result<std::string> with_option(const std::string& text, std::string_view name, const std::string& value);

// What USING spectradb(…) has in the definition of this table that SQLite keeps, options among it. Where a
// transaction has begun to write, nobody else changes it meanwhile.
Result<std::vector<std::string>> arguments_of_table(Database& database, const std::string& table);

// The transaction writes; announce() is the caller's. A horizon is never lowered.
Status set_option_of(SchemaChange& change, Database& database, const std::string& table,
                     std::string_view name, const std::string& value);

}  // namespace spectradb::extension
