// How a cursor returns rows in the order of their distance from a value (column MATCH value).
#include <algorithm>
#include <utility>

#include "extension/facet/column_type.h"
#include "extension/facet/function_error.h"
#include "extension/facet/index_kind.h"
#include "extension/host/values.h"
#include "extension/read/cursor.h"
#include "extension/schema/checked_columns.h"
#include "extension/schema/hidden_columns.h"
#include "temporal/key_codec.h"

namespace spectradb::extension {

using temporal::IndexPart;
using temporal::Value;

namespace {

constexpr size_t kRankedIdBytes = sizeof(uint32_t);
// So many rows are all measured (plan_cost.cc has the same number for what is known when a statement is planned).
constexpr uint64_t kFewRows = 2000;
constexpr uint64_t kSurelyMany = 4 * kFewRows;  // as estimated: rows are not counted then

// Reads a row count of the statement; kInvalid for anything else.
Result<uint64_t> row_count(const Value& given) {
  const bool is_whole = given.type == Value::Type::kReal && given.real >= 0 && given.real < 0x1p53 &&
                        given.real == static_cast<double>(static_cast<uint64_t>(given.real));
  if (is_whole) return static_cast<uint64_t>(given.real);
  if (given.type != Value::Type::kInteger || given.integer < 0)
    return Status::invalid("_k takes a number of rows, not " + spelled(given));
  return static_cast<uint64_t>(given.integer);
}

// Appends the encoded value that a column of this part is compared with. Returns false where that depends on
// where the value comes from.
bool append_comparable(std::string& out, const Value& given, const IndexPart& part) {
  std::string scratch;
  Value value = given;
  const bool is_number = given.type == Value::Type::kInteger || given.type == Value::Type::kReal;
  if (part.affinity == temporal::Affinity::kText || part.affinity == temporal::Affinity::kBlob) {
    if (is_number) return false;
  } else {
    value = temporal::apply_affinity(given, temporal::Affinity::kNumeric, scratch);
  }
  temporal::append_index_part(out, value, part);
  return true;
}

}  // namespace

Status Cursor::rank(const Plan& plan, sqlite3_value** arguments) {
  Status status = begin_ranking(plan, arguments);
  if (status) status = next_ranked();
  if (status.code() != Code::kInvalid || plan.match.call != nullptr) return status;
  const std::string& column = table_.schema().columns[static_cast<size_t>(plan.match.column)].name;
  return Status::invalid(table_.schema().name + "." + column + " MATCH: " + status.message());
}

Status Cursor::begin_ranking(const Plan& plan, sqlite3_value** arguments) {
  const Plan::Match& match = plan.match;
  const auto argument = [arguments](int place) {
    return place == Plan::kNone ? Value::null() : from_sqlite(arguments[place]);
  };
  ranked_ = std::make_unique<RankedScan>();
  RankedScan& ranked = *ranked_;
  ranked.column = match.column;
  kept_mark_ = own_ != nullptr ? own_->mark() : 0;
  SPECTRADB_RETURN_IF_ERROR(find_ranking(match, &ranked.index));
  if (match.count != Plan::kNone) {
    SPECTRADB_ASSIGN_OR_RETURN(ranked.count, row_count(argument(match.count)));
  }
  if (match.limit != Plan::kNone) {
    const Value limit = argument(match.limit);
    if (limit.type == Value::Type::kInteger && limit.integer > 0)
      ranked.want(static_cast<uint64_t>(limit.integer));
  } else if (ranked.count) {
    ranked.want(*ranked.count);
  }
  if (argument(match.argument).is_null()) {
    ranked.count = 0;
    return Status::ok();
  }
  if (match.call != nullptr) {
    SPECTRADB_ASSIGN_OR_RETURN(ranked.measured, measure_of_call(match, ranked.index, arguments));
    if (!match.has_no_nulls)
      ranked.nulls = match.has_nulls_last ? RankedScan::Nulls::kLast : RankedScan::Nulls::kFirst;
  } else {
    const temporal::Column& column = table_.schema().columns[static_cast<size_t>(match.column)];
    const Ranking& ranking = ranked.index != nullptr ? *ranking_of(*ranked.index)
                                                     : *find_column_type(column.declared_type)->ranking;
    SPECTRADB_ASSIGN_OR_RETURN(ranked.measured.query,
                               ranking.query(ranked.index, argument(match.argument), argument(match.effort)));
  }
  const bool is_instant = times_.is_instant() && !times_.has_conditions();
  const bool is_indexed =
      ranked.index != nullptr && (own_ != nullptr || times_.system().commit >= ranked.index->since);
  if (!match.is_search || !is_instant || !is_indexed || !ranked.measured.failure ||
      ranked.measured.query->wants_all())
    return rank_all(plan, arguments);
  SPECTRADB_ASSIGN_OR_RETURN(const bool are_ranked, rank_few(plan, arguments));
  if (are_ranked) return Status::ok();
  Status status = begin_search(plan, arguments);
  if (match.call == nullptr || status.code() != Code::kInvalid) return status;
  return in_function(match.call->said.function, status);
}

// Finds the index that the plan ranks by, or null.
Status Cursor::find_ranking(const Plan::Match& match, const temporal::IndexSchema** index) const {
  *index = nullptr;
  if (match.index_id == 0) return Status::ok();
  for (const temporal::IndexSchema& candidate : table_.indexes()) {
    if (candidate.id == match.index_id) *index = &candidate;
  }
  if (*index != nullptr) return Status::ok();
  return Status::invalid("an index of table " + table_.schema().name +
                         " was dropped: prepare the statement anew");
}

Result<RankedMeasure> Cursor::measure_of_call(const Plan::Match& match, const temporal::IndexSchema* index,
                                              sqlite3_value** arguments) const {
  const temporal::Column& column = table_.schema().columns[static_cast<size_t>(match.column)];
  const Ranking& ranking = *find_column_type(column.declared_type)->ranking;
  RankedMeasure measure;
  measure.call = match.call;
  measure.column = match.column;
  if (match.has_nulls_last) measure.of_null = RankedRow::kNullLast;
  Result<std::unique_ptr<RankedQuery>> query =
      ranking.called(*match.call, index, from_sqlite(arguments[match.argument]),
                     match.effort == Plan::kNone ? Value::null() : from_sqlite(arguments[match.effort]));
  if (query) {
    measure.query = std::move(*query);
  } else if (query.status().code() == Code::kInvalid) {
    measure.failure = query.status();
  } else {
    return query.status();
  }
  return measure;
}

// Returns the partition that the statement names, or else means: one entry for each part, empty where nothing
// is fixed.
Result<std::vector<std::string>> Cursor::said_partition(const Plan& plan, sqlite3_value** arguments) const {
  std::vector<std::string> said;
  if (ranked_->index == nullptr) return said;
  const std::vector<IndexPart>& parts = ranked_->index->parts;
  for (size_t i = 1; i < parts.size(); ++i) {
    const int argument = plan.match.partition[i - 1];
    std::string& part = said.emplace_back();
    if (argument != Plan::kNone && !append_comparable(part, from_sqlite(arguments[argument]), parts[i]))
      part.clear();
  }
  if (said.size() != 1 || plan.match.says_partition || times_.system().is_all) return said;
  const SystemTime& system = times_.system();
  const std::optional<uint64_t> commit = system.is_given ? std::optional(system.commit) : std::nullopt;
  SPECTRADB_ASSIGN_OR_RETURN(
      std::optional<std::string> meant,
      ranking_of(*ranked_->index)->partition(table_.database(), table_.schema(), *ranked_->index, commit));
  said.front() = meant.value_or(std::string());
  return said;
}

// Ranks the current row, unless the statement names another partition. kInvalid where an earlier row is in
// another one.
Status Cursor::rank_row(RankedScan& ranked, RankedRow row) {
  Result<Value> value = reader_.column(ranked.column);
  if (!value || (value->is_null() && ranked.nulls == RankedScan::Nulls::kNone)) return value.status();
  std::string partition;
  for (size_t i = 0; i < ranked.said.size(); ++i) {
    const IndexPart& part = ranked.index->parts[i + 1];
    SPECTRADB_ASSIGN_OR_RETURN(Value of_column, reader_.column(part.column));
    const size_t begin = partition.size();
    temporal::append_index_part(partition, of_column, part);
    if (!ranked.said[i].empty() && std::string_view(partition).substr(begin) != ranked.said[i])
      return Status::ok();
  }
  if (ranked.partition && *ranked.partition != partition)
    return mixed_partitions(table_.schema(), *ranked.index, *ranked.partition, partition);
  ranked.partition = std::move(partition);
  Result<double> distance = ranked.measured.distance(*value);
  if (!distance) {
    const Status& status = distance.status();
    return status.code() == Code::kInvalid
               ? Status::invalid(status.message() + named_row(table_.schema(), reader_))
               : status;
  }
  row.distance = *distance;
  row.kept = keep(ranked, *value);
  ranked.add(std::move(row));
  return Status::ok();
}

// Keeps the row that reader_ holds, whose ranking column has this value. What a row lacks may be made of this value.
size_t Cursor::keep(RankedScan& ranked, const Value& ranking) const {
  if (table_.schema().generated != nullptr) return KeptRows::kNowhere;
  return ranked.kept.keep(rows_->row().payload, ranking);
}

// Reads the rows of the plan and ranks them all.
Status Cursor::rank_all(const Plan& plan, sqlite3_value** arguments) {
  are_entries_rows_ = false;
  return rank_rows_of(plan, arguments, UINT64_MAX).status();
}

// Ranks the rows of the ranges where conditions on the key leave few: then they cost less than a search, which
// has to read many lists until it finds them. Returns false where they are more than that. That is counted, since
// what is estimated changes with time, and answers shall not.
Result<bool> Cursor::rank_few(const Plan& plan, sqlite3_value** arguments) {
  if (plan.key.empty() && !plan.is_bounded()) return false;
  uint64_t estimated = 0;
  for (const KeyRange& range : ranges_.ranges()) {
    estimated += range.is_point ? 1 : table_.size_between(range.lower, range.upper).current;
    if (estimated > kSurelyMany) return false;
  }
  return rank_rows_of(plan, arguments, kFewRows);
}

// Ranks the rows of the plan, unless they are more than `most`: then it returns false.
Result<bool> Cursor::rank_rows_of(const Plan& plan, sqlite3_value** arguments, uint64_t most) {
  ranked_->said.clear();
  // A call orders rows of all partitions that the statement's conditions leave.
  if (plan.match.call == nullptr) {
    SPECTRADB_ASSIGN_OR_RETURN(ranked_->said, said_partition(plan, arguments));
  }
  return rank_rows({}, most);
}

// Ranks the rows of the ranges, but not those with the keys that were given, which ascend as the ranges do.
// Returns false, and ranks none, where it meets more than `most`.
Result<bool> Cursor::rank_rows(const std::vector<std::string>& given, uint64_t most) {
  std::unique_ptr<RankedScan> ranked = std::move(ranked_);  // put aside, since rows come from the ranges
  std::string last_key;
  uint32_t place = 0;
  size_t passed = 0;  // keys of `given`
  range_ = 0;
  SPECTRADB_RETURN_IF_ERROR(seek_range());
  SPECTRADB_RETURN_IF_ERROR(settle());
  for (uint64_t met = 1; !at_end_; ++met) {
    if (met > most) {
      ranked->clear();
      ranked_ = std::move(ranked);
      return false;
    }
    const temporal::ResolvedRow& row = rows_->row();
    const std::string_view key = row.user_key.substr(kRankedIdBytes);
    place = key == last_key ? place + 1 : 0;
    if (place == 0) last_key.assign(key);
    while (passed < given.size() && given[passed] < last_key) ++passed;
    if (passed == given.size() || given[passed] != last_key) {
      reader_.bind(row.user_key, row.payload);
      SPECTRADB_RETURN_IF_ERROR(rank_row(*ranked, {0, last_key, place}));
    }
    rows_->next();
    SPECTRADB_RETURN_IF_ERROR(settle());
  }
  if (entries_ != nullptr) last_entries_ = std::move(entries_);
  ranked->finish();
  ranked_ = std::move(ranked);
  return true;
}

Status Cursor::begin_search(const Plan& plan, sqlite3_value** arguments) {
  const temporal::IndexSchema& index = *ranked_->index;
  SPECTRADB_ASSIGN_OR_RETURN(auto* store, table_.database().store());
  RankedSpace space{*store, {}, times_.read_times(), table_.schema(), index, std::string(), {}};
  space.times.need_period = false;
  space.options.max_commit = times_.system().commit;
  space.options.own = own_.get();
  space.options.own_commit = own_commit_;
  SPECTRADB_ASSIGN_OR_RETURN(ranked_->said, said_partition(plan, arguments));
  for (const std::string& part : ranked_->said) {
    if (part.empty() && plan.match.call != nullptr) return rank_all(plan, arguments);
    if (part.empty()) {
      space.partition.reset();
      break;
    }
    *space.partition += part;
  }
  const bool is_narrowed = !plan.key.empty() || plan.is_bounded();
  if (is_narrowed) {
    space.admits = [this, full = std::string()](std::string_view key) mutable {
      full.clear();
      temporal::append_table_id(full, table_.schema().id);
      full.append(key);
      return ranges_.admit(full);
    };
  }
  SPECTRADB_ASSIGN_OR_RETURN(ranked_->search,
                             ranking_of(index)->search(*ranked_->measured.query, std::move(space)));
  return Status::ok();
}

// Measures the row with this key (without the table's id); rows_ then stands at it.
Result<std::optional<RankedRow>> Cursor::measure(std::string_view key) {
  entry_key_.clear();
  temporal::append_table_id(entry_key_, table_.schema().id);
  entry_key_.append(key);
  for (rows_->seek_point(entry_key_); rows_->valid(); rows_->next()) {
    reader_.bind(rows_->row().user_key, rows_->row().payload);
    SPECTRADB_ASSIGN_OR_RETURN(Value value, reader_.column(ranked_->column));
    if (value.is_null()) continue;
    SPECTRADB_ASSIGN_OR_RETURN(const double distance, ranked_->measured.distance(value));
    return std::optional(RankedRow{distance, std::string(key), 0, keep(*ranked_, value)});
  }
  if (Status status = rows_->status(); !status) return status;
  return std::optional<RankedRow>();
}

// Returns _distance of the current row.
Status Cursor::give_distance(sqlite3_context* context) {
  std::optional<double> distance;
  if (ranked_ != nullptr && ranked_->match == nullptr) distance = ranked_->distance();
  if (measured_) {
    if (!is_bound_) reader_.bind(rows_->row().user_key, rows_->row().payload);
    is_bound_ = true;
    SPECTRADB_ASSIGN_OR_RETURN(const Value value, reader_.column(measured_->column));
    SPECTRADB_ASSIGN_OR_RETURN(distance, measured_->distance(value));
  }
  if (distance && *distance != RankedRow::kNullFirst) sqlite3_result_double(context, *distance);
  return Status::ok();
}

Status Cursor::next_ranked() {
  is_bound_ = false;
  period_fetched_ = false;
  for (;;) {
    at_end_ = true;
    kept_ = KeptRows::kNowhere;
    if (ranked_->is_search_over())
      SPECTRADB_RETURN_IF_ERROR(rank_rows(ranked_->leave_search(), UINT64_MAX).status());
    Result<const RankedRow*> next = ranked_->next([this](std::string_view key) { return measure(key); });
    if (!next || *next == nullptr) return next.status();
    const RankedRow& row = **next;
    entry_key_.clear();
    temporal::append_table_id(entry_key_, table_.schema().id);
    entry_key_.append(row.key);
    kept_place_ = row.place;
    // Something that SQLite ran for a row may have changed or removed this one.
    if (row.kept != KeptRows::kNowhere && (own_ == nullptr || own_->mark() == kept_mark_)) {
      kept_ = row.kept;
      at_end_ = false;
      return Status::ok();
    }
    SPECTRADB_RETURN_IF_ERROR(find_ranked(row.place));
    if (!at_end_) return Status::ok();
  }
}

// Moves rows_ to the row of entry_key_ that has this place among those of the key; ends where it is gone.
Status Cursor::find_ranked(uint32_t place) {
  at_end_ = true;
  uint32_t passed = 0;
  for (rows_->seek_point(entry_key_); rows_->valid(); rows_->next()) {
    if (!times_.admits(rows_->row()) || passed++ != place) continue;
    at_end_ = false;
    return Status::ok();
  }
  return rows_->status();
}

// Whether a kept row tells the column: of a vector it has none, and nothing but what its columns have.
bool Cursor::is_kept_column(int index) const {
  if (index < visible_) return index != ranked_->column;
  const int hidden = index - visible_;
  return hidden == kRowid || hidden == kDistance || ScanTimes::is_asked(hidden);
}

// Moves rows_ to the current row, which is kept. Returns false where it is gone.
Result<bool> Cursor::fetch_kept() {
  SPECTRADB_RETURN_IF_ERROR(find_ranked(kept_place_));
  if (std::exchange(at_end_, false)) return false;
  kept_ = KeptRows::kNowhere;
  is_bound_ = false;
  return true;
}

}  // namespace spectradb::extension
