// Instants as SQL shows them.
#pragma once

#include <cstdint>

#include "extension/host/values.h"
#include "temporal/instant.h"

namespace spectradb::extension {

// Gives an instant (microseconds since 1970) as text.
inline void give_instant(sqlite3_context* context, int64_t us) {
  give(context, temporal::Value::text(temporal::format_instant(us)));
}

}  // namespace spectradb::extension
