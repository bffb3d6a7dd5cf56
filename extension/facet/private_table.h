// Names of tables that only our own statements use. If a database has a table or view under such a name,
// SQLite would take that instead; so the names end with a number that this process has drawn at random, and
// no file knows.
#pragma once

#include <string>
#include <string_view>

#include "extension/host/api.h"

namespace spectradb::extension {

inline std::string private_table(std::string_view name) {
  static const std::string drawn = [] {
    uint64_t number = 0;
    sqlite3_randomness(sizeof number, &number);
    return std::to_string(number);
  }();
  return std::string(name) + "_" + drawn;
}

}  // namespace spectradb::extension
