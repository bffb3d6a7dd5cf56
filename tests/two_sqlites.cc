// Has two copies of SQLite in one process, one linked statically and one loaded. The extension serves
// connections of both, each through its own SQLite, whichever loads it first. Where the system allows no
// second copy of the extension, loading says so, and the first copy goes on.
//
//   two_sqlites --extension=PATH --library=LIBSQLITE3.SO
#include <dlfcn.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace {

std::string extension;
std::string directory;

void expect(bool holds, const std::string& what) {
  if (holds) return;
  std::fprintf(stderr, "two_sqlites: %s\n", what.c_str());
  std::exit(1);
}

// Holds the functions of one copy.
struct Sqlite {
  const char* name;
  decltype(&sqlite3_open) open;
  decltype(&sqlite3_close) close;
  decltype(&sqlite3_enable_load_extension) enable_load_extension;
  decltype(&sqlite3_load_extension) load_extension;
  decltype(&sqlite3_exec) exec;
  decltype(&sqlite3_free) free;
  decltype(&sqlite3_busy_timeout) busy_timeout;
};

const Sqlite kStatic{"the static SQLite",    sqlite3_open, sqlite3_close, sqlite3_enable_load_extension,
                     sqlite3_load_extension, sqlite3_exec, sqlite3_free,  sqlite3_busy_timeout};

template <typename Function>
Function symbol(void* library, const char* name, Function) {
  auto found = reinterpret_cast<Function>(dlsym(library, name));
  expect(found != nullptr, std::string("the library has no ") + name);
  return found;
}

Sqlite load_sqlite(const std::string& path) {
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  expect(library != nullptr, "the library cannot be loaded");
  Sqlite loaded{"the loaded SQLite",
                symbol(library, "sqlite3_open", sqlite3_open),
                symbol(library, "sqlite3_close", sqlite3_close),
                symbol(library, "sqlite3_enable_load_extension", sqlite3_enable_load_extension),
                symbol(library, "sqlite3_load_extension", sqlite3_load_extension),
                symbol(library, "sqlite3_exec", sqlite3_exec),
                symbol(library, "sqlite3_free", sqlite3_free),
                symbol(library, "sqlite3_busy_timeout", sqlite3_busy_timeout)};
  expect(loaded.open != kStatic.open, "the two copies of SQLite are one");
  return loaded;
}

int add_row(void* text, int columns, char** values, char**) {
  auto* rows = static_cast<std::string*>(text);
  for (int i = 0; i < columns; ++i)
    rows->append(i == 0 ? "" : "|").append(values[i] == nullptr ? "NULL" : values[i]);
  rows->append("\n");
  return 0;
}

class Connection {
 public:
  Connection(const Sqlite& sqlite, const std::string& file, bool loads = true) : sqlite_(sqlite) {
    expect(sqlite_.open(file.c_str(), &db_) == SQLITE_OK, file + " cannot be opened");
    sqlite_.enable_load_extension(db_, 1);
    sqlite_.busy_timeout(db_, 10'000);
    if (!loads) return;
    const std::string failure = load();
    expect(failure.empty(), std::string(sqlite_.name) + " cannot load the extension: " + failure);
  }
  ~Connection() { expect(sqlite_.close(db_) == SQLITE_OK, "a connection cannot be closed"); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Returns what is wrong; an empty text when the extension is loaded.
  std::string load() {
    char* message = nullptr;
    const int code = sqlite_.load_extension(db_, extension.c_str(), nullptr, &message);
    const std::string text = code == SQLITE_OK ? "" : message == nullptr ? "no message" : message;
    sqlite_.free(message);
    return text;
  }
  std::string ask(const std::string& sql, decltype(&sqlite3_exec) exec = nullptr) {
    std::string rows;
    char* message = nullptr;
    const int code = (exec == nullptr ? sqlite_.exec : exec)(db_, sql.c_str(), add_row, &rows, &message);
    if (code != SQLITE_OK) rows = std::string("error: ") + (message == nullptr ? "" : message);
    sqlite_.free(message);
    return rows;
  }
  void check(const std::string& sql, const std::string& right) {
    const std::string rows = ask(sql);
    expect(rows == right, std::string(sqlite_.name) + ": " + sql + " gives " + rows);
  }

 private:
  const Sqlite& sqlite_;
  sqlite3* db_ = nullptr;
};

void fill(Connection& connection) {
  connection.check("CREATE VIRTUAL TABLE t USING spectradb(id INTEGER PRIMARY KEY, v TEXT)", "");
  connection.check("INSERT INTO t VALUES (1, 'one'); INSERT INTO t VALUES (2, 'two')", "");
  connection.check("BEGIN; INSERT INTO t VALUES (3, 'three'); ROLLBACK", "");
  connection.check("UPDATE t SET v = 'changed' WHERE id = 1", "");
}

void read(Connection& connection) {
  connection.check("SELECT id, v FROM t", "1|changed\n2|two\n");
  connection.check("SELECT id, v FROM t(1)", "1|one\n");
  connection.check("SELECT v, _system_from, _system_to FROM t WHERE _as_of = 2 AND id = 1", "one|1|NULL\n");
  connection.check("SELECT spectradb_sql('SELECT v FROM t AS OF 1') <> ''", "1\n");
  connection.check("SELECT spectradb_check()", "ok\n");
  connection.check("SELECT v FROM no_such_table", "error: no such table: no_such_table");
}

size_t loaded_copies() {
  std::ifstream maps("/proc/self/maps");
  std::set<std::string> inodes;
  for (std::string line; std::getline(maps, line);) {
    const size_t at = line.find("/memfd:spectradb");
    if (at != std::string::npos) inodes.insert(line.substr(line.find(' ', 40), at - line.find(' ', 40)));
  }
  return inodes.size();
}

// Runs the body in a process of its own, which begins without the extension.
void in_child(const std::string& what, const std::function<void()>& body) {
  const pid_t child = fork();
  if (child == 0) {
    body();
    std::exit(0);  // runs destructors, as hosts do at their end
  }
  int status = 0;
  waitpid(child, &status, 0);
  expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, what + " failed");
  std::fprintf(stderr, "two_sqlites: %s: as it should be\n", what.c_str());
}

// The C interface of the extension serves the connections of both copies.
void check_c_interface(Connection& connection) {
  void* module = dlopen(extension.c_str(), RTLD_NOW | RTLD_LOCAL);
  expect(module != nullptr, "the extension cannot be opened");
  const auto exec = symbol(module, "spectradb_exec", sqlite3_exec);
  expect(connection.ask("SELECT v FROM t AS OF 1", exec) == "one\n", "the C interface reads something else");
  expect(connection.ask("SELECT v FROM t AS OF 99", exec).starts_with("error: "), "a wrong time is no error");
}

void serve_both(const Sqlite& first, const Sqlite& second, const std::string& name) {
  const std::string path = directory + "/" + name;
  {
    Connection one(first, path + ".one.db");
    fill(one);
    Connection two(second, path + ".two.db");
    fill(two);
    Connection memory(second, ":memory:");
    fill(memory);
    for (Connection* connection : {&one, &two, &memory}) {
      read(*connection);
      check_c_interface(*connection);
    }
    Connection plain(first, ":memory:", false);
    plain.check("SELECT spectradb_version()", "error: no such function: spectradb_version");
    expect(loaded_copies() == 1, "the extension was not loaded twice");
  }
  // Each copy reads what the other one has written.
  Connection one(second, path + ".one.db");
  Connection two(first, path + ".two.db");
  read(one);
  read(two);
  expect(loaded_copies() == 1, "each connection makes a copy of the extension");
}

void serve_threads(const Sqlite& first, const Sqlite& second) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      Connection connection(i % 2 == 0 ? first : second, directory + "/thread" + std::to_string(i) + ".db");
      fill(connection);
      read(connection);
    });
  }
  for (std::thread& thread : threads) thread.join();
  expect(loaded_copies() == 1, "threads that load at once make copies of the extension");
}

