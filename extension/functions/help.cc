#include "extension/functions/help.h"

namespace spectradb::extension {

namespace {

using enum Help::Kind;

constexpr Help kFunctionsHelp[] = {
    {"spectradb_version", kFunction, "spectradb_version()", "The version of the extension.",
     "SELECT spectradb_version();"},
    {"spectradb_hooked", kFunction, "spectradb_hooked()",
     "1 in a statement that came through the prepare hook, where temporal statements are taken as they are; "
     "0 "
     "where they need spectradb_sql() or the C interface.",
     "SELECT spectradb_hooked();"},
    {"spectradb_now", kFunction, "spectradb_now()",
     "The statement's instant, the same in all of it, as a text that is compared as a time.",
     "SELECT spectradb_now();"},
    {"spectradb_commit", kFunction, "spectradb_commit([schema])",
     "The number of the last commit that the connection sees.", "SELECT spectradb_commit();"},
    {"spectradb_commit_time", kFunction, "spectradb_commit_time(commit_no)",
     "When a commit was made, in UTC.", "SELECT spectradb_commit_time(1);"},
    {"spectradb_flush", kFunction, "spectradb_flush()",
     "Writes what the store has in memory to its SSTables.", "SELECT spectradb_flush();"},
    {"spectradb_compact", kFunction, "spectradb_compact(['slices', n])",
     "Merges the store's SSTables, so that they are as few and as small as can be. With 'slices' only what "
     "is "
     "due, in so many short transactions, where the store is in the database.",
     "SELECT spectradb_compact();"},
    {"spectradb_check", kFunction, "spectradb_check([schema])",
     "Reads the whole store and gives ok, or a line for each thing that is wrong.",
     "SELECT spectradb_check();"},
    {"spectradb_config", kFunction, "spectradb_config(name [, value | 'default' [, schema]])",
     "Gives the value of a knob of the store, after it was set where a value is given. 'storage' is where it "
     "is: 'rows' of the database, or a 'directory' where that was chosen before the first temporal table.",
     "SELECT spectradb_config('level0_files');"},
    {"spectradb_backup", kFunction, "spectradb_backup(file [, schema [, storage]])",
     "Writes a copy of the database with its store, as they are at one commit, and gives its size in bytes. "
     "With 'rows' or 'directory' the copy has its store there.",
     "SELECT spectradb_backup('copy.db');"},

    {"spectradb_overlaps", kFunction, "spectradb_overlaps(from1, to1, from2, to2)",
     "1 where two periods have an instant in common. NULL is unbounded.",
     "SELECT spectradb_overlaps('2026-01-01', '2026-03-01', '2026-02-01', NULL);"},
    {"spectradb_contains", kFunction,
     "spectradb_contains(from1, to1, from2, to2) | spectradb_contains(from, to, instant)",
     "1 where all of the second period, or an instant, lies in the first.",
     "SELECT spectradb_contains('2026-01-01', '2026-03-01', '2026-02-01');"},
    {"spectradb_during", kFunction, "spectradb_during(from1, to1, from2, to2)",
     "1 where all of the first period lies in the second.", "SELECT spectradb_during(2, 3, 1, 4);"},
    {"spectradb_equals", kFunction, "spectradb_equals(from1, to1, from2, to2)",
     "1 where two periods have the same bounds.", "SELECT spectradb_equals(1, 4, 1, 4);"},
    {"spectradb_precedes", kFunction, "spectradb_precedes(from1, to1, from2, to2)",
     "1 where the first period ends before the second begins, or where it begins.",
     "SELECT spectradb_precedes(1, 2, 2, 3);"},
    {"spectradb_succeeds", kFunction, "spectradb_succeeds(from1, to1, from2, to2)",
     "1 where the first period begins after the second has ended, or where it ends.",
     "SELECT spectradb_succeeds(2, 3, 1, 2);"},
    {"spectradb_meets", kFunction, "spectradb_meets(from1, to1, from2, to2)",
     "1 where the first period ends where the second begins.", "SELECT spectradb_meets(1, 2, 2, 3);"},
    {"spectradb_met_by", kFunction, "spectradb_met_by(from1, to1, from2, to2)",
     "1 where the first period begins where the second ends.", "SELECT spectradb_met_by(2, 3, 1, 2);"},
    {"spectradb_starts", kFunction, "spectradb_starts(from1, to1, from2, to2)",
     "1 where both periods begin together and the first ends earlier.",
     "SELECT spectradb_starts(1, 2, 1, 3);"},
    {"spectradb_finishes", kFunction, "spectradb_finishes(from1, to1, from2, to2)",
     "1 where both periods end together and the first begins later.",
     "SELECT spectradb_finishes(2, 3, 1, 3);"},
    {"spectradb_allen", kFunction, "spectradb_allen(from1, to1, from2, to2)",
     "The one of Allen's thirteen relations that holds, as text.", "SELECT spectradb_allen(1, 2, 2, 3);"},
    {"spectradb_coalesce", kAggregate, "spectradb_coalesce(from, to)",
     "The maximal periods that a group covers, as a JSON array.",
     "SELECT spectradb_coalesce(_valid_from, _valid_to) FROM prices FOR ALL VALID_TIME;"},
    {"spectradb_steps", kAggregate,
     "spectradb_steps('count' | 'sum' | 'avg' | 'min' | 'max', value, from, to)",
     "What an aggregate of a group is over time, as a JSON array of periods and values.",
     "SELECT spectradb_steps('sum', price, _valid_from, _valid_to) FROM prices FOR ALL VALID_TIME;"},

    {"spectradb_history", kTable, "spectradb_history(table [, key [, schema]])",
     "Every fact of a table, or of one key: key by key, oldest first.",
     "SELECT operation, row, _valid_from, _valid_to FROM spectradb_history('prices', 'a');"},
    {"spectradb_changes", kTable, "spectradb_changes([table [, since [, schema]]])",
     "The facts that were committed after a commit, in their order, and what was erased behind it.",
     "SELECT commit_no, operation, key, row FROM spectradb_changes('prices', 1);"},
    {"spectradb_diff", kTable, "spectradb_diff(table, from [, to [, valid [, schema]]])",
     "The rows that differ between two system times.",
     "SELECT operation, key, before, after FROM spectradb_diff('prices', 1);"},
    {"spectradb_commits", kTable, "spectradb_commits([schema])",
     "The commits of a database, and what a wrong clock made of them.",
     "SELECT commit_no, committed_at, notes FROM spectradb_commits ORDER BY commit_no DESC LIMIT 10;"},
    {"spectradb_stats", kTable, "spectradb_stats([schema])",
     "What the store tells of itself, a row for each figure: files, bytes, versions, caches.",
     "SELECT name, value FROM spectradb_stats;"},
    {"spectradb_config", kTable, "spectradb_config([schema])", "The knobs of the store, a row for each.",
     "SELECT name, value, default_value, unit FROM spectradb_config;"},
    {"spectradb_backup", kTable, "spectradb_backup(file [, schema [, storage]])",
     "Writes a backup and gives a row for each file as it is written, for a progress bar.",
     "SELECT file, done, total FROM spectradb_backup('copy.db');"},
    {"spectradb_do", kTable, "INSERT INTO spectradb_do VALUES ('flush' | 'compact' | 'backup FILE')",
     "Maintenance as a write, for hosts that let only reading SELECTs through.",
     "INSERT INTO spectradb_do VALUES ('compact');"},
};

}  // namespace

std::span<const Help> functions_help() { return kFunctionsHelp; }

}  // namespace spectradb::extension
