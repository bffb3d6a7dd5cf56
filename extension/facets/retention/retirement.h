// Retires history: what a table had superseded by its horizon can no longer be asked for, and its space is
// given back.
//
// The horizon is an option of the table's definition, so all connections know it before they next read. It is
// raised in a transaction of its own, with a record of the act. Then the store merges what lies behind
// the horizons and leaves it out, once nobody has an older snapshot. Where that is interrupted, nothing
// reads what is left, and the next call gives it back. Used by the thread that uses the connection.
//
// A database with a ledger keeps hashes of what goes, and the act, in its ledger (facets/ledger/retired_facts.h); then exactly
// that goes.
//
//   _spectradb_retirements(retirement_no PRIMARY KEY, table_id, table_name, horizon, was, retired_us,
//                          reason, author)                                     made with the first one
//   _spectradb_valid_retirements(retirement_no PRIMARY KEY, table_id, table_name, horizon_us, was_us, retired_us,
//                          reason, author)          the same of valid time, made with the first one of these
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/status.h"
#include "extension/functions/table_function.h"
#include "extension/table/temporal_tables.h"
#include "lsm/base/horizons.h"
#include "temporal/value.h"

namespace spectradb::extension::retention {

inline constexpr const char* kRetirements = "spectradb_retirements";
inline constexpr const char* kRetirementsOwnTable = "_spectradb_retirements";
inline constexpr const char* kValidRetirementsOwnTable = "_spectradb_valid_retirements";

class Retirement {
 public:
  struct Cause {
    temporal::Value reason;
    temporal::Value author;
  };

  // `is_of_valid_time`: which horizon of the table an error names.
  Retirement(const TemporalTable& table, bool is_of_valid_time)
      : table_(table), is_of_valid_time_(is_of_valid_time), database_(table.database) {}

  // kInvalid in a transaction; kBusy: somebody reads.
  Status check_may_begin();
  // The last commit that may become the table's horizon, where it keeps its history for this length and `last` is
  // the last commit.
  Result<uint64_t> last_to_retire(const std::string& length, uint64_t last);
  // kInvalid: the table promises to keep what the commit would retire.
  Status check_may_retire(uint64_t commit, const std::string& length, uint64_t last);
  // Raises the table's horizon to this commit, and returns the horizon that it has then: another connection may
  // have raised it further meanwhile. kInvalid where the table's retention, which may be
  // another one by now, does not allow it.
  Result<uint64_t> raise(uint64_t commit, const Cause& cause);
  // The same of valid time, of an instant. kInvalid also where the instant is to come.
  Status check_may_retire_valid(int64_t us, const std::string& length);
  Result<int64_t> raise_valid(int64_t us, const Cause& cause);
  // Gives back the space of all that lies behind horizons, of all tables of the database. kBusy: somebody
  // reads; the horizon stands.
  Status give_back();

 private:
  Status check_same_table();
  Status check_no_readers();
  Status keep_held(uint64_t before);
  Status insert_kept(uint64_t before);
  Status record(uint64_t commit, uint64_t before, const Cause& cause);
  Status insert_retirement(uint64_t commit, uint64_t before, const Cause& cause);
  Status keep_held_valid(int64_t before);
  Status record_valid(int64_t us, int64_t before, const Cause& cause);
  Status insert_valid_retirement(int64_t us, int64_t before, const Cause& cause);
  Result<int64_t> next_retirement();
  Result<uint64_t> recorded_horizon(uint32_t table_id);
  Result<lsm::Horizons> horizons(const std::set<uint32_t>& left_out);  // of the other tables
  Status forget(const lsm::Horizons& behind);
  Status retire_from_ledger();
  Result<bool> retire_round_from_ledger();  // whether there is more for another round
  Result<std::set<uint32_t>> shredded_tables();
  std::string shown_valid(int64_t us) const;
  Status busy_horizon() const;
  Result<std::vector<std::string>> kept_keys(uint32_t table_id);

  const TemporalTable& table_;
  const bool is_of_valid_time_;
  const std::shared_ptr<Database> database_;
};

// The last instant that spectradb_retire() has raised a table's horizon of valid time to; kBeginningOfTime: none.
Result<int64_t> recorded_valid_horizon(Database& database, uint32_t table_id);
// The retirement that went furthest; horizon 0: there was none.
struct Furthest {
  std::string table;
  uint64_t horizon = 0;
};
Result<Furthest> furthest_retirement(Database& database);
// Where a ledger is kept and a retirement was begun and not finished, a sentence that says so; else empty.
Result<std::string> unfinished_retirement(Database& database);

// spectradb_retirements([schema])
extern const TableFunction kRetirementsTable;

}  // namespace spectradb::extension::retention
