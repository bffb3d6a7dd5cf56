// Holds what every test program shares: a connection that has loaded the extension as a user's host would,
// and one call that runs SQL and reports the whole outcome. One thread at a time uses a Database.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace spectradb::tests {

// How temporal SQL reaches the extension.
enum class Mode : uint8_t {
  kHook,  // the host calls sqlite3_prepare_v2, which the extension has redirected
  kApi,   // SPECTRADB_NO_HOOK=1, and the host calls spectradb_prepare_v2
};

struct Cell {
  int type = SQLITE_NULL;  // SQLITE_INTEGER, _FLOAT, _TEXT, _BLOB, _NULL
  std::string text;        // "NULL"; blobs as X'..'; reals as SQLite prints them

  bool operator==(const Cell&) const = default;
};
using Row = std::vector<Cell>;

struct Outcome {
  int code = SQLITE_OK;   // extended result code
  std::string message;    // of the first statement that failed
  int columns = 0;        // of the last statement that has any
  std::vector<Row> rows;  // of that statement
  int64_t changes = 0;    // sqlite3_changes64 afterwards
  int64_t last_insert_rowid = 0;

  bool is_ok() const { return code == SQLITE_OK; }
};

// A parameter: its name as the text has it (":x", "?2", "$y"), and an SQL literal.
struct Binding {
  std::string name;
  std::string literal;
};

// Must be called once, before the first connection is opened, while the process has one thread.
void choose_mode(Mode mode);

class Database {
 public:
  Database() = default;
  // Opens the database and loads the extension; open_outcome() has what failed. An empty `extension` loads
  // none.
  Database(const std::string& path, const std::string& extension,
           int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI);
  ~Database() { close(); }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  Database(Database&& other) noexcept;
  Database& operator=(Database&& other) noexcept;

  void close();
  sqlite3* handle() const { return handle_; }
  const Outcome& open_outcome() const { return open_outcome_; }

  // Runs every statement of the text until one fails.
  Outcome run(std::string_view sql, const std::vector<Binding>& bindings = {});
  // The same, but ends the program with a report when anything fails.
  Outcome must(std::string_view sql, const std::vector<Binding>& bindings = {});
  std::string text(std::string_view sql);  // the first value of the first row, through must()
  int64_t integer(std::string_view sql);

 private:
  Outcome failure(int code) const;

  sqlite3* handle_ = nullptr;
  Outcome open_outcome_;
};

Cell cell_of(sqlite3_value* value);
std::string describe(const std::vector<Row>& rows);  // a line a row, columns parted by |

// Ends the program with status 1 and this report.
[[noreturn]] void fail(const std::string& report);

// Makes a fresh directory, which is removed with the object.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  std::string path(std::string_view name) const { return (path_ / name).string(); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Flips one bit of a file.
void flip_bit(const std::filesystem::path& file, uintmax_t offset, unsigned char mask = 0x10);

// Returns the value of `--name=value` among the arguments, or the default.
std::string argument(int argc, char** argv, std::string_view name, std::string_view otherwise);

}  // namespace spectradb::tests
