#include "extension/index/index_writer.h"

#include <algorithm>
#include <set>

#include "sql/shape/expression.h"
#include "temporal/key_codec.h"

namespace spectradb::extension {

using temporal::IndexPart;
using temporal::IndexSchema;
using temporal::Operation;
using temporal::Period;
using temporal::Value;

namespace {

constexpr size_t kIdBytes = sizeof(uint32_t);

// The entry of a row without the key behind it.
std::string values_of_row(const IndexSchema& index, const std::vector<Value>& row) {
  std::string out;
  temporal::append_table_id(out, index.id);
  for (const IndexPart& part : index.parts)
    temporal::append_index_part(out, row[static_cast<size_t>(part.column)], part);
  return out;
}

// Whether pieces, in valid order, that carry `entry` fill the whole period.
template <typename Pieces>
bool is_filled(const Pieces& pieces, const Period& period, size_t index, const std::string& entry) {
  int64_t filled_to = period.from.us;
  for (const auto& piece : pieces) {
    if (piece.valid.from.us != filled_to || piece.entries[index] != entry) return false;
    filled_to = piece.valid.to.us;
  }
  return filled_to == period.to.us;
}

}  // namespace

std::string unique_failure(const temporal::TableSchema& schema, const IndexSchema& index) {
  std::string names;
  for (const IndexPart& part : index.parts) {
    const std::string& name = schema.columns[static_cast<size_t>(part.column)].name;
    if (sql::is_condition_column(name)) continue;
    if (sql::is_made_by_index(name)) return "UNIQUE constraint failed: index '" + index.name + "'";
    names += (names.empty() ? "" : ", ") + schema.name + "." + name;
  }
  return "UNIQUE constraint failed: " + names;
}

void IndexWriter::put(std::string_view entry, const Period& period, Operation operation) {
  fact_.clear();
  temporal::encode_fact(fact_, {period, operation, {}});
  database_.batch()->put(entry, fact_, {period.from.us, period.to.us});
}

void IndexWriter::put_past(const IndexSchema& index, const std::string& entry) {
  std::string past;
  temporal::append_table_id(past, index.past_id());
  put(past.append(entry, kIdBytes), Period{}, Operation::kPut);
}

Result<std::string> IndexWriter::entry_of_row(const IndexSchema& index, std::string_view user_key,
                                              std::string_view payload) {
  reader_.bind(user_key, payload);
  std::string out;
  temporal::append_table_id(out, index.id);
  for (const IndexPart& part : index.parts) {
    Result<Value> value = reader_.column(part.column);
    if (!value) return value.status();
    temporal::append_index_part(out, *value, part);
  }
  out += user_key.substr(kIdBytes);
  return out;
}

Status IndexWriter::record(const std::vector<IndexSchema>& indexes, std::string_view user_key,
                           const Period& period, const std::vector<Value>* row) {
  if (indexes.empty()) return Status::ok();
  Result<temporal::RowCursor*> rows = rows_.in(period);
  if (!rows) return rows.status();
  pieces_.clear();
  for ((*rows)->seek_point(user_key); (*rows)->valid(); (*rows)->next()) {
    const temporal::ResolvedRow& old = (*rows)->row();
    Piece piece{old.valid, {}};
    for (const IndexSchema& index : indexes) {
      Result<std::string> entry = entry_of_row(index, old.user_key, old.payload);
      if (!entry) return entry.status();
      piece.entries.push_back(std::move(*entry));
    }
    pieces_.push_back(std::move(piece));
  }
  SPECTRADB_RETURN_IF_ERROR((*rows)->status());
  for (size_t i = 0; i < indexes.size(); ++i) {
    std::string entry;
    if (row != nullptr) entry = values_of_row(indexes[i], *row).append(user_key.substr(kIdBytes));
    for (const Piece& piece : pieces_) {
      if (piece.entries[i] == entry) continue;
      put(piece.entries[i], piece.valid, Operation::kDelete);
      // What is put and deleted in one commit was never visible; but the row may have been, before the index.
      if (indexes[i].since == database_.own_commit()) put_past(indexes[i], piece.entries[i]);
    }
    if (row != nullptr && !is_filled(pieces_, period, i, entry)) put(entry, period, Operation::kPut);
  }
  return Status::ok();
}

Result<std::vector<IndexWriter::Conflict>> IndexWriter::conflicts(const IndexSchema& index,
                                                                  std::string_view own_key,
                                                                  const Period& period,
                                                                  const std::vector<Value>& row) {
  std::vector<Conflict> found;
  for (const IndexPart& part : index.parts) {
    if (row[static_cast<size_t>(part.column)].is_null()) return found;  // different from everything
  }
  const std::string values = values_of_row(index, row);
  Result<temporal::RowCursor*> entries = entries_.in(period);
  if (!entries) return entries.status();
  std::string other;
  for ((*entries)->seek(values, temporal::after_prefix(values), false); (*entries)->valid();
       (*entries)->next()) {
    const std::string_view entry = (*entries)->row().user_key;
    other.clear();
    temporal::append_table_id(other, schema_.id);
    other.append(entry.substr(values.size()));
    if (other == own_key) continue;
    Result<temporal::RowCursor*> rows = rows_.in((*entries)->row().valid);
    if (!rows) return rows.status();
    for ((*rows)->seek_point(other); (*rows)->valid(); (*rows)->next()) {
      Result<std::string> entry_there = entry_of_row(index, other, (*rows)->row().payload);
      if (!entry_there) return entry_there.status();
      if (*entry_there == entry) found.push_back({other, (*rows)->row().valid});
    }
    SPECTRADB_RETURN_IF_ERROR((*rows)->status());
  }
  SPECTRADB_RETURN_IF_ERROR((*entries)->status());
  return found;
}

Status IndexWriter::build(const IndexSchema& index) {
  temporal::ReadTimes times;
  times.system = temporal::SystemMode::kAll;
  times.valid = temporal::ValidMode::kAll;
  times.callbacks = &database_.read_callbacks();
  Result<temporal::RowCursor*> rows = rows_.at(times);
  if (!rows) return rows.status();
  std::string from;
  temporal::append_table_id(from, schema_.id);
  std::string key;
  std::set<std::string> past;  // of one key
  for ((*rows)->seek(from, temporal::after_prefix(from), false); (*rows)->valid(); (*rows)->next()) {
    const temporal::ResolvedRow& row = (*rows)->row();
    if (key != row.user_key) {
      key.assign(row.user_key);
      past.clear();
    }
    Result<std::string> entry = entry_of_row(index, row.user_key, row.payload);
    if (!entry) return entry.status();
    if (row.system_to == 0) {
      put(*entry, row.valid, Operation::kPut);
    } else if (past.insert(*entry).second) {
      put_past(index, *entry);
    }
    SPECTRADB_RETURN_IF_ERROR(database_.make_room());
  }
  SPECTRADB_RETURN_IF_ERROR((*rows)->status());
  return index.is_unique ? check_built(index) : Status::ok();
}

// Entries of equal values are neighbours: none of them may hold at the valid time of another.
Status IndexWriter::check_built(const IndexSchema& index) {
  Result<temporal::RowCursor*> entries = entries_.at_all_valid_time();
  if (!entries) return entries.status();
  std::string from;
  temporal::append_table_id(from, index.id);
  std::string values;
  std::vector<Period> taken;  // of these values, by other keys than the present one
  std::string key;
  std::vector<Period> own;
  for ((*entries)->seek(from, temporal::after_prefix(from), false); (*entries)->valid(); (*entries)->next()) {
    const std::string_view entry = (*entries)->row().user_key;
    const std::string_view rest = entry.substr(kIdBytes);
    Result<temporal::PartsExtent> extent = temporal::extent_of_parts(rest, index.parts);
    if (!extent) return extent.status();
    if (extent->has_null) continue;  // different from everything
    if (key != entry) {
      taken.insert(taken.end(), own.begin(), own.end());
      own.clear();
      key.assign(entry);
    }
    if (values != rest.substr(0, extent->size)) {
      values.assign(rest.substr(0, extent->size));
      taken.clear();
    }
    const Period& valid = (*entries)->row().valid;
    const bool is_taken = std::any_of(taken.begin(), taken.end(), [&valid](const Period& other) {
      return other.from.us < valid.to.us && valid.from.us < other.to.us;
    });
    if (is_taken) return Status::constraint(unique_failure(schema_, index));
    own.push_back(valid);
  }
  return (*entries)->status();
}

}  // namespace spectradb::extension
