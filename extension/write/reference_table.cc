#include "extension/write/reference_table.h"

#include <algorithm>
#include <utility>

#include "base/hex.h"
#include "extension/host/setting.h"
#include "extension/host/values.h"
#include "extension/schema/column_names.h"
#include "extension/schema/hidden_columns.h"
#include "extension/schema/twin.h"
#include "extension/session/database.h"
#include "extension/session/latest_rows.h"
#include "extension/write/column_types.h"
#include "temporal/key_codec.h"

namespace spectradb::extension {

using temporal::Value;

namespace {

constexpr const char* kPrefix = "_spectradb_references_";

std::string prefix_of(uint32_t table_id) { return kPrefix + std::to_string(table_id) + "_"; }

std::string column_at(size_t i) { return "c" + std::to_string(i); }
std::string key_part_at(size_t i) { return "k" + std::to_string(i); }

const char* action_words(KeyAction action) {
  switch (action) {
    case KeyAction::kNone:
      return "NO ACTION";
    case KeyAction::kRestrict:
      return "RESTRICT";
    case KeyAction::kCascade:
      return "CASCADE";
    case KeyAction::kSetNull:
      return "SET NULL";
    case KeyAction::kSetDefault:
      return "SET DEFAULT";
  }
  return "NO ACTION";
}

}  // namespace

ReferenceTable::ReferenceTable(Database& database, const ForeignKeyLink& link, size_t place)
    : database_(database), link_(link), name_(prefix_of(link.child.id) + std::to_string(place)) {}

bool ReferenceTable::is_there() const {
  return sqlite3_table_column_metadata(database_.connection().handle(), database_.schema().c_str(),
                                       name_.c_str(), nullptr, nullptr, nullptr, nullptr, nullptr,
                                       nullptr) == SQLITE_OK;
}

bool ReferenceTable::has_action() const {
  const auto acts = [](KeyAction action) {
    return action != KeyAction::kNone && action != KeyAction::kRestrict;
  };
  return acts(link_.key.on_delete) || acts(link_.key.on_update);
}

std::string ReferenceTable::columns() const {
  std::string list;
  for (size_t i = 0; i < link_.key.columns.size(); ++i) list += (i == 0 ? "" : ", ") + column_at(i);
  return list;
}

// A table without a key has a hidden one.
size_t ReferenceTable::key_parts() const { return std::max<size_t>(1, link_.child.key_columns.size()); }

// Binds the key to the first parameters.
Status ReferenceTable::bind_key(Query& query, std::string_view key) const {
  std::string_view rest = key.substr(sizeof(uint32_t));  // behind the table's id
  std::string scratch;
  for (size_t i = 0; i < key_parts(); ++i) {
    SPECTRADB_ASSIGN_OR_RETURN(Value part, temporal::take_key_value(rest, scratch));
    query.bind(static_cast<int>(i) + 1, part);
  }
  return Status::ok();
}

bool ReferenceTable::is_ensured() const {
  return ensured_ != 0 && ensured_ == database_.transaction() && ensured_rollbacks_ == database_.rollbacks();
}

Status ReferenceTable::make_if_missing() { return is_ensured() || is_there() ? Status::ok() : make(); }

Status ReferenceTable::ensure() {
  if (is_ensured()) return Status::ok();
  SPECTRADB_RETURN_IF_ERROR(make_if_missing());
  Result<int64_t> version = database_.schema_version();
  if (!version) return version.status();
  if (checked_version_ != *version) {
    SPECTRADB_RETURN_IF_ERROR(check_triggers());
    version = database_.schema_version();
    if (!version) return version.status();
    checked_version_ = *version;
  }
  ensured_ = database_.transaction();
  ensured_rollbacks_ = database_.rollbacks();
  return Status::ok();
}

// SQLite uses one index to find rows that refer to a parent, and we use the other to find a key.
Result<std::string> ReferenceTable::definition() {
  sqlite3* db = database_.connection().handle();
  std::string parts;
  std::string columns_with_types;
  for (size_t i = 0; i < key_parts(); ++i) {
    const std::vector<int>& key = link_.child.key_columns;
    parts += (i == 0 ? "" : ", ") + key_part_at(i);
    columns_with_types += ", " + key_part_at(i);
    if (!key.empty())
      columns_with_types += std::string(" COLLATE ") +
                            collation_name(link_.child.columns[static_cast<size_t>(key[i])].collation);
  }
  for (size_t i = 0; i < link_.key.columns.size(); ++i) {
    const temporal::Column& column = link_.child.columns[static_cast<size_t>(link_.key.columns[i])];
    columns_with_types += ", " + column_at(i) + type_of_affinity(column.affinity) + " COLLATE " +
                          collation_name(column.collation);
    if (link_.defaults == nullptr || !column.default_sql) continue;
    SPECTRADB_ASSIGN_OR_RETURN(Value value, link_.defaults->default_value(link_.key.columns[i]));
    Query literal(db, "SELECT quote(?1)");
    literal.bind(1, value);
    Result<bool> row = literal.step();
    if (!row) return row.status();
    columns_with_types += " DEFAULT " + literal.text(0);
  }
  return "(row_no INTEGER PRIMARY KEY, is_taken" + columns_with_types + ", UNIQUE (" + parts +
         ", row_no), UNIQUE (" + columns() + ", row_no), FOREIGN KEY (" + columns() + ") REFERENCES ";
}

Status ReferenceTable::make() {
  SPECTRADB_ASSIGN_OR_RETURN(std::string begin, definition());
  std::string parents;
  for (const std::string& name : link_.key.parent_columns)
    parents += (parents.empty() ? "" : ", ") + quoted(name);
  SPECTRADB_RETURN_IF_ERROR(
      execute(database_.connection().handle(),
              "CREATE TABLE " + database_.qualified(name_) + begin + quoted(link_.key.parent) +
                  (parents.empty() ? "" : " (" + parents + ")") + " ON DELETE " +
                  action_words(link_.key.on_delete) + " ON UPDATE " + action_words(link_.key.on_update) +
                  (link_.key.is_deferred ? " DEFERRABLE INITIALLY DEFERRED" : "") + ")"));
  return fill();
}

// Existing rows are not checked when a foreign key is added, as in SQLite.
Status ReferenceTable::fill() {
  if (database_.batch() == nullptr) SPECTRADB_RETURN_IF_ERROR(database_.begin());
  const Setting unchecked(database_.connection().handle(), SQLITE_DBCONFIG_ENABLE_FKEY, 0);
  std::string first;
  temporal::append_table_id(first, link_.child.id);
  LatestRows latest(database_);
  SPECTRADB_ASSIGN_OR_RETURN(auto* rows, latest.at_all_valid_time());
  std::vector<std::string> keys;
  rows->seek(first, temporal::after_prefix(first), false);
  for (; rows->valid(); rows->next()) {
    if (keys.empty() || keys.back() != rows->row().user_key) keys.emplace_back(rows->row().user_key);
  }
  SPECTRADB_RETURN_IF_ERROR(rows->status());
  for (const std::string& key : keys) {
    SPECTRADB_ASSIGN_OR_RETURN(std::vector<KeptPiece> pieces,
                               pieces_of(*rows, link_.child, link_.key.columns, key));
    for (auto piece = pieces.begin(); piece != pieces.end(); ++piece) {
      const std::vector<Value> values = piece->values.values();
      const bool is_known = std::any_of(pieces.begin(), piece, [&](const KeptPiece& earlier) {
        return are_equal(earlier.values.values(), values);
      });
      if (!is_known) SPECTRADB_RETURN_IF_ERROR(add(key, values).status());
    }
  }
  return Status::ok();
}

Status ReferenceTable::fill_anew() {
  SPECTRADB_RETURN_IF_ERROR(empty(database_, name_));
  return fill();
}

Result<size_t> ReferenceTable::count() {
  Query rows(database_.connection().handle(), "SELECT count(*) FROM " + database_.qualified(name_));
  SPECTRADB_RETURN_IF_ERROR(rows.step().status());
  return static_cast<size_t>(rows.integer(0));
}

std::optional<size_t> ReferenceTable::place_of(int column) const {
  const std::vector<int>& columns = link_.key.columns;
  const auto found = std::find(columns.begin(), columns.end(), column);
  if (found == columns.end()) return std::nullopt;
  return static_cast<size_t>(found - columns.begin());
}

bool ReferenceTable::changes_key() const {
  const std::vector<int>& key = link_.child.key_columns;
  return std::any_of(key.begin(), key.end(), [this](int column) { return place_of(column).has_value(); });
}

std::string ReferenceTable::new_key_part(size_t part) const {
  const std::vector<int>& key = link_.child.key_columns;
  const std::optional<size_t> place = key.empty() ? std::nullopt : place_of(key[part]);
  return place ? "NEW." + column_at(*place) : "OLD." + key_part_at(part);
}

std::string ReferenceTable::has_key(bool is_new) const {
  std::string condition;
  for (size_t i = 0; i < key_parts(); ++i)
    condition += (i == 0 ? "" : " AND ") + key_part_at(i) + " = " +
                 (is_new ? new_key_part(i) : "OLD." + key_part_at(i));
  return condition;
}

std::string ReferenceTable::mark_rows_of(const Sibling& sibling, bool is_update) const {
  std::string marks = "UPDATE " + quoted(sibling.name) + " SET is_taken = 1 WHERE " + has_key(false) + "; ";
  if (!is_update) return marks;
  std::string names;
  std::string values;
  for (size_t i = 0; i < key_parts(); ++i) {
    names += key_part_at(i) + ", ";
    values += new_key_part(i) + ", ";
  }
  std::string had_values;
  for (size_t i = 0; i < sibling.columns.size(); ++i) {
    const std::optional<size_t> place = place_of(sibling.columns[i]);
    names += column_at(i) + ", ";
    values += (place ? "NEW." + column_at(*place) : column_at(i)) + ", ";
    if (place) had_values += " AND " + column_at(i) + " = OLD." + column_at(*place) + " COLLATE BINARY";
  }
  if (had_values.empty() && !changes_key()) return marks;
  return marks + "INSERT INTO " + quoted(sibling.name) + "(" + names + "is_taken) SELECT " + values +
         "1 FROM " + quoted(sibling.name) + " WHERE " + has_key(false) + had_values + "; ";
}

std::string ReferenceTable::settle_rows_of(const std::string& table, bool is_update) const {
  const auto settle = [&](bool is_new) {
    const std::string of_key = " AND " + has_key(is_new);
    return "; DELETE FROM " + quoted(table) + " WHERE is_taken = 1" + of_key + "; UPDATE " + quoted(table) +
           " SET is_taken = NULL WHERE is_taken = 2" + of_key;
  };
  return settle(false) + (is_update && changes_key() ? settle(true) : "");
}

std::vector<ReferenceTable::Trigger> ReferenceTable::triggers() const {
  std::vector<Trigger> list;
  if (!has_action()) return list;
  std::string refers = " WHERE _portion = x'";
  append_hex(refers, encode_period(temporal::Period{}));
  refers += '\'';
  const std::vector<int>& key = link_.child.key_columns;
  for (size_t i = 0; i < key_parts(); ++i) {
    const std::string name =
        key.empty() ? name_of_rowid(link_.child) : link_.child.columns[static_cast<size_t>(key[i])].name;
    refers += " AND " + quoted(name) + " = OLD." + key_part_at(i);
  }
  std::string sets;
  std::string differ;
  for (size_t i = 0; i < link_.key.columns.size(); ++i) {
    const std::string name = quoted(link_.child.columns[static_cast<size_t>(link_.key.columns[i])].name);
    const std::string old_value = "OLD." + column_at(i);
    refers += " AND " + name + " = " + old_value + " COLLATE BINARY";
    sets += (i == 0 ? "" : ", ") + name + " = NEW." + column_at(i);
    differ += (i == 0 ? "" : " OR ") + old_value + " IS NOT NEW." + column_at(i);
  }
  // The temporal row refers to what it did until its last piece is written.
  std::string has_what_it_had = "INSERT INTO " + quoted(name_) + "(";
  std::string had;
  for (size_t i = 0; i < key_parts(); ++i) {
    has_what_it_had += key_part_at(i) + ", ";
    had += "OLD." + key_part_at(i) + ", ";
  }
  for (size_t i = 0; i < link_.key.columns.size(); ++i) had += "OLD." + column_at(i) + ", ";
  has_what_it_had += columns() + ", is_taken) VALUES (" + had + "1); ";
  const std::string child = quoted(link_.child.name);
  const auto add = [&](const char* suffix, const std::string& when, const std::string& deed, bool is_update) {
    std::string marks = has_what_it_had;
    std::string settles = settle_rows_of(name_, is_update);
    for (const Sibling& sibling : siblings_) {
      marks += mark_rows_of(sibling, is_update);
      settles += settle_rows_of(sibling.name, is_update);
    }
    const std::string name = name_ + suffix;
    list.push_back({name, "CREATE TRIGGER " + quoted(name) + " AFTER " + when + " BEGIN " + marks + deed +
                              refers + settles + "; END"});
  };
  add("_delete", "DELETE ON " + quoted(name_) + " WHEN OLD.is_taken IS NULL", "DELETE FROM " + child, false);
  add("_update", "UPDATE OF " + columns() + " ON " + quoted(name_) + " WHEN " + differ,
      "UPDATE " + child + " SET " + sets, true);
  return list;
}

// Anybody who can write the schema could have added triggers, which would run inside our statements.
Status ReferenceTable::check_triggers() {
  sqlite3* db = database_.connection().handle();
  const std::vector<Trigger> wanted = triggers();
  std::vector<bool> are_there(wanted.size(), false);
  std::vector<std::string> others;
  {
    Query found(db, "SELECT name, sql FROM " + database_.qualified("sqlite_master") +
                        " WHERE type = 'trigger' AND tbl_name = ?1 COLLATE NOCASE");
    found.bind(1, std::string_view(name_));
    for (;;) {
      SPECTRADB_ASSIGN_OR_RETURN(const bool row, found.step());
      if (!row) break;
      const auto same = std::find_if(wanted.begin(), wanted.end(), [&](const Trigger& trigger) {
        return trigger.name == found.text(0) && trigger.sql == found.text(1);
      });
      if (same == wanted.end()) others.push_back(found.text(0));
      if (same != wanted.end()) are_there[static_cast<size_t>(same - wanted.begin())] = true;
    }
  }
  for (const std::string& other : others)
    SPECTRADB_RETURN_IF_ERROR(execute(db, "DROP TRIGGER " + database_.qualified(other)));
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (are_there[i]) continue;
    std::string sql = wanted[i].sql;
    const std::string name = quoted(wanted[i].name);
    sql.replace(sql.find(name), name.size(), database_.qualified(wanted[i].name));
    SPECTRADB_RETURN_IF_ERROR(execute(db, sql));
  }
  return Status::ok();
}

