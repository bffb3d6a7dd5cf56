// What became of the definitions of temporal tables, for those who follow a database: a change of the schema takes no commit
// of its own, so it bears the number of the next one, and comes before its facts. Written from the first consumer on
// (consumer.h), at COMMIT, by comparing what there is with what was told last: a transaction that takes its changes back
// tells nothing. Used by the thread that uses the connection.
//
//   _spectradb_events(event_no PRIMARY KEY, commit_no, at_us, operation, table_id, name, definition)
//
// operation is 'is there' for what there was when the table was made. The last event of a table_id is how the table is now;
// definition is its text in sqlite_master, NULL once it was dropped. Releases that do not know this table pass it over.
#pragma once

#include <memory>

#include "extension/facet/commit_part.h"
#include "extension/functions/table_function.h"

namespace spectradb::extension::feed {

inline constexpr const char* kSchemaChanges = "spectradb_schema_changes";
inline constexpr const char* kEventsOwnTable = "_spectradb_events";

// Makes the table, with what there is, where there is none. Inside a write transaction.
Status begin_schema_events(Database& database);

std::unique_ptr<CommitPart> make_schema_events(Database& database);

// spectradb_schema_changes([since [, schema]])
extern const TableFunction kSchemaChangesTable;

}  // namespace spectradb::extension::feed
