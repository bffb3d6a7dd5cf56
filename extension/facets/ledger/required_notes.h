// Notes that every commit of a database must have: who and why, for those who are asked later. Used by the thread that
// uses the connection.
//
//   _spectradb_required_notes(name PRIMARY KEY)      made with the first one
#pragma once

#include <memory>

#include "extension/facet/commit_part.h"
#include "extension/facet/function.h"

namespace spectradb::extension::ledger {

inline constexpr const char* kRequireNotes = "spectradb_require_notes";
inline constexpr const char* kRequiredNotesTable = "_spectradb_required_notes";

std::unique_ptr<CommitPart> make_required_notes(Database& database);

// spectradb_require_notes([name, …]) -> a JSON array of the names that are required in the main database, after they were
// set where any are given; NULL alone requires none
Status require_notes(const FunctionCall& call);

}  // namespace spectradb::extension::ledger
