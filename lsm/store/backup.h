// A copy of a store as it is at one commit. A new directory gets its files in this order: the tables (they
// are immutable, so they are linked where possible, from an earlier backup or from the store), the log up
// to the commit, and the manifest, which makes the directory a store. The files that a Backup names stay
// readable whatever the store does meanwhile. One thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lsm/file/file.h"
#include "lsm/log/manifest.h"
#include "lsm/table/level_iterator.h"

namespace spectradb::lsm {

class Backup {
 public:
  struct Part {
    std::string name;
    uint64_t size_bytes;
  };
  enum class Way : uint8_t { kCopied, kLinked, kKept };

  // Fails with kMissing when a segment of the log is gone, since another process has flushed it; with
  // kCorrupt or kInvalid when the log does not hold the commit.
  static Result<std::unique_ptr<Backup>> make(FileSystem& from, const std::string& directory,
                                              std::shared_ptr<const Manifest> manifest, SstableList tables,
                                              uint64_t commit);

  // The parts, in the order in which write() must be called for them.
  const std::vector<Part>& parts() const { return parts_; }

  // Makes the target directory. Files that the directory `earlier` (that of an earlier backup, or empty)
  // has already are linked from there; `earlier` is not changed, and nobody can open it as long as this
  // object lives. kBusy when a process has it open; kInvalid when it holds another database's store, or
  // other files.
  Status begin(FileSystem& to, const std::string& directory, const std::string& earlier);
  // Writes one part; the backup is durable when the last one is written. Without all its parts a directory
  // is no store.
  Result<Way> write(size_t part);

 private:
  struct Segment {
    std::string name;
    std::unique_ptr<ReadableFile> file;
    uint64_t size_bytes;  // up to the commit
  };

  Backup(FileSystem& from, std::string directory, std::shared_ptr<const Manifest> manifest,
         SstableList tables);
  Status add_segments(uint64_t commit);
  Status claim_earlier();
  bool is_kept(const Sstable& table, const std::string& name) const;
  Result<Way> write_table(const Sstable& table);
  Status copy(const ReadableFile& file, uint64_t size_bytes, const std::string& name);
  Status finish();

  FileSystem& from_;
  const std::string from_directory_;
  std::shared_ptr<const Manifest> manifest_;
  bool has_salts_ = false;  // a frame of the segments has one
  SstableList tables_;
  std::vector<Segment> segments_;
  std::vector<Part> parts_;  // tables, segments, manifest
  FileSystem* to_ = nullptr;
  std::string to_directory_;
  std::string earlier_;  // empty: there is none
  std::unique_ptr<FileLock> opening_;
  std::unique_ptr<FileLock> alone_;
};

}  // namespace spectradb::lsm
