// The hidden columns of every temporal table, in the order in which they are declared: the first two are the
// arguments of the table-valued-function form, events(system time, valid time).
#pragma once

#include <string>
#include <string_view>

#include "temporal/schema.h"

namespace spectradb::extension {

enum HiddenColumn : int {
  // The arguments of the table-valued-function form, shown as they were given: SQLite compares them again
  // where it reads the table once for each side of an OR. An empty blob means "not given", since NULL equals
  // nothing.
  kSystemArgument,
  kValidArgument,
  kAsOf,        // system time to read at; a row shows the time that it was read at
  kValidAt,     // valid time to read at
  kSystemFrom,  // commit of the fact
  kSystemTo,    // commit that covered it, NULL while it holds
  kValidFrom,   // bounds of the piece, NULL when unbounded; INSERT writes them
  kValidTo,
  kCommittedAt,  // time of _system_from, as SQLite writes times
  kPortion,      // = spectradb_period(a, b): read pieces in that window, clipped (FOR PORTION OF)
  kGiven,    // INSERT only: not NULL when DEFAULTs are written out, so that a NULL that arrives is meant; see
             // Given in writer.cc
  kUpsert,   // INSERT only: 0 for ON CONFLICT DO NOTHING, or what spectradb_upsert(…) gives for DO UPDATE
  kWritten,  // = spectradb_write(…): read the rows that a statement wrote
  kDefine,   // DELETE … WHERE _define = text: deletes nothing, but changes the table's indexes
  kDistance,  // with column MATCH value: the row's distance from it
  kK,         // = n: at most n rows
  kEffort,    // = how much of an index to search
  kRankedBy,  // = 'function': _distance orders as that function does, over all rows
  kText,      // MATCH query: in all columns of a full-text index
  kRank,      // with MATCH query: how well the row matches, smaller is better
  kMatch,     // with MATCH query: the row for functions, spectradb_snippet(t._match, …)
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

// Returns the column's name in `schema`: a MATCH column whose name the user has taken gets another one.
std::string hidden_name(HiddenColumn column, const temporal::TableSchema& schema);
// Returns the column's declaration. The integer key is called rowid where `rowid_name` says so, else _rowid
// (as where there is none). Bounds are TEXT, or have no type where they may be integers. MATCH columns whose
// names the user has taken in `schema` get others.
std::string hidden_declaration(HiddenColumn column, bool rowid_name, const temporal::TableSchema& schema);
// Whether users may not name a column so. They may use the names of MATCH columns, which came later.
bool is_hidden_name(std::string_view name);

}  // namespace spectradb::extension
