// Seals of a database's catalog: one over the rows of our own tables that belong to no commit, and one over
// the text of each temporal table. They are rows of _spectradb_meta, written in the transaction that changes
// what they seal. A seal that was broken before stays broken: a change does not hide an older one. Belongs to
// one database; used by the thread that uses the connection.
//
//   _spectradb_meta: seal = 16 hexadecimal digits, of all rows but this one; none in format 2, which has no seals
//                    sealed_from = the commit from which on each has a seal; none: no release has written that knows it
//                    seal/<table id> = the same of the table's text in sqlite_master
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "base/status.h"
#include "extension/host/api.h"

namespace spectradb::extension {

class Database;

class CatalogSeal {
 public:
  explicit CatalogSeal(Database& database) : database_(database) {}

  // Call it before the open transaction changes any such row.
  Status will_change();
  // Call it before the table's text changes, or the table is made or dropped.
  Status will_define(uint32_t table_id);
  Status will_define_all();  // for all tables, which had no seals
  // Call it before one of our own tables may be made.
  Status will_make(const char* table);
  bool is_changed() const { return is_changed_; }
  // Writes the seals at COMMIT, after all changes; calling it again costs nothing.
  Status write();
  void rolled_back() { is_written_ = false; }  // to a savepoint
  void end() {
    is_changed_ = is_broken_ = is_written_ = false;
    defined_.clear();
  }

  // Computes the seal of what a connection sees; the connection need not have the module. So for the others.
  static Result<std::string> of(sqlite3* db, const std::string& schema);
  // Whether it is not the seal that stands there, or that one has gone.
  static Result<bool> is_broken(sqlite3* db, const std::string& schema);

  // Returns a sentence for each seal that does not match.
  Result<std::vector<std::string>> problems();

 private:
  Result<std::string> compute();
  Result<std::string> compute_text(uint32_t table_id);  // empty: no such table
  Status write_text(uint32_t table_id);
  Status put(const std::string& name, const std::string& seal);  // an empty seal removes it
  Status check_texts(std::vector<std::string>* problems);

  Database& database_;
  bool is_changed_ = false;
  bool is_written_ = false;  // since the last change
  bool is_broken_ = false;   // was broken before the transaction
  std::set<uint32_t> defined_;
};

}  // namespace spectradb::extension
