#include "extension/read/cursor.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "extension/host/values.h"
#include "extension/schema/hidden_columns.h"
#include "extension/session/own_readers.h"
#include "temporal/key_codec.h"

namespace spectradb::extension {

using temporal::Value;

namespace {
// A larger index is not built: then every scan reads all rows again.
constexpr uint64_t kAutomaticIndexMaxBytes = 256u << 20;
// An index entry and the seek of its row cost as much as so many rows that are passed in order.
constexpr uint64_t kRowsOfEntry = 4;
// The size of an index that a table keeps between cursors.
constexpr uint64_t kKeptIndexMaxBytes = 8u << 20;

// Whether a pattern alone, which is known only when the statement runs, says what of the index is read.
bool hangs_on_pattern(const Plan& plan) {
  return plan.index_id != 0 && plan.prefix_pattern != Plan::kNone && plan.key.empty() && plan.order.empty() &&
         plan.turn == 0 && plan.distinct == 0;
}

bool has_generated_column(const temporal::TableSchema& schema) {
  return std::any_of(schema.columns.begin(), schema.columns.end(),
                     [](const temporal::Column& column) { return column.is_generated; });
}

}  // namespace

Cursor::Cursor(Table& table)
    : sqlite3_vtab_cursor{},
      table_(table),
      visible_(table.visible_columns()),
      has_generated_(has_generated_column(table.schema())),
      reader_(table.schema()),
      walk_(table.schema()),
      times_(table),
      ranges_(table.schema()) {}
Cursor::~Cursor() = default;

void Cursor::release() {
  Database& database = table_.database();
  if (rows_ != nullptr && own_ == nullptr) {
    database.give_back(std::move(rows_));
  } else if (rows_ != nullptr && own_ == database.batch()) {
    table_.connection().part<OwnReaders>().give_back(std::move(rows_), own_);
  }
  rows_.reset();
  own_.reset();
  if (entries_ != nullptr) last_entries_ = std::move(entries_);
  if (last_entries_ != nullptr) last_entries_->close(table_.database());
  ranked_.reset();
  kept_ = KeptRows::kNowhere;
  measured_.reset();
  whole_.reset();
  entries_batch_.reset();
  written_.reset();
  at_end_ = true;
  timed_commit_ = 0;
  if (repeated_ != nullptr && repeated_->index.size_bytes() <= kKeptIndexMaxBytes)
    table_.repeated_scan() = std::move(repeated_);
  repeated_.reset();
}

bool Cursor::uses(int column) const { return (columns_used_ & (uint64_t{1} << std::min(column, 63))) != 0; }

// A row of a portion is identified by its piece of it. UPDATE announces all columns, and reads those that it names: where
// that is the period, it is looked up.
bool Cursor::needs_period(const Plan& plan) const {
  const bool shows_period = uses(visible_ + kValidFrom) || uses(visible_ + kValidTo);
  if (plan.limits_valid_time()) return true;
  if (plan.portion != Plan::kNone) return shows_period && !plan.announces_all_columns();
  return shows_period || uses(visible_ + kKey);
}

Status Cursor::filter(const Plan& plan, int argument_count, sqlite3_value** arguments) {
  (void)argument_count;
  at_end_ = true;
  is_bound_ = is_walking_ = false;
  shows_rows_ = is_range_alone_ = has_left_range_ = false;
  shows_count_ = false;
  rows_left_ = 0;
  counted_at_.reset();
  period_fetched_ = false;
  columns_used_ = plan.columns_used;
  descending_ = plan.descending;
  SPECTRADB_RETURN_IF_ERROR(table_.connection().check_process());
  written_.reset();
  ranked_.reset();
  kept_ = KeptRows::kNowhere;
  measured_.reset();
  whole_.reset();
  if (plan.written != Plan::kNone) return read_written_rows(arguments[plan.written]);
  Database& database = table_.database();
  if (plan.define != Plan::kNone) return table_.define(from_sqlite(arguments[plan.define]));
  if (plan.match.column == Plan::kNone &&
      (plan.match.count != Plan::kNone || plan.match.effort != Plan::kNone))
    return Status::invalid("_k and _effort of table " + table_.schema().name +
                           " say how to look for what MATCH names: say column MATCH … beside them");
  if (plan.match.is_call_unknown)
    return Status::invalid(
        "_ranked_by of table " + table_.schema().name +
        " names nothing that rows are ranked by: say column MATCH … beside a function's name");
  // Where nothing has changed since the snapshot was found, neither has what is open.
  SPECTRADB_ASSIGN_OR_RETURN(const uint64_t snapshot, database.snapshot_of_statement());
  if (database.store_if_open() == nullptr) SPECTRADB_RETURN_IF_ERROR(database.store().status());
  SPECTRADB_RETURN_IF_ERROR(times_.read(plan, arguments, needs_period(plan), snapshot));
  if (times_.reads_portion() && times_.window().is_empty()) return Status::ok();
  if (entries_ != nullptr) last_entries_ = std::move(entries_);
  are_entries_rows_ = false;
  if (plan.index_id != 0) SPECTRADB_RETURN_IF_ERROR(open_index(plan));
  SPECTRADB_RETURN_IF_ERROR(
      ranges_.build(plan, arguments, entries_ == nullptr ? nullptr : &entries_->index()));
  if (hangs_on_pattern(plan)) SPECTRADB_RETURN_IF_ERROR(read_rows_where_better(arguments));
  if (plan.promises_one_row && ranges_.are_widened()) {
    table_.promise_no_more();  // sqlite3_step() prepares the statement again
    return {Code::kStale, "a number is compared with a text in the key of table " + table_.schema().name +
                              ": prepare the statement again"};
  }
  if (ranges_.ranges().empty()) return Status::ok();
  group_by(plan);
  SPECTRADB_RETURN_IF_ERROR(open_rows());
  if (plan.match.column != Plan::kNone) {
    // Everything is equally far from NULL, so the rows come as they are.
    const bool is_from_null = sqlite3_value_type(arguments[plan.match.argument]) == SQLITE_NULL;
    if (plan.match.call == nullptr || (plan.match.is_search && !is_from_null)) return rank(plan, arguments);
    if (!is_from_null) {
      SPECTRADB_ASSIGN_OR_RETURN(measured_, measure_of_call(plan.match, nullptr, arguments));
    }
  }
  if (!plan.matched.conditions.empty()) return match(plan, arguments);
  if (entries_ == nullptr) {
    if (!plan.filters.empty() && !plan.is_point(table_.schema()) && plan.turn == 0)
      SPECTRADB_RETURN_IF_ERROR(read_by_automatic_index(plan, arguments));
    if (ranges_.are_widened() && !plan.order.empty()) SPECTRADB_RETURN_IF_ERROR(put_in_order(plan));
  }
  if (ranges_.ranges().empty()) return Status::ok();
  range_ = 0;
  shows_rows_ = entries_ == nullptr;
  is_range_alone_ = shows_rows_ && repeated_ == nullptr && !is_distinct_ && !times_.has_conditions();
  if (plan.is_bare || plan.count != Plan::kNone) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_counted, count_instead(plan, arguments));
    if (is_counted) return Status::ok();
  }
  SPECTRADB_RETURN_IF_ERROR(seek_range());
  return settle();
}

