#include "extension/read/prefix_condition.h"

#include "extension/facet/index_kind.h"
#include "extension/host/values.h"

namespace spectradb::extension {

namespace {

Status is_prefix(const FunctionCall& call) {
  const temporal::Value text = from_sqlite(call.arguments[0]);
  const temporal::Value beginning = from_sqlite(call.arguments[1]);
  if (text.is_null() || beginning.is_null()) return Status::ok();
  const bool are_texts =
      text.type == temporal::Value::Type::kText && beginning.type == temporal::Value::Type::kText;
  sqlite3_result_int(call.context, are_texts && text.bytes.starts_with(beginning.bytes) ? 1 : 0);
  return Status::ok();
}

}  // namespace

constexpr Function kPrefixCondition{"spectradb_prefix", 2, SQLITE_INNOCUOUS | SQLITE_DETERMINISTIC,
                                    is_prefix};

int prefix_operator() { return SQLITE_INDEX_CONSTRAINT_FUNCTION + static_cast<int>(index_kinds().size()); }

}  // namespace spectradb::extension
