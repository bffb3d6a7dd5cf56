// Notes that every commit of a database must have: who and why, for those who are asked later. Used by the thread that
// uses the connection.
//
//   _spectradb_required_notes(name PRIMARY KEY)      made with the first one
#pragma once

#include <memory>

#include "extension/facet/commit_part.h"
#include "extension/facet/function.h"
#include "temporal/value.h"

namespace spectradb::extension {
class WriteScope;
}

namespace spectradb::extension::ledger {

inline constexpr const char* kRequireNotes = "spectradb_require_notes";
inline constexpr const char* kRequiredNotesTable = "_spectradb_required_notes";

std::unique_ptr<CommitPart> make_required_notes(Database& database);

// Notes of a commit that nobody else can annotate, as far as they are required and are not NULL.
Status annotate_required(Database& database, WriteScope& scope, const temporal::Value& author,
                         const temporal::Value& reason);

// spectradb_require_notes([name, …]) -> a JSON array of the names that are required in the main database, after they were
// set where any are given; NULL alone requires none
Status require_notes(const FunctionCall& call);

}  // namespace spectradb::extension::ledger
