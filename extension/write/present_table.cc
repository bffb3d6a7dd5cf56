#include "extension/write/present_table.h"

#include <algorithm>
#include <utility>

#include "extension/host/setting.h"
#include "extension/host/values.h"
#include "extension/schema/twin.h"
#include "extension/session/database.h"
#include "extension/session/latest_rows.h"
#include "extension/write/column_types.h"
#include "temporal/key_codec.h"
#include "temporal/row_json.h"

namespace spectradb::extension {

using temporal::Value;

namespace {

constexpr std::string_view kPresentPrefix = "_spectradb_present_";

}  // namespace

PresentTable::PresentTable(Database& database, const Definition& definition,
                           const std::vector<temporal::IndexSchema>& indexes)
    : database_(database), schema_(definition.schema) {
  if (!schema_.key_columns.empty()) unique_.push_back(schema_.key_columns);
  for (const temporal::IndexSchema& index : indexes) {
    std::vector<int> columns;
    for (const temporal::IndexPart& part : index.parts) columns.push_back(part.column);
    const bool is_made = std::any_of(columns.begin(), columns.end(), [&](int column) {
      return schema_.columns[static_cast<size_t>(column)].is_hidden;
    });
    if (index.is_unique && !is_made) unique_.push_back(std::move(columns));
  }
  for (const std::vector<int>& columns : unique_) {
    for (const int column : columns)
      if (std::find(columns_.begin(), columns_.end(), column) == columns_.end()) columns_.push_back(column);
  }
}

std::string PresentTable::name_of(const std::string& table) { return std::string(kPresentPrefix) + table; }

std::optional<std::string> PresentTable::table_of(std::string_view name) {
  if (name.size() <= kPresentPrefix.size() ||
      sqlite3_strnicmp(name.data(), kPresentPrefix.data(), static_cast<int>(kPresentPrefix.size())) != 0)
    return std::nullopt;
  return std::string(name.substr(kPresentPrefix.size()));
}

bool PresentTable::is_there(Database& database, const std::string& table) {
  return sqlite3_table_column_metadata(database.connection().handle(), database.schema().c_str(),
                                       name_of(table).c_str(), nullptr, nullptr, nullptr, nullptr, nullptr,
                                       nullptr) == SQLITE_OK;
}

Status PresentTable::drop(Database& database, const std::string& table) {
  if (!is_there(database, table)) return Status::ok();
  return execute(database.connection().handle(), "DROP TABLE " + database.qualified(name_of(table)));
}

Status PresentTable::rename(Database& database, const std::string& from, const std::string& to) {
  if (!is_there(database, from)) return Status::ok();
  // SQLite calls xRename as under legacy_alter_table, where only this makes those follow that refer to the table.
  const Setting enforced(database.connection().handle(), SQLITE_DBCONFIG_ENABLE_FKEY, 1);
  return execute(database.connection().handle(),
                 "ALTER TABLE " + database.qualified(name_of(from)) + " RENAME TO " + quoted(name_of(to)));
}

bool PresentTable::has_column(Database& database, const std::string& table, const std::string& column) {
  return sqlite3_table_column_metadata(database.connection().handle(), database.schema().c_str(),
                                       name_of(table).c_str(), column.c_str(), nullptr, nullptr, nullptr,
                                       nullptr, nullptr) == SQLITE_OK;
}

Status PresentTable::rename_column(Database& database, const std::string& table, const std::string& from,
                                   const std::string& to) {
  if (!has_column(database, table, from)) return Status::ok();
  return execute(database.connection().handle(), "ALTER TABLE " + database.qualified(name_of(table)) +
                                                     " RENAME COLUMN " + quoted(from) + " TO " + quoted(to));
}

// As SQLite keeps it, from behind "CREATE TABLE ". An INTEGER that alone is the PRIMARY KEY would be SQLite's rowid,
// which holds nothing but integers: only a key that is one in the temporal table is called so.
std::string PresentTable::definition() const {
  const bool has_other_key = schema_.key_columns.size() == 1 && !schema_.has_integer_key;
  std::string text = quoted(name_of(schema_.name)) + "(row_key BLOB NOT NULL UNIQUE";
  for (const int place : columns_) {
    const temporal::Column& column = schema_.columns[static_cast<size_t>(place)];
    const bool is_integer = column.affinity == temporal::Affinity::kInteger;
    const bool is_other_key = has_other_key && place == schema_.key_columns.front();
    text += ", " + quoted(column.name) +
            (is_integer && is_other_key ? " INT" : type_of_affinity(column.affinity)) + " COLLATE " +
            collation_name(column.collation);
  }
  for (size_t i = 0; i < unique_.size(); ++i) {
    std::string names;
    for (const int part : unique_[i])
      names += (names.empty() ? "" : ", ") + quoted(schema_.columns[static_cast<size_t>(part)].name);
    const bool is_key = i == 0 && !schema_.key_columns.empty();
    text += std::string(is_key ? ", PRIMARY KEY (" : ", UNIQUE (") + names + ")";
  }
  return text + ")";
}

Result<bool> PresentTable::is_complete() const {
  Query found(database_.connection().handle(), "SELECT sql FROM " + database_.qualified("sqlite_master") +
                                                   " WHERE type = 'table' AND name = ?1 COLLATE NOCASE");
  found.bind(1, std::string_view(name_of(schema_.name)));
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, found.step());
  return row && found.text(0) == "CREATE TABLE " + definition();
}

