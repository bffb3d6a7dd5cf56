#include "extension/alter/row_merge.h"

#include <algorithm>

#include "extension/session/connection.h"
#include "temporal/key_codec.h"

namespace spectradb::extension {

using temporal::Operation;
using temporal::Period;
using temporal::TableSchema;
using temporal::Value;

class RowMerge::Keys {
 public:
  Keys(Database& database, uint32_t id) : rows_(database) { temporal::append_table_id(prefix_, id); }

  Status first() {
    SPECTRADB_ASSIGN_OR_RETURN(auto* rows, rows_.at_all_valid_time());
    cursor_ = rows;
    cursor_->seek(prefix_, temporal::after_prefix(prefix_), false);
    return next();
  }
  Status next() {
    pieces_.clear();
    is_at_end_ = !cursor_->valid();
    if (is_at_end_) return cursor_->status();
    key_.assign(cursor_->row().user_key.substr(prefix_.size()));
    for (; cursor_->valid() && cursor_->row().user_key.substr(prefix_.size()) == key_; cursor_->next())
      pieces_.push_back({cursor_->row().valid, std::string(cursor_->row().payload)});
    return cursor_->status();
  }
  bool is_at_end() const { return is_at_end_; }
  const std::string& key() const { return key_; }  // without the table's id
  const std::vector<Piece>& pieces() const { return pieces_; }

