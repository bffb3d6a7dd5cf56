// Records changes of temporal tables' definitions for those who follow a database. A change of the schema
// makes no commit of its own, so its event has the number of the next one, and precedes that commit's
// facts. Events are written once there has been a consumer (consumer.h), at COMMIT, by comparing the
// definitions with those of the last events: a transaction that rolls its changes back records nothing.
// Used by the thread that uses the connection.
//
//   _spectradb_events(event_no PRIMARY KEY, commit_no, at_us, operation, table_id, name, definition)
//
// operation is 'is there' for tables that existed when the events began. The last event of a table_id
// describes the table as it is; definition is its text in sqlite_master, NULL once it was dropped. Releases
// that do not know this table ignore it.
#pragma once

#include <memory>

#include "extension/facet/commit_part.h"
#include "extension/functions/table_function.h"

namespace spectradb::extension::feed {

inline constexpr const char* kSchemaChanges = "spectradb_schema_changes";
inline constexpr const char* kEventsOwnTable = "_spectradb_events";

// Makes the table, if there is none, with the tables that exist. Needs a write transaction.
Status begin_schema_events(Database& database);

std::unique_ptr<CommitPart> make_schema_events(Database& database);

// spectradb_schema_changes([since [, schema]]) shows the events.
extern const TableFunction kSchemaChangesTable;

}  // namespace spectradb::extension::feed