Result<std::string> ReferenceTable::parent_of(Database& database, const std::string& name) {
  Query list(database.connection().handle(), "SELECT \"table\" FROM pragma_foreign_key_list(?1, ?2)");
  list.bind(1, std::string_view(name)).bind(2, std::string_view(database.schema()));
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, list.step());
  return row ? list.text(0) : std::string();
}

Status ReferenceTable::check_declared() {
  Query insert(database_.connection().handle(), "INSERT INTO " + database_.qualified(name_) + "(" +
                                                    columns() + ") SELECT " + columns() + " FROM " +
                                                    database_.qualified(name_));
  Status status = insert.prepare();
  if (status || status.message().rfind("foreign key mismatch", 0) != 0) return status;
  return Status::invalid("foreign key mismatch - \"" + link_.child.name + "\" referencing \"" +
                         link_.key.parent + "\": what is referred to must be its PRIMARY KEY or UNIQUE");
}

Status ReferenceTable::check_rows() {
  Query broken(database_.connection().handle(), "SELECT rowid FROM pragma_foreign_key_check(?1, ?2) LIMIT 1");
  broken.bind(1, std::string_view(name_)).bind(2, std::string_view(database_.schema()));
  Result<bool> row = broken.step();
  if (!row || !*row) return row.status();
  const int64_t number = broken.integer(0);
  broken.reset();
  Query values(database_.connection().handle(),
               "SELECT " + columns() + " FROM " + database_.qualified(name_) + " WHERE row_no = ?1");
  values.bind(1, number);
  row = values.step();
  if (!row) return row.status();
  std::vector<Value> list;
  for (size_t i = 0; i < link_.key.columns.size(); ++i)
    list.push_back(from_sqlite(sqlite3_column_value(values.statement(), static_cast<int>(i))));
  return failed(list);
}

