// A database as text, and back.
//
//   spectradb_dump([schema])                                  a row for each statement of extension/facets/dump/dump_text.h
//   spectradb_dump(file [, schema])                           the same into a file: the number of statements
//   spectradb_restore(file)                                   runs such a file: the number of commits
//   spectradb_restore_commit(number, time [, 'empty'])        begins a commit of such a text: its facts follow, as INSERTs that
//                                                             name _given (extension/write/replay_writer.cc); 'empty' has none
//   spectradb_restore_counter(table, highest_key)             sets the counter of a table with AUTOINCREMENT
#pragma once

#include "extension/facet/function.h"
#include "extension/functions/table_function.h"

namespace spectradb::extension::dump {

inline constexpr const char* kDump = "spectradb_dump";
inline constexpr const char* kRestore = "spectradb_restore";
inline constexpr const char* kRestoreCommit = "spectradb_restore_commit";
inline constexpr const char* kRestoreCounter = "spectradb_restore_counter";

extern const TableFunction kDumpTable;
Status dump(const FunctionCall& call);
Status restore(const FunctionCall& call);
Status restore_commit(const FunctionCall& call);
Status restore_counter(const FunctionCall& call);

}  // namespace spectradb::extension::dump
