#include "extension/read/row_counts.h"

#include <algorithm>
#include <string>

#include "extension/session/database.h"
#include "extension/table/table.h"
#include "extension/times/horizon.h"
#include "temporal/key_codec.h"
#include "temporal/row_cursor.h"

namespace spectradb::extension {

namespace {

constexpr size_t kMostRowCounts = 8;  // the present and some times of the past
constexpr uint64_t kManyRows = 5000;  // that SQLite passes in the time in which a statement is rewritten
constexpr uint64_t kFewestChangedKeys = 64;  // up to here a count is carried on, however few rows it has
constexpr uint64_t kRowsAChangedKey =
    128;  // that are counted in the time in which a changed key is looked up
constexpr uint32_t kChangedKeysAQuestion = 1024;  // between questions whether the statement is interrupted

std::string first_key_of_table(const Table& table) {
  std::string key;
  temporal::append_table_id(key, table.schema().id);
  return key;
}

// Adds up what the keys show that were written between two commits, at the later one less at the earlier one.
class RowDifference {
 public:
  RowDifference(Table& table, const lsm::CursorOptions& before, const lsm::CursorOptions& after)
      : table_(table),
        since_(before.max_commit),
        after_options_(after),
        times_(times_of(table)),
        before_(table.database().shown(table.database().store_if_open()->new_cursor(before)), times_),
        after_(table.database().shown(table.database().store_if_open()->new_cursor(after)), times_) {}

  // Returns nothing where more than so many keys were written, or an instant of valid time matters.
  Result<std::optional<int64_t>> find(uint64_t most) {
    lsm::CursorOptions options = after_options_;
    options.min_commit = since_ + 1;
    const Database& database = table_.database();
    const auto versions = database.shown(database.store_if_open()->new_cursor(options));
    const std::string from = first_key_of_table(table_);
    const std::string to = temporal::after_prefix(from);
    int64_t difference = 0;
    uint64_t changed = 0;
    uint32_t seen = 0;
    for (versions->seek(from); versions->valid() && versions->user_key() < to; versions->next_key()) {
      if (++seen % kChangedKeysAQuestion == 0 && table_.database().is_interrupted())
        return Status(Code::kInterrupted, "interrupted");
      if (versions->commit() <= since_) continue;
      if (++changed > most) return std::optional<int64_t>();
      SPECTRADB_ASSIGN_OR_RETURN(const bool was, shows(before_, versions->user_key()));
      SPECTRADB_ASSIGN_OR_RETURN(const bool is, shows(after_, versions->user_key()));
      difference += int64_t{is} - int64_t{was};
    }
    SPECTRADB_RETURN_IF_ERROR(versions->status());
    if (before_.asked_for_instant() || after_.asked_for_instant()) return std::optional<int64_t>();
    return std::optional<int64_t>(difference);
  }

 private:
  static temporal::ReadTimes times_of(Table& table) {
    temporal::ReadTimes times;
    times.callbacks = &table.database().read_callbacks();
    times.need_period = false;
    return times;
  }
  static Result<bool> shows(temporal::RowCursor& rows, std::string_view user_key) {
    rows.seek_point(user_key);
    SPECTRADB_RETURN_IF_ERROR(rows.status());
    return rows.valid();
  }

  Table& table_;
  const uint64_t since_;
  const lsm::CursorOptions after_options_;
  const temporal::ReadTimes times_;
  temporal::RowCursor before_;
  temporal::RowCursor after_;
};

}  // namespace

bool RowCounts::are_many(Connection& connection, std::string_view schema, std::string_view table) {
  // Between statements the store is not asked: that may take a lock, or find another database in its place.
  const Table* const found = connection.find_table(schema, table);
  return found != nullptr && found->versions_planned() >= kManyRows;
}

RowCounts::Moment RowCounts::moment(uint64_t commit, bool sees_own, std::optional<int64_t> instant) const {
  Moment moment;
  moment.commit = commit;
  moment.instant = instant;
  const Database& database = table_.database();
  if (sees_own && database.batch() != nullptr)
    moment.own = {database.transaction(), database.rollbacks(), database.batch()->mark()};
  return moment;
}

bool RowCounts::are_kept() const {
  return !table_.database().subjects().tables().has_table_of(first_key_of_table(table_)) &&
         !reads_behind_horizons(table_.connection());
}

Status RowCounts::forget_erased() {
  SPECTRADB_ASSIGN_OR_RETURN(const bool is_erased, erasures_.has_moved(table_.database()));
  if (is_erased) counts_.clear();
  return Status::ok();
}

Result<std::optional<uint64_t>> RowCounts::find(const Moment& moment) {
  SPECTRADB_RETURN_IF_ERROR(forget_erased());
  std::optional<int64_t> instant = moment.instant;
  const auto answers = [&](const Count& count) {
    if (count.moment.commit != moment.commit || count.moment.own != moment.own) return false;
    if (count.is_timeless()) return true;
    if (!instant) instant = table_.database().read_callbacks().now();
    return count.counted.valid.contains(*instant);
  };
  const auto found = std::find_if(counts_.begin(), counts_.end(), answers);
  if (found == counts_.end()) return std::optional<uint64_t>();
  std::rotate(found, found + 1, counts_.end());
  return std::optional<uint64_t>(counts_.back().counted.rows);
}

Result<std::optional<uint64_t>> RowCounts::find_or_carry_on(const Moment& moment) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::optional<uint64_t> known, find(moment));
  if (known) return known;
  // What the table showed before its horizon may be gone.
  const Count* best = nullptr;
  for (const Count& count : counts_) {
    if (!count.is_timeless() || count.moment.own || count.moment.commit > moment.commit) continue;
    if (count.moment.commit < horizon_of(table_)) continue;
    if (best == nullptr || count.moment.commit > best->moment.commit) best = &count;
  }
  if (best == nullptr) return std::optional<uint64_t>();
  SPECTRADB_ASSIGN_OR_RETURN(const std::optional<uint64_t> carried, carry_on(*best, moment));
  if (carried) keep(moment, {*carried, {}});
  return carried;
}

Result<std::optional<uint64_t>> RowCounts::carry_on(const Count& from, const Moment& to) {
  RowDifference difference(table_, options_of(from.moment), options_of(to));
  SPECTRADB_ASSIGN_OR_RETURN(
      const std::optional<int64_t> found,
      difference.find(std::max(kFewestChangedKeys, from.counted.rows / kRowsAChangedKey)));
  if (!found) return std::optional<uint64_t>();
  return std::optional<uint64_t>(from.counted.rows + static_cast<uint64_t>(*found));
}

lsm::CursorOptions RowCounts::options_of(const Moment& moment) const {
  const Database& database = table_.database();
  lsm::CursorOptions options;
  options.max_commit = moment.commit;
  if (moment.own) {
    options.own = database.batch().get();
    options.own_commit = database.own_commit();
  }
  return options;
}

void RowCounts::keep(const Moment& moment, const temporal::RowCount& counted) {
  std::erase_if(counts_, [&](const Count& count) {
    return count.moment.own && count.moment.own != moment.own;  // as own writes were before
  });
  if (counts_.size() >= kMostRowCounts) counts_.erase(counts_.begin());
  counts_.push_back({moment, counted});
}

}  // namespace spectradb::extension
