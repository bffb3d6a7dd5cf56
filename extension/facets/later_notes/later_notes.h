// Says something of a commit that exists already. A commit's own notes never change: what is said later is a
// row of a temporal table in the same database, made with the first such note, so it has a commit, a time and
// notes of its own, a ledger proves it, and what was said before stays in its history:
//
//   CREATE TABLE spectradb_later_notes (commit_no INTEGER NOT NULL, name TEXT NOT NULL, value,
//                                       PRIMARY KEY (commit_no, name)) WITH SYSTEM VERSIONING
//
// Used by the thread that uses the connection.
#pragma once

#include "extension/facet/function.h"

namespace spectradb::extension::later_notes {

// spectradb_annotate(name, value, commit [, schema]) -> value; NULL takes the later note of that name back
Status annotate_commit(const FunctionCall& call);

}  // namespace spectradb::extension::later_notes
