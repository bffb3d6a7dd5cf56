#include "extension/schema/schema_text.h"

#include <algorithm>
#include <cctype>

#include "extension/host/author.h"
#include "extension/host/query.h"
#include "sql/text/reader.h"

namespace spectradb::extension {

namespace {

bool is_schema_trusted(sqlite3* db) {
  int is_trusted = 1;
  sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, -1, &is_trusted);
  return is_trusted != 0;
}

// Returns the function that the token calls; empty for none. Some operators are functions that a host may
// redefine.
std::string function_at(const sql::Reader& reader, size_t i) {
  static constexpr std::string_view kOperators[] = {"LIKE", "GLOB", "REGEXP", "MATCH"};
  if (reader.is_any_word(i, kOperators)) return reader.name(i);
  return reader.is_name(i) && reader.is_operator(i + 1, "(") ? reader.name(i) : std::string();
}

bool is_named_in(const char* text, std::string_view name) {
  const auto is_same = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == static_cast<unsigned char>(b);
  };
  const std::string_view all = text == nullptr ? "" : text;
  return std::search(all.begin(), all.end(), name.begin(), name.end(), is_same) != all.end();
}

}  // namespace

Status check_called_by_statement(sqlite3* db, std::string_view function) {
  // While a statement of ours runs, as at COMMIT, only functions that it names and those of triggers can be
  // called.
  if (const char* ours = AuthorScope::current_text(); ours != nullptr)
    return is_named_in(ours, function) ? Status::ok()
                                       : Status::invalid("unsafe use of " + std::string(function) + "()");
  for (sqlite3_stmt* statement = sqlite3_next_stmt(db, nullptr); statement != nullptr;
       statement = sqlite3_next_stmt(db, statement)) {
    if (sqlite3_stmt_busy(statement) != 0 && is_named_in(sqlite3_sql(statement), function))
      return Status::ok();
  }
  // Looks into views and triggers that the connection has made for itself.
  Query own(db, "SELECT 1 FROM temp.sqlite_master WHERE instr(lower(sql), ?1) > 0 LIMIT 1");
  SPECTRADB_ASSIGN_OR_RETURN(const bool found, own.bind(1, function).step());
  return found ? Status::ok() : Status::invalid("unsafe use of " + std::string(function) + "()");
}

Status check_schema_text(sqlite3* db, std::string_view text, const std::string& owner) {
  const sql::Reader reader(text, sql::tokenize(text));
  // A function of the same name with another number of arguments counts, too.
  Query unsafe(db,
               "SELECT 1 FROM pragma_function_list WHERE name = ?1 COLLATE NOCASE AND (flags & ?2 <> 0 OR "
               "flags & ?3 <> ?3) LIMIT 1");
  const bool is_trusted = is_schema_trusted(db);
  for (size_t i = 0; i < reader.size(); ++i) {
    const std::string function = function_at(reader, i);
    if (function.empty()) continue;
    unsafe.bind(1, std::string_view(function)).bind(2, int64_t{SQLITE_DIRECTONLY});
    unsafe.bind(3, is_trusted ? int64_t{0} : int64_t{SQLITE_INNOCUOUS});
    SPECTRADB_ASSIGN_OR_RETURN(const bool found, unsafe.step());
    if (found) {
      return Status::invalid("unsafe use of " + function + "() in " + owner +
                             ": a schema may not call it, as whoever made the file may have written it");
    }
  }
  return Status::ok();
}

Status check_schema_view(sqlite3* db, std::string_view schema, std::string_view view) {
  const AuthorScope ours(Author::kUsToCompile);
  return Query(db, "SELECT * FROM " + quoted(schema) + "." + quoted(view)).prepare();
}

}  // namespace spectradb::extension
