// The times that one scan of a temporal table reads at: xFilter's arguments and the session's times become commits and
// microseconds, with what WHERE says of a row's periods. Rows outside are left out here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "extension/host/api.h"
#include "extension/read/period_conditions.h"
#include "extension/read/plan.h"
#include "extension/read/range.h"
#include "extension/schema/hidden_columns.h"
#include "extension/table/table.h"
#include "extension/times/system_time.h"
#include "temporal/row_cursor.h"

namespace spectradb::extension {

class ScanTimes {
 public:
  explicit ScanTimes(Table& table) : table_(table) {}

  // At the beginning of a scan that sees the commits up to `snapshot`. `needs_period`: of each row the valid period
  // is wanted, whole where a portion is read. kInvalid for a time that cannot be read, or lies behind the snapshot.
  Status read(const Plan& plan, sqlite3_value** arguments, bool needs_period, uint64_t snapshot);

  uint64_t snapshot() const { return snapshot_; }
  const SystemTime& system() const { return system_; }
  const temporal::ReadTimes& read_times() const { return times_; }
  uint64_t max_commit() const { return max_commit_; }  // of the versions to read
  // The facts of an open transaction are part of the present, not of a named time in the past.
  bool sees_own() const { return !system_.is_given || system_.is_all; }
  // Whether one instant is read, on both axes.
  bool is_instant() const;
  // Whether rows are known to come with their valid period.
  bool gives_period() const;
  // Of whole rows those that overlap `window`: the part inside is written.
  bool reads_portion() const { return reads_portion_; }
  // Whether a portion is read by itself: rows end where it does, and facts outside of it are passed over.
  bool cuts_periods() const { return reads_portion_ && times_.valid == temporal::ValidMode::kWindow; }
  const temporal::Period& window() const { return times_.window; }

  bool has_conditions() const { return has_conditions_; }
  bool admits(const temporal::ResolvedRow& row) const { return !has_conditions_ || meets_conditions(row); }

  // Whether a hidden column tells what was asked, and not what was found: then give_asked() answers it.
  static bool is_asked(int column);
  Status give_asked(sqlite3_context* context, int column);

 private:
  void give_now(sqlite3_context* context);
  void keep_arguments(const Plan& plan, sqlite3_value** arguments);
  Status read_system();
  Status read_valid(bool is_portion);
  Status read_range(const temporal::Value& given, bool is_system);
  Status set_window(const RangeText& text, const Range& range, int64_t now_us);
  Result<SystemTime> to_commit(const temporal::Value& value, int64_t now_us);
  Result<TimePlace> place_of(HiddenColumn column, const temporal::Value& value);
  Status add_condition(const Plan::PeriodBound& bound, sqlite3_value* given);
  Status read_conditions(const Plan& plan, sqlite3_value** arguments);
  bool meets_conditions(const temporal::ResolvedRow& row) const;

  // What was given for one argument, kept for the hidden columns that show it.
  struct Given {
    bool is_argument = false;
    temporal::Value argument;  // as it was given, "not given" included
    temporal::Value value;     // the session's where the statement gives none
    std::string bytes;
  };
  static temporal::Value kept(const temporal::Value& value, std::string& bytes);

  Table& table_;
  uint64_t snapshot_ = 0;
  bool is_time_given_ = false;  // by the statement or the session, in the last read()
  SystemTime system_;
  temporal::ReadTimes times_;
  Given as_of_;
  Given valid_at_;
  Given portion_;
  std::optional<Range> system_range_;
  std::optional<Range> valid_range_;
  PeriodConditions conditions_;
  uint64_t horizon_ = 0;         // of the table, where all system time is read
  bool has_conditions_ = false;  // these, ranges, a portion or a horizon
  uint64_t max_commit_ = 0;
  bool reads_portion_ = false;
  std::optional<temporal::Value> shown_now_;  // once asked for: the same for all of the scan
  std::string now_text_;
};

}  // namespace spectradb::extension
