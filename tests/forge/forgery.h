// Makes one to four changes of a store's fields, chosen by a seed: numbers become extremes or what other
// fields say, bytes are cut, repeated and exchanged, parts of lists are left out, repeated and moved.
#pragma once

#include <random>
#include <string>

#include "tests/forge/store_files.h"

namespace spectradb::tests {

struct Forgery {
  std::string what;         // describes the changes in a line
  bool is_content = false;  // the changes made another store, perhaps a valid one
};

Forgery forge(StoreFiles* files, std::mt19937_64& random);

}  // namespace spectradb::tests