void PresentTable::keep_columns_there() {
  std::erase_if(columns_, [this](int column) {
    return !has_column(database_, schema_.name, schema_.columns[static_cast<size_t>(column)].name);
  });
}

// One that went may have been referred to: SQLite would call that a mismatch, too.
Status PresentTable::check_all_kept() const {
  Query others(database_.connection().handle(),
               "SELECT group_concat(name, ', ') FROM pragma_table_info(?1, ?2) WHERE name <> 'row_key' AND "
               "name NOT IN "
               "(SELECT value FROM json_each(?3))");
  std::string kept = "[";
  for (const int column : columns_) {
    kept += kept.size() > 1 ? "," : "";
    temporal::append_json(kept, Value::text(schema_.columns[static_cast<size_t>(column)].name));
  }
  kept += "]";
  others.bind(1, std::string_view(name_of(schema_.name))).bind(2, std::string_view(database_.schema()));
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, others.bind(3, std::string_view(kept)).step());
  if (!row || others.is_null(0)) return Status::ok();
  return Status::invalid(
      "foreign key mismatch: table " + schema_.name +
      " was referred to by columns that are not unique any more: CREATE UNIQUE INDEX … ON " + schema_.name +
      " (" + others.text(0) + ")");
}

std::string PresentTable::column_list() const {
  std::string list = "row_key";
  for (const int column : columns_) list += ", " + quoted(schema_.columns[static_cast<size_t>(column)].name);
  return list;
}

// Nobody refers to the rows yet, or SQLite let it be dropped without asking.
Status PresentTable::make() {
  sqlite3* db = database_.connection().handle();
  const Setting unchecked(db, SQLITE_DBCONFIG_ENABLE_FKEY, 0);
  SPECTRADB_RETURN_IF_ERROR(execute(db, "CREATE TABLE " + quoted(database_.schema()) + "." + definition()));
  SPECTRADB_RETURN_IF_ERROR(database_.begin());
  LatestRows latest(database_);
  temporal::ReadTimes times;
  times.valid = temporal::ValidMode::kAt;
  times.at_us = database_.connection().statement_now();
  SPECTRADB_ASSIGN_OR_RETURN(auto* rows, latest.at(times));
  std::string first;
  temporal::append_table_id(first, schema_.id);
  temporal::RowReader reader(schema_);
  rows->seek(first, temporal::after_prefix(first), false);
  for (; rows->valid(); rows->next()) {
    SPECTRADB_ASSIGN_OR_RETURN(KeptValues values, values_of(reader, rows->row()));
    SPECTRADB_RETURN_IF_ERROR(put(std::string(rows->row().user_key.substr(first.size())), values, false));
  }
  return rows->status();
}

