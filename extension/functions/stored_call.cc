#include "extension/functions/stored_call.h"

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "extension/host/query.h"
#include "sql/text/reader.h"

namespace spectradb::extension {

namespace {

constexpr const char* kTemp = "temp";
constexpr int kFirstOfAttached = 2;

// A schema and a name, in lower case.
using Place = std::pair<std::string, std::string>;
// The schemas whose views, triggers or defaults call the function; empty for main, temp and the statement itself.
using Origins = std::set<std::string>;

using sql::lowered;

class StoredCalls {
 public:
  StoredCalls(sqlite3* db, std::string function) : db_(db), function_(std::move(function)) {}

  // Whether an attached file has views, triggers or tables that name the function.
  Result<bool> are_any() {
    for (int i = kFirstOfAttached; sqlite3_db_name(db_, i) != nullptr; ++i) {
      Query found(db_, "SELECT 1 FROM " + quoted(sqlite3_db_name(db_, i)) +
                           ".sqlite_master WHERE type <> 'index' AND instr(lower(sql), ?1) > 0 LIMIT 1");
      SPECTRADB_ASSIGN_OR_RETURN(const bool row, found.bind(1, std::string_view(function_)).step());
      if (row) return true;
    }
    return false;
  }

  Result<Origins> origins() {
    SPECTRADB_RETURN_IF_ERROR(read());
    for (bool grows = true; grows;) {
      grows = false;
      for (const Object& object : objects_) {
        Origins& known = reached_[object.place];
        const size_t before = known.size();
        const Origins found = origins_of(object.text, object.schema);
        known.insert(found.begin(), found.end());
        grows = grows || known.size() > before;
      }
    }
    // A statement that runs and has shown no row yet is surely under way. One that shows a row may be an open
    // cursor, which calls nothing, or be on its way to the next row: SQLite does not say.
    Origins without_row;
    Origins with_row;
    bool any_without_row = false;
    for (sqlite3_stmt* each = sqlite3_next_stmt(db_, nullptr); each != nullptr;
         each = sqlite3_next_stmt(db_, each)) {
      if (sqlite3_stmt_busy(each) == 0 || sqlite3_sql(each) == nullptr) continue;
      const bool has_row = sqlite3_data_count(each) > 0;
      any_without_row = any_without_row || !has_row;
      (has_row ? with_row : without_row).merge(origins_of(sqlite3_sql(each), kTemp));
    }
    if (!without_row.empty()) return without_row;
    if (any_without_row || with_row.empty()) with_row.merge(origins_behind_keys());
    return with_row;
  }

 private:
  struct Object {
    std::string schema;
    Place place;  // the view, or the table of the trigger
    std::string text;
    bool is_trigger;
  };

  Status read() {
    for (int i = 0; sqlite3_db_name(db_, i) != nullptr; ++i)
      schemas_.push_back(lowered(sqlite3_db_name(db_, i)));
    for (const std::string& schema : schemas_) {
      Query all(db_, "SELECT type, name, tbl_name, sql FROM " + quoted(schema) +
                         ".sqlite_master WHERE type <> 'index'");
      for (;;) {
        SPECTRADB_ASSIGN_OR_RETURN(const bool row, all.step());
        if (!row) break;
        const std::string type = all.text(0);
        if (type != "trigger") names_.insert({schema, lowered(all.text(1))});
        if (type != "table") {
          objects_.push_back({schema, {schema, lowered(all.text(2))}, all.text(3), type == "trigger"});
        } else if (calls_function(all.text(3))) {
          tables_with_defaults_.insert({schema, lowered(all.text(1))});
        }
      }
    }
    for (Object& object : objects_)
      if (object.schema == kTemp) object.place = resolve(object.place.second, kTemp);
    return Status::ok();
  }

  // Names in a file are of the file; others are looked for in SQLite's order.
  Place resolve(const std::string& name, const std::string& from) const {
    if (from != kTemp) return {from, name};
    if (names_.count({kTemp, name}) > 0) return {kTemp, name};
    for (const std::string& schema : schemas_)
      if (names_.count({schema, name}) > 0) return {schema, name};
    return {"", name};
  }

  // Of triggers on tables that a foreign key leads to, and of defaults that the key sets: no statement names them.
  Origins origins_behind_keys() const {
    Origins all;
    for (const Object& object : objects_)
      if (object.is_trigger) all.merge(origins_of(object.text, object.schema));
    for (const Place& table : tables_with_defaults_) all.insert(origin_of(table.first));
    return all;
  }

  std::string origin_of(const std::string& schema) const {
    return schema == kTemp || schema == schemas_.front() ? "" : schema;
  }

  // For the text of a table, where only the default of a column may call: it may have a column of that name.
  bool calls_function(std::string_view text) const {
    const sql::Reader reader(text, sql::tokenize(text));
    for (size_t i = 0; i + 1 < reader.size(); ++i)
      if (reader.is_name(i) && lowered(reader.name(i)) == function_ && reader.is_operator(i + 1, "("))
        return true;
    return false;
  }

  Origins origins_of(std::string_view text, const std::string& from) const {
    const std::string origin = origin_of(from);
    const sql::Reader reader(text, sql::tokenize(text));
    Origins all;
    for (size_t i = 0; i < reader.size(); ++i) {
      if (!reader.is_name(i)) continue;
      const std::string name = lowered(reader.name(i));
      const bool is_qualified = i >= 2 && reader.is_operator(i - 1, ".") && reader.is_name(i - 2);
      if (name == function_ && !is_qualified) all.insert(origin);
      Place place = is_qualified ? Place{lowered(reader.name(i - 2)), name} : resolve(name, from);
      if (is_qualified && names_.count(place) == 0) place = resolve(name, from);
      const auto found = reached_.find(place);
      if (found != reached_.end()) all.insert(found->second.begin(), found->second.end());
      // Defaults are for rows that are written; REPLACE stands before the name in UPDATE OR REPLACE.
      const size_t first = is_qualified ? i - 2 : i;
      const bool is_written =
          first > 0 && (reader.is_word(first - 1, "INTO") || reader.is_word(first - 1, "REPLACE"));
      if (is_written && tables_with_defaults_.count(place) > 0) all.insert(origin_of(place.first));
    }
    return all;
  }

  sqlite3* db_;
  const std::string function_;
  std::vector<std::string> schemas_;
  std::set<Place> names_;  // of tables and views
  std::set<Place> tables_with_defaults_;
  std::vector<Object> objects_;
  std::map<Place, Origins> reached_;
};

}  // namespace

Result<std::string> schema_of_stored_call(Connection& connection, const std::string& function) {
  StoredCalls calls(connection.handle(), function);
  SPECTRADB_ASSIGN_OR_RETURN(const bool are_any, calls.are_any());
  if (!are_any) return std::string();
  SPECTRADB_ASSIGN_OR_RETURN(const Origins origins, calls.origins());
  if (origins.size() == 1) return *origins.begin();
  if (origins.empty()) return std::string();
  std::string others;
  for (const std::string& origin : origins)
    if (!origin.empty()) others += (others.empty() ? "" : ", ") + origin;
  return Status::invalid(function + " is called in a view, trigger or default of " + others +
                         " and elsewhere, and SQLite does not say which call this is: name the schema in the "
                         "statement's own call (" +
                         *origins.rbegin() + "." + function +
                         "), write the column whose default calls, or ask in two statements");
}

}  // namespace spectradb::extension
