// Consumers of changes have names, and each has the cursor (extension/times/commit_cursor.h) up to which it
// has read. The row is written in the consumer's own transaction: if its work on the changes is in the same
// database, work and progress are committed together, or not at all. Used by the thread that uses the
// connection.
//
//   _spectradb_consumers(name PRIMARY KEY, commit_no, token, acknowledged_us)      made with the first one
#pragma once

#include "extension/facet/function.h"
#include "extension/functions/table_function.h"

namespace spectradb::extension::feed {

inline constexpr const char* kConsumer = "spectradb_consumer";
inline constexpr const char* kConsumers = "spectradb_consumers";
inline constexpr const char* kConsumersOwnTable = "_spectradb_consumers";

// spectradb_consumer(name [, cursor [, schema]]) returns the acknowledged cursor, NULL without one. Given a
// cursor, or a commit's number, it acknowledges that; given NULL, it forgets the consumer.
Status consumer(const FunctionCall& call);

// spectradb_consumers([schema]) lists the consumers.
extern const TableFunction kConsumersTable;

}  // namespace spectradb::extension::feed
