// Holds: rows that must not be erased, since somebody may ask for them (a court, an auditor). A hold is on a
// key, whether or not a row has it. Used by the thread that uses the connection.
//
//   _spectradb_holds(table_id, user_key, since_us, reason, author, PRIMARY KEY (table_id, user_key))
//                                                                                made with the first one
#pragma once

#include <string>

#include "extension/facet/function.h"
#include "extension/functions/table_function.h"
#include "extension/table/temporal_tables.h"

namespace spectradb::extension::erase {

inline constexpr const char* kHold = "spectradb_hold";
inline constexpr const char* kRelease = "spectradb_release";
inline constexpr const char* kHolds = "spectradb_holds";
inline constexpr const char* kHoldsOwnTable = "_spectradb_holds";

// kInvalid, with the reason, when the key is held.
Status check_not_held(const TemporalTable& table, const std::string& user_key);

// spectradb_hold(table, key [, reason [, author]]) -> 1, or 0 where it is held already
Status hold(const FunctionCall& call);
// spectradb_release(table, key) -> 1, or 0 where it is not held
Status release(const FunctionCall& call);
// spectradb_holds([schema])
extern const TableFunction kHoldsTable;

}  // namespace spectradb::extension::erase
