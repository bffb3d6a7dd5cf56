// The folder <target>-unfinished, in which a backup makes its files until they take the target's place:
//
//   LOCK       held by the backup that is under way
//   database   SQLite's file, until it has replaced the target
//   store/     its store
//   earlier/   the store that the target had before
//   replacing  the store's id: from now on the target's store may be another one than its file belongs to,
//              or the target's file half a copy, which SQLite's journal takes back
//
// Two names cannot be changed at once. A backup that was interrupted between replacing the store and
// replacing the file is undone by the next backup, or by the first connection that finds that the database
// has another store. Any thread.
#pragma once

#include <memory>
#include <string>

#include "base/status.h"

namespace spectradb::extension {

class UnfinishedBackup {
 public:
  explicit UnfinishedBackup(std::string target)
      : target_(std::move(target)), folder_(target_ + "-unfinished") {}

  const std::string& folder() const { return folder_; }
  std::string database() const { return folder_ + "/database"; }
  std::string store() const { return folder_ + "/store"; }
  std::string earlier() const { return folder_ + "/earlier"; }
  std::string target_store() const { return target_ + "-spectra"; }

  class Lock {  // held as long as it lives
   public:
    explicit Lock(int descriptor) : descriptor_(descriptor) {}
    ~Lock();
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

   private:
    int descriptor_;
  };
  // Makes the folder. kBusy: another backup to the target is under way; kInvalid: something else has its
  // name.
  Result<std::unique_ptr<Lock>> lock() const;
  // Needs the lock: from now on the target's store may be changed.
  Status announce(const std::string& store_id) const;
  // Whether a backup of this store has announced so, and was not taken back.
  bool announces(const std::string& store_id) const;
  // Needs the lock: takes back what was announced, unless the target's file has been replaced. Returns
  // whether there was anything to take back.
  Result<bool> undo() const;
  // Needs the lock: removes what the folder holds besides the lock.
  void clear() const;
  // Needs the lock: removes the folder.
  void remove() const;

 private:
  std::string announcement() const { return folder_ + "/replacing"; }
  Status check_names() const;

  std::string target_;
  std::string folder_;
};

// For a database that cannot be opened with its store: returns whether a backup onto it was interrupted, and
// has now been undone. kBusy: a backup is under way.
Result<bool> undo_interrupted_backup(const std::string& database_file);

bool is_there(const std::string& path);  // true for a symbolic link that leads nowhere, too
std::string directory_of(const std::string& path);

}  // namespace spectradb::extension
