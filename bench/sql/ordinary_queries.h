// Twenty queries that people write, on two tables with indexes, beside the same tables without history after
// ANALYZE. The tables hold rows of one commit, so nothing but planning and the virtual table's calls is compared.
#pragma once

#include "bench/sql/scenarios.h"

namespace spectradb::bench {

Scenario ordinary_queries(bool is_quick);

}  // namespace spectradb::bench
