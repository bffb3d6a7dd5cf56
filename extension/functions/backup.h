// One backup of a database with its store to another file, step by step: first SQLite's file is copied into a
// folder beside the target, then the store's files, then both take their places (backup_target.h). During the
// first step a read transaction keeps the snapshot; in WAL mode writers go on meanwhile. Used by the thread
// that uses the connection.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "extension/functions/backup_target.h"
#include "extension/host/observer.h"
#include "extension/session/database.h"
#include "lsm/store/backup.h"

namespace spectradb::extension {

class BackupRun {
 public:
  struct Step {
    std::string file;  // its name, without directories
    uint64_t size_bytes = 0;
    const char* way = "";  // copied, linked, or kept from an earlier backup
  };

  // The target is a file name. Its store goes to <target>-spectra, or into the file, as `storage` says (none:
  // as in the source). kInvalid: the place does not exist, or something else is there.
  static Result<std::unique_ptr<BackupRun>> begin(Connection& connection, const std::string& schema,
                                                  const std::string& target,
                                                  const std::optional<std::string>& storage);
  ~BackupRun();  // files that are not complete do not replace the target
  BackupRun(const BackupRun&) = delete;
  BackupRun& operator=(const BackupRun&) = delete;

  bool is_done() const { return is_done_; }
  Result<Step> step();  // the next one, while not done
  uint64_t total_bytes() const { return total_bytes_; }

 private:
  BackupRun(Connection& connection, std::string schema, std::string target,
            std::optional<std::string> storage);
  Status start();
  Status ask_host();
  Result<bool> needs_observer();
  Result<uint64_t> begin_snapshot();
  Status end_snapshot();
  Result<Step> copy_database();
  Result<Step> write_part();
  Result<Step> convert();
  Status finish();

  Connection& connection_;
  const std::string schema_;
  const std::string target_;
  const std::optional<std::string> storage_;  // the copy's storage; none: as in the source
  std::unique_ptr<Observer> observer_;        // null when the user's connection is the source
  sqlite3* source_ = nullptr;
  std::string source_schema_;
  std::unique_ptr<BackupTarget> place_;
  std::unique_ptr<lsm::Backup> store_;  // null: there is no store
  size_t next_ = 0;                     // zero is SQLite's file
  size_t steps_ = 1;
  bool converts_ = false;  // the last step converts the store
  bool is_done_ = false;
  uint64_t total_bytes_ = 0;
};

}  // namespace spectradb::extension
