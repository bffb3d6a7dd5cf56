// The rowid that the user's statements have inserted last: rows of ours get rowids, too, and these are not to be seen.
// Used by the thread that uses the connection.
#pragma once

#include "extension/host/api.h"

namespace spectradb::extension {

// Keeps it over its own life.
class KeptRowid {
 public:
  explicit KeptRowid(sqlite3* db) : db_(db), rowid_(sqlite3_last_insert_rowid(db)) {}
  ~KeptRowid() { sqlite3_set_last_insert_rowid(db_, rowid_); }
  KeptRowid(const KeptRowid&) = delete;
  KeptRowid& operator=(const KeptRowid&) = delete;

 private:
  sqlite3* const db_;
  const sqlite3_int64 rowid_;
};

}  // namespace spectradb::extension