Status Cursor::open_rows() {
  Database& database = table_.database();
  std::shared_ptr<lsm::WriteBatch> own = times_.sees_own() ? database.batch() : nullptr;
  if (rows_ != nullptr && own == own_ && own_commit_ == database.own_commit()) {
    rows_->versions().set_max_commit(times_.max_commit());
    rows_->set_times(times_.read_times());
    return Status::ok();
  }
  if (own == nullptr) {
    if (rows_ == nullptr || own_ != nullptr) rows_ = database.take_reader();
    rows_->versions().set_max_commit(times_.max_commit());
    rows_->set_times(times_.read_times());
  } else if (auto kept = table_.connection().part<OwnReaders>().take(own)) {
    rows_ = std::move(kept);
    rows_->versions().set_max_commit(times_.max_commit());
    rows_->set_times(times_.read_times());
  } else {
    lsm::CursorOptions options;
    options.max_commit = times_.max_commit();
    options.own = own.get();
    options.own_commit = database.own_commit();
    rows_ = std::make_unique<temporal::RowCursor>(
        database.shown(database.store_if_open()->new_cursor(options)), times_.read_times());
  }
  own_ = std::move(own);
  own_commit_ = database.own_commit();
  return Status::ok();
}

Status Cursor::open_index(const Plan& plan) {
  const std::vector<temporal::IndexSchema>& indexes = table_.indexes();
  const auto index = std::find_if(indexes.begin(), indexes.end(),
                                  [&plan](const auto& candidate) { return candidate.id == plan.index_id; });
  if (index == indexes.end())
    return Status::invalid("an index of table " + table_.schema().name +
                           " was dropped: prepare the statement anew");
  Database& database = table_.database();
  lsm::CursorOptions widest;
  widest.max_commit = times_.snapshot();
  widest.own = database.batch().get();
  widest.own_commit = database.own_commit();
  lsm::CursorOptions options = widest;
  options.max_commit = times_.system().commit;
  if (!times_.sees_own()) options.own = nullptr;
  if (last_entries_ != nullptr && last_entries_->index() == *index) {
    entries_ = std::move(last_entries_);
    if (entries_batch_ != database.batch()) entries_->close(database);
    entries_batch_ = database.batch();
  } else {
    if (last_entries_ != nullptr) last_entries_->close(database);
    last_entries_.reset();
    entries_ = std::make_unique<IndexScan>(table_.schema(), *index);
    entries_batch_ = database.batch();
  }
  entries_->open(database, options, widest, times_.read_times());
  are_entries_rows_ = entries_->is_certain() && !times_.has_conditions();
  return Status::ok();
}

