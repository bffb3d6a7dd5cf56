// The place that a backup goes to: where nothing is, or where an earlier backup of the same database is. The
// files are made in a folder beside it (session/unfinished_backup.h), and take their places when all are
// whole; until then an earlier backup stays as it is, and afterwards nothing of the folder is left. While it
// is claimed, nobody else opens what is there. Used by the thread that uses the connection.
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
  // What is to be backed up.
  struct Source {
    sqlite3* db;
    std::string schema;
    std::string file;      // empty where it has none
    std::string store_id;  // empty where there are no temporal tables
    bool has_directory;    // for its store
    int busy_timeout_ms;
  };

  // kInvalid: there is no such place, or something else is there, which the message names; kBusy: somebody has
  // the earlier backup open, or makes one.
  static Result<std::unique_ptr<BackupTarget>> claim(const Source& source, const std::string& target);
  ~BackupTarget();  // what has not taken its place goes
  BackupTarget(const BackupTarget&) = delete;
  BackupTarget& operator=(const BackupTarget&) = delete;

  // Where the files are to be made, and by what. An empty file for the database is there already.
  const std::shared_ptr<lsm::FileSystem>& files() const { return files_; }
  std::string database() const { return unfinished_.database(); }
  std::string store() const { return unfinished_.store(); }
  // The store of the earlier backup; empty where there is none.
  const std::string& earlier_store() const { return earlier_store_; }

  // Puts the files in their places, durably. On failure all is as it was.
  Status replace();

 private:
  BackupTarget(const Source& source, const std::string& target);
  Status check_place();
  Status check_nothing_beside() const;
  Status check_is_earlier(sqlite3* there) const;
  Status check_unlocked() const;
  Status open_earlier();
  Status make_database();
  Status release_journal();
  Status put_database() const;
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
  sqlite3* earlier_ = nullptr;  // has SQLite's own lock on it
  std::string earlier_store_;
};

}  // namespace spectradb::extension
