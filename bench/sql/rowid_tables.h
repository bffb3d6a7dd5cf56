// Tables with an INTEGER PRIMARY KEY, which most people have: rows of three columns, of thirty, and of a large value.
#pragma once

#include <vector>

#include "bench/sql/scenarios.h"

namespace spectradb::bench {

std::vector<Scenario> rowid_tables(bool is_quick);

}  // namespace spectradb::bench
