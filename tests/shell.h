// The stock sqlite3 shell as a child process: it gets through a pipe what a user would type, and what it
// prints is read back. Used by sqltest's mode `shell`, by one thread.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "tests/database.h"

namespace spectradb::tests {

class Shell {
 public:
  // Starts `sqlite3` from PATH. SPECTRADB_TEST_PRELOAD becomes its LD_PRELOAD, because an extension with
  // sanitizers needs their runtime.
  explicit Shell(std::string extension);
  ~Shell();
  Shell(const Shell&) = delete;
  Shell& operator=(const Shell&) = delete;

  // Runs SQL on one of up to four connections by name; each is opened, and the extension loaded, when it is
  // first used. The outcome has no column count when there are no rows, and knows only SQLITE_OK and
  // SQLITE_ERROR.
  Outcome run(const std::string& connection, const std::string& path, bool read_only, bool load,
              const std::string& sql, const std::vector<Binding>& bindings);
  void disconnect(const std::string& connection);

 private:
  Outcome talk(const std::string& input);
  void write_all(const std::string& input);
  std::string read_until(const std::string& mark);
  std::string read_errors();

  std::string extension_;
  std::map<std::string, int> slots_;
  std::string active_;
  std::string unread_;  // what the shell has printed and nobody has read yet
  pid_t child_ = -1;
  int input_ = -1;
  int output_ = -1;
  int errors_ = -1;
};

}  // namespace spectradb::tests
