// The VFS that has the pages of a new database decides where its facts may be: a directory beside it will do
// where SQLite itself keeps it in a file, else only rows in the database, so that no page goes anywhere
// without its facts.
//
//   other_vfs --extension=PATH
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>

#include "tests/database.h"
#include "tests/expect.h"

namespace spectradb::tests {
namespace {

namespace fs = std::filesystem;

const char* const kTable = "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT) WITH SYSTEM VERSIONING";

// An OtherVfs stands above SQLite's own. Its answer is what it says when it is asked for its name; null: it
// does not know the question.
struct OtherVfs {
  const char* name;
  const char* answer;
  bool hides;  // its files have names that only it knows
  sqlite3_vfs vfs;
};

sqlite3_vfs* below = nullptr;
int (*control_below)(sqlite3_file*, int, void*) = nullptr;
std::map<sqlite3_file*, const char*> answers;

// All other methods are those of SQLite's own file.
int x_file_control(sqlite3_file* file, int operation, void* argument) {
  if (operation != SQLITE_FCNTL_VFSNAME) return control_below(file, operation, argument);
  const char* answer = answers[file];
  if (answer == nullptr) return SQLITE_NOTFOUND;
  *static_cast<char**>(argument) = sqlite3_mprintf("%s", answer);
  return SQLITE_OK;
}

// SQLite's own VFS keeps the pointer as long as the file is open.
const char* name_below(sqlite3_vfs* vfs, const char* name) {
  if (name == nullptr || !static_cast<const OtherVfs*>(vfs->pAppData)->hides) return name;
  static std::set<std::string> kept;
  return kept.insert(name + std::string(".pages")).first->c_str();
}

int x_open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  static sqlite3_io_methods methods;
  const char* hidden = name_below(vfs, name);
  if (hidden != name) flags &= ~SQLITE_OPEN_URI;  // no parameters stand behind the name
  const int code = below->xOpen(below, hidden, file, flags, out_flags);
  if (code != SQLITE_OK || (flags & SQLITE_OPEN_MAIN_DB) == 0) return code;
  if (control_below == nullptr) {
    methods = *file->pMethods;
    control_below = methods.xFileControl;
    methods.xFileControl = x_file_control;
  }
  file->pMethods = &methods;
  answers[file] = static_cast<const OtherVfs*>(vfs->pAppData)->answer;
  return code;
}

int x_delete(sqlite3_vfs* vfs, const char* name, int sync) {
  return below->xDelete(below, name_below(vfs, name), sync);
}

int x_access(sqlite3_vfs* vfs, const char* name, int flags, int* result) {
  return below->xAccess(below, name_below(vfs, name), flags, result);
}

OtherVfs vfses[] = {{"silent", nullptr, false, {}},        {"hidden", nullptr, true, {}},
                    {"elsewhere", "elsewhere", false, {}}, {"unixes", "unixes", false, {}},
                    {"outer", "outer/unix", false, {}},    {"outer-none", "outer/unix-none", false, {}}};

void make_vfses() {
  below = sqlite3_vfs_find("unix");
  for (OtherVfs& other : vfses) {
    other.vfs = *below;
    other.vfs.zName = other.name;
    other.vfs.pAppData = &other;
    other.vfs.pNext = nullptr;
    other.vfs.xOpen = x_open;
    other.vfs.xDelete = x_delete;
    other.vfs.xAccess = x_access;
    if (sqlite3_vfs_register(&other.vfs, 0) != SQLITE_OK) fail("a VFS cannot be registered");
  }
}

void expect_refused(Database& database, const std::string& sql, const std::string& message) {
  const Outcome outcome = database.run(sql);
  expect(!outcome.is_ok(), sql + " is not refused");
  expect(outcome.message.find(message) != std::string::npos, sql + " says: " + outcome.message);
}

class Places {
 public:
  explicit Places(std::string extension) : extension_(std::move(extension)) {}

  void run() {
    make_vfses();
    for (const OtherVfs& other : vfses) {
      const bool is_own = std::string_view(other.name).starts_with("outer");
      if (is_own)
        takes_either(other.name);
      else
        takes_rows_only(other.name);
      takes_rows(other.name, "");
      takes_rows(other.name, "SELECT spectradb_config('storage', 'rows')");
      ++vfses_;
    }
    attached();
    in_memory();
    existing_directory();
    std::printf("%d VFSes have new facts where their pages are\n", vfses_);
  }

 private:
  std::string path(const std::string& name) const { return directory_.path(name); }
  Database open(const std::string& name, const std::string& vfs) const {
    Database database("file:" + path(name) + "?vfs=" + vfs, extension_);
    expect(database.open_outcome().is_ok(), name + " is not opened: " + database.open_outcome().message);
    return database;
  }

  static void use(Database& database, const std::string& table) {
    database.must("INSERT INTO " + table + " VALUES (1, 'one'); UPDATE " + table + " SET v = 'two'");
    expect(database.text("SELECT v FROM " + table + " AS OF 1") == "one", "the first commit is not there");
    expect(database.text("SELECT v FROM " + table) == "two", "the last commit is not there");
  }

  void expect_no_trace(Database& database, const std::string& name) const {
    expect(database.integer(
               "SELECT count(*) FROM sqlite_master WHERE name GLOB '_spectradb*' OR name = 't'") == 0,
           name + " has tables of a refused CREATE");
    expect(!fs::exists(path(name + "-spectra")), name + " has a directory");
  }

