// Text of a database's schema that becomes part of the user's statement. In views, triggers and DEFAULTs SQLite lets
// nobody call SQLITE_DIRECTONLY functions and tables, nor, when trusted_schema is off, any that are not
// SQLITE_INNOCUOUS: a file may be made by somebody else. Once the text stands in the user's statement SQLite does not
// know where it is from, so the same rules are applied here. Used by the thread that uses the connection.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "extension/host/api.h"

namespace spectradb::extension {

// kInvalid: the text calls a function that a schema may not call. `owner`: whose text it is, for the message.
Status check_schema_text(sqlite3* db, std::string_view text, const std::string& owner);

// For functions that only a user's statement may call. SQLite lets a CHECK of an ordinary table call them, if they are
// not deterministic. kInvalid: no statement that runs, and nothing in temp, names the function.
Status check_called_by_statement(sqlite3* db, std::string_view function);

// kInvalid: SQLite itself refuses to read the view.
Status check_schema_view(sqlite3* db, std::string_view schema, std::string_view view);

}  // namespace spectradb::extension
