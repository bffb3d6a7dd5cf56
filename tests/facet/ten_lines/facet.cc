#include "extension/facet/facet.h"
namespace spectradb::extension {
static Status twice(const FunctionCall& call) {
  sqlite3_result_int64(call.context, 2 * sqlite3_value_int64(call.arguments[0]));
  return Status::ok();
}
static constexpr Function kFunctions[] = {{"spectradb_twice", 1, SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, twice}};
static constexpr Facet kFacet{.name = "ten_lines", .functions = kFunctions};
const Facet& facet_ten_lines() { return kFacet; }
}  // namespace spectradb::extension
