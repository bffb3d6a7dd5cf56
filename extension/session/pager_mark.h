// Tells whether SQLite still reads a schema by the same pager, and whether that shows what it did. Another pager
// reads it once a database was detached and another one attached by its name, or sqlite3_deserialize() was
// called. Used by the thread that uses the connection.
#pragma once

#include <string>

#include "extension/host/api.h"

namespace spectradb::extension {

class PagerMark {
 public:
  // A mark of nothing, which never holds.
  PagerMark() = default;
  // Marks what the pager shows now. That is the database as it is only while a read transaction is open, or just
  // after one.
  PagerMark(sqlite3* db, const std::string& schema);

  // Whether the pager is this one, and has seen no change since. Much cheaper than a query.
  bool holds(sqlite3* db, const std::string& schema) const;
  // Whether both are of one pager, as far as addresses tell. One that SQLite has closed may give its address to
  // the next: Database::reconnected() is called then.
  bool is_of_pager_of(const PagerMark& other) const;

 private:
  void read(sqlite3* db, const std::string& schema);

  const sqlite3_file* file_ = nullptr;
  const sqlite3_io_methods* methods_ = nullptr;
  unsigned int data_version_ = 0;
  // Kept statements go on after sqlite3_deserialize(), and no table is connected anew.
  bool may_go_unseen_ = true;
};

// A name of the database that SQLite has open for a schema: another database there has another one.
std::string name_of_open_database(sqlite3* db, const std::string& schema);

}  // namespace spectradb::extension