Status ReferenceTable::failed(const std::vector<Value>& values) const {
  std::string names;
  for (const std::string& name : link_.key.parent_columns) names += (names.empty() ? "" : ", ") + name;
  if (link_.key.parent_columns.size() > 1) names = "(" + names + ")";
  return Status::constraint("FOREIGN KEY constraint failed: " + referring_words(link_, values) +
                            ", which no row of " + link_.key.parent + " has as " +
                            (names.empty() ? "its key" : names));
}

Result<bool> ReferenceTable::would_miss_drop() {
  if (!has_action()) return false;
  return Query(database_.connection().handle(), "SELECT 1 FROM " + database_.qualified(name_) + " LIMIT 1")
      .step();
}

Result<std::vector<ReferenceTable::Row>> ReferenceTable::rows_of(std::string_view key) {
  if (find_ == nullptr) {
    std::string is_key;
    for (size_t i = 0; i < key_parts(); ++i)
      is_key += (i == 0 ? "" : " AND ") + key_part_at(i) + " = ?" + std::to_string(i + 1);
    find_ = std::make_unique<Query>(
        database_.connection().handle(),
        "SELECT row_no, is_taken, " + columns() + " FROM " + database_.qualified(name_) + " WHERE " + is_key);
  }
  const QueryScope scope(*find_);
  SPECTRADB_RETURN_IF_ERROR(bind_key(*find_, key));
  std::vector<Row> rows;
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, find_->step());
    if (!row) return rows;
    rows.push_back({find_->integer(0), find_->integer(1), {}});
    for (size_t i = 0; i < link_.key.columns.size(); ++i)
      rows.back().values.add(from_sqlite(sqlite3_column_value(find_->statement(), static_cast<int>(i) + 2)));
  }
}