Result<KeptValues> PresentTable::values_of(temporal::RowReader& reader,
                                           const temporal::ResolvedRow& row) const {
  reader.bind(row.user_key, row.payload);
  KeptValues values;
  for (const int column : columns_) {
    SPECTRADB_ASSIGN_OR_RETURN(Value value, reader.column(column));
    values.add(value);
  }
  return values;
}

Result<PresentTable::Row> PresentTable::look(LatestRows& latest, std::string_view key) {
  Row row;
  row.key = key.substr(sizeof(uint32_t));
  temporal::ReadTimes times;
  times.valid = temporal::ValidMode::kAt;
  times.at_us = database_.connection().statement_now();
  SPECTRADB_ASSIGN_OR_RETURN(auto* rows, latest.at(times));
  rows->seek_point(key);
  SPECTRADB_RETURN_IF_ERROR(rows->status());
  if (rows->valid()) {
    temporal::RowReader reader(schema_);
    SPECTRADB_ASSIGN_OR_RETURN(KeptValues values, values_of(reader, rows->row()));
    row.values = std::move(values);
  }
  SPECTRADB_ASSIGN_OR_RETURN(const std::optional<KeptValues> known, find(row.key));
  row.was_there = known.has_value();
  row.is_same = known && row.values ? are_equal(known->values(), row.values->values())
                                    : !known.has_value() && !row.values.has_value();
  return row;
}

Result<std::optional<KeptValues>> PresentTable::find(std::string_view row_key) {
  if (find_ == nullptr) {
    SPECTRADB_RETURN_IF_ERROR(check_all_kept());
    find_ = std::make_unique<Query>(database_.connection().handle(),
                                    "SELECT " + column_list() + " FROM " +
                                        database_.qualified(name_of(schema_.name)) + " WHERE row_key = ?1");
  }
  const QueryScope scope(*find_);
  SPECTRADB_ASSIGN_OR_RETURN(const bool found, find_->bind_blob(1, row_key).step());
  std::optional<KeptValues> known;
  if (!found) return known;
  known.emplace();
  for (size_t i = 0; i < columns_.size(); ++i)
    known->add(from_sqlite(sqlite3_column_value(find_->statement(), static_cast<int>(i) + 1)));
  return known;
}

Result<PresentTable::Standing> PresentTable::compare(temporal::RowCursor& rows, std::string_view key,
                                                     int64_t from_us, int64_t to_us) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::optional<KeptValues> known, find(key.substr(sizeof(uint32_t))));
  temporal::RowReader reader(schema_);
  std::vector<temporal::Period> pieces;
  bool is_shown = false;
  for (rows.seek_point(key); rows.valid(); rows.next()) {
    const temporal::Period valid = rows.row().valid;
    if (valid.to.us <= from_us || valid.from.us > to_us) continue;
    pieces.push_back(valid);
    if (!known) continue;
    SPECTRADB_ASSIGN_OR_RETURN(const KeptValues values, values_of(reader, rows.row()));
    is_shown = is_shown || are_equal(known->values(), values.values());
  }
  SPECTRADB_RETURN_IF_ERROR(rows.status());
  const temporal::Period lately{{from_us, false}, {to_us + 1, false}};
  return Standing{known.has_value(), known ? is_shown : !uncovered(std::move(pieces), lately).empty()};
}

Result<size_t> PresentTable::count() {
  Query rows(database_.connection().handle(),
             "SELECT count(*) FROM " + database_.qualified(name_of(schema_.name)));
  SPECTRADB_RETURN_IF_ERROR(rows.step().status());
  return static_cast<size_t>(rows.integer(0));
}

