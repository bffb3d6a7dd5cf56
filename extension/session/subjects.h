// The keys of subjects of one database (temporal/subject_keys.h): what tables WITH SYSTEM VERSIONING (erase_by = column) encrypt
// their rows by. Used by the thread that uses the connection.
//
//   _spectradb_subject_seeds(id PRIMARY KEY, version, seeds)     made with the first such table: one row, id 1; version is
//                                                                random, new with each change
//
// Only CREATE TABLE and dropping keys write the row, and SQLite overwrites what it had with zeros then. So a key that was
// dropped is in no page of the file, but for copies of pages in logs.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "extension/host/query.h"
#include "extension/session/pager_mark.h"
#include "temporal/sealed_versions.h"

namespace spectradb::extension {

class Database;

class Subjects {
 public:
  static constexpr const char* kTable = "_spectradb_subject_seeds";

  explicit Subjects(Database& database);

  const temporal::SealedTables& tables() const { return tables_; }
  void add(uint32_t table_id) { tables_.add(table_id); }
  void remove(uint32_t table_id) { tables_.remove(table_id); }
  // Makes the first seed where there is none. The transaction is the caller's.
  Status ensure();
  // Reads the keys as SQLite shows them now; cheap where nothing has changed.
  Status refresh();
  // Has the next refresh() read the seeds again: a rollback or another database in the file's place may have taken back what
  // is known of them.
  void doubt() {
    read_at_ = PagerMark();
    is_known_ = false;
  }
  // SQLite has just committed a transaction that began with refresh(): what was known in it, the database has now.
  void committed();
  // Appends the sealed row. kInvalid: the subject's key was dropped; kCorrupt as check().
  Status seal(std::string& out, const std::string& table, std::string_view user_key, std::string_view row);
  // kCorrupt: the seeds are gone, or somebody else has changed them. What was encrypted by those that are left can be read
  // then; nothing is encrypted by them, and none is dropped.
  Status check(const std::string& table) const;
  // Drops the keys of these subjects of a table for ever. The transaction is the caller's.
  Status drop(const std::string& table, const std::vector<std::string>& subjects);
  // Nothing is left that a dropped key had encrypted: the subjects may be written again. The transaction is the caller's.
  Status begin_epoch();

 private:
  Status store(const temporal::SubjectKeys& keys);
  Status read();
  Result<bool> is_changed();

  Database& database_;
  temporal::SealedTables tables_;
  Query version_query_;
  int64_t version_ = 0;
  enum class Seeds : uint8_t { kSound, kGone, kUnreadable, kChanged };
  Seeds seeds_ = Seeds::kSound;
  PagerMark read_at_;
  bool is_known_ = false;  // since read_at_ was made, no own change was begun
  // Rows of one subject are often written one behind the other: the key of the last one is kept, with the seeds it was
  // derived from.
  std::shared_ptr<const temporal::SubjectKeys> sealed_with_;
  std::string subject_;
  temporal::CipherKey key_{};
};

}  // namespace spectradb::extension