  void takes_rows_only(const std::string& vfs) {
    const std::string name = vfs + "_only.db";
    const std::string way_out =
        "the VFS '" + vfs +
        "' takes its pages: SELECT spectradb_config('storage', 'rows') before its first "
        "temporal table";
    Database database = open(name, vfs);
    database.must("SELECT spectradb_config('storage', 'directory')");
    database.must("CREATE TABLE plain (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO plain VALUES (1, 'x')");
    for (const std::string& create :
         {std::string(kTable), std::string("CREATE TABLE t (pk TEXT PRIMARY KEY)"),
          std::string("CREATE VIRTUAL TABLE t USING spectradb(id INTEGER PRIMARY KEY)"),
          std::string("ALTER TABLE plain ADD SYSTEM VERSIONING")}) {
      expect_refused(database, create, way_out);
      expect_no_trace(database, name);
    }
    expect_refused(database, "BEGIN; INSERT INTO plain VALUES (2, 'y'); " + std::string(kTable), way_out);
    database.must("COMMIT");
    expect(database.integer("SELECT count(*) FROM plain") == 2, "a refused CREATE took a row along");
    expect_refused(database, kTable, way_out);
    expect_no_trace(database, name);
    database.must("SELECT spectradb_config('storage', 'rows')");
    database.must("ALTER TABLE plain ADD SYSTEM VERSIONING");
    expect(database.integer("SELECT count(*) FROM plain AS OF 1") == 2, "versioning was not added");
  }

  void takes_either(const std::string& vfs) {
    const std::string name = vfs + "_either.db";
    {
      Database database = open(name, vfs);
      database.must("SELECT spectradb_config('storage', 'directory')");
      database.must(kTable);
      use(database, "t");
    }
    expect(fs::exists(path(name + "-spectra")), name + " has no directory");
    Database database = open(name, vfs);
    expect(database.text("SELECT v FROM t AS OF 1") == "one", name + " has no history");
  }

  // By default, and where they are chosen.
  void takes_rows(const std::string& vfs, const std::string& choice) {
    const std::string name = vfs + (choice.empty() ? "_default.db" : "_rows.db");
    {
      Database database = open(name, vfs);
      database.must(choice);
      database.must(kTable);
      use(database, "t");
    }
    expect(!fs::exists(path(name + "-spectra")), name + " has a directory");
    Database database = open(name, vfs);
    expect(database.text("SELECT v FROM t AS OF 1") == "one", name + " has no history");
    expect(database.text("SELECT spectradb_check()") == "ok", name + " is damaged");
  }

  // Each schema has a VFS of its own.
  void attached() {
    Database database(path("plain.db"), extension_);
    database.must("ATTACH 'file:" + path("attached.db") + "?vfs=silent' AS other");
    database.must("SELECT spectradb_config('storage', 'directory', 'other')");
    database.must(kTable);
    expect_refused(database, "CREATE TABLE other.t (id INTEGER PRIMARY KEY, v TEXT) WITH SYSTEM VERSIONING",
                   "SELECT spectradb_config('storage', 'rows', 'other')");
    database.must("SELECT spectradb_config('storage', 'rows', 'other')");
    database.must("CREATE TABLE other.t (id INTEGER PRIMARY KEY, v TEXT) WITH SYSTEM VERSIONING");
    use(database, "main.t");
    use(database, "other.t");
    expect(!fs::exists(path("attached.db-spectra")), "an attached database has a directory");

    Database above = open("above.db", "silent");
    above.must("ATTACH 'file:" + path("below.db") + "?vfs=unix' AS other");
    for (const char* schema : {"main", "other"})
      above.must(std::string("SELECT spectradb_config('storage', 'directory', '") + schema + "')");
    expect_refused(above, kTable, "the VFS 'silent'");
    above.must("CREATE TABLE other.t (id INTEGER PRIMARY KEY, v TEXT) WITH SYSTEM VERSIONING");
    use(above, "other.t");
    expect(fs::exists(path("below.db-spectra")), "an attached database has no directory");
  }

  // Their stores are their own, and end with them.
  void in_memory() {
    for (const char* name : {":memory:", "", "file:/pages?vfs=memdb"}) {
      for (const char* choice : {"", "SELECT spectradb_config('storage', 'directory')"}) {
        Database database(name, extension_);
        database.must(choice);
        database.must(kTable);
        use(database, "t");
      }
    }
    Database database = open("with_temp.db", "silent");
    database.must("CREATE TEMP TABLE t (id INTEGER PRIMARY KEY, v TEXT) WITH SYSTEM VERSIONING");
    use(database, "t");
  }

  // What has a directory already is used as it was before, where its file is found; where not, the message
  // says why.
  void existing_directory() {
    const std::string name = "existing.db";
    {
      Database database(path(name), extension_);
      database.must("SELECT spectradb_config('storage', 'directory')");
      database.must(kTable);
      use(database, "t");
    }
    {
      Database database = open(name, "silent");
      database.must(
          "UPDATE t SET v = 'three'; CREATE TABLE more (id INTEGER PRIMARY KEY) WITH SYSTEM VERSIONING");
      expect(database.text("SELECT v FROM t AS OF 2") == "two", "the directory is not read");
    }
    fs::rename(path(name), path(name + ".pages"));
    Database database = open(name, "hidden");
    expect_refused(database, "SELECT * FROM t",
                   "which the VFS 'hidden' does not have there: open it by SQLite's own");
  }

  const std::string extension_;
  TemporaryDirectory directory_;
  int vfses_ = 0;
};

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  const std::string extension = argument(argc, argv, "extension", "");
  if (extension.empty()) fail("usage: other_vfs --extension=PATH");
  unsetenv("SPECTRADB_STORAGE");  // which chooses for all databases
  Places(extension).run();
}
