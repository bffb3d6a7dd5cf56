// The horizon of a table: the first commit at which it can be read. What was superseded by then may be gone
// (extension/facets/retention/), so that reads of earlier commits are errors. It is an option of the table's
// definition, which SQLite reads again on every connection when it has changed. Used by the thread that uses
// the connection.
#pragma once

#include <cstdint>
#include <string>

#include "base/status.h"

namespace spectradb::extension {

class Connection;
class Database;
class Table;
struct TemporalTable;

// 0 where nothing is retired.
uint64_t horizon_of(const Table& table);
uint64_t horizon_of(const TemporalTable& table);

// Keys that were held when the horizon was raised (spectradb_hold()) have kept all their facts, and have the
// horizon of before:
//
//   _spectradb_kept(table_id, user_key, horizon, PRIMARY KEY (table_id, user_key))      made with the first one
inline constexpr const char* kKeptTable = "_spectradb_kept";
Result<uint64_t> horizon_of_key(const TemporalTable& table, const std::string& user_key);
// The hold was let go of: what the key has kept goes with the next retirement.
Status keep_no_longer(const TemporalTable& table, const std::string& user_key);

// kInvalid, which names the horizon, when the table can no longer be read at this commit.
Status check_horizon(const std::string& table, uint64_t horizon, uint64_t commit);
Status check_horizon(const TemporalTable& table, uint64_t commit);

// For readers of what happened in commits from `*min_commit` to `max_commit`, 0 and UINT64_MAX for unbounded:
// without a first commit they begin behind the horizon. kInvalid where they ask for what happened before.
Status begin_behind_horizon(const std::string& table, uint64_t horizon, uint64_t* min_commit,
                            uint64_t max_commit);

// kInvalid where a new table of the database would have a horizon that no commit has reached: nothing of it could be
// read until then. What a dump makes anew gets its commits later.
Status check_new_horizon(Database& database, const std::string& table, uint64_t horizon);

// While it lives, reads of all system time on this connection do not begin at horizons: they find all that is still
// stored, for those who erase it. Indexes need not lead to it.
class BehindHorizons {
 public:
  explicit BehindHorizons(Connection& connection);
  ~BehindHorizons();
  BehindHorizons(const BehindHorizons&) = delete;
  BehindHorizons& operator=(const BehindHorizons&) = delete;

 private:
  int& readers_;
};
bool reads_behind_horizons(Connection& connection);

}  // namespace spectradb::extension
