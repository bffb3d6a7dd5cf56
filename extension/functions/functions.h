// What the files of this room register with SQLite; facet.cc lists all of it.
#pragma once

#include <span>

#include "extension/facet/function.h"

namespace spectradb::extension {

struct TableFunction;

// spectradb_version(), _commit(), _flush(), _check() …, and functions that rewritten clauses call.
std::span<const Function> common_functions();
// Comparisons of two periods, and aggregates over many.
std::span<const Function> period_functions();
// spectradb_backup(file [, schema]) -> bytes; as a table, a row for each step.
std::span<const Function> backup_functions();
const TableFunction& backup_table();
// spectradb_config(name [, value [, schema]]) -> the knob's value; as a table, a row for each knob.
std::span<const Function> config_functions();
const TableFunction& config_table();
// spectradb_commits([schema]): the commits of a database, their times and notes.
const TableFunction& commits_table();
// spectradb_history(table [, key]): every fact of a temporal table, key by key, oldest first.
const TableFunction& history_table();
// spectradb_changes([table [, since [, schema]]]): facts in the order of commits.
const TableFunction& changes_table();
// spectradb_diff(table, from, to [, valid]): rows inserted, updated and deleted between two system times.
const TableFunction& diff_table();
// spectradb_stats([schema]): what a store reports about itself.
const TableFunction& stats_table();

}  // namespace spectradb::extension
