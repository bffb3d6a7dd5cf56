// spectradb_bucket(), and aggregates over readings: spectradb_first, _last, _rate, _interpolate and _twa.
#pragma once

#include <cstdint>
#include <span>

#include "extension/facet/function.h"
#include "temporal/instant.h"

namespace spectradb::extension::series {

std::span<const Function> series_functions();

// Gives a time in the form of the one that it was made from: as text or as a number.
void give_time(sqlite3_context* context, int64_t us, bool as_text);

// Checks that a time has a local time; kInvalid says which times have one.
Status check_local(int64_t us);

}  // namespace spectradb::extension::series