 private:
  LatestRows rows_;
  temporal::RowCursor* cursor_ = nullptr;
  std::string prefix_;
  bool is_at_end_ = true;
  std::string key_;
  std::vector<Piece> pieces_;
};

RowMerge::RowMerge(Database& database, const TableSchema& from, const TableSchema& into)
    : database_(database),
      from_(from),
      into_(into),
      from_reader_(from),
      into_reader_(into),
      now_us_(database.connection().statement_now()),
      values_(into.columns.size()),
      bytes_(into.columns.size()) {}

Status RowMerge::run() { return into_.key_columns.empty() ? merge_by_content() : merge_by_key(); }

Status RowMerge::merge_by_key() {
  Keys old(database_, into_.id);
  Keys made(database_, from_.id);
  SPECTRADB_RETURN_IF_ERROR(old.first());
  SPECTRADB_RETURN_IF_ERROR(made.first());
  while (!old.is_at_end() || !made.is_at_end()) {
    const bool takes_old = !old.is_at_end() && (made.is_at_end() || old.key() <= made.key());
    const bool takes_made = !made.is_at_end() && (old.is_at_end() || made.key() <= old.key());
    const std::string key = takes_old ? old.key() : made.key();
    const std::vector<Piece> old_pieces = takes_old ? old.pieces() : std::vector<Piece>();
    const std::vector<Piece> made_pieces = takes_made ? made.pieces() : std::vector<Piece>();
    if (takes_old) SPECTRADB_RETURN_IF_ERROR(old.next());
    if (takes_made) SPECTRADB_RETURN_IF_ERROR(made.next());
    SPECTRADB_RETURN_IF_ERROR(merge_key(key, old_pieces, made_pieces));
  }
  return Status::ok();
}

Status RowMerge::merge_key(const std::string& key, const std::vector<Piece>& old,
                           const std::vector<Piece>& made) {
  const Piece* const seen = visible(old);
  if (made.empty()) return seen == nullptr ? Status::ok() : erase(key, seen->valid);
  const bool has_period = made.size() > 1 || !says_no_period(made.front().valid);
  if (!has_period && seen == nullptr) return put(key, free_around_now(old), made.front());
  if (!has_period || (seen != nullptr && made.size() == 1 && made.front().valid == seen->valid)) {
    SPECTRADB_ASSIGN_OR_RETURN(std::string before, image(into_reader_, into_, key, *seen));
    SPECTRADB_ASSIGN_OR_RETURN(std::string after, image(from_reader_, from_, key, made.front()));
    return before == after ? Status::ok() : put(key, seen->valid, made.front());
  }
  if (seen != nullptr) SPECTRADB_RETURN_IF_ERROR(erase(key, seen->valid));
  for (const Piece& piece : made) SPECTRADB_RETURN_IF_ERROR(put(key, piece.valid, piece));
  return Status::ok();
}

// For rows without a key of the user's: equal ones are the same row.
Status RowMerge::merge_by_content() {
  std::unordered_multimap<std::string, std::pair<std::string, Period>> gone;  // by content
  {
    Keys old(database_, into_.id);
    SPECTRADB_RETURN_IF_ERROR(old.first());
    while (!old.is_at_end()) {
      const Piece* const seen = visible(old.pieces());
      if (seen != nullptr) {
        SPECTRADB_ASSIGN_OR_RETURN(std::string content, image(into_reader_, into_, old.key(), *seen));
        gone.emplace(content, std::pair(old.key(), seen->valid));
      }
      SPECTRADB_RETURN_IF_ERROR(old.next());
    }
  }
  int64_t next_key = 1;
  {
    LatestRows ever(database_);
    SPECTRADB_ASSIGN_OR_RETURN(auto* rows, ever.ever());
    std::string prefix;
    temporal::append_table_id(prefix, into_.id);
    rows->seek(prefix, temporal::after_prefix(prefix), true);
    SPECTRADB_RETURN_IF_ERROR(rows->status());
    if (rows->valid()) {
      temporal::RowReader reader(into_);
      reader.bind(rows->row().user_key, {});
      SPECTRADB_ASSIGN_OR_RETURN(const int64_t last, reader.hidden_key());
      next_key = last + 1;
    }
  }
  Keys made(database_, from_.id);
  SPECTRADB_RETURN_IF_ERROR(made.first());
  while (!made.is_at_end()) {
    for (const Piece& piece : made.pieces()) {
      SPECTRADB_ASSIGN_OR_RETURN(std::string content, image(from_reader_, from_, made.key(), piece));
      const auto same = says_no_period(piece.valid) ? gone.find(content) : gone.end();
      if (same != gone.end()) {
        gone.erase(same);
        continue;
      }
      std::string key;
      temporal::append_key_value(key, Value::of_integer(next_key++), temporal::Collation::kBinary);
      SPECTRADB_RETURN_IF_ERROR(put_as(made.key(), key, piece.valid, piece));
    }
    SPECTRADB_RETURN_IF_ERROR(made.next());
  }
  for (const auto& [content, place] : gone) SPECTRADB_RETURN_IF_ERROR(erase(place.first, place.second));
  return Status::ok();
}

const RowMerge::Piece* RowMerge::visible(const std::vector<Piece>& pieces) const {
  const auto found = std::find_if(pieces.begin(), pieces.end(),
                                  [this](const Piece& piece) { return piece.valid.contains(now_us_); });
  return found == pieces.end() ? nullptr : &*found;
}

// Returns the period for a new row: it must not cover what its key has at other times.
Period RowMerge::free_around_now(const std::vector<Piece>& pieces) const {
  Period free;
  for (const Piece& piece : pieces) {
    if (piece.valid.to.us <= now_us_) free.from = piece.valid.to;
    if (piece.valid.from.us > now_us_) {
      free.to = piece.valid.from;
      break;
    }
  }
  return free;
}

bool RowMerge::says_no_period(const Period& period) const {
  const bool has_no_end = period.to.us == temporal::kEndOfTime;
  return has_no_end && (period.from.us == temporal::kBeginningOfTime ||
                        from_.valid_default == temporal::ValidDefault::kNow);
}

// Returns the row's values as bytes, without computed ones.
Result<std::string> RowMerge::image(temporal::RowReader& reader, const TableSchema& schema,
                                    const std::string& key, const Piece& piece) {
  const std::string user_key = full_key(schema, key);
  reader.bind(user_key, piece.payload);
  std::string bytes;
  for (size_t i = 0; i < schema.columns.size(); ++i) {
    if (schema.columns[i].is_generated) continue;
    SPECTRADB_ASSIGN_OR_RETURN(Value value, reader.column(static_cast<int>(i)));
    bytes += static_cast<char>('0' + static_cast<int>(value.type));
    bytes.append(reinterpret_cast<const char*>(&value.integer), sizeof value.integer);
    bytes.append(reinterpret_cast<const char*>(&value.real), sizeof value.real);
    const uint64_t size = value.bytes.size();
    bytes.append(reinterpret_cast<const char*>(&size), sizeof size);
    bytes.append(value.bytes);
  }
  return bytes;
}

Status RowMerge::put(const std::string& key, const Period& period, const Piece& made) {
  return put_as(key, key, period, made);
}

Status RowMerge::put_as(const std::string& made_key, const std::string& key, const Period& period,
                        const Piece& made) {
  const std::string made_user_key = full_key(from_, made_key);
  from_reader_.bind(made_user_key, made.payload);
  for (size_t i = 0; i < values_.size(); ++i) {
    SPECTRADB_ASSIGN_OR_RETURN(Value value, from_reader_.column(static_cast<int>(i)));
    bytes_[i].assign(value.bytes);
    values_[i] = value;
    values_[i].bytes = bytes_[i];
  }
  std::string payload;
  temporal::encode_row(payload, into_, values_);
  return append(key, period, Operation::kPut, payload);
}

Status RowMerge::erase(const std::string& key, const Period& period) {
  return append(key, period, Operation::kDelete, {});
}

Status RowMerge::append(const std::string& key, const Period& period, Operation operation,
                        std::string_view payload) {
  std::string fact;
  const Period shown{in_form(period.from, into_.valid_form), in_form(period.to, into_.valid_form)};
  temporal::encode_fact(fact, {shown, operation, payload});
  database_.batch()->put(full_key(into_, key), fact, {period.from.us, period.to.us});
  return database_.make_room();
}

std::string RowMerge::full_key(const TableSchema& schema, std::string_view key) const {
  std::string full;
  temporal::append_table_id(full, schema.id);
  return full.append(key);
}

}  // namespace spectradb::extension
