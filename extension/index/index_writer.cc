#include "extension/index/index_writer.h"

#include <algorithm>
#include <set>

#include "base/assert.h"
#include "extension/index/sorted_facts.h"
#include "extension/schema/checked_columns.h"
#include "extension/session/connection.h"
#include "extension/session/database.h"
#include "extension/session/lost_statements.h"
#include "sql/shape/expression.h"
#include "temporal/key_codec.h"

namespace spectradb::extension {

using temporal::IndexEntry;
using temporal::IndexPart;
using temporal::IndexSchema;
using temporal::Operation;
using temporal::Period;
using temporal::Value;

namespace {

constexpr size_t kIdBytes = sizeof(uint32_t);

// Returns the entry of a row without the key at its end.
std::string values_of_row(const IndexSchema& index, const std::vector<Value>& row) {
  std::string out;
  temporal::append_table_id(out, index.id);
  for (const IndexPart& part : index.parts)
    temporal::append_index_part(out, row[static_cast<size_t>(part.column)], part);
  return out;
}

// Binary search, since a row's entries are sorted: a text has hundreds.
template <typename Entries>
bool has(const Entries& entries, const temporal::IndexEntry& entry) {
  return std::binary_search(entries.begin(), entries.end(), entry);
}

// Whether pieces that carry `entry`, given in valid order, fill the whole period.
template <typename Pieces>
bool is_filled(const Pieces& pieces, const Period& period, size_t index, const temporal::IndexEntry& entry) {
  int64_t filled_to = period.from.us;
  for (const auto& piece : pieces) {
    if (piece.valid.from.us != filled_to || !has(piece.entries[index], entry)) return false;
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

// The key space of an index, as the maker of its entries reads and writes it inside the transaction.
class IndexWriter::Space final : public temporal::EntrySpace {
 public:
  Space(IndexWriter& writer, const IndexSchema& index) : writer_(writer), index_(index) {}

  Status each(std::string_view prefix, const std::function<bool(const Held&)>& visit) override {
    SPECTRADB_ASSIGN_OR_RETURN(auto* rows, writer_.space_.at_all_valid_time());
    set_key(prefix);
    for (rows->seek(key_, temporal::after_prefix(key_), false); rows->valid(); rows->next()) {
      const temporal::ResolvedRow& row = rows->row();
      if (!visit({row.user_key.substr(kIdBytes), row.payload, row.valid})) return Status::ok();
    }
    return rows->status();
  }
  Result<bool> find(std::string_view key, std::string* payload) override {
    temporal::ReadTimes times;
    times.valid = temporal::ValidMode::kAt;
    SPECTRADB_ASSIGN_OR_RETURN(auto* rows, writer_.space_.at(times));
    set_key(key);
    rows->seek_point(key_);
    if (!rows->valid()) {
      if (Status status = rows->status(); !status) return status;
      return false;
    }
    payload->assign(rows->row().payload);
    return true;
  }
  void put(std::string_view key, std::string_view payload, const Period& valid) override {
    set_key(key);
    writer_.put(key_, {valid, Operation::kPut, payload});
  }
  void erase(std::string_view key, const Period& valid) override {
    set_key(key);
    writer_.put(key_, {valid, Operation::kDelete, {}});
  }

 private:
  void set_key(std::string_view key) {
    key_.clear();
    temporal::append_table_id(key_, index_.id);
    key_.append(key);
  }

  IndexWriter& writer_;
  const IndexSchema& index_;
  std::string key_;
};

IndexWriter::IndexWriter(Database& database, const temporal::TableSchema& schema)
    : database_(database),
      schema_(schema),
      reader_(schema),
      rows_(database),
      entries_(database),
      space_(database),
      lost_(database.connection().part<LostStatements>()) {}

void IndexWriter::begin_write() {
  transaction_ = database_.transaction();
  losses_ = lost_.count();
}

// Columns that were added after a row was written are computed when it is read, and so a function of the
// application's may have rolled back: the readers are gone then.
Status IndexWriter::check_transaction() const {
  if (database_.transaction() == transaction_ && lost_.count() == losses_) return Status::ok();
  return Status::invalid("the indexes of table " + schema_.name +
                         " are not written: a function of the application has " + lost_.last_act());
}

void IndexWriter::put(std::string_view key, const temporal::Fact& fact) {
  fact_.clear();
  temporal::encode_fact(fact_, fact);
  database_.batch()->put(key, fact_, {fact.valid.from.us, fact.valid.to.us});
}

void IndexWriter::put(const IndexEntry& entry, const Period& period) {
  put(entry.key, {period, Operation::kPut, entry.payload});
}

Status IndexWriter::put_made(const IndexSchema& index, const IndexEntry& entry, const Period& period) {
  put(entry, period);
  if (index.maker == nullptr) return Status::ok();
  Space space(*this, index);
  return index.maker->wrote(space, std::string_view(entry.key).substr(kIdBytes));
}

void IndexWriter::put_past(const IndexSchema& index, const IndexEntry& entry) {
  if (index.maker != nullptr && !index.maker->keeps_past()) return;
  IndexEntry past{{}, entry.payload};
  temporal::append_table_id(past.key, index.past_id());
  past.key.append(entry.key, kIdBytes);
  put(past, Period{});
}

// Makes the message of a maker that refuses a value. One that learns from rows refuses nothing else; what others say is
// of the index.
Status IndexWriter::refused(const IndexSchema& index, const Status& status, const std::string& row) const {
  if (status.code() != Code::kInvalid || !index.maker->learns()) return status;
  return Status::invalid(schema_.name + "." +
                         schema_.columns[static_cast<size_t>(index.parts.front().column)].name + ": " +
                         status.message() + row);
}

// Makes the entries of an index with an EntryMaker from values_.
Result<IndexWriter::Entries> IndexWriter::made_entries(const IndexSchema& index, std::string_view user_key) {
  Entries entries;
  Space space(*this, index);
  SPECTRADB_RETURN_IF_ERROR(index.maker->make(&space, values_, &entries));
  std::string id;
  temporal::append_table_id(id, index.id);
  SPECTRADB_ASSERT(std::all_of(entries.begin(), entries.end(), [&index](const IndexEntry& entry) {
    const Result<temporal::PartsExtent> extent = temporal::extent_of_parts(entry.key, index.entry_parts());
    return extent && extent->size == entry.key.size();
  }));
  for (IndexEntry& entry : entries) entry.key.insert(0, id).append(user_key.substr(kIdBytes));
  std::sort(entries.begin(), entries.end());
  return entries;
}

// Fills values_ with the values of the parts.
Status IndexWriter::read_values(const IndexSchema& index, std::string_view user_key,
                                std::string_view payload) {
  reader_.bind(user_key, payload);
  values_.clear();
  for (const IndexPart& part : index.parts) {
    SPECTRADB_ASSIGN_OR_RETURN(Value value, reader_.column(part.column));
    values_.push_back(value);
  }
  return check_transaction();
}

Result<IndexWriter::Entries> IndexWriter::entries_of(const IndexSchema& index, std::string_view user_key,
                                                     std::string_view payload) {
  SPECTRADB_RETURN_IF_ERROR(read_values(index, user_key, payload));
  if (index.maker != nullptr) {
    Result<Entries> made = made_entries(index, user_key);
    if (!made) return refused(index, made.status(), named_row(schema_, reader_));
    return made;
  }
  Entries entries(1);
  std::string& key = entries.front().key;
  temporal::append_table_id(key, index.id);
  for (size_t i = 0; i < values_.size(); ++i) temporal::append_index_part(key, values_[i], index.parts[i]);
  key += user_key.substr(kIdBytes);
  return entries;
}

Result<IndexWriter::Entries> IndexWriter::entries_of(const IndexSchema& index, std::string_view user_key,
                                                     const std::vector<Value>& row) {
  if (index.maker == nullptr)
    return Entries{{values_of_row(index, row).append(user_key.substr(kIdBytes)), {}}};
  values_.clear();
  for (const IndexPart& part : index.parts) values_.push_back(row[static_cast<size_t>(part.column)]);
  Result<Entries> made = made_entries(index, user_key);
  if (!made) return refused(index, made.status(), named_row(schema_, row));
  return made;
}

Status IndexWriter::record(const std::vector<IndexSchema>& indexes, std::string_view user_key,
                           const Period& period, const std::vector<Value>* row) {
  if (indexes.empty()) return Status::ok();
  begin_write();
  SPECTRADB_ASSIGN_OR_RETURN(auto* rows, rows_.in(period));
  pieces_.clear();
  for (rows->seek_point(user_key); rows->valid(); rows->next()) {
    const temporal::ResolvedRow& old = rows->row();
    Piece piece{old.valid, {}};
    for (const IndexSchema& index : indexes) {
      SPECTRADB_ASSIGN_OR_RETURN(Entries entries, entries_of(index, old.user_key, old.payload));
      piece.entries.push_back(std::move(entries));
    }
    pieces_.push_back(std::move(piece));
  }
  SPECTRADB_RETURN_IF_ERROR(rows->status());
  for (size_t i = 0; i < indexes.size(); ++i) {
    SPECTRADB_ASSIGN_OR_RETURN(Entries entries,
                               row == nullptr ? Entries() : entries_of(indexes[i], user_key, *row));
    for (const Piece& piece : pieces_) {
      for (const IndexEntry& entry : piece.entries[i]) {
        if (has(entries, entry)) continue;
        put(entry.key, {piece.valid, Operation::kDelete, {}});
        // An entry that is put and deleted in one commit was never visible; but the row may have been, before
        // the index existed.
        if (indexes[i].since == database_.own_commit()) put_past(indexes[i], entry);
      }
    }
    for (const IndexEntry& entry : entries) {
      if (!is_filled(pieces_, period, i, entry))
        SPECTRADB_RETURN_IF_ERROR(put_made(indexes[i], entry, period));
    }
  }
  return Status::ok();
}

Result<std::vector<IndexWriter::Conflict>> IndexWriter::conflicts(const IndexSchema& index,
                                                                  std::string_view own_key,
                                                                  const Period& period,
                                                                  const std::vector<Value>& row) {
  std::vector<Conflict> found;
  begin_write();
  for (const IndexPart& part : index.parts) {
    if (row[static_cast<size_t>(part.column)].is_null()) return found;  // NULL differs from everything
  }
  const std::string values = values_of_row(index, row);
  // Entries also tell what was before the table's valid time begins.
  SPECTRADB_ASSIGN_OR_RETURN(auto* entries,
                             entries_.in(database_.valid_horizons().behind(schema_.id, period)));
  std::string other;
  for (entries->seek(values, temporal::after_prefix(values), false); entries->valid(); entries->next()) {
    const std::string_view entry = entries->row().user_key;
    other.clear();
    temporal::append_table_id(other, schema_.id);
    other.append(entry.substr(values.size()));
    if (other == own_key) continue;
    SPECTRADB_ASSIGN_OR_RETURN(auto* rows, rows_.in(entries->row().valid));
    for (rows->seek_point(other); rows->valid(); rows->next()) {
      SPECTRADB_ASSIGN_OR_RETURN(Entries there, entries_of(index, other, rows->row().payload));
      if (there.front().key == entry) found.push_back({other, rows->row().valid});
    }
    SPECTRADB_RETURN_IF_ERROR(rows->status());
  }
  SPECTRADB_RETURN_IF_ERROR(entries->status());
  return found;
}

// Gives the maker of a new index the values of the current rows.
Status IndexWriter::teach(const IndexSchema& index) {
  temporal::ReadTimes times;
  times.valid = temporal::ValidMode::kAll;
  times.callbacks = &database_.read_callbacks();
  SPECTRADB_ASSIGN_OR_RETURN(auto* rows, rows_.at(times));
  std::string from;
  temporal::append_table_id(from, schema_.id);
  for (rows->seek(from, temporal::after_prefix(from), false); rows->valid(); rows->next()) {
    SPECTRADB_RETURN_IF_ERROR(read_values(index, rows->row().user_key, rows->row().payload));
    if (const Status status = index.maker->learn(values_); !status)
      return refused(index, status, named_row(schema_, reader_));
  }
  SPECTRADB_RETURN_IF_ERROR(rows->status());
  Space space(*this, index);
  return index.maker->learned(space);
}

Status IndexWriter::build(const IndexSchema& index) {
  begin_write();
  if (index.maker != nullptr && index.maker->learns()) SPECTRADB_RETURN_IF_ERROR(teach(index));
  temporal::ReadTimes times;
  times.system = temporal::SystemMode::kAll;
  times.valid = temporal::ValidMode::kAll;
  times.callbacks = &database_.read_callbacks();
  SPECTRADB_ASSIGN_OR_RETURN(auto* rows, rows_.at(times));
  std::string from;
  temporal::append_table_id(from, schema_.id);
  std::string key;
  std::set<IndexEntry> past;  // entries of the current key
  // A maker that learns reads what it has put when it puts the next.
  const bool may_wait = index.maker == nullptr || !index.maker->learns();
  SortedFacts sorted(database_);
  for (rows->seek(from, temporal::after_prefix(from), false); rows->valid(); rows->next()) {
    const temporal::ResolvedRow& row = rows->row();
    if (key != row.user_key) {
      key.assign(row.user_key);
      past.clear();
    }
    SPECTRADB_ASSIGN_OR_RETURN(Entries entries, entries_of(index, row.user_key, row.payload));
    for (const IndexEntry& entry : entries) {
      if (row.system_to == 0 && may_wait) {
        SPECTRADB_RETURN_IF_ERROR(sorted.add(entry.key, {row.valid, Operation::kPut, entry.payload}));
      } else if (row.system_to == 0) {
        SPECTRADB_RETURN_IF_ERROR(put_made(index, entry, row.valid));
      } else if (past.insert(entry).second) {
        put_past(index, entry);
      }
    }
    SPECTRADB_RETURN_IF_ERROR(database_.make_room());
  }
  SPECTRADB_RETURN_IF_ERROR(rows->status());
  SPECTRADB_RETURN_IF_ERROR(sorted.write());
  return index.is_unique ? check_built(index) : Status::ok();
}

// Entries with equal values are neighbours: none of them may hold at a valid time of another.
Status IndexWriter::check_built(const IndexSchema& index) {
  SPECTRADB_ASSIGN_OR_RETURN(auto* entries, entries_.at_all_valid_time());
  std::string from;
  temporal::append_table_id(from, index.id);
  std::string values;
  std::vector<Period> taken;  // periods in which other keys have these values
  std::string key;
  std::vector<Period> own;
  for (entries->seek(from, temporal::after_prefix(from), false); entries->valid(); entries->next()) {
    const std::string_view entry = entries->row().user_key;
    const std::string_view rest = entry.substr(kIdBytes);
    SPECTRADB_ASSIGN_OR_RETURN(temporal::PartsExtent extent, temporal::extent_of_parts(rest, index.parts));
    if (extent.has_null) continue;  // NULL differs from everything
    if (key != entry) {
      taken.insert(taken.end(), own.begin(), own.end());
      own.clear();
      key.assign(entry);
    }
    if (values != rest.substr(0, extent.size)) {
      values.assign(rest.substr(0, extent.size));
      taken.clear();
    }
    const Period& valid = entries->row().valid;
    const bool is_taken = std::any_of(taken.begin(), taken.end(), [&valid](const Period& other) {
      return other.from.us < valid.to.us && valid.from.us < other.to.us;
    });
    if (is_taken) return Status::constraint(unique_failure(schema_, index));
    own.push_back(valid);
  }
  return entries->status();
}

}  // namespace spectradb::extension
