// The SSTables that a flush or a compaction writes for one shard: a full table is followed by a new one.
// After a failure, or when the object is destroyed before keep(), the files written so far are removed.
// One thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lsm/base/version_iterator.h"
#include "lsm/table/sstable_builder.h"

namespace spectradb::lsm {

struct TableOutputOptions {
  std::shared_ptr<FileSystem> file_system;
  std::string directory;
  SstableOptions sstable;
  uint64_t max_bytes;  // of a file, on disk
  bool split_keys;     // whether the versions of a key may lie in two files
};

class TableOutput {
 public:
  // `new_number` gives file numbers that were never used before.
  TableOutput(TableOutputOptions options, std::function<uint64_t()> new_number);
  ~TableOutput();
  TableOutput(const TableOutput&) = delete;
  TableOutput& operator=(const TableOutput&) = delete;

  Status add(const VersionIterator& version, uint64_t recency, const VersionBounds& valid);
  Status finish();  // afterwards all files are complete and durable
  const std::vector<FileMeta>& files() const { return files_; }  // after finish(), in key order
  uint64_t size_bytes() const;                                   // of files(), on disk
  void keep() { numbers_.clear(); }                              // the files stay
  void remove();  // removes the files, unless keep() was called

 private:
  Status check_order(const VersionIterator& version, uint64_t recency) const;
  Status begin_file();
  Status end_file();

  const TableOutputOptions options_;
  const std::function<uint64_t()> new_number_;
  std::unique_ptr<SstableBuilder> builder_;
  std::vector<FileMeta> files_;
  std::vector<uint64_t> numbers_;  // of the files to remove
};

}  // namespace spectradb::lsm
