#include "extension/facets/copy/file_access.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include "extension/access/gate.h"
#include "extension/host/query.h"
#include "extension/session/connection.h"
#include "sql/text/tokenizer.h"

namespace spectradb::extension::copy {

namespace {

constexpr const char* kFolderVariable = "SPECTRADB_COPY_FOLDER";

Status cannot(const std::string& doing, const std::string& name, int error) {
  const std::string text = "could not " + doing + " file \"" + name + "\": " + std::strerror(error);
  if (error == ENOENT) return Status::missing(text);
  return error == ENOSPC ? Status(Code::kFull, text) : Status::io(text);
}

Result<std::string> real_path(const std::string& path, const std::string& name, const std::string& doing) {
  char* const found = realpath(path.c_str(), nullptr);
  if (found == nullptr) return cannot(doing, name, errno);
  std::string real(found);
  std::free(found);
  return real;
}

bool is_below(const std::string& path, const std::string& folder) {
  const std::string prefix = folder.back() == '/' ? folder : folder + "/";
  return path.size() > prefix.size() && path.compare(0, prefix.size(), prefix) == 0;
}

// Returns the real path of a file that exists, or of one to be made in an existing folder, if it may be
// reached.
Result<std::string> allowed(Connection& connection, const std::string& name, bool is_new) {
  const std::string doing = is_new ? "write" : "open";
  if (name.find('\0') != std::string::npos)
    return Status::invalid("COPY: the name of a file has no zero byte, and one stands behind \"" +
                           name.substr(0, name.find('\0')) + "\"");
  SPECTRADB_RETURN_IF_ERROR(
      ask_permission(connection.handle(), SQLITE_PRAGMA, "spectradb_copy", name.c_str(), "main"));
  const bool is_open_to_all = is_shell(connection);
  const char* const given = is_open_to_all ? nullptr : std::getenv(kFolderVariable);
  if (!is_open_to_all && (given == nullptr || *given == '\0')) {
    return Status::invalid(
        "COPY may not " + doing + " file \"" + name +
        "\": outside of the sqlite3 shell, files are those below the folder that the host names "
        "in the environment, " +
        kFolderVariable);
  }
  std::string folder;
  std::string path = name;
  if (given != nullptr) {
    SPECTRADB_ASSIGN_OR_RETURN(folder, real_path(given, given, "open"));
    if (path[0] != '/') path = folder + "/" + path;
  }
  std::string last;
  if (is_new) {
    const size_t slash = path.rfind('/');
    last = slash == std::string::npos ? path : path.substr(slash + 1);
    path = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    if (last.empty() || last == "." || last == "..")
      return Status::invalid("COPY: \"" + name + "\" is no name of a file");
  }
  SPECTRADB_ASSIGN_OR_RETURN(std::string real, real_path(path, name, doing));
  if (is_new) real += (real.back() == '/' ? "" : "/") + last;
  if (given != nullptr && !is_below(real, folder))
    return Status::invalid("COPY may not " + doing + " file \"" + name + "\": it is not below " + folder);
  return real;
}

// Says whether the shell got the statement on its command line, so that standard input is free for data.
// The shell splits the words of its own commands there, so this searches for SQL and does not count
// arguments.
bool is_on_command_line() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::string all((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  all = sql::lowered(all);
  for (const char* call : {"copy ", "copy\n", "copy\t", "copy(", "spectradb_copy(", "spectradb_read("})
    if (all.find(call) != std::string::npos) return true;
  return false;
}

}  // namespace

OpenFile& OpenFile::operator=(OpenFile&& other) noexcept {
  if (this != &other) {
    if (descriptor_ >= 0) close(descriptor_);
    descriptor_ = other.release();
  }
  return *this;
}

OpenFile::~OpenFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

int OpenFile::release() { return std::exchange(descriptor_, -1); }

bool is_shell(Connection& connection) {
  Query functions(
      connection.handle(),
      "SELECT count(DISTINCT name) FROM pragma_function_list WHERE name IN ('readfile', 'writefile')");
  const Result<bool> row = functions.step();
  return row && *row && functions.integer(0) == 2;
}

Result<OpenFile> open_to_read(Connection& connection, const std::string& name) {
  if (name == kStandard) {
    if (!is_shell(connection)) return Status::invalid("COPY reads standard input in the sqlite3 shell only");
    if (!is_on_command_line())
      return Status::invalid(
          "COPY cannot read standard input where the script itself comes from there: give the statement on "
          "the "
          "command line");
    const int copied = dup(STDIN_FILENO);
    if (copied < 0) return cannot("open", name, errno);
    return OpenFile(copied);
  }
  SPECTRADB_ASSIGN_OR_RETURN(const std::string path, allowed(connection, name, false));
  OpenFile file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (file.descriptor() < 0) return cannot("open", name, errno);
  struct stat about {};
  if (fstat(file.descriptor(), &about) != 0) return cannot("open", name, errno);
  if (S_ISREG(about.st_mode)) return file;
  return Status::invalid("COPY: \"" + name + "\" is " +
                         (S_ISDIR(about.st_mode) ? "a directory" : "no regular file"));
}

Result<NewFile> open_to_write(Connection& connection, const std::string& name, bool may_overwrite,
                              const char* way_out) {
  NewFile made;
  if (name == kStandard) {
    if (!is_shell(connection))
      return Status::invalid("COPY writes standard output in the sqlite3 shell only");
    std::fflush(stdout);
    const int copied = dup(STDOUT_FILENO);
    if (copied < 0) return cannot("write", name, errno);
    made.file = OpenFile(copied);
    return made;
  }
  SPECTRADB_ASSIGN_OR_RETURN(made.path, allowed(connection, name, true));
  struct stat about {};
  const bool is_there = lstat(made.path.c_str(), &about) == 0;
  if (is_there && !may_overwrite)
    return Status::invalid("COPY: file \"" + name + "\" is there already: " + way_out);
  if (is_there && !S_ISREG(about.st_mode))
    return Status::invalid("COPY: \"" + name + "\" is no regular file, and is not overwritten");
  uint64_t number = 0;
  sqlite3_randomness(sizeof number, &number);
  made.temporary = made.path + ".copy-" + std::to_string(number);
  constexpr mode_t kMode = 0666;  // umask restricts it
  made.file =
      OpenFile(open(made.temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, kMode));
  if (made.file.descriptor() < 0) return cannot("write", name, errno);
  return made;
}

// Gives the file its final name: link() fails where the name is taken, and rename() does not.
Status finish(const NewFile& file, bool may_overwrite) {
  if (file.path.empty()) return Status::ok();
  if (may_overwrite) {
    return rename(file.temporary.c_str(), file.path.c_str()) == 0 ? Status::ok()
                                                                  : cannot("write", file.path, errno);
  }
  if (link(file.temporary.c_str(), file.path.c_str()) != 0) return cannot("write", file.path, errno);
  unlink(file.temporary.c_str());
  return Status::ok();
}

void take_away(const NewFile& file) {
  if (!file.temporary.empty()) unlink(file.temporary.c_str());
}

}  // namespace spectradb::extension::copy
