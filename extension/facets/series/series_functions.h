// spectradb_bucket(), and aggregates over readings: spectradb_first, _last, _rate, _interpolate and _twa.
#pragma once

#include <cstdint>
#include <span>

#include "extension/facet/function.h"
#include "temporal/instant.h"

namespace spectradb::extension::series {

std::span<const Function> series_functions();

// As the user wrote the time that it is made from: text as text, a number as a number.
void give_time(sqlite3_context* context, int64_t us, bool as_text);

// Whether local time can be told of it; kInvalid says of which times it can.
Status check_local(int64_t us);

}  // namespace spectradb::extension::series
