// A driver for SQLite as programs load it: with RTLD_LOCAL, so that nobody else sees its libsqlite3, and
// with calls that are bound when they are first made. See plug_in.cc.
#include <sqlite3.h>

#include <string>

extern "C" __attribute__((visibility("default"))) const char* ask_as_driver(const char* extension,
                                                                            const char* script,
                                                                            const char* query) {
  static std::string answer;
  sqlite3* db = nullptr;
  sqlite3_open(":memory:", &db);
  sqlite3_enable_load_extension(db, 1);
  char* problem = nullptr;
  if (sqlite3_load_extension(db, extension, nullptr, &problem) != SQLITE_OK) {
    answer = std::string("cannot load the extension: ") + (problem == nullptr ? "" : problem);
    sqlite3_free(problem);
    sqlite3_close(db);
    return answer.c_str();
  }
  sqlite3_stmt* statement = nullptr;
  int code = SQLITE_OK;
  for (const char* tail = script; code == SQLITE_OK && *tail != '\0';) {
    code = sqlite3_prepare_v2(db, tail, -1, &statement, &tail);
    if (code == SQLITE_OK) sqlite3_step(statement);
    if (code == SQLITE_OK) code = sqlite3_finalize(statement);
    statement = nullptr;
  }
  if (code == SQLITE_OK) code = sqlite3_prepare_v2(db, query, -1, &statement, nullptr);
  if (code == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW) {
    answer = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
  } else {
    answer = sqlite3_errmsg(db);
  }
  sqlite3_finalize(statement);
  sqlite3_close(db);
  return answer.c_str();
}