// A pattern such as '%x' leaves all of the index, whose rows come sooner in their own order. SQLite checks the
// pattern either way.
Status Cursor::read_rows_where_better(sqlite3_value** arguments) {
  const std::vector<KeyRange>& ranges = ranges_.ranges();
  if (ranges.empty()) return Status::ok();
  const uint64_t matching = table_.size_between(ranges.front().lower, ranges.front().upper).current;
  if (matching < table_.size().current / kRowsOfEntry) return Status::ok();
  last_entries_ = std::move(entries_);
  are_entries_rows_ = false;
  return ranges_.build(Plan{}, arguments);
}

// Once as many rows were read for the sake of a few as the table has, all rows are indexed by the columns of
// these filters.
Status Cursor::read_by_automatic_index(const Plan& plan, sqlite3_value** arguments) {
  using State = RepeatedScan::State;
  const temporal::ReadTimes& times = times_.read_times();
  RepeatedScan::Source source{times_.max_commit(),  times.after_commit, times.min_commit,
                              times.system,         times.valid,        times.at_us,
                              times.window.from.us, times.window.to.us, {}};
  if (own_ != nullptr) source.own = {own_->mark(), table_.database().rollbacks()};
  if (repeated_ == nullptr) {
    const int64_t now_us = table_.connection().statement_now();
    repeated_ = std::move(table_.repeated_scan());
    if (repeated_ == nullptr || repeated_->now_us != now_us || repeated_->plan != plan) {
      repeated_ = std::make_unique<RepeatedScan>();
      repeated_->plan = plan;
      repeated_->now_us = now_us;
    }
  }
  if (repeated_->rows_read == 0 || repeated_->source != source) {
    repeated_->source = source;
    repeated_->state = State::kReading;
    repeated_->table_rows = table_.size().current;
    repeated_->rows_read = 0;
  }
  if (repeated_->state == State::kReading && repeated_->rows_read >= repeated_->table_rows &&
      repeated_->rows_read > 0)
    SPECTRADB_RETURN_IF_ERROR(index_rows(plan));
  if (repeated_->state != State::kIndexed) return Status::ok();
  uint64_t hash = 0;
  for (const Plan::Filter& filter : plan.filters)
    hash = AutomaticIndex::mix(hash, from_sqlite(arguments[filter.argument]));
  ranges_.keep_only(repeated_->index.find(hash), descending_);
  return Status::ok();
}

Status Cursor::index_rows(const Plan& plan) {
  AutomaticIndex& index = repeated_->index;
  index.clear();
  std::string from;
  temporal::append_table_id(from, table_.schema().id);
  for (rows_->seek(from, temporal::after_prefix(from), false); rows_->valid(); rows_->next()) {
    reader_.bind(rows_->row().user_key, rows_->row().payload);
    uint64_t hash = 0;
    for (const Plan::Filter& filter : plan.filters) {
      SPECTRADB_ASSIGN_OR_RETURN(Value value, reader_.column(filter.column));
      hash = AutomaticIndex::mix(hash, value);
    }
    index.add(hash, rows_->row().user_key);
    if (index.size_bytes() > kAutomaticIndexMaxBytes) {
      index.clear();
      repeated_->state = RepeatedScan::State::kTooLarge;
      return Status::ok();
    }
  }
  SPECTRADB_RETURN_IF_ERROR(rows_->status());
  index.finish();
  repeated_->state = RepeatedScan::State::kIndexed;
  return Status::ok();
}

