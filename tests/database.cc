#include "tests/database.h"

#include <dlfcn.h>
#include <stdlib.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <system_error>

#include "tests/xor_vfs.h"

namespace spectradb::tests {

namespace {

using PrepareFunction = int (*)(sqlite3*, const char*, int, sqlite3_stmt**, const char**);

Mode g_mode = Mode::kHook;
PrepareFunction g_api_prepare = nullptr;

// In the mode kHook this call goes through the slot that the extension redirects.
int prepare(sqlite3* handle, const char* sql, int size, sqlite3_stmt** statement, const char** tail) {
  if (g_mode == Mode::kApi && g_api_prepare != nullptr)
    return g_api_prepare(handle, sql, size, statement, tail);
  return sqlite3_prepare_v2(handle, sql, size, statement, tail);
}

// The extension exports its C API; a host that has loaded it finds it by name.
bool find_api(const std::string& extension) {
  if (g_api_prepare != nullptr) return true;
  void* library = dlopen(extension.c_str(), RTLD_NOW | RTLD_NOLOAD);
  if (library == nullptr) return false;
  g_api_prepare = reinterpret_cast<PrepareFunction>(dlsym(library, "spectradb_prepare_v2"));
  dlclose(library);  // the extension stays loaded for the life of the process
  return g_api_prepare != nullptr;
}

std::string trimmed_left(std::string_view text) {
  const size_t start = text.find_first_not_of(" \t\r\n");
  return start == std::string_view::npos ? std::string() : std::string(text.substr(start));
}

// SPECTRADB_TEST_VFS=xor makes the tests use the VFS of tests/xor_vfs.h.
bool use_vfs_of_test() {
  const char* name = std::getenv("SPECTRADB_TEST_VFS");
  if (name == nullptr || std::string_view(name) != "xor") return false;
  use_xor_vfs();
  return true;
}

}  // namespace

void choose_mode(Mode mode) {
  g_mode = mode;
  if (mode == Mode::kApi) setenv("SPECTRADB_NO_HOOK", "1", 1);
  if (mode == Mode::kHook) unsetenv("SPECTRADB_NO_HOOK");
}

void fail(const std::string& report) {
  std::fflush(stdout);
  std::fprintf(stderr, "FAILED: %s\n", report.c_str());
  std::fflush(stderr);
  std::exit(1);
}

Cell cell_of(sqlite3_value* value) {
  Cell cell;
  cell.type = sqlite3_value_type(value);
  if (cell.type == SQLITE_NULL) {
    cell.text = "NULL";
  } else if (cell.type == SQLITE_BLOB) {
    const auto* bytes = static_cast<const unsigned char*>(sqlite3_value_blob(value));
    const int size = sqlite3_value_bytes(value);
    cell.text = "X'";
    for (int i = 0; i < size; i++) {
      constexpr std::string_view kDigits = "0123456789ABCDEF";
      cell.text += kDigits[bytes[i] >> 4];
      cell.text += kDigits[bytes[i] & 15];
    }
    cell.text += '\'';
  } else {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_value_text(value));
    cell.text.assign(bytes, static_cast<size_t>(sqlite3_value_bytes(value)));
  }
  return cell;
}

std::string describe(const std::vector<Row>& rows) {
  std::string out;
  for (const Row& row : rows) {
    for (size_t i = 0; i < row.size(); i++) {
      if (i > 0) out += '|';
      out += row[i].text;
    }
    out += '\n';
  }
  return out;
}

Database::Database(const std::string& path, const std::string& extension, int flags) {
  [[maybe_unused]] static const bool is_vfs_of_test = use_vfs_of_test();
  int code = sqlite3_open_v2(path.c_str(), &handle_, flags, nullptr);
  if (code != SQLITE_OK) {
    open_outcome_ = failure(code);
    return;
  }
  sqlite3_extended_result_codes(handle_, 1);
  if (extension.empty()) return;
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 1, nullptr);
  char* message = nullptr;
  code = sqlite3_load_extension(handle_, extension.c_str(), nullptr, &message);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
  if (code != SQLITE_OK) {
    open_outcome_.code = code;
    open_outcome_.message = message != nullptr ? message : "cannot load the extension";
    sqlite3_free(message);
    return;
  }
  if (g_mode == Mode::kApi && !find_api(extension)) {
    open_outcome_.code = SQLITE_ERROR;
    open_outcome_.message = extension + " exports no spectradb_prepare_v2";
    return;
  }
  if (const char* bytes = std::getenv("SPECTRADB_TEST_MEMTABLE_BYTES"); bytes != nullptr)
    (void)run(std::string("SELECT spectradb_config('memtable_max_bytes', ") + bytes + ")");
}

Database::Database(Database&& other) noexcept
    : handle_(other.handle_), open_outcome_(std::move(other.open_outcome_)) {
  other.handle_ = nullptr;
}

