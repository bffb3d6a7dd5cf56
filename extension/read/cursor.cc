#include "extension/read/cursor.h"

#include <algorithm>

#include "base/assert.h"
#include "extension/host/values.h"
#include "extension/schema/hidden_columns.h"
#include "extension/times/session_time.h"
#include "temporal/key_codec.h"

namespace spectradb::extension {

using temporal::Period;
using temporal::Value;

namespace {
// Beyond that every scan reads all rows again.
constexpr uint64_t kAutomaticIndexMaxBytes = 256u << 20;
// What a table may keep between cursors.
constexpr uint64_t kKeptIndexMaxBytes = 8u << 20;

bool is_not_given(const Value& time) { return time.type == Value::Type::kBlob && time.bytes.empty(); }
}  // namespace

Cursor::Cursor(Table& table)
    : sqlite3_vtab_cursor{},
      table_(table),
      visible_(table.visible_columns()),
      reader_(table.schema()),
      ranges_(table.schema()) {}
Cursor::~Cursor() = default;

void Cursor::release() {
  if (rows_ != nullptr && own_ == nullptr) table_.database().give_back(std::move(rows_));
  rows_.reset();
  own_.reset();
  entries_.reset();
  ranked_.reset();
  measured_.reset();
  last_entries_.reset();
  entries_batch_.reset();
  written_.reset();
  at_end_ = true;
  timed_commit_ = 0;
  if (repeated_ != nullptr && repeated_->index.size_bytes() <= kKeptIndexMaxBytes)
    table_.repeated_scan() = std::move(repeated_);
  repeated_.reset();
}

bool Cursor::uses(int column) const { return (columns_used_ & (uint64_t{1} << std::min(column, 63))) != 0; }

Status Cursor::filter(const Plan& plan, int argument_count, sqlite3_value** arguments) {
  (void)argument_count;
  at_end_ = true;
  is_bound_ = false;
  period_fetched_ = false;
  columns_used_ = plan.columns_used;
  descending_ = plan.descending;
  SPECTRADB_RETURN_IF_ERROR(table_.connection().check_process());
  written_.reset();
  ranked_.reset();
  measured_.reset();
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
  Result<lsm::Store*> store = database.store();
  if (!store) return store.status();
  SPECTRADB_ASSIGN_OR_RETURN(const uint64_t snapshot, database.snapshot_of_statement());
  snapshot_ = snapshot;
  SPECTRADB_RETURN_IF_ERROR(read_times(plan, arguments));
  SPECTRADB_RETURN_IF_ERROR(read_period_conditions(plan, arguments));
  if (reads_portion_ && times_.window.is_empty()) return Status::ok();
  if (entries_ != nullptr) last_entries_ = std::move(entries_);
  are_entries_rows_ = false;
  if (plan.index_id != 0) SPECTRADB_RETURN_IF_ERROR(open_index(plan));
  SPECTRADB_RETURN_IF_ERROR(
      ranges_.build(plan, arguments, entries_ == nullptr ? nullptr : &entries_->index()));
  if (plan.promises_one_row && ranges_.are_widened()) {
    table_.promise_no_more();  // sqlite3_step() prepares the statement again
    return {Code::kStale, "a number is compared with a text in the key of table " + table_.schema().name +
                              ": prepare the statement again"};
  }
  if (ranges_.ranges().empty()) return Status::ok();
  group_by(plan);
  SPECTRADB_RETURN_IF_ERROR(open_rows());
  if (plan.match.column != Plan::kNone) {
    // From NULL everything is as far as from everything else: the rows come as they are.
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
  SPECTRADB_RETURN_IF_ERROR(seek_range());
  return settle();
}

Status Cursor::read_times(const Plan& plan, sqlite3_value** arguments) {
  Connection& connection = table_.connection();
  times_.callbacks = &table_.database().read_callbacks();
  const bool needs_period = uses(visible_ + kValidFrom) || uses(visible_ + kValidTo) ||
                            uses(visible_ + kKey) || plan.limits_valid_time();
  const bool names_time = plan.as_of != Plan::kNone || plan.valid_at != Plan::kNone ||
                          plan.portion != Plan::kNone || connection.part<SessionTimes>().as_of.is_set() ||
                          connection.part<SessionTimes>().valid_at.is_set();
  if (!names_time && !is_time_given_) {  // most often; all else stands as it was
    system_ = SystemTime{false, false, snapshot_};
    times_.need_period = needs_period;
    return Status::ok();
  }
  is_time_given_ = names_time;
  auto now = [&connection] { return connection.statement_now(); };
  auto argument = [&](int index) {
    return index == Plan::kNone ? Value::null() : from_sqlite(arguments[index]);
  };
  auto keep = [](const Value& value, std::string& text) {
    Value kept = value;
    text.assign(value.bytes);
    kept.bytes = text;
    return kept;
  };
  // Where the statement says nothing, the session may.
  auto given = [&](const Value& value, const SessionTime& session, std::string& text) {
    const bool is_given = !is_not_given(value) && !value.is_null();
    return is_given || !session.is_set() ? (is_given ? value : Value::null()) : keep(session.value(), text);
  };
  is_argument_given_[0] = plan.as_of != Plan::kNone;
  is_argument_given_[1] = plan.valid_at != Plan::kNone;
  arguments_[0] = keep(argument(plan.as_of), as_of_text_);
  arguments_[1] = keep(argument(plan.valid_at), valid_at_text_);
  as_of_value_ = given(arguments_[0], connection.part<SessionTimes>().as_of, as_of_text_);
  valid_at_value_ = given(arguments_[1], connection.part<SessionTimes>().valid_at, valid_at_text_);
  portion_value_ = keep(argument(plan.portion), portion_text_);

  system_range_.reset();
  valid_range_.reset();
  if (as_of_value_.type == Value::Type::kBlob) {
    SPECTRADB_RETURN_IF_ERROR(read_range(as_of_value_, true));
    system_ = SystemTime{true, true, snapshot_};
  } else {
    SPECTRADB_ASSIGN_OR_RETURN(SystemTime system,
                               to_system_time(table_.database(), as_of_value_, snapshot_,
                                              as_of_value_.type == Value::Type::kText ? now() : 0));
    system_ = system;
  }

  times_ = temporal::ReadTimes{};
  times_.callbacks = &table_.database().read_callbacks();
  times_.system = system_.is_all ? temporal::SystemMode::kAll : temporal::SystemMode::kAt;
  const bool has_valid_range = valid_at_value_.type == Value::Type::kBlob;
  times_.need_period = needs_period;
  reads_portion_ = false;
  if (plan.portion != Plan::kNone) {
    const Value& portion = portion_value_;
    std::optional<Period> window =
        portion.type == Value::Type::kBlob ? decode_period(portion.bytes) : std::nullopt;
    if (!window)
      return Status::invalid("_portion takes what spectradb_period(from, to) gives, not " + spelled(portion));
    SPECTRADB_RETURN_IF_ERROR(check_unit(table_.schema(), window->from));
    SPECTRADB_RETURN_IF_ERROR(check_unit(table_.schema(), window->to));
    times_.valid = temporal::ValidMode::kAll;  // WHERE and SET see the row's own period
    times_.window = *window;
    reads_portion_ = true;
  } else if (has_valid_range) {
    times_.valid = temporal::ValidMode::kAll;
    SPECTRADB_RETURN_IF_ERROR(read_range(valid_at_value_, false));
  } else if (is_all(valid_at_value_)) {
    times_.valid = temporal::ValidMode::kAll;
  } else if (!valid_at_value_.is_null()) {
    SPECTRADB_ASSIGN_OR_RETURN(temporal::Bound at,
                               to_bound_of(table_.schema(), valid_at_value_,
                                           valid_at_value_.type == Value::Type::kText ? now() : 0));
    times_.valid = temporal::ValidMode::kAt;
    times_.at_us = at.us;
  }
  return Status::ok();
}

// The bounds of a range in the axis' own numbers: commits, or microseconds.
Status Cursor::read_range(const Value& given, bool is_system) {
  std::optional<RangeText> text = decode_range(given.bytes);
  if (!text) return Status::invalid("cannot read " + spelled(given) + " as a time");
  Range range;
  range.form = text->form;
  const int64_t now_us = table_.connection().statement_now();
  std::vector<int64_t> times_us;  // of bounds that are text
  for (const auto& [bound, number] : {std::pair{&text->from, &range.from}, std::pair{&text->to, &range.to}}) {
    const Side side = range.form == RangeForm::kSymmetric ? Side::kEither
                      : number == &range.from             ? Side::kBeginning
                                                          : Side::kEnd;
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_open, is_unbounded(*bound, side));
    if (is_open) {
      if (side == Side::kEither && !bound->is_null())
        *number = temporal::infinity_of(bound->bytes) == temporal::Infinity::kEnd
                      ? temporal::kEndOfTime
                      : temporal::kBeginningOfTime;
      continue;
    }
    if (is_system) {
      SPECTRADB_ASSIGN_OR_RETURN(SystemTime time, to_commit(*bound, now_us));
      if (time.is_all)
        return Status::invalid("'all' is no bound of a range of system time; NULL is unbounded");
      // What begins before a time may be the last commit before it, what begins at or after it is a later
      // one.
      const bool is_next = time.is_behind && (range.form == RangeForm::kContained
                                                  ? number == &range.from
                                                  : range.form == RangeForm::kFromTo && number == &range.to);
      *number = static_cast<int64_t>(time.commit) + (is_next ? 1 : 0);
      if (time.time_us) times_us.push_back(*time.time_us);
    } else {
      SPECTRADB_ASSIGN_OR_RETURN(temporal::Bound time, to_bound_of(table_.schema(), *bound, now_us));
      *number = time.us;
    }
  }
  if (range.form == RangeForm::kFromTo && times_us.size() == 2 && times_us[0] >= times_us[1])
    range.to = range.from;  // empty, also where no commit lies between
  range.order();
  if (range.from == temporal::kBeginningOfTime) range.from.reset();
  if (range.to == temporal::kEndOfTime) range.to.reset();
  if (!text->is_only) {
    (is_system ? system_range_ : valid_range_) = range;
    return Status::ok();
  }
  if (range.is_empty()) {
    return Status::invalid("FOR VALID_TIME ONLY: the window from " + spelled(text->from) + " to " +
                           spelled(text->to) + " is empty or reversed: its start must lie before its end");
  }
  const bool is_swapped = range.from && !*is_unbounded(text->from, Side::kEither) &&
                          to_bound(text->from, now_us)->us != *range.from;
  const bool as_text[2] = {text->from.type == Value::Type::kText, text->to.type == Value::Type::kText};
  times_.valid = temporal::ValidMode::kWindow;
  times_.window = Period{};
  if (range.from) times_.window.from = {*range.from, as_text[is_swapped ? 1 : 0]};
  if (range.to) {
    const bool is_closed = range.form == RangeForm::kBetween && *range.to < temporal::kEndOfTime - 1;
    times_.window.to = {*range.to + (is_closed ? 1 : 0), as_text[is_swapped ? 0 : 1]};
  }
  SPECTRADB_ASSIGN_OR_RETURN(const temporal::ValidForm shown, table_.valid_form());
  times_.window = {in_form(times_.window.from, shown), in_form(times_.window.to, shown)};
  return Status::ok();
}

Status Cursor::open_rows() {
  Database& database = table_.database();
  // Own writes are part of the present, not of a named time in the past.
  const bool sees_own = database.batch() != nullptr && (!system_.is_given || system_.is_all);
  std::shared_ptr<lsm::WriteBatch> own = sees_own ? database.batch() : nullptr;
  if (rows_ != nullptr && own == own_ && own_commit_ == database.own_commit()) {
    rows_->versions().set_max_commit(max_commit_);
    rows_->set_times(times_);
    return Status::ok();
  }
  SPECTRADB_ASSIGN_OR_RETURN(auto* store, database.store());
  if (own == nullptr) {
    if (rows_ == nullptr || own_ != nullptr) rows_ = database.take_reader();
    rows_->versions().set_max_commit(max_commit_);
    rows_->set_times(times_);
  } else {
    lsm::CursorOptions options;
    options.max_commit = max_commit_;
    options.own = own.get();
    options.own_commit = database.own_commit();
    rows_ = std::make_unique<temporal::RowCursor>(store->new_cursor(options), times_);
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
  SPECTRADB_ASSIGN_OR_RETURN(auto* store, database.store());
  lsm::CursorOptions widest;
  widest.max_commit = snapshot_;
  widest.own = database.batch().get();
  widest.own_commit = database.own_commit();
  lsm::CursorOptions options = widest;
  options.max_commit = system_.commit;
  if (system_.is_given && !system_.is_all) options.own = nullptr;
  if (last_entries_ != nullptr && last_entries_->index() == *index && entries_batch_ == database.batch()) {
    entries_ = std::move(last_entries_);
  } else {
    last_entries_.reset();
    entries_ = std::make_unique<IndexScan>(table_.schema(), *index);
    entries_batch_ = database.batch();
  }
  entries_->open(*store, options, widest, times_);
  are_entries_rows_ = entries_->is_certain() && !has_conditions_;
  return Status::ok();
}

// Once as many rows were read for the sake of some as the table has, the rows are remembered by the columns
// that these are looked for by.
Status Cursor::read_by_automatic_index(const Plan& plan, sqlite3_value** arguments) {
  using State = RepeatedScan::State;
  RepeatedScan::Source source{max_commit_,           times_.after_commit, times_.min_commit,
                              times_.system,         times_.valid,        times_.at_us,
                              times_.window.from.us, times_.window.to.us, {}};
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
  is_bound_ = false;
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
        return Status::ok();
      }
      SPECTRADB_RETURN_IF_ERROR(seek_range());
    }
    if (are_entries_rows_) break;
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_meant,
                               entries_ == nullptr ? Result<bool>(true) : has_entry_values());
    if (is_meant && is_wanted()) break;
    rows_->next();
  }
  at_end_ = false;
  return Status::ok();
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
  // A certain entry is a row, unless something that SQLite runs for this very row has removed it (fetch_row).
  SPECTRADB_ASSERT(!are_entries_rows_ || !rows_->valid() || rows_->row().user_key == entry_key_);
  is_row_found_ = true;
  return Status::ok();
}

// Entries say where to look: a row at the times that are read may have other values by now, or not yet.
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

Status Cursor::next() {
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
