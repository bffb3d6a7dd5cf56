#include "extension/session/store_location.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>

#include "sql/shape/nested_statement.h"

namespace spectradb::extension {

namespace {

constexpr int kNamesBytes = 64;  // about what the names of a chain of VFSes take
constexpr int kFirstSharedMemdb =
    3036000;  // the first version in which connections can share such a database

sqlite3_vfs* vfs_of(sqlite3* db, const std::string& schema) {
  sqlite3_vfs* vfs = nullptr;
  sqlite3_file_control(db, schema.c_str(), SQLITE_FCNTL_VFS_POINTER, static_cast<void*>(&vfs));
  return vfs;
}

bool is_memdb(const sqlite3_vfs* vfs) {
  return vfs != nullptr && vfs->zName != nullptr && std::strcmp(vfs->zName, "memdb") == 0;
}

// Connections with a shared cache have one open file. Connections of one memdb database have a file each; the
// first member behind SQLite's own points to the pages that they share. SQLite does not tell the name of such
// a database.
std::string identity_in_memory(sqlite3* db, const std::string& schema) {
  sqlite3_file* file = nullptr;
  sqlite3_file_control(db, schema.c_str(), SQLITE_FCNTL_FILE_POINTER, static_cast<void*>(&file));
  const sqlite3_vfs* vfs = vfs_of(db, schema);
  const void* pages = file;
  const bool has_shared_pages = is_memdb(vfs) && sqlite3_libversion_number() >= kFirstSharedMemdb &&
                                vfs->szOsFile >= static_cast<int>(sizeof *file + sizeof pages);
  if (file != nullptr && has_shared_pages) std::memcpy(&pages, file + 1, sizeof pages);
  return "memory:" + std::to_string(reinterpret_cast<uintptr_t>(pages));
}

// Null where no VFS tells its name, or there is no memory for it: SQLite reports both alike.
char* names_of_vfs(sqlite3* db, const std::string& schema) {
  char* names = nullptr;
  sqlite3_file_control(db, schema.c_str(), SQLITE_FCNTL_VFSNAME, static_cast<void*>(&names));
  return names;
}

// SQLite's own say their names when they are asked; those above them put theirs in front ("multiplex/unix"),
// or pass the question down. What answers otherwise, or not at all, may have the pages anywhere: in memory,
// on other machines.
bool ends_in_own_vfs(sqlite3* db, const std::string& schema) {
  char* names = names_of_vfs(db, schema);
  if (names == nullptr) names = names_of_vfs(db, schema);  // memory may have been short
  if (names == nullptr) {
    void* const memory = sqlite3_malloc(kNamesBytes);
    if (memory == nullptr) throw std::bad_alloc();
    sqlite3_free(memory);
    return false;
  }
  std::string_view last = names;
  last.remove_prefix(last.find_last_of('/') + 1);  // no '/': of nothing
  last = last.substr(0, last.find('-'));           // "unix-none", "unix-excl" and others
  const bool is_own = last == "unix" || last == "win32";
  sqlite3_free(names);
  return is_own;
}

std::string shown_vfs(sqlite3* db, const std::string& schema) {
  const sqlite3_vfs* vfs = vfs_of(db, schema);
  return vfs == nullptr || vfs->zName == nullptr ? "this VFS" : "the VFS '" + std::string(vfs->zName) + "'";
}

Status not_in_a_file(sqlite3* db, const std::string& schema, const char* file) {
  return Status::missing(
      "the facts of " + schema + " are in a directory beside its file '" + file + "', which " +
      shown_vfs(db, schema) +
      " does not have there: open it by SQLite's own VFS, where spectradb_backup('copy.db', "
      "'main', 'rows') makes a copy that has them in itself");
}

Status not_there(const std::string& file) {
  return Status::missing(
      "the database file '" + file +
      "' is no longer there: it was moved, deleted or replaced while it was open, or this process "
      "may not see it; close the database, and open it where it is");
}

}  // namespace

bool is_memdb(sqlite3* db, const std::string& schema) { return is_memdb(vfs_of(db, schema)); }

bool is_in_memory(sqlite3* db, const std::string& schema) {
  const char* name = sqlite3_db_filename(db, schema.c_str());
  return name == nullptr || *name == '\0' || is_memdb(db, schema);
}

Status check_directory_goes_along(sqlite3* db, const std::string& schema) {
  if (is_in_memory(db, schema) || ends_in_own_vfs(db, schema)) return Status::ok();
  const std::string of_schema = schema == "main" ? "" : ", " + sql::string_literal(schema);
  return Status::invalid("a directory for the facts of " + schema + " would not go where " +
                         shown_vfs(db, schema) +
                         " takes its pages: SELECT spectradb_config('storage', 'rows'" + of_schema +
                         ") before its first temporal table has them in the database itself");
}

Result<StoreLocation> locate_store(sqlite3* db, const std::string& schema) {
  StoreLocation location;
  if (is_in_memory(db, schema)) {
    location.in_memory = true;
    location.directory = "memory-spectra";
    location.identity = identity_in_memory(db, schema);
    return location;
  }
  const char* name = sqlite3_db_filename(db, schema.c_str());
  int has_moved = 0;
  sqlite3_file_control(db, schema.c_str(), SQLITE_FCNTL_HAS_MOVED, &has_moved);
  char real[PATH_MAX];
  struct stat file {};
  if (has_moved != 0 || ::stat(name, &file) != 0 || ::realpath(name, real) == nullptr)
    return ends_in_own_vfs(db, schema) ? not_there(name) : not_in_a_file(db, schema, name);
  location.database_file = real;
  location.directory = location.database_file + "-spectra";
  location.identity = std::to_string(file.st_dev) + ":" + std::to_string(file.st_ino);
  location.owner = {file.st_mode, file.st_uid, file.st_gid};
  struct stat directory {};
  const bool is_there = ::lstat(location.directory.c_str(), &directory) == 0;
  if (is_there && S_ISLNK(directory.st_mode))
    return Status::invalid("'" + location.directory +
                           "' is a symbolic link, and a store is not followed to another place: move the "
                           "database there as well, and link the database file instead");
  location.read_only = is_there && ::faccessat(AT_FDCWD, location.directory.c_str(), W_OK, AT_EACCESS) != 0;
  return location;
}

}  // namespace spectradb::extension