Status Cursor::settle() {
  is_bound_ = is_walking_ = false;
  period_fetched_ = false;
  for (;;) {
    while (!is_at_row()) {
      SPECTRADB_RETURN_IF_ERROR(entries_ != nullptr ? entries_->status() : Status::ok());
      if (!are_entries_rows_) SPECTRADB_RETURN_IF_ERROR(rows_->status());
      if (entries_ != nullptr && entries_->valid()) {
        entries_->next();
        if (entries_->valid()) SPECTRADB_RETURN_IF_ERROR(seek_rows_of_entry());
        continue;
      }
      if (has_rest_) {
        SPECTRADB_RETURN_IF_ERROR(seek_group());
        continue;
      }
      if (++range_ >= ranges_.ranges().size()) {
        at_end_ = true;
        let_go_of_large();
        return Status::ok();
      }
      SPECTRADB_RETURN_IF_ERROR(seek_range());
    }
    if (are_entries_rows_) break;
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_meant,
                               entries_ == nullptr ? Result<bool>(true) : has_entry_values());
    if (is_meant && times_.admits(rows_->row())) break;
    rows_->next();
  }
  at_end_ = false;
  return Status::ok();
}

// SQLite keeps the cursor open while it writes the rows that it found, and the last one's bytes with it.
void Cursor::let_go_of_large() {
  if (!std::exchange(is_large_, false)) return;
  rows_.reset();
  own_.reset();
}

bool Cursor::is_at_row() const {
  if (entries_ == nullptr) return rows_->valid();
  return entries_->valid() && (are_entries_rows_ || rows_->valid());
}

Status Cursor::seek_rows_of_entry() {
  is_row_found_ = false;
  return are_entries_rows_ ? Status::ok() : find_row();
}

Status Cursor::find_row() {
  if (is_row_found_) return Status::ok();
  SPECTRADB_ASSIGN_OR_RETURN(std::string_view key, entries_->reader().key());
  entry_key_.clear();
  temporal::append_table_id(entry_key_, table_.schema().id);
  entry_key_.append(key);
  rows_->seek_point(entry_key_);
  // A certain entry is a row, unless something that SQLite ran for this very row has removed it (fetch_row).
  SPECTRADB_ASSERT(!are_entries_rows_ || !rows_->valid() || rows_->row().user_key == entry_key_);
  is_row_found_ = true;
  return Status::ok();
}

// Entries only tell where to look: at the times that are read, a row may have other values by now, or not
// yet.
Result<bool> Cursor::has_entry_values() {
  reader_.bind(rows_->row().user_key, rows_->row().payload);
  row_values_.clear();
  const temporal::IndexSchema& index = entries_->index();
  if (index.maker != nullptr) return has_made_entry(index);
  for (const temporal::IndexPart& part : index.parts) {
    SPECTRADB_ASSIGN_OR_RETURN(Value value, reader_.column(part.column));
    temporal::append_index_part(row_values_, value, part);
  }
  return entries_->entry().starts_with(row_values_);  // no part is a prefix of another
}

Result<bool> Cursor::has_made_entry(const temporal::IndexSchema& index) {
  std::vector<Value> values;
  std::vector<temporal::IndexEntry> made;
  for (const temporal::IndexPart& part : index.parts) {
    SPECTRADB_ASSIGN_OR_RETURN(Value value, reader_.column(part.column));
    values.push_back(value);
  }
  SPECTRADB_RETURN_IF_ERROR(index.maker->make(nullptr, values, &made));
  return std::any_of(made.begin(), made.end(), [this](const temporal::IndexEntry& each) {
    return entries_->entry().starts_with(each.key);
  });
}

bool Cursor::next_read_in_range() {
  if (!is_range_alone_) return false;
  is_bound_ = is_walking_ = period_fetched_ = false;
  rows_->next();
  has_left_range_ = !rows_->valid();
  ++rows_passed_;
  return !has_left_range_;
}

Status Cursor::next() {
  if (rows_left_ > 0 || shows_count_) {
    rows_left_ = 0;
    at_end_ = true;
    return Status::ok();
  }
  if (std::exchange(has_left_range_, false)) {
    SPECTRADB_RETURN_IF_ERROR(settle());
    if (at_end_ && counted_at_) keep_count();
    return Status::ok();
  }
  if (written_ != nullptr) {
    at_end_ = ++written_row_ >= written_->rows().size();
    return Status::ok();
  }
  if (ranked_ != nullptr) return next_ranked();
  if (repeated_ != nullptr) repeated_->rows_read += 1;
  if (is_distinct_) {
    SPECTRADB_RETURN_IF_ERROR(leave_group());
  } else {
    advance();
  }
  return settle();
}

void Cursor::advance() {
  if (are_entries_rows_) {
    entries_->next();
    is_row_found_ = false;
  } else {
    rows_->next();
  }
}

}  // namespace spectradb::extension
