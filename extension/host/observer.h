// A second connection to the file of a database. It reads what is committed now, independent of the user's
// snapshot and transaction. It opens the file as the user's connection did, with those parameters of its URI
// that say how to reach the file.
#pragma once

#include <string>
#include <string_view>

#include "extension/host/api.h"
#include "extension/host/file_uri.h"

namespace spectradb::extension {

class Observer {
 public:
  Observer(sqlite3* user, const std::string& schema, int busy_timeout_ms) {
    sqlite3_vfs* vfs = nullptr;
    sqlite3_file_control(user, schema.c_str(), SQLITE_FCNTL_VFS_POINTER, &vfs);
    const char* vfs_name = vfs == nullptr ? nullptr : vfs->zName;
    code_ = sqlite3_open_v2(uri_of(sqlite3_db_filename(user, schema.c_str())).c_str(), &handle_,
                            SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI, vfs_name);
    if (code_ == SQLITE_OK) sqlite3_busy_timeout(handle_, busy_timeout_ms);
  }
  ~Observer() { sqlite3_close(handle_); }
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;

  bool is_open() const { return code_ == SQLITE_OK; }
  sqlite3* handle() { return handle_; }

 private:
  static std::string uri_of(const char* file) {
    std::string uri = "file:";
    append_escaped(uri, file);
    char between = '?';
    static constexpr const char* kMode = "mode";
    for (const char* name : {kMode, "immutable", "nolock", "psow", "readonly_shm"}) {
      const char* value = sqlite3_uri_parameter(file, name);
      if (value == nullptr) continue;
      // A parameter that allows more than the flags below is dropped.
      if (name == kMode && std::string_view(value) != "ro") continue;
      uri.append(1, between).append(name).append(1, '=');
      append_escaped(uri, value);
      between = '&';
    }
    return uri;
  }

  sqlite3* handle_ = nullptr;
  int code_ = SQLITE_OK;
};

}  // namespace spectradb::extension
