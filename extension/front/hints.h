// Where SQLite cannot take a text: what it may have meant. The connection's thread.
#pragma once

#include <string>
#include <string_view>

#include "extension/session/connection.h"

namespace spectradb::extension {

// SQLite's message, and behind it what to write instead; empty where SQLite's own error stands.
std::string explained(Connection& connection, std::string_view text, const std::string& message);

}  // namespace spectradb::extension
