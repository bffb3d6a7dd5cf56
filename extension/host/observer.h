// A second connection to the file of a database, to read what is committed now rather than in a snapshot of
// the user's, or in a transaction of its own.
#pragma once

#include <string>

#include "extension/host/api.h"

namespace spectradb::extension {

class Observer {
 public:
  Observer(sqlite3* user, const std::string& schema, int busy_timeout_ms) {
    sqlite3_vfs* vfs = nullptr;
    sqlite3_file_control(user, schema.c_str(), SQLITE_FCNTL_VFS_POINTER, &vfs);
    const char* file = sqlite3_db_filename(user, schema.c_str());
    const char* vfs_name = vfs == nullptr ? nullptr : vfs->zName;
    code_ = sqlite3_open_v2(file, &handle_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, vfs_name);
    if (code_ == SQLITE_OK) sqlite3_busy_timeout(handle_, busy_timeout_ms);
  }
  ~Observer() { sqlite3_close(handle_); }
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;

  bool is_open() const { return code_ == SQLITE_OK; }
  sqlite3* handle() { return handle_; }

 private:
  sqlite3* handle_ = nullptr;
  int code_ = SQLITE_OK;
};

}  // namespace spectradb::extension
