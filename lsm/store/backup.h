// A store as it is at one commit, as files that another directory gets: tables (immutable, so they are linked
// where that is possible, and kept where they are there already), the log up to the commit, and the manifest,
// which comes last and makes it a store. What it names stays readable whatever the store does meanwhile. One
// thread at a time.
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

  // kMissing: a segment of the log is gone, since another process has flushed it. kCorrupt, kInvalid: the log
  // does not hold the commit.
  static Result<std::unique_ptr<Backup>> make(FileSystem& from, const std::string& directory,
                                              std::shared_ptr<const Manifest> manifest, SstableList tables,
                                              uint64_t commit);

  // In the order in which they are to be written.
  const std::vector<Part>& parts() const { return parts_; }

  // Where it goes. Makes the directory. kBusy when a process has a store open there; kInvalid when it holds
  // another database's store, or other files.
  Status begin(FileSystem& to, const std::string& directory);
  // Durable when the last part is written. A directory that does not get all parts is no store, or the one
  // that it was before and may have become unreadable.
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
  Result<Way> write_table(const Sstable& table);
  Status write_file(const std::string& name, std::string_view bytes);
  Status finish();

  FileSystem& from_;
  const std::string from_directory_;
  const std::shared_ptr<const Manifest> manifest_;
  SstableList tables_;
  std::vector<Segment> segments_;
  std::vector<Part> parts_;  // tables, segments, manifest
  FileSystem* to_ = nullptr;
  std::string to_directory_;
  std::unique_ptr<FileLock> opening_;
  std::unique_ptr<FileLock> alone_;
};

}  // namespace spectradb::lsm
