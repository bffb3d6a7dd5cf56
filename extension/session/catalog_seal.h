// Seals of what a database says of its temporal tables: one of the rows of our own tables that no commit has, and one of
// the text of each temporal table. They are rows of _spectradb_meta, written in the transaction that changes any of it.
// Where a seal was broken before, it stays so: a change does not hide an older one. One database's, used by the thread
// that uses the connection.
//
//   _spectradb_meta: seal = 16 hexadecimal digits, of all rows but this one; none where an earlier release wrote last
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

  // To be called before the open transaction changes any such row.
  Status will_change();
  // The same where the text of the table changes too, or the table comes or goes.
  Status will_define(uint32_t table_id);
  Status will_define_all();  // which had no seals
  // The same where a table of ours may be about to be made.
  Status will_make(const char* table);
  bool is_changed() const { return is_changed_; }
  // At COMMIT, behind all changes; again costs nothing.
  Status write();
  void rolled_back() { is_written_ = false; }  // to a savepoint
  void end() {
    is_changed_ = is_broken_ = is_written_ = false;
    defined_.clear();
  }

  // The seal of what a connection sees there; it need not know the module.
  static Result<std::string> of(sqlite3* db, const std::string& schema);

  // A sentence for each seal that is not that of what is there.
  Result<std::vector<std::string>> problems();

 private:
  Result<std::string> compute();
  Result<std::string> compute_text(uint32_t table_id);  // empty: there is no such table
  Status write_text(uint32_t table_id);
  Status put(const std::string& name, const std::string& seal);  // empty: takes it away
  Status check_texts(std::vector<std::string>* problems);
  Result<bool> is_broken();

  Database& database_;
  bool is_changed_ = false;
  bool is_written_ = false;  // since the last change
  bool is_broken_ = false;   // since before the transaction
  std::set<uint32_t> defined_;
};

}  // namespace spectradb::extension