// A child of fork() may use no connection of its parent, of either copy, but may open its own.
void serve_forked(const Sqlite& first, const Sqlite& second) {
  Connection one(first, directory + "/fork1.db");
  Connection two(second, directory + "/fork2.db");
  fill(one);
  fill(two);
  in_child("a forked child", [&] {
    for (Connection* inherited : {&one, &two})
      expect(inherited->ask("SELECT v FROM t").find("forked") != std::string::npos,
             "a child reads its parent's");
    for (const Sqlite* sqlite : {&first, &second}) {
      Connection own(*sqlite, ":memory:");
      fill(own);
      read(own);
    }
    std::_Exit(0);
  });
  read(one);
  read(two);
}

void refuse_cleanly(const Sqlite& first, const Sqlite& second) {
  Connection one(first, directory + "/refused.db");
  fill(one);
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit nothing{0, RLIM_INFINITY};
  setrlimit(RLIMIT_FSIZE, &nothing);
  {
    Connection two(second, ":memory:", false);
    const std::string message = two.load();
    expect(message.find("serves another copy of SQLite in this process") != std::string::npos,
           "loading into a second SQLite tells: " + message);
    two.check("SELECT spectradb_version()", "error: no such function: spectradb_version");
    two.check("CREATE TABLE t(v); INSERT INTO t VALUES (1); SELECT v FROM t", "1\n");
  }
  const rlimit everything{RLIM_INFINITY, RLIM_INFINITY};
  setrlimit(RLIMIT_FSIZE, &everything);
  read(one);
  Connection two(second, ":memory:");
  fill(two);
  read(two);
}

std::string option(int count, char** values, const std::string& name) {
  for (int i = 1; i < count; ++i) {
    const std::string value = values[i];
    if (value.starts_with(name)) return value.substr(name.size());
  }
  return {};
}

}  // namespace

int main(int count, char** values) {
  extension = option(count, values, "--extension=");
  const std::string library = option(count, values, "--library=");
  expect(!extension.empty() && !library.empty(),
         "usage: two_sqlites --extension=PATH --library=LIBSQLITE3.SO");
  char name[] = "/tmp/spectradb-two-XXXXXX";
  expect(mkdtemp(name) != nullptr, "no directory can be made");
  directory = name;
  const auto with_both = [&](const std::function<void(const Sqlite&, const Sqlite&)>& body) {
    const Sqlite loaded = load_sqlite(library);
    body(kStatic, loaded);
  };
  in_child("the static SQLite first", [&] {
    with_both([](const Sqlite& one, const Sqlite& other) { serve_both(one, other, "static"); });
  });
  in_child("the loaded SQLite first", [&] {
    with_both([](const Sqlite& one, const Sqlite& other) { serve_both(other, one, "loaded"); });
  });
  in_child("threads", [&] { with_both(serve_threads); });
  in_child("fork", [&] { with_both(serve_forked); });
  in_child("no second copy", [&] { with_both(refuse_cleanly); });
  std::filesystem::remove_all(directory);
  return 0;
}
