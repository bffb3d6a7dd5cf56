// Reads one SSTable. Opening it checks the footer. The filter is read at its first use and stays in
// memory. The index is read at its first use, too, and counts in the cache's budget; it is dropped when
// other indexes need the room, and readers hold it while they use it. Any thread may share an Sstable; an
// SstableIterator belongs to one thread. Wrong bytes give kCorrupt, from open(), load_filter(), index() or
// the iterator's status().
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "lsm/base/version_iterator.h"
#include "lsm/file/file.h"
#include "lsm/table/block.h"
#include "lsm/table/block_cache.h"
#include "lsm/table/compression.h"
#include "lsm/table/sstable_format.h"
#include "lsm/table/table_index.h"

namespace spectradb::lsm {

// The memory of a block of this size is given up once its versions were shown.
inline constexpr uint64_t kLargeBlockBytes = 1u << 20;

// What a block is read for. A scan leaves it in the cache only where that evicts nothing; a run of
// lsm/store/run_reader.h is short and read again. A directory is of use for those that do not go from group to
// group.
enum class BlockUse : uint8_t { kSeek, kScan, kScanWithSkips, kRun };

class Sstable final : public IndexOwner {
 public:
  ~Sstable() override;
  Sstable(const Sstable&) = delete;
  Sstable& operator=(const Sstable&) = delete;

  // The cache may be null: then blocks are not kept, and the index stays for good. The cache outlives the
  // table.
  static Result<std::shared_ptr<const Sstable>> open(FileSystem& file_system, const std::string& path,
                                                     const FileMeta& meta, uint64_t store_seed,
                                                     BlockCache* cache);

  // Returns the same table without the keys before `from_key`, which is a key of the table or lies between
  // two: other tables have the earlier keys by now. Both share what the cache has of the file.
  Result<std::shared_ptr<const Sstable>> cut(FileSystem& file_system, const std::string& from_key) const;

  // Describes what is shown. The counts of a cut table are estimates.
  const FileMeta& meta() const { return meta_; }
  const FileMeta& whole_meta() const { return whole_meta_; }
  bool is_cut() const { return is_cut_; }
  // Unique among the open tables of the process. File numbers are not: after a rollback another
  // transaction may reuse them.
  uint64_t id() const { return id_; }
  const std::string& path() const { return path_; }
  const ReadableFile& file() const { return *file_; }

  Status load_filter() const;
  bool may_contain(uint64_t key_hash) const;  // only after load_filter() returned ok

  Result<std::shared_ptr<const TableIndex>> index() const;
  bool drop_index() const override;

  // Raises *from to the beginning of the block with the last key before user_key; the table has such a
  // key. Leaves *from alone where the index cannot be read.
  void find_block_before(std::string_view user_key, std::string* from) const;

  // About how many versions have keys in [from, to). Never fails: a table that cannot be read counts whole.
  uint64_t estimate_between(std::string_view from, std::string_view to) const;

  // Lets a block remember the valid times of its versions, where it is read again and again.
  void remember_valid_times(const TableIndex& index, size_t block, const Block& read,
                            const VersionProperties& properties) const;

  // From the cache or from disk.
  Result<std::shared_ptr<const Block>> read_block(const TableIndex& index, size_t block, BlockUse use,
                                                  Decompressor& decompressor) const;

 private:
  explicit Sstable(uint64_t id) : id_(id) {}
  static uint64_t new_id();
  static Result<std::shared_ptr<Sstable>> open_as(uint64_t id, FileSystem& file_system,
                                                  const std::string& path, const FileMeta& meta,
                                                  uint64_t seed, BlockCache* cache);
  Status check_footer();
  Result<std::shared_ptr<const TableIndex>> read_index() const;
  Result<std::shared_ptr<const Dictionary>> read_dictionary() const;
  // Returns the bytes of stored(x), read into the buffer, once their checksum is verified; `compression`
  // tells how they are compressed.
  Result<std::string_view> stored(const BlockHandle& handle, char* compression, ReadBuffer& buffer) const;
  Result<std::unique_ptr<char[]>> unpack(std::string_view content, char compression, const TableIndex& index,
                                         size_t block, Decompressor& decompressor) const;

