// One scan of a temporal table: xFilter's arguments become key ranges and times, temporal/ resolves versions
// into rows, and columns are decoded when SQLite asks for them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "extension/facet/matcher.h"
#include "extension/host/api.h"
#include "extension/index/index_scan.h"
#include "extension/read/key_ranges.h"
#include "extension/read/plan.h"
#include "extension/read/ranked_scan.h"
#include "extension/read/repeated_scan.h"
#include "extension/read/row_counts.h"
#include "extension/read/scan_times.h"
#include "extension/session/row_set.h"
#include "extension/table/table.h"
#include "temporal/column_walk.h"
#include "temporal/row_codec.h"
#include "temporal/row_cursor.h"

namespace spectradb::extension {

class Cursor : public sqlite3_vtab_cursor {
 public:
  explicit Cursor(Table& table);
  ~Cursor();
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;

  // Gives back what the next cursor can reuse. Afterwards only filter() may be called.
  void release();

  Status filter(const Plan& plan, int argument_count, sqlite3_value** arguments);
  Status next();
  // Moves to the next row where nothing but the range decides which one that is. Where it returns false, next()
  // is to move.
  bool next_in_range() {
    if (rows_left_ > 1) {  // they are only counted
      --rows_left_;
      return true;
    }
    return next_read_in_range();
  }
  bool at_end() const { return at_end_; }
  Status column(sqlite3_context* context, int index);
  // Gives a column of the user's that can be found in the row at once, or nothing where an UPDATE leaves a hidden
  // column alone. Where it returns false, column() is to give it.
  bool give_at_once(sqlite3_context* context, int declared);
  // Whether no write needs the column's value: hidden columns, and generated ones, which are computed again.
  bool is_made_by_reading(int column) const;

 private:
  bool next_read_in_range();
  // cursor_counted.cc: scans of which SQLite asks for no column.
  Result<bool> count_instead(const Plan& plan, sqlite3_value** arguments);
  Result<uint64_t> count_rows();
  void keep_count();
  Status read_rows_left();
  Status open_rows();
  Status open_index(const Plan& plan);
  Status read_rows_where_better(sqlite3_value** arguments);
  Status seek_rows_of_entry();
  bool is_at_row() const;
  bool needs_period(const Plan& plan) const;
  void let_go_of_large();
  Result<bool> has_made_entry(const temporal::IndexSchema& index);
  Result<bool> has_entry_values();  // whether the current row has the values of its entry
  Status find_row();                // of the current entry
  // Finds the row where that was put off because the entry is certain. Returns false when the row is gone:
  // something that SQLite ran for this very row has removed it.
  Result<bool> fetch_row();
  Status index_rows(const Plan& plan);
  Status read_by_automatic_index(const Plan& plan, sqlite3_value** arguments);
  Status put_in_order(const Plan& plan);
  void group_by(const Plan& plan);
  Status seek_range();
  Status seek_between(std::string_view lower, std::string_view upper, bool descending);
  std::string_view key_in_path() const;
  Status read_group();
  Status seek_group();
  void pass_group();
  Status leave_group();
  void advance();
  Status settle();  // moves to the next range while the current one is exhausted
  bool uses(int column) const;
  Status hidden_column(sqlite3_context* context, int column);
  Status give_period(sqlite3_context* context, int column);
  Status match(const Plan& plan, sqlite3_value** arguments);
  Status give_match(sqlite3_context* context);
  bool wants_ranks() const { return uses(visible_ + kRank) || uses(visible_ + kMatch); }
  Result<std::unique_ptr<Match>> read_match(const Plan& plan, sqlite3_value** arguments,
                                            const temporal::IndexSchema& index) const;
  Result<bool> is_matching(Match& match, const temporal::IndexSchema& index);
  Status match_at_instant(const Plan& plan, Match& match, const temporal::IndexSchema& index);
  Status match_candidates(Match& match, const temporal::IndexSchema& index);
  Status match_all(Match& match, const temporal::IndexSchema& index);
  Status rank(const Plan& plan, sqlite3_value** arguments);
  Status begin_ranking(const Plan& plan, sqlite3_value** arguments);
  Status find_ranking(const Plan::Match& match, const temporal::IndexSchema** index) const;
  Result<RankedMeasure> measure_of_call(const Plan::Match& match, const temporal::IndexSchema* index,
                                        sqlite3_value** arguments) const;
  Status give_distance(sqlite3_context* context);
  Result<std::vector<std::string>> said_partition(const Plan& plan, sqlite3_value** arguments) const;
  Status rank_row(RankedScan& ranked, RankedRow row);
  Status rank_all(const Plan& plan, sqlite3_value** arguments);
  Result<bool> rank_few(const Plan& plan, sqlite3_value** arguments);
  Result<bool> rank_rows_of(const Plan& plan, sqlite3_value** arguments, uint64_t most);
  Result<bool> rank_rows(const std::vector<std::string>& given, uint64_t most);
  Status begin_search(const Plan& plan, sqlite3_value** arguments);
  size_t keep(RankedScan& ranked, const temporal::Value& ranking) const;
  Result<std::optional<RankedRow>> measure(std::string_view key);
  Status next_ranked();
  Status find_ranked(uint32_t place);
  bool is_kept_column(int index) const;
  Result<bool> fetch_kept();
  Status read_written_rows(sqlite3_value* number);
  Status written_column(sqlite3_context* context, int index) const;
  Status ensure_period();  // reads the period when SQLite asks although the plan did not

