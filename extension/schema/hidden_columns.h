// The hidden columns of every temporal table, in the order in which they are declared: the first two are the
// arguments of the table-valued-function form, events(system time, valid time).
#pragma once

#include <string>
#include <string_view>

#include "temporal/schema.h"

namespace spectradb::extension {

enum HiddenColumn : int {
  // The arguments of the table-valued-function form, shown as they were given: SQLite checks them again where
  // it reads the table once for each side of an OR. An empty blob is "not given": NULL would equal nothing.
  kSystemArgument,
  kValidArgument,
  kAsOf,        // system time to read at; in results the time the row was read at
  kValidAt,     // valid time to read at
  kSystemFrom,  // commit of the fact
  kSystemTo,    // commit that covered it, NULL while it holds
  kValidFrom,   // bounds of the piece, NULL when unbounded; INSERT writes them
  kValidTo,
  kCommittedAt,  // time of _system_from, as SQLite writes times
  kPortion,      // = spectradb_period(a, b): read the pieces of that window, clipped (FOR PORTION OF)
  kGiven,    // INSERT only: not NULL when DEFAULTs are written out, so that a NULL that arrives is meant; see
             // Given in writer.cc
  kUpsert,   // INSERT only: 0 for ON CONFLICT DO NOTHING, or what spectradb_upsert(…) gives for DO UPDATE
  kWritten,  // = spectradb_write(…): read the rows that a statement wrote
  kDefine,   // DELETE … WHERE _define = text: deletes nothing, but changes the table's indexes
  kDistance,  // of column MATCH value: how far the row is from it
  kK,         // = n: so many rows of it
  kEffort,    // = how much of an index it looks at
  kRankedBy,  // = 'function': what ORDER BY _distance means is that function's order, with all rows
  kText,      // MATCH query: in all columns of a full-text index
  kRank,      // of MATCH query: how well the row does, smaller is better
  kMatch,     // of MATCH query: the row as functions take it, spectradb_snippet(t._match, …)
  kRowid,     // the integer key, where there is one
  kKey,       // identity of a row for UPDATE and DELETE, made by the cursor
  kHiddenColumnCount,
};

inline const char* hidden_name(HiddenColumn column) {
  static constexpr const char* kNames[] = {"_as_of_argument",
                                           "_valid_at_argument",
                                           "_as_of",
                                           "_valid_at",
                                           "_system_from",
                                           "_system_to",
                                           "_valid_from",
                                           "_valid_to",
                                           "_committed_at",
                                           "_portion",
                                           "_given",
                                           "_upsert",
                                           "_written",
                                           "_define",
                                           "_distance",
                                           "_k",
                                           "_effort",
                                           "_ranked_by",
                                           "_text",
                                           "_rank",
                                           "_match",
                                           "_rowid",
                                           "_key"};
  return kNames[column];
}

// As `schema` has it: of MATCH, those whose names the user has taken have another one.
std::string hidden_name(HiddenColumn column, const temporal::TableSchema& schema);
// The integer key is called rowid where `rowid_name` says so, else _rowid (as where there is none). Bounds are TEXT,
// or of no type where they may be integers. Of MATCH, those of `schema` that the user has taken have another name.
std::string hidden_declaration(HiddenColumn column, bool rowid_name, const temporal::TableSchema& schema);
// Whether a column of the user's cannot have the name. Those of MATCH came later: users may have them.
bool is_hidden_name(std::string_view name);

}  // namespace spectradb::extension
