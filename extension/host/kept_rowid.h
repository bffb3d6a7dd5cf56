// Preserves last_insert_rowid(): our own rows get rowids, too, which users must not see. Used by the thread
// that uses the connection.
#pragma once

#include "extension/host/api.h"

namespace spectradb::extension {

// Saves the rowid, and restores it at the end of its life.
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
