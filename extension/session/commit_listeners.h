// Who is told, in this process, when a database has a new commit, by whichever connection it comes. Databases
// are known by the names of their files; one without a file by its connection. Any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "extension/host/api.h"

namespace spectradb::extension {

// Returns what names a database of this connection for the process.
std::string name_in_process(sqlite3* db, const std::string& schema);

// Is told of each commit of a database as long as it lives. It is told by the thread that has committed, which
// waits meanwhile, one listener after the other. So `hear` must be quick, and must not call SQLite, nor make
// or end a listener. The destructor returns when no call is under way.
class CommitListener {
 public:
  CommitListener(std::string database, std::function<void(uint64_t commit)> hear);
  ~CommitListener();
  CommitListener(const CommitListener&) = delete;
  CommitListener& operator=(const CommitListener&) = delete;

 private:
  friend void tell_commit(sqlite3* db, const std::string& schema, uint64_t commit);

  std::string database_;
  std::function<void(uint64_t commit)> hear_;
};

// Tells those who listen to this database. For the connection that has committed, when others can see it.
void tell_commit(sqlite3* db, const std::string& schema, uint64_t commit);

}  // namespace spectradb::extension
