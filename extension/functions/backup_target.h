// The place of a backup: free, or taken by an earlier backup of the same database. The files are made in a
// folder beside it (session/unfinished_backup.h), and take their places when all are complete. Until then an
// earlier backup stays as it is, and afterwards nothing of the folder is left. While the place is claimed,
// nobody else opens what is there.
//
// Connections that have the earlier backup open, but no transaction, may hold no lock of SQLite's on it. Such
// a connection would go on with a file that was renamed away. So where both backups are one file, the earlier
// one is not replaced: a transaction of SQLite's writes the new pages into it. Used by the thread that uses
// the connection.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>

#include "extension/host/api.h"
#include "extension/session/unfinished_backup.h"
#include "lsm/file/file.h"

namespace spectradb::extension {

class BackupTarget {
 public:
  // The database to back up.
  struct Source {
    sqlite3* db;
    std::string schema;
    std::string file;      // empty where it has no file
    std::string store_id;  // empty where there are no temporal tables
    bool has_directory;    // its store is in a directory
    int busy_timeout_ms;
  };

  // kInvalid: the place does not exist, or holds something else, which the message names; kBusy: somebody has
  // the earlier backup open, or is making one.
  static Result<std::unique_ptr<BackupTarget>> claim(const Source& source, const std::string& target);
  ~BackupTarget();  // removes files that have not taken their places
  BackupTarget(const BackupTarget&) = delete;
  BackupTarget& operator=(const BackupTarget&) = delete;

  // Where the files must be made, and by which file system. An empty file for the database exists already.
  const std::shared_ptr<lsm::FileSystem>& files() const { return files_; }
  std::string database() const { return unfinished_.database(); }
  std::string store() const { return unfinished_.store(); }
  // Returns the store of the earlier backup; empty where there is none.
  const std::string& earlier_store() const { return earlier_store_; }
  // A backup of a store in a directory locks the earlier one itself, others do it by this. kBusy: somebody
  // has it open.
  Status lock_earlier_store();

  // Puts the files in their places, durably. After a failure everything is as before; after a crash it is so
  // once the file is opened.
  Status replace();

 private:
  BackupTarget(const Source& source, const std::string& target);
  Status check_place();
  bool is_half_updated() const;
  Status recover_earlier() const;
  Status check_nothing_beside() const;
  Status check_is_earlier(sqlite3* there) const;
  Status check_unlocked() const;
  Status open_earlier();
  Status make_database();
  Status release_journal();
  Status check_same_file() const;
  Status put_database() const;
  Status update_earlier();
  Status refusal(const std::string& reason) const;

  const Source source_;
  const std::string target_;
  const UnfinishedBackup unfinished_;
  std::optional<lsm::FileOwner> owner_;  // of the earlier backup, or else of the source
  std::shared_ptr<lsm::FileSystem> files_;
  std::unique_ptr<UnfinishedBackup::Lock> lock_;
  bool is_onto_earlier_ = false;
  dev_t device_ = 0;  // of the earlier backup
  ino_t inode_ = 0;
  sqlite3* earlier_ = nullptr;  // holds SQLite's own lock on it
  std::string earlier_store_;
  std::unique_ptr<lsm::FileLock> opening_;  // of earlier_store_
  std::unique_ptr<lsm::FileLock> alone_;
};

}  // namespace spectradb::extension
