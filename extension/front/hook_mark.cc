#include "extension/front/hook_mark.h"

#include "extension/facet/function.h"
#include "extension/host/values.h"

namespace spectradb::extension {

const std::string& hook_mark() {
  static const std::string mark = [] {
    uint32_t number = 0;
    sqlite3_randomness(sizeof number, &number);
    return std::to_string(number);
  }();
  return mark;
}

Status hooked(const FunctionCall& call) {
  const bool has_mark = call.count > 0 && spelled(from_sqlite(call.arguments[0])) == hook_mark();
  if (call.count > 0 && !has_mark) return Status::invalid("spectradb_hooked() takes no arguments");
  sqlite3_result_int(call.context, has_mark ? 1 : 0);
  return Status::ok();
}

}  // namespace spectradb::extension
