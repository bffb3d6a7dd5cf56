// Changes a setting of a connection (sqlite3_db_config) for the life of the object. A changed value makes
// SQLite prepare all statements of the connection again before they run.
#pragma once

#include "extension/host/api.h"

namespace spectradb::extension {

class Setting {
 public:
  Setting(sqlite3* db, int option, int value) : db_(db), option_(option) {
    sqlite3_db_config(db_, option_, -1, &before_);
    if (before_ != value) sqlite3_db_config(db_, option_, value, nullptr);
    has_changed_ = before_ != value;
  }
  ~Setting() {
    if (has_changed_) sqlite3_db_config(db_, option_, before_, nullptr);
  }
  Setting(const Setting&) = delete;
  Setting& operator=(const Setting&) = delete;

 private:
  sqlite3* const db_;
  const int option_;
  int before_ = 0;
  bool has_changed_ = false;
};

}  // namespace spectradb::extension
