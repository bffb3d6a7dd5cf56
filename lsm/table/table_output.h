// The SSTables that a flush or a compaction writes for one shard: a new one is begun when one is full. One
// thread. After a failure, or when it is destroyed before keep(), the files written so far are removed.
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
  Status finish();                                               // the last file too is complete and durable
  const std::vector<FileMeta>& files() const { return files_; }  // after finish(), in key order
  uint64_t size_bytes() const;                                   // of them, on disk
  void keep() { numbers_.clear(); }                              // the files stay
  void remove();                                                 // the files go, unless they were to stay

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
