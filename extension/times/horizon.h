// The horizon of a table: the first commit at which it can be read. What was superseded by then may be gone
// (extension/facets/retention/), so that reads of earlier commits are errors. It is an option of the table's
// definition, which SQLite reads again on every connection when it has changed. Used by the thread that uses
// the connection.
#pragma once

#include <cstdint>
#include <string>

#include "base/status.h"
#include "temporal/schema.h"
#include "temporal/valid_horizons.h"

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

// The horizon of valid time: what had ended by then may be gone, so that reads of instants before it are errors, and
// what began before shows as beginning there (temporal/valid_horizons.h). kBeginningOfTime where nothing is retired.
int64_t valid_horizon_of(const Table& table);
int64_t valid_horizon_of(const TemporalTable& table);
temporal::Bound valid_horizon_in_form(const temporal::TableSchema& schema, int64_t us);
// kInvalid, which names the horizon, when the table can no longer be read at this instant.
Status check_valid_horizon(const temporal::TableSchema& schema, int64_t horizon_us, int64_t us);
Status check_valid_horizon(const TemporalTable& table, int64_t us);
// kInvalid, when what is written or changed ends by the horizon.
Status check_not_ended(const temporal::TableSchema& schema, int64_t horizon_us, int64_t to_us);
// Keys that were held when this horizon was raised have kept what had ended, and have the horizon of before:
//
//   _spectradb_valid_kept(table_id, user_key, horizon_us, PRIMARY KEY (table_id, user_key))  made with the first one
inline constexpr const char* kValidKeptTable = "_spectradb_valid_kept";
Result<temporal::ValidHorizons> valid_horizons_of_key(const TemporalTable& table,
                                                      const std::string& user_key);

// kInvalid where a new table of the database would have a horizon that no commit, or no instant, has reached: nothing of
// it could be read until then. What a dump makes anew gets its commits later.
Status check_new_horizon(Database& database, const std::string& table, uint64_t horizon);
Status check_new_valid_horizon(Database& database, const temporal::TableSchema& schema, int64_t horizon_us);

// While it lives, reads of all system time on this connection do not begin at horizons, nor do those of all valid time of
// the database: they find all that is still stored, for those who erase it. Indexes need not lead to it.
class BehindHorizons {
 public:
  explicit BehindHorizons(Database& database);
  ~BehindHorizons();
  BehindHorizons(const BehindHorizons&) = delete;
  BehindHorizons& operator=(const BehindHorizons&) = delete;

 private:
  int& readers_;
  const temporal::ValidHorizons::Suspension of_valid_time_;
};
bool reads_behind_horizons(Connection& connection);

}  // namespace spectradb::extension
