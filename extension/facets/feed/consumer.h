// Consumers of changes: names with the cursor (extension/times/commit_cursor.h) up to which each has read. A row is written
// in the consumer's own transaction: what it did with the changes, if that is in the same database, and how far it came are
// committed together, or not. Used by the thread that uses the connection.
//
//   _spectradb_consumers(name PRIMARY KEY, commit_no, token, acknowledged_us)      made with the first one
#pragma once

#include "extension/facet/function.h"
#include "extension/functions/table_function.h"

namespace spectradb::extension::feed {

inline constexpr const char* kConsumer = "spectradb_consumer";
inline constexpr const char* kConsumers = "spectradb_consumers";
inline constexpr const char* kConsumersOwnTable = "_spectradb_consumers";

// spectradb_consumer(name [, cursor [, schema]]) -> the cursor, NULL without one. With a cursor, or a commit's number, it is
// what is acknowledged from now on; NULL forgets the consumer.
Status consumer(const FunctionCall& call);

// spectradb_consumers([schema])
extern const TableFunction kConsumersTable;

}  // namespace spectradb::extension::feed
