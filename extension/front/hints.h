// Explains a text that SQLite cannot take. Used by the connection's thread.
#pragma once

#include <string>
#include <string_view>

#include "extension/session/connection.h"

namespace spectradb::extension {

// Returns SQLite's message, followed by what to write instead; empty where SQLite's own error stands.
std::string explained(Connection& connection, std::string_view text, const std::string& message);

}  // namespace spectradb::extension