Result<int64_t> ReferenceTable::add(std::string_view key, const std::vector<Value>& values) {
  sqlite3* db = database_.connection().handle();
  if (add_ == nullptr) {
    std::string parts;
    std::string places;
    for (size_t i = 0; i < key_parts(); ++i) parts += key_part_at(i) + ", ";
    for (size_t i = 0; i < key_parts() + values.size(); ++i)
      places += (i == 0 ? "?" : ", ?") + std::to_string(i + 1);
    add_ = std::make_unique<Query>(db, "INSERT INTO " + database_.qualified(name_) + "(" + parts + columns() +
                                           ") VALUES (" + places + ")");
  }
  const QueryScope scope(*add_);
  SPECTRADB_RETURN_IF_ERROR(bind_key(*add_, key));
  for (size_t i = 0; i < values.size(); ++i) add_->bind(static_cast<int>(key_parts() + i) + 1, values[i]);
  const Status status = add_->run();
  if (status.code() == Code::kConstraint) return failed(values);
  if (!status) return status;
  return sqlite3_last_insert_rowid(db);
}

Status ReferenceTable::remove(int64_t number) {
  if (remove_ == nullptr)
    remove_ = std::make_unique<Query>(database_.connection().handle(),
                                      "DELETE FROM " + database_.qualified(name_) + " WHERE row_no = ?1");
  if (has_action()) SPECTRADB_RETURN_IF_ERROR(mark(number, kSuperfluous));
  return remove_->bind(1, number).run();
}