Database& Database::operator=(Database&& other) noexcept {
  if (this != &other) {
    close();
    handle_ = other.handle_;
    open_outcome_ = std::move(other.open_outcome_);
    other.handle_ = nullptr;
  }
  return *this;
}

void Database::close() {
  if (handle_ == nullptr) return;
  const int code = sqlite3_close(handle_);
  handle_ = nullptr;
  if (code != SQLITE_OK) fail("sqlite3_close says " + std::to_string(code) + ": a statement was left open");
}

Outcome Database::failure(int code) const {
  Outcome outcome;
  outcome.code = code;
  outcome.message = handle_ != nullptr ? sqlite3_errmsg(handle_) : "out of memory";
  return outcome;
}

Outcome Database::run(std::string_view sql, const std::vector<Binding>& bindings) {
  Outcome outcome;
  const std::string text(sql);
  const char* next = text.c_str();
  while (!trimmed_left(next).empty()) {
    sqlite3_stmt* statement = nullptr;
    const char* tail = nullptr;
    int code = prepare(handle_, next, -1, &statement, &tail);
    if (code != SQLITE_OK) return failure(code);
    if (tail == nullptr || tail <= next || tail > text.c_str() + text.size()) {
      sqlite3_finalize(statement);
      fail("the tail of prepare does not point behind the statement into the caller's text: " + text);
    }
    next = tail;
    if (statement == nullptr) continue;  // a comment, or nothing at all
    for (const Binding& binding : bindings) {
      const int index = sqlite3_bind_parameter_index(statement, binding.name.c_str());
      // A bare `?` has no name; ?1 then means the first one.
      const int position = index != 0               ? index
                           : binding.name[0] == '?' ? std::atoi(binding.name.c_str() + 1)
                                                    : 0;
      sqlite3_stmt* literal = nullptr;
      code = sqlite3_prepare_v2(handle_, ("SELECT " + binding.literal).c_str(), -1, &literal, nullptr);
      if (code == SQLITE_OK && sqlite3_step(literal) == SQLITE_ROW) {
        code = sqlite3_bind_value(statement, position, sqlite3_column_value(literal, 0));
      }
      sqlite3_finalize(literal);
      if (code != SQLITE_OK) {
        sqlite3_finalize(statement);
        Outcome bad = failure(code);
        bad.message = "cannot bind " + binding.name + ": " + bad.message;
        return bad;
      }
    }
    const int columns = sqlite3_column_count(statement);
    if (columns > 0) {
      outcome.columns = columns;
      outcome.rows.clear();
    }
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
      Row row;
      for (int i = 0; i < columns; i++) row.push_back(cell_of(sqlite3_column_value(statement, i)));
      outcome.rows.push_back(std::move(row));
    }
    if (code != SQLITE_DONE) {
      Outcome bad = failure(code);
      sqlite3_finalize(statement);
      bad.changes = sqlite3_changes64(handle_);
      return bad;
    }
    code = sqlite3_finalize(statement);
    if (code != SQLITE_OK) return failure(code);
  }
  outcome.changes = sqlite3_changes64(handle_);
  outcome.last_insert_rowid = sqlite3_last_insert_rowid(handle_);
  return outcome;
}

Outcome Database::must(std::string_view sql, const std::vector<Binding>& bindings) {
  if (!open_outcome_.is_ok()) fail("cannot open: " + open_outcome_.message);
  Outcome outcome = run(sql, bindings);
  if (!outcome.is_ok()) {
    fail(std::string(sql) + "\n  says: " + outcome.message + " (" + std::to_string(outcome.code) + ")");
  }
  return outcome;
}

std::string Database::text(std::string_view sql) {
  const Outcome outcome = must(sql);
  if (outcome.rows.empty()) fail(std::string(sql) + "\n  gives no row");
  return outcome.rows.front().front().text;
}

int64_t Database::integer(std::string_view sql) {
  const Outcome outcome = must(sql);
  if (outcome.rows.empty() || outcome.rows.front().front().type != SQLITE_INTEGER) {
    fail(std::string(sql) + "\n  gives no integer");
  }
  return std::strtoll(outcome.rows.front().front().text.c_str(), nullptr, 10);
}

TemporaryDirectory::TemporaryDirectory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "spectradb-test-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) fail("cannot make a temporary directory");
  path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void flip_bit(const std::filesystem::path& file, uintmax_t offset, unsigned char mask) {
  std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
  bytes.seekg(static_cast<std::streamoff>(offset));
  const int byte = bytes.get();
  bytes.seekp(static_cast<std::streamoff>(offset));
  bytes.put(static_cast<char>(byte ^ mask));
  if (!bytes) fail("cannot change " + file.string());
}

std::string argument(int argc, char** argv, std::string_view name, std::string_view otherwise) {
  const std::string prefix = "--" + std::string(name) + "=";
  for (int i = 1; i < argc; i++) {
    const std::string_view given = argv[i];
    if (given.starts_with(prefix)) return std::string(given.substr(prefix.size()));
  }
  return std::string(otherwise);
}

}  // namespace spectradb::tests
