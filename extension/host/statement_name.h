// Names in statements that a message tells people to write.
#pragma once

#include <string>

namespace spectradb::extension {

// Returns a name as people would write it: in quotes only where SQLite would not read it without.
std::string name_in_statement(const std::string& name);

}  // namespace spectradb::extension