Status ReferenceTable::mark(int64_t number, int64_t mark) {
  if (mark_ == nullptr)
    mark_ =
        std::make_unique<Query>(database_.connection().handle(), "UPDATE " + database_.qualified(name_) +
                                                                     " SET is_taken = ?2 WHERE row_no = ?1");
  return mark_->bind(1, number).bind(2, mark).run();
}

Result<std::vector<std::string>> ReferenceTable::names_of(Database& database,
                                                          std::optional<uint32_t> table_id) {
  const std::string prefix = table_id ? prefix_of(*table_id) : std::string(kPrefix);
  Query tables(database.connection().handle(), "SELECT name FROM " + database.qualified("sqlite_master") +
                                                   " WHERE type = 'table' AND substr(name, 1, ?2) = ?1");
  tables.bind(1, std::string_view(prefix)).bind(2, static_cast<int64_t>(prefix.size()));
  std::vector<std::string> names;
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, tables.step());
    if (!row) return names;
    names.push_back(tables.text(0));
  }
}

Status ReferenceTable::drop_all(Database& database, uint32_t table_id) {
  SPECTRADB_ASSIGN_OR_RETURN(std::vector<std::string> names, names_of(database, table_id));
  for (const std::string& name : names)
    SPECTRADB_RETURN_IF_ERROR(
        execute(database.connection().handle(), "DROP TABLE " + database.qualified(name)));
  return Status::ok();
}

