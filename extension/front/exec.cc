#include "extension/front/exec.h"

#include <cstdint>
#include <cstring>
#include <new>
#include <vector>

#include "extension/front/prepare.h"

namespace spectradb::extension {

namespace {

char** pointers(size_t count) {
  return static_cast<char**>(sqlite3_malloc64(sizeof(char*) * static_cast<sqlite3_uint64>(count)));
}

// Runs the statement and calls back with each row. Returns SQLITE_DONE, or the code that ended it.
int run_statement(sqlite3_stmt* statement, ExecCallback callback, void* argument) {
  const auto columns = static_cast<size_t>(sqlite3_column_count(statement));
  for (int code = SQLITE_ROW;;) {
    code = sqlite3_step(statement);
    if (code == SQLITE_DONE) after_step(statement);
    if (code != SQLITE_ROW) return code;
    if (callback == nullptr) continue;
    char** const texts = pointers(2 * (columns + 1));
    if (texts == nullptr) return SQLITE_NOMEM;
    for (size_t i = 0; i < columns; ++i) {
      const int column = static_cast<int>(i);
      texts[i] = const_cast<char*>(reinterpret_cast<const char*>(sqlite3_column_text(statement, column)));
      texts[columns + 1 + i] = const_cast<char*>(sqlite3_column_name(statement, column));
    }
    texts[columns] = nullptr;
    texts[2 * columns + 1] = nullptr;
    const int stop = callback(argument, static_cast<int>(columns), texts, texts + columns + 1);
    sqlite3_free(texts);
    if (stop != 0) return SQLITE_ABORT;
  }
}

// Collects the result of sqlite3_get_table(): the column names, then row after row.
struct Gathered {
  std::vector<char*> texts;
  int columns = 0;
  int rows = 0;
  bool is_out_of_memory = false;
  bool is_other_shape = false;  // statements of the script have different numbers of columns

  ~Gathered() {
    for (char* text : texts) sqlite3_free(text);
  }

  void add(const char* text) {
    char* const copy = text == nullptr ? nullptr : sqlite3_mprintf("%s", text);
    is_out_of_memory = is_out_of_memory || (text != nullptr && copy == nullptr);
    texts.push_back(copy);
  }
};

int gather(void* argument, int count, char** values, char** names) {
  auto& gathered = *static_cast<Gathered*>(argument);
  try {
    gathered.texts.reserve(gathered.texts.size() + 2 * static_cast<size_t>(count));
    if (gathered.rows == 0) {
      gathered.columns = count;
      for (int i = 0; i < count; ++i) gathered.add(names[i]);
    }
    gathered.is_other_shape = gathered.columns != count;
    if (gathered.is_other_shape) return 1;
    for (int i = 0; i < count; ++i) gathered.add(values[i]);
    ++gathered.rows;
  } catch (const std::bad_alloc&) {
    gathered.is_out_of_memory = true;
  }
  return gathered.is_out_of_memory ? 1 : 0;
}

}  // namespace

int exec_script(PrepareV2 prepare, sqlite3* db, const char* sql, ExecCallback callback, void* argument,
                char** message) {
  if (message != nullptr) *message = nullptr;
  int code = SQLITE_OK;
  const char* rest = sql == nullptr ? "" : sql;
  while (code == SQLITE_OK && *rest != '\0') {
    sqlite3_stmt* statement = nullptr;
    const char* tail = nullptr;
    code = prepare(db, rest, -1, &statement, &tail);
    if (code != SQLITE_OK) break;
    rest = tail;
    if (statement == nullptr) continue;  // a comment or blank
    code = run_statement(statement, callback, argument);
    const int finalized = sqlite3_finalize(statement);
    if (code != SQLITE_ABORT && code != SQLITE_NOMEM) code = finalized;
  }
  if (code != SQLITE_OK && message != nullptr)
    *message = sqlite3_mprintf("%s", code == SQLITE_ABORT ? "query aborted" : sqlite3_errmsg(db));
  return code;
}

int get_table(PrepareV2 prepare, sqlite3* db, const char* sql, char*** table, int* rows, int* columns,
              char** message) {
  *table = nullptr;
  if (rows != nullptr) *rows = 0;
  if (columns != nullptr) *columns = 0;
  Gathered gathered;
  int code = exec_script(prepare, db, sql, gather, &gathered, message);
  const char* said = nullptr;
  if (gathered.is_out_of_memory) code = SQLITE_NOMEM;
  if (gathered.is_other_shape) {
    code = SQLITE_ERROR;
    said = "sqlite3_get_table() called with two or more incompatible queries";
  }
  // The first pointer holds the count by which SQLite frees the others and itself.
  char** const all = code == SQLITE_OK ? pointers(gathered.texts.size() + 1) : nullptr;
  if (code == SQLITE_OK && all == nullptr) code = SQLITE_NOMEM;
  if (all == nullptr) {
    if (message != nullptr && (said != nullptr || *message == nullptr || code == SQLITE_NOMEM)) {
      sqlite3_free(*message);
      *message = sqlite3_mprintf("%s", said != nullptr ? said : sqlite3_errstr(code));
    }
    return code;
  }
  // sqlite3_free_table() reads how many there are where the first pointer would stand.
  const auto count = static_cast<intptr_t>(gathered.texts.size() + 1);
  static_assert(sizeof(count) == sizeof(char*));
  std::memcpy(all, &count, sizeof(count));
  if (!gathered.texts.empty())
    std::memcpy(all + 1, gathered.texts.data(), sizeof(char*) * gathered.texts.size());
  gathered.texts.clear();
  *table = all + 1;
  if (rows != nullptr) *rows = gathered.rows;
  if (columns != nullptr) *columns = gathered.columns;
  return SQLITE_OK;
}

}  // namespace spectradb::extension
