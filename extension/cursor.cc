#include "extension/cursor.h"

#include <algorithm>
#include <cstring>

#include "extension/hidden_columns.h"
#include "extension/values.h"
#include "temporal/key_codec.h"

namespace spectradb::extension {

using temporal::Affinity;
using temporal::Collation;
using temporal::Period;
using temporal::TableSchema;
using temporal::Value;

namespace {

constexpr char kPastFlag = 1;
constexpr char kPortionFlag = 2;

bool is_all(const Value& value) {
  return value.type == Value::Type::kText && value.bytes.size() == 3 &&
         sqlite3_strnicmp(value.bytes.data(), "all", 3) == 0;
}

bool is_number(const Value& value) {
  return value.type == Value::Type::kInteger || value.type == Value::Type::kReal;
}

bool is_numeric(Affinity affinity) {
  return affinity == Affinity::kInteger || affinity == Affinity::kReal || affinity == Affinity::kNumeric;
}

// A value as SQLite would compare it with a column of this affinity; nullopt when that depends on where the
// value comes from (a number against a text column), so that the key order cannot help.
std::optional<Value> comparable(const Value& value, Affinity affinity, bool is_literal,
                                std::string& scratch) {
  if (is_numeric(affinity)) return temporal::apply_affinity(value, Affinity::kNumeric, scratch);
  if (value.type == Value::Type::kBlob) return value;
  if (affinity == Affinity::kText) {
    if (!is_number(value)) return value;
    if (is_literal) return temporal::apply_affinity(value, Affinity::kText, scratch);
    return std::nullopt;
  }
  if (is_literal) return value;
  return std::nullopt;
}

}  // namespace

std::string encode_identity(const RowIdentity& identity) {
  std::string out(
      1, static_cast<char>((identity.is_past ? kPastFlag : 0) | (identity.is_portion ? kPortionFlag : 0)));
  out += encode_period(identity.piece);
  out += identity.user_key;
  return out;
}

std::optional<RowIdentity> decode_identity(std::string_view bytes) {
  if (bytes.size() < 1 + kEncodedPeriodBytes + sizeof(uint32_t) ||
      (bytes[0] & ~(kPastFlag | kPortionFlag)) != 0)
    return std::nullopt;
  std::optional<Period> piece = decode_period(bytes.substr(1, kEncodedPeriodBytes));
  if (!piece) return std::nullopt;
  return RowIdentity{*piece, (bytes[0] & kPastFlag) != 0, (bytes[0] & kPortionFlag) != 0,
                     bytes.substr(1 + kEncodedPeriodBytes)};
}

Result<SystemTime> to_system_time(Database& database, const Value& value, uint64_t snapshot, int64_t now_us) {
  SystemTime time;
  time.commit = snapshot;
  if (value.is_null()) return time;
  time.is_given = true;
  if (is_all(value)) {
    time.is_all = true;
    return time;
  }
  if (value.type == Value::Type::kInteger) {
    if (value.integer < 0)
      return Status::invalid("commit numbers start at 1 (0 is the empty database), not " + spelled(value));
    if (static_cast<uint64_t>(value.integer) > snapshot) {
      return Status::invalid("commit " + spelled(value) + " is beyond the last commit (" +
                             std::to_string(snapshot) +
                             "); a time is written as text, such as AS OF '2026-01-31 18:00'");
    }
    time.commit = static_cast<uint64_t>(value.integer);
    return time;
  }
  if (value.type != Value::Type::kText) {
    return Status::invalid("cannot read " + spelled(value) +
                           " as a system time: expected a commit number or text such as '2026-01-31 18:00'");
  }
  Result<int64_t> us = temporal::parse_instant(value.bytes, now_us);
  if (!us) return us.status();
  Result<uint64_t> commit = database.commit_at_or_before(*us);
  if (!commit) return commit.status();
  time.commit = *commit;
  return time;
}

Cursor::Cursor(Table& table) : sqlite3_vtab_cursor{}, table_(table), reader_(table.schema()) {}
Cursor::~Cursor() = default;

bool Cursor::uses(int column) const { return (columns_used_ & (uint64_t{1} << std::min(column, 63))) != 0; }

Status Cursor::filter(const Plan& plan, int argument_count, sqlite3_value** arguments) {
  (void)argument_count;
  at_end_ = true;
  is_bound_ = false;
  period_fetched_ = false;
  columns_used_ = plan.columns_used;
  descending_ = plan.descending;
  SPECTRADB_RETURN_IF_ERROR(table_.connection().check_process());
  Database& database = table_.database();
  Result<lsm::Store*> store = database.store();
  if (!store) return store.status();
  Result<uint64_t> snapshot = database.snapshot();
  if (!snapshot) return snapshot.status();
  snapshot_ = *snapshot;
  SPECTRADB_RETURN_IF_ERROR(read_times(plan, arguments));
  if (reads_portion_ && times_.window.is_empty()) return Status::ok();
  SPECTRADB_RETURN_IF_ERROR(build_ranges(plan, arguments));
  if (ranges_.empty()) return Status::ok();
  SPECTRADB_RETURN_IF_ERROR(open_rows());
  range_ = 0;
  seek_range();
  return settle();
}

Status Cursor::read_times(const Plan& plan, sqlite3_value** arguments) {
  Connection& connection = table_.connection();
  const int visible = table_.visible_columns();
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
  as_of_value_ = keep(argument(plan.as_of), as_of_text_);
  valid_at_value_ = keep(argument(plan.valid_at), valid_at_text_);

  system_range_.reset();
  valid_range_.reset();
  if (as_of_value_.type == Value::Type::kBlob) {
    SPECTRADB_RETURN_IF_ERROR(read_range(as_of_value_, true));
    system_ = SystemTime{true, true, snapshot_};
  } else {
    Result<SystemTime> system = to_system_time(table_.database(), as_of_value_, snapshot_,
                                               as_of_value_.type == Value::Type::kText ? now() : 0);
    if (!system) return system.status();
    system_ = *system;
  }

  times_ = temporal::ReadTimes{};
  times_.system = system_.is_all ? temporal::SystemMode::kAll : temporal::SystemMode::kAt;
  times_.now = now;
  const bool has_valid_range = valid_at_value_.type == Value::Type::kBlob;
  times_.need_period = uses(visible + kValidFrom) || uses(visible + kValidTo) || uses(visible + kKey);
  reads_portion_ = false;
  if (plan.portion != Plan::kNone) {
    const Value portion = argument(plan.portion);
    std::optional<Period> window =
        portion.type == Value::Type::kBlob ? decode_period(portion.bytes) : std::nullopt;
    if (!window)
      return Status::invalid("_portion takes what spectradb_period(from, to) gives, not " + spelled(portion));
    times_.valid = temporal::ValidMode::kWindow;
    times_.window = *window;
    reads_portion_ = true;
  } else if (has_valid_range) {
    SPECTRADB_RETURN_IF_ERROR(read_range(valid_at_value_, false));
    times_.valid = temporal::ValidMode::kAll;
  } else if (is_all(valid_at_value_)) {
    times_.valid = temporal::ValidMode::kAll;
  } else if (!valid_at_value_.is_null()) {
    Result<temporal::Bound> at =
        to_bound(valid_at_value_, valid_at_value_.type == Value::Type::kText ? now() : 0);
    if (!at) return at.status();
    times_.valid = temporal::ValidMode::kAt;
    times_.at_us = at->us;
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
  for (const auto& [bound, number] : {std::pair{&text->from, &range.from}, std::pair{&text->to, &range.to}}) {
    if (bound->is_null()) continue;
    if (is_system) {
      Result<SystemTime> time = to_system_time(table_.database(), *bound, snapshot_, now_us);
      if (!time) return time.status();
      if (time->is_all)
        return Status::invalid("'all' is no bound of a range of system time; NULL is unbounded");
      *number = static_cast<int64_t>(time->commit);
    } else {
      Result<temporal::Bound> time = to_bound(*bound, now_us);
      if (!time) return time.status();
      *number = time->us;
    }
  }
  (is_system ? system_range_ : valid_range_) = range;
  return Status::ok();
}

// Whether the present row's periods are in the ranges that were asked for.
bool Cursor::is_in_ranges() const {
  const temporal::ResolvedRow& row = rows_->row();
  if (system_range_) {
    std::optional<int64_t> ends;
    if (row.system_to != 0) ends = static_cast<int64_t>(row.system_to);
    if (!system_range_->admits(static_cast<int64_t>(row.system_from), ends)) return false;
  }
  if (valid_range_) {
    std::optional<int64_t> begins;
    std::optional<int64_t> ends;
    if (row.valid.from.us != temporal::kBeginningOfTime) begins = row.valid.from.us;
    if (row.valid.to.us != temporal::kEndOfTime) ends = row.valid.to.us;
    if (!valid_range_->admits(begins, ends)) return false;
  }
  return true;
}

// The byte range of the keys that start with `prefix` and satisfy the plan's range on the next column.
Status Cursor::bound_range(const Plan& plan, sqlite3_value** arguments, std::string& lower,
                           std::string& upper, bool& is_empty) {
  const TableSchema& schema = table_.schema();
  const std::string prefix = lower;
  upper = temporal::after_prefix(prefix);
  if (plan.key.size() >= std::max<size_t>(1, schema.key_columns.size())) return Status::ok();
  const auto [affinity, collation] = key_comparison(plan.key.size());
  std::string scratch;
  for (const Plan::KeyBound* bound : {&plan.lower, &plan.upper}) {
    if (bound->argument == Plan::kNone) continue;
    const Value given = from_sqlite(arguments[bound->argument]);
    if (given.is_null()) {
      is_empty = true;  // a comparison with NULL holds for no row
      return Status::ok();
    }
    std::optional<Value> value = comparable(given, affinity, bound->is_literal, scratch);
    if (!value) continue;  // SQLite checks the constraint itself
    std::string key = prefix;
    temporal::append_key_value(key, *value, collation);
    if (bound == &plan.lower) {
      lower = bound->is_inclusive ? key : temporal::after_prefix(key);
    } else {
      upper = bound->is_inclusive ? temporal::after_prefix(key) : key;
    }
  }
  if (plan.prefix_pattern != Plan::kNone) {
    const Value pattern = from_sqlite(arguments[plan.prefix_pattern]);
    const size_t fixed = std::min(pattern.bytes.find_first_of("*?["), pattern.bytes.size());
    if (pattern.type == Value::Type::kText && fixed > 0) {
      std::string key = prefix;
      temporal::append_key_value(key, Value::text(pattern.bytes.substr(0, fixed)), collation);
      key.resize(key.size() - 2);  // without the terminator: every longer text starts with it
      lower = std::max(lower, key);
      upper = std::min(upper, temporal::after_prefix(key));
    }
  }
  is_empty = lower >= upper;
  return Status::ok();
}

// The affinity and collation that the i-th key column is compared with.
std::pair<Affinity, Collation> Cursor::key_comparison(size_t i) const {
  const TableSchema& schema = table_.schema();
  if (schema.key_columns.empty()) return {Affinity::kInteger, Collation::kBinary};
  const temporal::Column& column = schema.columns[static_cast<size_t>(schema.key_columns[i])];
  return {column.affinity, column.collation};
}

// The whole key given by single values, as in most lookups: one point, without allocating. False when it is
// not so.
bool Cursor::build_point(const Plan& plan, sqlite3_value** arguments) {
  if (!plan.is_point(table_.schema())) return false;
  ranges_.resize(1);
  KeyRange& point = ranges_.front();
  point.is_point = true;
  point.lower.clear();
  temporal::append_table_id(point.lower, table_.schema().id);
  for (size_t i = 0; i < plan.key.size(); ++i) {
    const Value value = plan.key[i].is_list ? Value::null() : from_sqlite(arguments[plan.key[i].argument]);
    if (value.is_null()) return false;
    const auto [affinity, collation] = key_comparison(i);
    std::optional<Value> key_value = comparable(value, affinity, plan.key[i].is_literal, key_scratch_);
    if (!key_value) return false;
    temporal::append_key_value(point.lower, *key_value, collation);
  }
  return true;
}

Status Cursor::build_ranges(const Plan& plan, sqlite3_value** arguments) {
  if (build_point(plan, arguments)) return Status::ok();
  const TableSchema& schema = table_.schema();
  ranges_.clear();
  std::string start;
  temporal::append_table_id(start, schema.id);
  std::vector<std::string> prefixes{start};
  Plan used = plan;  // cut short where a value cannot be compared in key order
  std::string scratch;
  for (size_t i = 0; i < plan.key.size(); ++i) {
    const Plan::KeyValue& part = plan.key[i];
    const auto [affinity, collation] = key_comparison(i);
    std::vector<std::string> extended;
    bool is_comparable = true;
    auto extend = [&, affinity = affinity, collation = collation](sqlite3_value* given) {
      const Value value = from_sqlite(given);
      if (value.is_null()) return;  // equal to nothing
      std::optional<Value> key_value = comparable(value, affinity, part.is_literal, scratch);
      if (!key_value) {
        is_comparable = false;
        return;
      }
      for (const std::string& prefix : prefixes) {
        extended.push_back(prefix);
        temporal::append_key_value(extended.back(), *key_value, collation);
      }
    };
    if (part.is_list) {
      sqlite3_value* element = nullptr;
      int code = sqlite3_vtab_in_first(arguments[part.argument], &element);
      for (; code == SQLITE_OK && element != nullptr;
           code = sqlite3_vtab_in_next(arguments[part.argument], &element)) {
        extend(element);
      }
      if (code != SQLITE_OK && code != SQLITE_DONE) return Status(Code::kNoMemory, "out of memory");
    } else {
      extend(arguments[part.argument]);
    }
    if (!is_comparable) {
      used.key.resize(i);
      used.lower = used.upper = Plan::KeyBound{};
      used.prefix_pattern = Plan::kNone;
      break;
    }
    prefixes = std::move(extended);
  }
  std::sort(prefixes.begin(), prefixes.end());
  prefixes.erase(std::unique(prefixes.begin(), prefixes.end()), prefixes.end());
  for (std::string& prefix : prefixes) {
    KeyRange range;
    range.lower = std::move(prefix);
    range.is_point = used.is_point(schema);
    bool is_empty = false;
    if (!range.is_point)
      SPECTRADB_RETURN_IF_ERROR(bound_range(used, arguments, range.lower, range.upper, is_empty));
    if (!is_empty) ranges_.push_back(std::move(range));
  }
  if (descending_) std::reverse(ranges_.begin(), ranges_.end());
  return Status::ok();
}

Status Cursor::open_rows() {
  Database& database = table_.database();
  // Own writes are part of the present, not of a named time in the past.
  const bool sees_own = database.batch() != nullptr && (!system_.is_given || system_.is_all);
  std::shared_ptr<lsm::WriteBatch> own = sees_own ? database.batch() : nullptr;
  if (rows_ != nullptr && own == own_ && own_commit_ == database.own_commit()) {
    rows_->versions().set_max_commit(system_.commit);
    rows_->set_times(times_);
    return Status::ok();
  }
  Result<lsm::Store*> store = database.store();
  if (!store) return store.status();
  lsm::CursorOptions options;
  options.max_commit = system_.commit;
  options.own = own.get();
  options.own_commit = database.own_commit();
  rows_ = std::make_unique<temporal::RowCursor>((*store)->new_cursor(options), times_);
  own_ = std::move(own);
  own_commit_ = options.own_commit;
  return Status::ok();
}

void Cursor::seek_range() {
  const KeyRange& range = ranges_[range_];
  if (range.is_point) {
    rows_->seek_point(range.lower);
  } else {
    rows_->seek(range.lower, range.upper, descending_);
  }
}

Status Cursor::settle() {
  is_bound_ = false;
  period_fetched_ = false;
  for (;;) {
    while (!rows_->valid()) {
      SPECTRADB_RETURN_IF_ERROR(rows_->status());
      if (++range_ >= ranges_.size()) {
        at_end_ = true;
        return Status::ok();
      }
      seek_range();
    }
    if ((!system_range_ && !valid_range_) || is_in_ranges()) break;
    rows_->next();
  }
  at_end_ = false;
  return Status::ok();
}

Status Cursor::next() {
  rows_->next();
  return settle();
}

Status Cursor::column(sqlite3_context* context, int index) {
  const int visible = table_.visible_columns();
  if (index >= visible && index != visible + kRowid) return hidden_column(context, index - visible);
  if (index == visible + kRowid && sqlite3_vtab_nochange(context)) return Status::ok();
  if (!is_bound_) {
    reader_.bind(rows_->row().user_key, rows_->row().payload);
    is_bound_ = true;
  }
  if (index == visible + kRowid) {
    const TableSchema& schema = table_.schema();
    if (!schema.has_integer_key) return Status::ok();
    if (schema.key_columns.empty()) {
      Result<int64_t> key = reader_.hidden_key();
      if (!key) return key.status();
      sqlite3_result_int64(context, *key);
      return Status::ok();
    }
    index = schema.key_columns[0];
  }
  Result<Value> value = reader_.column(index);
  if (!value) return value.status();
  give(context, *value);
  return Status::ok();
}

Status Cursor::hidden_column(sqlite3_context* context, int column) {
  if (sqlite3_vtab_nochange(context) && column != kKey)
    return Status::ok();  // an UPDATE that leaves it alone
  const temporal::ResolvedRow& row = rows_->row();
  switch (column) {
    case kAsOf:
      if (system_range_) return Status::ok();
      if (system_.is_given) {
        give(context, as_of_value_);
      } else {
        sqlite3_result_int64(context, static_cast<sqlite3_int64>(system_.commit));
      }
      return Status::ok();
    case kValidAt:
      if (valid_range_) return Status::ok();
      if (!valid_at_value_.is_null()) {
        give(context, valid_at_value_);
      } else if (times_.valid == temporal::ValidMode::kNow) {
        give_bound(context, {times_.now(), true});
      }
      return Status::ok();
    case kSystemFrom:
      sqlite3_result_int64(context, static_cast<sqlite3_int64>(row.system_from));
      return Status::ok();
    case kSystemTo:
      if (row.system_to != 0) sqlite3_result_int64(context, static_cast<sqlite3_int64>(row.system_to));
      return Status::ok();
    case kValidFrom:
    case kValidTo:
      return give_period(context, column);
    case kCommittedAt: {
      if (timed_commit_ != row.system_from) {
        Result<std::optional<int64_t>> time = table_.database().commit_time_us(row.system_from);
        if (!time) return time.status();
        committed_at_ = time->has_value() ? temporal::format_timestamp(**time) : "";
        timed_commit_ = time->has_value() ? row.system_from : 0;  // own writes have no time yet
      }
      if (timed_commit_ != 0) {
        sqlite3_result_text(context, committed_at_.data(), static_cast<int>(committed_at_.size()),
                            SQLITE_TRANSIENT);
      }
      return Status::ok();
    }
    case kKey: {
      SPECTRADB_RETURN_IF_ERROR(ensure_period());
      const std::string key = encode_identity({period_, system_.is_given, reads_portion_, row.user_key});
      sqlite3_result_blob64(context, key.data(), key.size(), SQLITE_TRANSIENT);
      return Status::ok();
    }
    default:
      return Status::ok();  // _portion and _given are only written
  }
}

Status Cursor::give_period(sqlite3_context* context, int column) {
  SPECTRADB_RETURN_IF_ERROR(ensure_period());
  give_bound(context, column == kValidFrom ? period_.from : period_.to);
  return Status::ok();
}

// SQLite does not always announce the columns it reads (the key of a row that DELETE found). Then the row is
// looked up once more, by its key, with its period.
Status Cursor::ensure_period() {
  const temporal::ResolvedRow& row = rows_->row();
  if (period_fetched_) return Status::ok();
  if (times_.need_period || times_.valid == temporal::ValidMode::kAll ||
      times_.valid == temporal::ValidMode::kWindow || times_.system == temporal::SystemMode::kAll) {
    period_ = row.valid;
    period_fetched_ = true;
    return Status::ok();
  }
  Result<lsm::Store*> store = table_.database().store();
  if (!store) return store.status();
  lsm::CursorOptions options;
  options.max_commit = system_.commit;
  options.own = own_.get();
  options.own_commit = own_commit_;
  temporal::ReadTimes times = times_;
  times.need_period = true;
  temporal::RowCursor again((*store)->new_cursor(options), times);
  again.seek_point(row.user_key);
  SPECTRADB_RETURN_IF_ERROR(again.status());
  if (!again.valid()) return Status::corrupt("a row vanished while it was read");
  period_ = again.row().valid;
  period_fetched_ = true;
  return Status::ok();
}

}  // namespace spectradb::extension
