// Scans of which SQLite asks for no column, as for count(*). Where the number of rows is known, SQLite is shown so
// many without that any is read; where it asks for a column nevertheless, as RIGHT JOIN does for the key, they are
// read from there on. A query that only counts the rows of a table (sql/rewrite/count_rewriter.cc) gets the number
// itself, in one row.
#include "extension/host/values.h"
#include "extension/read/cursor.h"
#include "extension/read/row_counts.h"
#include "temporal/row_count.h"

namespace spectradb::extension {

// Returns whether nothing is left to do for the scan: there are no rows to be read.
Result<bool> Cursor::count_instead(const Plan& plan, sqlite3_value** arguments) {
  const bool shows_count = plan.count != Plan::kNone;
  if (shows_count) {
    const temporal::Value given = from_sqlite(arguments[plan.count]);
    if (given.type != temporal::Value::Type::kText || given.bytes != "count(*)") return true;
  }
  RowCounts& counts = table_.row_counts();
  std::optional<uint64_t> known;
  const bool is_kept = times_.is_instant() && is_range_alone_ && counts.are_kept();
  if (is_kept) {
    const temporal::ReadTimes& times = times_.read_times();
    const bool is_given = times.valid == temporal::ValidMode::kAt;
    const RowCounts::Moment moment = counts.moment(times_.max_commit(), own_ != nullptr,
                                                   is_given ? std::optional(times.at_us) : std::nullopt);
    // Who asks only for a few rows is not to wait until changes are looked up.
    SPECTRADB_ASSIGN_OR_RETURN(known, shows_count ? counts.find_or_carry_on(moment) : counts.find(moment));
    counted_at_ = moment;
    rows_passed_ = 0;
  }
  if (shows_count) {
    if (!known) {
      SPECTRADB_ASSIGN_OR_RETURN(known, count_rows());
    }
    row_count_ = *known;
    shows_count_ = true;
    shows_rows_ = is_range_alone_ = at_end_ = false;
    return true;
  }
  if (!known) return false;
  row_count_ = rows_left_ = *known;
  at_end_ = rows_left_ == 0;
  shows_rows_ = is_range_alone_ = false;
  return true;
}

Result<uint64_t> Cursor::count_rows() {
  if (counted_at_) {
    const KeyRange& all = ranges_.ranges().front();
    SPECTRADB_ASSIGN_OR_RETURN(
        const temporal::RowCount counted,
        temporal::count_rows(rows_->versions(), all.lower, all.upper, times_.read_times()));
    table_.row_counts().keep(*counted_at_, counted);
    counted_at_.reset();
    return counted.rows;
  }
  uint64_t rows = 0;
  SPECTRADB_RETURN_IF_ERROR(seek_range());
  SPECTRADB_RETURN_IF_ERROR(settle());
  while (!at_end_) {
    ++rows;
    if (!next_read_in_range()) SPECTRADB_RETURN_IF_ERROR(next());
  }
  return rows;
}

void Cursor::keep_count() {
  if (rows_ == nullptr) return;  // large rows were let go of
  RowCounts& counts = table_.row_counts();
  // Who writes while a query reads changes what it counts.
  const RowCounts::Moment now = counts.moment(counted_at_->commit, own_ != nullptr, counted_at_->instant);
  // Only a count by itself tells at which instants it holds.
  if (now.own == counted_at_->own && !rows_->asked_for_instant())
    counts.keep(*counted_at_, {rows_passed_, {}});
  counted_at_.reset();
}

// Goes to the row that SQLite stands on.
Status Cursor::read_rows_left() {
  const uint64_t passed = row_count_ - rows_left_;
  rows_left_ = 0;
  shows_rows_ = is_range_alone_ = true;
  counted_at_.reset();
  SPECTRADB_RETURN_IF_ERROR(seek_range());
  SPECTRADB_RETURN_IF_ERROR(settle());
  for (uint64_t i = 0; i < passed && !at_end_; ++i) {
    if (!next_read_in_range()) SPECTRADB_RETURN_IF_ERROR(next());
  }
  return at_end_ ? Status::corrupt("a row vanished while it was read") : Status::ok();
}

}  // namespace spectradb::extension