bool PresentTable::takes_integers_only() const {
  if (schema_.key_columns.size() != 1 || schema_.has_integer_key) return false;
  const char* type = nullptr;
  int is_key = 0;
  const std::string& column = schema_.columns[static_cast<size_t>(schema_.key_columns.front())].name;
  const int code = sqlite3_table_column_metadata(database_.connection().handle(), database_.schema().c_str(),
                                                 name_of(schema_.name).c_str(), column.c_str(), &type,
                                                 nullptr, nullptr, &is_key, nullptr);
  return code == SQLITE_OK && is_key != 0 && type != nullptr && sqlite3_stricmp(type, "INTEGER") == 0;
}

// What refers to a row may reach others of this table again, before the statement that writes the first one is done: it
// finds no statement then, and makes one of its own.
Status PresentTable::run(std::unique_ptr<Query>& kept, const std::function<std::string()>& sql,
                         const std::function<void(Query&)>& bind) {
  std::unique_ptr<Query> query = std::exchange(kept, nullptr);
  if (query == nullptr) query = std::make_unique<Query>(database_.connection().handle(), sql());
  bind(*query);
  Status status = query->run();
  kept = std::move(query);
  return status;
}

Status PresentTable::put(const std::string& key, const KeptValues& values, bool displaces) {
  const auto sql = [&] {
    std::string places = "?1";
    for (size_t i = 0; i < columns_.size(); ++i) places += ", ?" + std::to_string(i + 2);
    return std::string("INSERT ") + (displaces ? "OR REPLACE " : "") + "INTO " +
           database_.qualified(name_of(schema_.name)) + "(" + column_list() + ") VALUES (" + places + ")";
  };
  return explained(run(insert_[displaces ? 1 : 0], sql, [&](Query& insert) {
    insert.bind_blob(1, key);
    const std::vector<Value> list = values.values();
    for (size_t i = 0; i < list.size(); ++i) insert.bind(static_cast<int>(i) + 2, list[i]);
  }));
}

Status PresentTable::explained(Status status) const {
  if (status || !takes_integers_only()) return status;
  return Status::invalid("ordinary tables refer to table " + schema_.name + " through " +
                         name_of(schema_.name) +
                         ", which an earlier release made for keys that are integers: SELECT "
                         "spectradb_repair('references') has the way to make it anew (" +
                         status.message() + ")");
}

Status PresentTable::write(const Row& row, bool displaces) {
  if (row.is_same) return Status::ok();
  if (!row.was_there) return put(row.key, *row.values, displaces);
  if (row.values) return move(row, row, displaces);
  return remove(row.key);
}

Status PresentTable::remove(std::string_view key) {
  const auto sql = [&] {
    return "DELETE FROM " + database_.qualified(name_of(schema_.name)) + " WHERE row_key = ?1";
  };
  return run(remove_, sql, [&](Query& remove) { remove.bind_blob(1, key); });
}

Status PresentTable::move(const Row& from, const Row& to, bool displaces) {
  const auto sql = [&] {
    std::string sets = "row_key = ?2";
    for (size_t i = 0; i < columns_.size(); ++i)
      sets += ", " + quoted(schema_.columns[static_cast<size_t>(columns_[i])].name) + " = ?" +
              std::to_string(i + 3);
    return std::string("UPDATE ") + (displaces ? "OR REPLACE " : "") +
           database_.qualified(name_of(schema_.name)) + " SET " + sets + " WHERE row_key = ?1";
  };
  return explained(run(update_[displaces ? 1 : 0], sql, [&](Query& update) {
    update.bind_blob(1, from.key).bind_blob(2, to.key);
    const std::vector<Value> list = to.values->values();
    for (size_t i = 0; i < list.size(); ++i) update.bind(static_cast<int>(i) + 3, list[i]);
  }));
}

void PresentTable::forget_statements() {
  for (std::unique_ptr<Query>* query : {&insert_[0], &insert_[1], &update_[0], &update_[1], &remove_})
    query->reset();
}

}  // namespace spectradb::extension