  const uint64_t id_;
  std::string path_;
  FileMeta meta_;
  FileMeta whole_meta_;
  bool is_cut_ = false;
  uint64_t seed_ = 0;
  BlockCache* cache_ = nullptr;
  std::unique_ptr<ReadableFile> file_;
  BlockHandle filter_handle_;
  BlockHandle index_handle_;
  uint64_t index_size_ = 0;       // uncompressed
  uint32_t dictionary_size_ = 0;  // stored; 0: there is none

  mutable std::atomic<bool> has_filter_{false};
  mutable std::mutex filter_mutex_;
  mutable std::string filter_;  // written once, before has_filter_ is set
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const TableIndex> index_;  // null while it is not in memory
  mutable bool index_was_used_ = false;              // since the cache last asked to drop it
};

class SstableIterator final : public VersionIterator {
 public:
  SstableIterator(const ReadLimits* limits, Decompressor* decompressor)
      : limits_(limits), decompressor_(decompressor) {}

  // The table outlives the iterator or the next reset(). Where it is the table from before, the pinned
  // block stays.
  void reset(const Sstable* table);

  void seek(std::string_view user_key) override;
  void seek_exact(std::string_view user_key) override;
  void seek_before(std::string_view user_key) override;
  void next() override;
  void next_key() override;
  Run read_run(std::string_view below, RunSink& sink) override;
  void read_page(VersionPage& page, uint64_t max_commit) override;
  // Does the same, up to the block that may hold the table's last key.
  void read_page_before_last_block(VersionPage& page);
  // From now on large values are not read until VersionIterator::load(): a cursor with many sources needs
  // only one of their values. All iterators that share a decompressor then have one such block in memory.
  void leave_out_large() { leaves_out_large_ = true; }
  bool load() override;
  void let_go() override;
  // Whether the current block may hold the table's last key.
  bool is_near_last_key() const { return block_has_last_key_; }

 private:
  bool load_table();
  void seek_in_table(std::string_view user_key);
  void fail_decoding();
  BlockUse use_of_next_block() const;          // of a scan or a run
  bool leaves_key_before(size_t block) const;  // whether an exact read ends with the block before this one
  bool enter_block(size_t block, bool is_scan);
  void enter_blocks_from(size_t block);  // moves to the first shown version in this block or later
  void show_from_here();  // the reader stands on a version: shows it or the next that may be shown
  bool next_group();
  bool skips_groups() const { return limits_->min_commit > 0 || block_hides_; }
  bool next_version();
  bool may_show(size_t block);  // by its bounds; counts blocks that are skipped
  bool show_version();          // looks in this group only; false when none is within the limits
  bool next_shown_in_block();   // without showing it
  bool read_run_in_block(std::string_view below, RunSink& sink, Run* run);
  void expose();
  void leave_out();
  void stop();  // at the end
  void fail(Status status);

  const ReadLimits* limits_;
  Decompressor* decompressor_;
  const Sstable* table_ = nullptr;
  std::shared_ptr<const Block> block_;  // pinned
  size_t block_index_ = 0;              // of block_ in table_
  std::shared_ptr<const TableIndex> index_;
  uint64_t index_table_ = 0;  // id of the table that index_ belongs to
  uint64_t block_table_ = 0;  // id of the table that block_ belongs to
  bool block_has_last_key_ = false;
  bool block_hides_ = false;  // the block may have versions that are not within the limits
  BlockReader reader_;
  bool is_exact_ = false;  // since seek_exact()
  std::string_view exact_key_;
  std::string key_left_;    // scratch of next_key() and seek_before()
  bool is_in_run_ = false;  // inside read_run()
  bool leaves_out_large_ = false;
  std::string key_left_out_;
};

}  // namespace spectradb::lsm