  Table& table_;
  const int visible_;         // number of columns
  const bool has_generated_;  // columns among them
  temporal::RowReader reader_;
  temporal::ColumnWalk walk_;
  ScanTimes times_;
  std::unique_ptr<temporal::RowCursor> rows_;
  std::shared_ptr<lsm::WriteBatch> own_;  // kept alive as long as rows_ reads it
  uint64_t own_commit_ = 0;
  std::shared_ptr<lsm::WriteBatch> entries_batch_;  // kept alive as long as entries read it
  std::unique_ptr<IndexScan> last_entries_;         // the last scan's, for reuse
  // Set when an index is read: rows_ then stands at one key after the other. Where entries are certain, it is
  // positioned only when a row is asked for more than its entry tells.
  std::unique_ptr<IndexScan> entries_;
  bool are_entries_rows_ = false;  // entries are certain, and tell all that is asked
  bool is_row_found_ = false;      // rows_ stands at the row
  std::string entry_key_;
  std::string row_values_;
  uint64_t columns_used_ = 0;

  std::shared_ptr<RowSet> written_;  // read instead of the store
  size_t written_row_ = 0;

  std::unique_ptr<RankedScan> ranked_;  // gives the rows of plans with MATCH
  size_t kept_ = KeptRows::kNowhere;    // where the current row is kept, which rows_ then need not stand at
  uint32_t kept_place_ = 0;             // of the row, among those of its key
  uint32_t kept_mark_ = 0;              // of own writes, when rows were kept
  // Set for plans that order by a call where SQLite sorts the rows.
  std::optional<RankedMeasure> measured_;

  std::unique_ptr<RepeatedScan> repeated_;  // for plans with filters

  // Where the number of rows is known: those that SQLite is still to count, the current one included.
  uint64_t rows_left_ = 0;
  uint64_t row_count_ = 0;    // of them all
  bool shows_count_ = false;  // the only row shows it
  // Set while rows are read whose number is to be kept.
  std::optional<RowCounts::Moment> counted_at_;
  uint64_t rows_passed_ = 0;

  KeyRanges ranges_;
  size_t range_ = 0;
  bool descending_ = false;
  bool turns_ = false;                            // each group is read in the other direction
  bool is_distinct_ = false;                      // one row of each group is shown
  int steps_in_group_ = 0;                        // before the next group is sought
  std::vector<temporal::IndexPart> group_parts_;  // what the keys of a group share
  std::string group_;                             // the bytes with which they begin
  bool has_rest_ = false;                         // the range continues behind the current group:
  std::string rest_lower_;
  std::string rest_upper_;
  bool at_end_ = true;
  bool shows_rows_ = false;      // the current row is that of rows_, and no entry, match or distance
  bool is_range_alone_ = false;  // and all rows of a range are shown, which need no more than steps
  bool has_left_range_ = false;  // next_in_range() has
  bool is_walking_ = false;      // walk_ holds the current row
  bool is_large_ = false;        // a row that is to be written was
  bool is_bound_ = false;        // reader_ holds the current row
  temporal::Period period_;      // of the current row, once asked for
  bool period_fetched_ = false;
  std::unique_ptr<temporal::RowCursor> whole_;  // gives the periods of rows that are shown without them
  std::string identity_;                        // scratch of _key
  uint64_t timed_commit_ = 0;                   // commit of committed_at_
  std::string committed_at_;
};

}  // namespace spectradb::extension
