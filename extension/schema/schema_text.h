// Checks schema text that becomes part of the user's statement. In views, triggers and DEFAULTs SQLite lets
// nobody call SQLITE_DIRECTONLY functions and tables, nor, when trusted_schema is off, any that are not
// SQLITE_INNOCUOUS, since somebody else may have made the file. In the user's statement SQLite no longer
// knows where the text came from, so the same rules are applied here. Used by the thread that uses the
// connection.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "extension/host/api.h"

namespace spectradb::extension {

// kInvalid when the text calls a function that a schema may not call. `owner` says whose text it is, for the
// message.
Status check_schema_text(sqlite3* db, std::string_view text, const std::string& owner);

// For functions that only a user's statement may call; SQLite lets a CHECK of an ordinary table call them if
// they are not deterministic. kInvalid when no running statement, and nothing in temp, names the function.
Status check_called_by_statement(sqlite3* db, std::string_view function);

// kInvalid when SQLite itself refuses to read the view.
Status check_schema_view(sqlite3* db, std::string_view schema, std::string_view view);

}  // namespace spectradb::extension
