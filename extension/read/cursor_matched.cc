// How a cursor returns rows that a query over several columns finds (column MATCH query).
#include <algorithm>

#include "extension/facet/matcher.h"
#include "extension/host/values.h"
#include "extension/read/cursor.h"
#include "temporal/key_codec.h"

namespace spectradb::extension {

using temporal::Value;

namespace {

constexpr size_t kMatchedIdBytes = sizeof(uint32_t);

}  // namespace

Status Cursor::match(const Plan& plan, sqlite3_value** arguments) {
  const std::vector<temporal::IndexSchema>& indexes = table_.indexes();
  const auto index = std::find_if(indexes.begin(), indexes.end(), [&plan](const auto& candidate) {
    return candidate.id == plan.matched.index_id;
  });
  if (index == indexes.end())
    return Status::invalid("an index of table " + table_.schema().name +
                           " was dropped: prepare the statement anew");
  SPECTRADB_ASSIGN_OR_RETURN(const std::shared_ptr<Match> match, read_match(plan, arguments, *index));
  if (match == nullptr) return Status::ok();
  ranked_ = std::make_unique<RankedScan>();
  ranked_->match = match;
  ranked_->index = &*index;
  if (times_.is_instant() && (own_ != nullptr || times_.system().commit >= index->since)) {
    SPECTRADB_RETURN_IF_ERROR(match_at_instant(plan, *match, *index));
  } else if (wants_ranks()) {
    SPECTRADB_RETURN_IF_ERROR(match_all(*match, *index));
  } else {
    SPECTRADB_RETURN_IF_ERROR(match_candidates(*match, *index));
  }
  ranked_->finish();
  return next_ranked();
}

// Returns null where a query is NULL, which no row matches.
Result<std::unique_ptr<Match>> Cursor::read_match(const Plan& plan, sqlite3_value** arguments,
                                                  const temporal::IndexSchema& index) const {
  std::vector<MatchCondition> conditions;
  std::string name;
  for (const Plan::Matched::Condition& condition : plan.matched.conditions) {
    MatchCondition& read = conditions.emplace_back();
    read.query = from_sqlite(arguments[condition.argument]);
    if (read.query.is_null()) return std::unique_ptr<Match>();
    const std::string own_name = condition.column < visible_
                                     ? table_.schema().columns[static_cast<size_t>(condition.column)].name
                                     : hidden_name(kText);
    name += (name.empty() ? "" : ", ") + table_.schema().name + "." + own_name;
    if (condition.column >= visible_) continue;
    const auto part = std::find_if(
        index.parts.begin(), index.parts.end(),
        [&condition](const temporal::IndexPart& each) { return each.column == condition.column; });
    read.part = static_cast<size_t>(part - index.parts.begin());
  }
  Result<std::unique_ptr<Match>> match = matcher_of(index)->match(table_.schema(), index, conditions);
  if (match.status().code() == Code::kInvalid)
    return Status::invalid(name + " MATCH: " + match.status().message());
  return match;
}

Status Cursor::match_at_instant(const Plan& plan, Match& match, const temporal::IndexSchema& index) {
  SPECTRADB_ASSIGN_OR_RETURN(lsm::Store* const store, table_.database().store());
  MatchSpace space{table_.database(), *store, {}, times_.read_times(), index, times_.snapshot()};
  space.times.need_period = false;
  space.times.min_commit = 0;  // a row may be newer than its entries, if other columns were written
  space.options.max_commit = times_.system().commit;
  space.options.own = own_.get();
  space.options.own_commit = own_commit_;
  std::vector<RankedRow> rows;
  SPECTRADB_RETURN_IF_ERROR(match.search(space, wants_ranks(), &rows));
  const bool is_narrowed = !plan.key.empty() || plan.is_bounded();
  std::string full;
  for (RankedRow& row : rows) {
    full.clear();
    temporal::append_table_id(full, table_.schema().id);
    full.append(row.key);
    if (!is_narrowed || ranges_.admit(full)) ranked_->add(std::move(row));
  }
  return Status::ok();
}

Status Cursor::give_match(sqlite3_context* context) {
  const temporal::IndexSchema& index = *ranked_->index;
  auto row = std::make_unique<MatchedRow>(MatchedRow{matcher_of(index), ranked_->match, {}, {}});
  reader_.bind(rows_->row().user_key, rows_->row().payload);
  is_bound_ = true;
  row->bytes.reserve(index.parts.size());  // values point into it, so it must not move
  for (const temporal::IndexPart& part : index.parts) {
    SPECTRADB_ASSIGN_OR_RETURN(Value value, reader_.column(part.column));
    row->bytes.emplace_back(value.bytes);
    value.bytes = row->bytes.back();
    row->values.push_back(value);
  }
  sqlite3_result_pointer(context, row.release(), kMatchedRow,
                         [](void* given) { delete static_cast<MatchedRow*>(given); });
  return Status::ok();
}

// Adds the current row of rows_ to the match, and returns whether it matches.
Result<bool> Cursor::is_matching(Match& match, const temporal::IndexSchema& index) {
  reader_.bind(rows_->row().user_key, rows_->row().payload);
  std::vector<Value> values;
  for (const temporal::IndexPart& part : index.parts) {
    SPECTRADB_ASSIGN_OR_RETURN(const Value value, reader_.column(part.column));
    values.push_back(value);
  }
  return match.add(values);
}

// Reads the rows of the keys that the index names.
Status Cursor::match_candidates(Match& match, const temporal::IndexSchema& index) {
  Database& database = table_.database();
  SPECTRADB_RETURN_IF_ERROR(database.store().status());
  lsm::CursorOptions widest;
  widest.max_commit = times_.snapshot();
  widest.own = database.batch().get();
  widest.own_commit = database.own_commit();
  lsm::CursorOptions options = widest;
  options.max_commit = times_.system().commit;
  if (!times_.sees_own()) options.own = nullptr;
  IndexScan entries(table_.schema(), index);
  entries.open(database, options, widest, times_.read_times());
  std::vector<std::string> keys;
  SPECTRADB_RETURN_IF_ERROR(match.find_candidates(entries, &keys));
  for (const std::string& key : keys) {
    entry_key_.clear();
    temporal::append_table_id(entry_key_, table_.schema().id);
    entry_key_.append(key);
    if (!ranges_.admit(entry_key_)) continue;
    uint32_t place = 0;
    for (rows_->seek_point(entry_key_); rows_->valid(); rows_->next()) {
      if (!times_.admits(rows_->row())) continue;
      SPECTRADB_ASSIGN_OR_RETURN(const bool is_match, is_matching(match, index));
      if (is_match) ranked_->add({0, key, place});
      ++place;
    }
    SPECTRADB_RETURN_IF_ERROR(rows_->status());
  }
  return Status::ok();
}

// Reads all rows that the times show, since ranks depend on them.
Status Cursor::match_all(Match& match, const temporal::IndexSchema& index) {
  std::string from;
  temporal::append_table_id(from, table_.schema().id);
  std::vector<std::pair<RankedRow, size_t>> found;
  size_t matches = 0;
  std::string last_key;
  uint32_t place = 0;
  for (rows_->seek(from, temporal::after_prefix(from), false); rows_->valid(); rows_->next()) {
    if (!times_.admits(rows_->row())) continue;
    const std::string_view key = rows_->row().user_key.substr(kMatchedIdBytes);
    const bool is_same = !last_key.empty() && key == last_key;
    place = is_same ? place + 1 : 0;
    if (!is_same) last_key.assign(key);
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_match, is_matching(match, index));
    if (!is_match) continue;
    if (ranges_.admit(rows_->row().user_key)) found.push_back({{0, last_key, place}, matches});
    ++matches;
  }
  SPECTRADB_RETURN_IF_ERROR(rows_->status());
  for (auto& [row, number] : found) {
    row.distance = match.rank(number);
    ranked_->add(std::move(row));
  }
  return Status::ok();
}

}  // namespace spectradb::extension
