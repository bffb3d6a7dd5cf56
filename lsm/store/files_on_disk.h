// The files of a store that is open, as a commit looks at them before it is acknowledged: what somebody removes or
// replaces meanwhile would be missed when the store is opened anew, and with it every later commit. What must be there:
// the directory and LOCK that were opened, a manifest that follows those before, and the SSTables that it names. What
// changes there by other processes' work looks the same at first; the manifest tells.
//
// The manifest and the directory are only read again when their stamps have changed; so a commit costs two calls of
// lstat(2). In file systems without identities (FileSystem::stamp) nobody else changes anything, and nothing is looked
// at. The log is CommitLog's. The store's write lock guards check() and what it has seen; the rest any thread may call.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "lsm/file/file.h"
#include "lsm/log/manifest.h"

namespace spectradb::lsm {

class FilesOnDisk {
 public:
  FilesOnDisk(std::shared_ptr<FileSystem> file_system, std::string directory)
      : file_system_(std::move(file_system)), directory_(std::move(directory)) {}

  // Call it once, when the store is opened: with the manifest that was read then, and the lock on LOCK, which stays
  // alive (null: there is none).
  Status begin(const Manifest& manifest, const FileLock* presence);

  // kIo where the path no longer names the directory.
  Status check_directory() const;
  // kIo where LOCK is no longer the file that is locked.
  Status check_lock() const;
  // kIo, and a message that names the file, where one of them is not what it was. `installed` is the last manifest that
  // this process has put in place or taken over.
  Status check(const Manifest& installed);
  // The first segment of the log that must be there; earlier ones are flushed, by what the manifest said at the last
  // check(). Beyond all of them where files have no identities.
  uint64_t first_segment() const {
    return identity_ == FileIdentity{} ? std::numeric_limits<uint64_t>::max() : seen_.log_start.segment;
  }

  // kIo where `now` is an older manifest than `before`, or another store's. Manifests that processes put in place only
  // ever go forward.
  static Status check_follows(const std::string& directory, const Manifest& before, const Manifest& now);

 private:
  Result<FileStamp> stamp_of_directory() const;
  Status check_manifest(const Manifest& installed);
  Result<std::string> missing_table() const;  // what is wrong with one, empty: nothing

  const std::shared_ptr<FileSystem> file_system_;
  const std::string directory_;
  FileIdentity identity_;  // of the directory, all zero where files have none
  const FileLock* presence_ = nullptr;
  Manifest seen_;  // the last one
  std::optional<FileStamp> manifest_stamp_;
  std::optional<FileStamp> directory_stamp_;  // none: the tables are to be looked for
};

}  // namespace spectradb::lsm