Status ReferenceTable::empty_others(Database& database, const std::vector<std::string>& needed) {
  SPECTRADB_ASSIGN_OR_RETURN(std::vector<std::string> names, names_of(database, std::nullopt));
  for (const std::string& name : names) {
    if (std::find(needed.begin(), needed.end(), name) == needed.end())
      SPECTRADB_RETURN_IF_ERROR(empty(database, name));
  }
  return Status::ok();
}

Status ReferenceTable::empty(Database& database, const std::string& name) {
  sqlite3* db = database.connection().handle();
  SPECTRADB_RETURN_IF_ERROR(execute(db, "UPDATE " + database.qualified(name) + " SET is_taken = 1"));
  return execute(db, "DELETE FROM " + database.qualified(name));
}

// Triggers are not renamed: they are checked before they run.
Status ReferenceTable::hand_over(Database& database, uint32_t from_id, uint32_t to_id) {
  sqlite3* db = database.connection().handle();
  SPECTRADB_ASSIGN_OR_RETURN(std::vector<std::string> names, names_of(database, from_id));
  const Setting legacy(db, SQLITE_DBCONFIG_LEGACY_ALTER_TABLE, 1);
  for (const std::string& name : names) {
    SPECTRADB_RETURN_IF_ERROR(empty(database, name));
    const std::string new_name = prefix_of(to_id) + name.substr(prefix_of(from_id).size());
    SPECTRADB_RETURN_IF_ERROR(
        execute(db, "ALTER TABLE " + database.qualified(name) + " RENAME TO " + quoted(new_name)));
  }
  return Status::ok();
}

}  // namespace spectradb::extension
