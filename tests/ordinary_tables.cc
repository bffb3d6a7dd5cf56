#include "tests/ordinary_tables.h"

#include <algorithm>

#include "tests/test_rows.h"

namespace spectradb::tests {

namespace {

// Returns the arguments of `… USING spectradb(…)`.
std::vector<Words> arguments_of(const Words& words) {
  size_t i = 0;
  while (i < words.size() && !are_words(words, i, {"using", "spectradb", "("})) i++;
  std::vector<Words> arguments(1);
  int depth = 0;
  for (i += 3; i + 1 < words.size(); i++) {
    if (words[i].is("(")) depth++;
    if (words[i].is(")")) depth--;
    if (depth == 0 && words[i].is(",")) {
      arguments.emplace_back();
    } else {
      arguments.back().push_back(words[i]);
    }
  }
  return arguments;
}

bool is_generated(const Words& column) { return find_outside(column, {"as"}) < column.size(); }

// Returns the argument without those words of SQL:2011 that only say how every temporal table is, and with
// deferred foreign keys. Everything else stays as it is written, because messages repeat it.
std::string ordinary_argument(const std::string& sql, const Words& words) {
  std::string out;
  size_t at = words.front().begin;
  const auto copy_up_to = [&](size_t end) {
    out += sql.substr(at, end - at);
    at = end;
  };
  for (size_t i = 0; i < words.size(); i++) {
    const size_t period = i + (are_words(words, i, {",", "period"}) ? 2 : 1);
    const bool is_time =
        are_words(words, period, {"valid_time"}) || are_words(words, period, {"application_time"});
    const bool overlaps = are_words(words, i + 2, {"without", "overlaps"});
    if (!words[i].is(",") || !is_time || (period == i + 1 && !overlaps)) continue;
    copy_up_to(words[i].begin);
    i += overlaps ? 3 : 2;
    at = words[i].end;
  }
  copy_up_to(words.back().end);
  const Words kept = words_of(out);
  for (size_t i = kept.size(); i-- > 0;) {
    if (!kept[i].is("references")) continue;
    size_t last = i + 1;
    if (are_words(kept, i + 2, {"("})) {
      while (!kept[last].is(")")) last++;
    }
    out.insert(kept[last].end, " DEFERRABLE INITIALLY DEFERRED");
  }
  return out;
}

std::string literal(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

}  // namespace

std::string ordinary_definition(const TableFound& temporal, bool without_rowid) {
  std::string out;
  const Words words = words_of(temporal.sql);
  const std::vector<Words> arguments = arguments_of(words);
  bool is_document = !arguments[0].empty() && arguments[0].size() == 4 && arguments[0][0].text == "pk" &&
                     are_words(arguments[0], 1, {"text", "primary", "key"});
  for (size_t i = 1; i < arguments.size(); i++) {
    const bool is_option = arguments[i].size() == 3 && arguments[i][1].is("=");
    is_document = is_document && (is_option || is_generated(arguments[i]));
  }
  for (const Words& argument : arguments) {
    if (argument.empty() || (argument.size() == 3 && argument[1].is("="))) continue;
    out += (out.empty() ? "" : ",") + ordinary_argument(temporal.sql, argument);
    if (&argument == arguments.data() && is_document) out += ", doc TEXT";
  }
  return "CREATE TABLE " + temporal.quoted() + " (" + out + ")" + (without_rowid ? " WITHOUT ROWID" : "");
}

OrdinaryTables::OrdinaryTables(Database& temporal, Database& ordinary)
    : temporal_database_(temporal), ordinary_database_(ordinary) {
  compare_names();
}

OrdinaryTables::Found OrdinaryTables::find(Database& database) {
  Found found;
  for (const Row& schema : database.run("SELECT name FROM pragma_database_list").rows) {
    const std::string& in = schema[0].text;
    const Outcome objects =
        database.run("SELECT type, name, tbl_name, sql FROM " + quoted_name(in) +
                     ".sqlite_schema WHERE type <> 'index' AND name NOT LIKE 'sqlite\\_%' "
                     "ESCAPE '\\' AND name NOT LIKE '\\_spectradb\\_%' ESCAPE '\\'");
    for (const Row& row : objects.rows) {
      const Key key{lower(in), lower(row[1].text)};
      if (row[0].text == "view") found.views[key] = row[3].text;
      if (row[0].text == "trigger") found.triggers[key] = {lower(row[2].text), row[3].text};
      if (row[0].text != "table") continue;
      TableFound& table = found.tables[key];
      table = {in, row[1].text, row[3].text, {}, false, false};
      const Words words = words_of(table.sql);
      table.is_temporal =
          are_words(words, 0, {"create", "virtual"}) &&
          std::any_of(words.begin(), words.end(), [](const Word& word) { return word.is("spectradb"); });
      table.appends =
          table.is_temporal && ordinary_definition(table, false).find(", doc TEXT") != std::string::npos;
      for (size_t i = 0; table.is_temporal && i < words.size(); i++) {
        if (are_words(words, i, {"on_insert", "="})) table.appends = words[i + 2].is("append");
      }
      // This query shows a table's columns with the generated ones, but without hidden ones.
      sqlite3_stmt* statement = nullptr;
      sqlite3_prepare_v2(database.handle(), ("SELECT * FROM " + table.quoted()).c_str(), -1, &statement,
                         nullptr);
      for (int i = 0; i < sqlite3_column_count(statement); i++)
        table.columns.emplace_back(sqlite3_column_name(statement, i));
      sqlite3_finalize(statement);
    }
  }
  return found;
}

bool OrdinaryTables::any_named(const Words& words, const std::set<std::string>& names) {
  return std::any_of(words.begin(), words.end(),
                     [&](const Word& word) { return word.is_name() && names.count(word.text) > 0; });
}

void OrdinaryTables::compare_names() {
  in_temporal_ = find(temporal_database_);
  in_ordinary_ = find(ordinary_database_);
  for (const auto& [key, table] : in_ordinary_.tables) {
    if (table.is_temporal) fail("the ordinary database has a temporal table: " + table.sql);
  }
  different_.clear();
  timed_.clear();
  const auto one_sided = [this](const auto& these, const auto& those) {
    for (const auto& [key, object] : these) {
      if (those.count(key) == 0) different_.insert(key.second);
    }
  };
  one_sided(in_temporal_.tables, in_ordinary_.tables);
  one_sided(in_ordinary_.tables, in_temporal_.tables);
  one_sided(in_ordinary_.views, in_temporal_.views);
  for (const auto& [key, sql] : in_temporal_.views) {
    if (in_ordinary_.views.count(key) == 0) timed_.insert(key.second);
  }
  for (const auto& [key, trigger] : in_temporal_.triggers) {
    if (in_ordinary_.triggers.count(key) == 0) timed_.insert(trigger.first);
  }
  for (const auto& [key, trigger] : in_ordinary_.triggers) {
    if (in_temporal_.triggers.count(key) == 0) different_.insert(trigger.first);
  }
  for (const auto& [key, table] : in_temporal_.tables) {
    const auto other = in_ordinary_.tables.find(key);
    if (other != in_ordinary_.tables.end() && other->second.columns != table.columns)
      different_.insert(key.second);
  }
  note_temporal();
}

void OrdinaryTables::note_temporal() {
  temporal_.clear();
  triggered_.clear();
  for (const auto& [key, table] : in_temporal_.tables) {
    if (table.is_temporal) temporal_.insert(key.second);
  }
  for (size_t before = 0; before != temporal_.size();) {
    before = temporal_.size();
    for (const auto& [key, sql] : in_temporal_.views) {
      if (touch_temporal(words_of(sql))) temporal_.insert(key.second);
    }
    for (const auto& [key, trigger] : in_temporal_.triggers) {
      if (touch_temporal(words_of(trigger.second))) temporal_.insert(trigger.first);
      triggered_.insert(trigger.first);
    }
  }
}

std::vector<const TableFound*> OrdinaryTables::writable(const Words& words) const {
  const bool has_triggers = any_named(words, triggered_);
  std::vector<const TableFound*> tables;
  for (const auto& [key, table] : in_temporal_.tables) {
    if (table.is_temporal && (has_triggers || any_named(words, {key.second}))) tables.push_back(&table);
  }
  return tables;
}

std::string OrdinaryTables::follow() {
  compare_names();
  sqlite3* handle = ordinary_database_.handle();
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  const bool checks_keys = ordinary_database_.integer("PRAGMA foreign_keys") != 0;
  if (checks_keys) ordinary_database_.must("PRAGMA foreign_keys = OFF");  // does nothing in a transaction
  ordinary_database_.must("PRAGMA ignore_check_constraints = ON");
  std::string wrong;
  const auto note = [&wrong](const std::string& what) {
    if (wrong.empty()) wrong = what;
  };
  for (const auto& [key, table] : in_ordinary_.tables) {
    const auto other = in_temporal_.tables.find(key);
    if (other != in_temporal_.tables.end() && other->second.columns == table.columns) continue;
    const Outcome dropped = ordinary_database_.run("DROP TABLE " + table.quoted());
    if (!dropped.is_ok()) note(dropped.message);
  }
  in_ordinary_ = find(ordinary_database_);
  for (const auto& [key, table] : in_temporal_.tables) {
    if (in_ordinary_.tables.count(key) == 0) note(make(table));
  }
  compare_names();
  for (const auto& [key, table] : in_temporal_.tables) {
    if (different_.count(key.second) == 0 && !equal_rows(table, nullptr)) note(copy(table));
  }
  ordinary_database_.must("PRAGMA ignore_check_constraints = OFF");
  if (checks_keys) ordinary_database_.must("PRAGMA foreign_keys = ON");
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 1, nullptr);
  return wrong;
}

std::string OrdinaryTables::make(const TableFound& table) {
  std::string sql = table.sql;
  if (table.is_temporal) {
    sql = ordinary_definition(table, false);
  } else {
    const Words words = words_of(sql);
    if (are_words(words, 0, {"create", "virtual"})) return {};
    for (size_t i = 0; i + 1 < words.size(); i++) {
      if (!words[i].is("table")) continue;
      sql.insert(words[i + 1].begin, quoted_name(table.schema) + ".");
      break;
    }
  }
  Outcome made = ordinary_database_.run(sql);
  if (!made.is_ok()) return sql + "\n  says: " + made.message;
  if (!table.is_temporal) return {};
  // A key that is not the rowid is NOT NULL in all its columns.
  const Outcome key = ordinary_database_.run("SELECT 1 FROM pragma_index_list(?1, ?2) WHERE origin = 'pk'",
                                             {{"?1", literal(table.name)}, {"?2", literal(table.schema)}});
  if (key.rows.empty()) return {};
  made = ordinary_database_.run("DROP TABLE " + table.quoted() + ";" + ordinary_definition(table, true));
  return made.is_ok() ? std::string() : sql + " WITHOUT ROWID\n  says: " + made.message;
}

// Returns the query whose rows are compared and copied; it has the rowid where both tables have one.
std::string OrdinaryTables::selected(const TableFound& table) {
  std::string numbered = "SELECT rowid, * FROM " + table.quoted();
  for (Database* database : {&ordinary_database_, &temporal_database_}) {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v2(database->handle(), numbered.c_str(), -1, &statement, nullptr);
    sqlite3_finalize(statement);
    if (code != SQLITE_OK) return "SELECT * FROM " + table.quoted();
  }
  return numbered;
}

bool OrdinaryTables::equal_rows(const TableFound& table, std::string* shown) {
  const std::string sql = selected(table);
  const Outcome temporal = temporal_database_.run(sql);
  const Outcome ordinary = ordinary_database_.run(sql);
  Lines temporal_rows = typed_lines(temporal);
  Lines ordinary_rows = typed_lines(ordinary);
  sort_lines(temporal_rows, "rowsort");
  sort_lines(ordinary_rows, "rowsort");
  if (temporal.is_ok() == ordinary.is_ok() && temporal_rows == ordinary_rows) return true;
  if (shown != nullptr) {
    *shown = "table " + table.name + " then has " + temporal.message + "\n" + join(temporal_rows) +
             "  but the ordinary one " + ordinary.message + "\n" + join(ordinary_rows);
  }
  return false;
}

std::string OrdinaryTables::copy(const TableFound& table) {
  std::string columns;
  std::string values;
  std::string given = "SELECT ";
  const auto add = [&](const std::string& name) {
    columns += (columns.empty() ? "" : ", ") + name;
    values += values.empty() ? "?" : ", ?";
  };
  if (selected(table).starts_with("SELECT rowid")) add("rowid");
  const Outcome stored =
      ordinary_database_.run("SELECT name FROM pragma_table_xinfo(?1, ?2) WHERE hidden = 0",
                             {{"?1", literal(table.name)}, {"?2", literal(table.schema)}});
  for (const Row& row : stored.rows) add(quoted_name(row[0].text));
  given += columns + " FROM " + table.quoted();
  const Outcome emptied = ordinary_database_.run("SAVEPOINT follow; DELETE FROM " + table.quoted());
  if (!emptied.is_ok()) {
    ordinary_database_.run("ROLLBACK TO follow; RELEASE follow");
    return "cannot empty " + table.name + ": " + emptied.message;
  }
  sqlite3_stmt* read = nullptr;
  sqlite3_stmt* write = nullptr;
  sqlite3_prepare_v2(temporal_database_.handle(), given.c_str(), -1, &read, nullptr);
  const std::string insert = "INSERT INTO " + table.quoted() + " (" + columns + ") VALUES (" + values + ")";
  sqlite3_prepare_v2(ordinary_database_.handle(), insert.c_str(), -1, &write, nullptr);
  std::string wrong;
  if (read == nullptr || write == nullptr) wrong = "cannot copy " + table.name;
  while (wrong.empty() && sqlite3_step(read) == SQLITE_ROW) {
    for (int i = 0; i < sqlite3_column_count(read); i++)
      sqlite3_bind_value(write, i + 1, sqlite3_column_value(read, i));
    if (sqlite3_step(write) != SQLITE_DONE)
      wrong = "cannot copy " + table.name + ": " + sqlite3_errmsg(ordinary_database_.handle());
    sqlite3_reset(write);
  }
  sqlite3_finalize(read);
  sqlite3_finalize(write);
  ordinary_database_.run(wrong.empty() ? "RELEASE follow" : "ROLLBACK TO follow; RELEASE follow");
  return wrong;
}

std::string OrdinaryTables::difference() {
  compare_names();
  std::string shown;
  for (const auto& [key, table] : in_temporal_.tables) {
    if (different_.count(key.second) == 0 && !equal_rows(table, &shown)) return shown;
  }
  return {};
}

}  // namespace spectradb::tests
