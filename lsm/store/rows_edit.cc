// What a transaction does to the SSTables of a store that lives in its database: each edit makes a new Tree of the one
// before, and writes the rows that differ.
#include <algorithm>
#include <random>
#include <set>

#include "base/assert.h"
#include "lsm/base/checksum.h"
#include "lsm/base/corruption.h"
#include "lsm/file/file_names.h"
#include "lsm/merge/compaction.h"
#include "lsm/merge/merge_heap.h"
#include "lsm/store/file_row_seal.h"
#include "lsm/store/retired_files.h"
#include "lsm/store/rows_store.h"

namespace spectradb::lsm {
namespace {

constexpr uint64_t kSweptBytes = 2u << 20;
constexpr uint64_t kOfLevels = 1;
constexpr uint64_t kOfHistory = 2;
constexpr int kFlushedLevel = 1;  // of zstd: fast, since flushed files are merged soon
const ReadLimits kWholeMemtable{UINT64_MAX, 0, std::nullopt, nullptr};

// Returns a number that no other edit has.
uint64_t random_number() {
  std::random_device random;
  return (uint64_t{random()} << 31 ^ random()) >> 1;  // SQLite's integers are signed
}

// Gives tables their places in level 0 and their groups in history, keeping those of tables that have rows
// already.
class Placing {
 public:
  Placing(const std::map<uint64_t, StoreRows::File>& before, uint64_t seed) : before_(before), seed_(seed) {
    for (const auto& [number, row] : before) {
      if (row.level == 0) newest_place_ = std::max(newest_place_, row.place);
    }
  }

  std::map<uint64_t, StoreRows::File> place(const FileSet& files) {
    for (uint32_t shard = 0; shard < files.shards.size(); ++shard) {
      const ShardLevels& levels = files.shards[shard];
      for (auto table = levels[0].rbegin(); table != levels[0].rend(); ++table) {  // oldest first
        const auto known = before_.find((*table)->meta().number);
        const bool is_known = known != before_.end() && known->second.level == 0;
        add(**table, shard, 0).place = is_known ? known->second.place : ++newest_place_;
      }
      for (uint32_t level = 1; level < levels.size(); ++level) {
        for (const auto& table : levels[level]) add(*table, shard, level);
      }
      for (const HistoryGroup& group : files.history[shard].groups) add_group(group, shard);
    }
    for (auto& [number, row] : rows_) row.seal = file_row_seal(row, 0, seed_);
    return std::move(rows_);
  }

 private:
  StoreRows::File& add(const Sstable& table, uint32_t shard, uint32_t level) {
    const uint64_t number = table.meta().number;
    StoreRows::File& row = rows_[number];
    row.number = number;
    row.shard = shard;
    row.level = level;
    const auto known = before_.find(number);
    row.salt = known == before_.end() ? random_number() : known->second.salt;
    table.whole_meta().encode(row.meta);
    if (table.is_cut()) row.from_key = table.meta().first_key;
    return row;
  }

  // A group is known by the least file number in it.
  void add_group(const HistoryGroup& group, uint32_t shard) {
    uint64_t least = UINT64_MAX;
    for (const HistoryRun& run : group) {
      for (const auto& table : run.tables) least = std::min(least, table->meta().number);
    }
    for (uint32_t run = 0; run < group.size(); ++run) {
      for (const auto& table : group[run].tables) {
        StoreRows::File& row = add(*table, shard, kHistoryLevel);
        row.group = least;
        row.run = run;
      }
    }
  }

  const std::map<uint64_t, StoreRows::File>& before_;
  const uint64_t seed_;
  std::map<uint64_t, StoreRows::File> rows_;
  uint64_t newest_place_ = 0;
};

}  // namespace

uint64_t file_row_seal(const StoreRows::File& row, uint64_t others, uint64_t seed) {
  std::string bytes;
  for (const uint64_t part : {row.number, uint64_t{row.shard}, uint64_t{row.level}, row.group,
                              uint64_t{row.run}, row.place, row.salt, others})
    put_varint(bytes, part);
  put_bytes(bytes, row.meta);
  put_bytes(bytes, row.from_key);
  return checksum64(bytes, seed);
}

TableOutputOptions RowsStore::output_options(bool split_keys, int compression_level) const {
  return {options_.file_system,
          options_.directory,
          {static_cast<uint32_t>(knobs_.sstable_block_bytes),
           static_cast<uint32_t>(knobs_.bloom_bits_per_key), compression_level, seed(), &dictionaries_, true,
           link_->rows == nullptr ? 0 : uint64_t{link_->rows->row_bytes()}},
          knobs_.sstable_max_bytes,
          split_keys};
}

RowsStore::Outputs RowsStore::new_outputs(int compression_level) {
  Outputs outputs;
  for (size_t shard = 0; shard < cursor_keys_.size(); ++shard)
    outputs.push_back(std::make_unique<TableOutput>(output_options(false, compression_level),
                                                    [this] { return new_number(); }));
  return outputs;
}

RowsStore::Edit RowsStore::begin_edit() const {
  Edit edit;
  edit.tree = now();
  edit.first_number = next_file_;
  if (!edits_.empty() && edits_.back().without_spilled != nullptr) {
    const Edit& attempt = edits_.back();
    edit.tree.files = attempt.without_spilled;
    edit.tree.head.flushed_commit = attempt.flushed.commit;
    edit.tree.head.flushed_frame = attempt.flushed.frame;
  }
  return edit;
}

Status RowsStore::end_edit(Edit edit) {
  SPECTRADB_ASSIGN_OR_RETURN(auto rows, this->rows());
  SPECTRADB_RETURN_IF_ERROR(sweep(&edit.tree, *rows));
  SPECTRADB_RETURN_IF_ERROR(write_rows(&edit, *rows));
  edits_.push_back(std::move(edit));
  return Status::ok();
}

// Removes files that an earlier transaction has marked as dead and that no cursor of this connection reads. A
// commit removes about one file of full size at most, compact() removes all.
Status RowsStore::sweep(Tree* tree, StoreRows& rows) {
  uint64_t bytes = 0;
  for (const auto& [number, row] : tree_.rows) {
    if (row.level != kDeadLevel || !tree->rows.contains(number)) continue;
    if (find_open(number) != nullptr) continue;
    ByteReader reader(row.meta);
    const uint64_t size_bytes = FileMeta::decode(reader).size_bytes;
    if (bytes > 0 && bytes + size_bytes > kSweptBytes && !is_interrupted_) break;
    bytes += size_bytes;
    open_.erase(number);
    SPECTRADB_RETURN_IF_ERROR(rows.remove(number));
    SPECTRADB_RETURN_IF_ERROR(rows.remove_file(number));
    tree->rows.erase(number);
  }
  return Status::ok();
}

bool RowsStore::may_sweep() const {
  return std::any_of(tree_.rows.begin(), tree_.rows.end(), [&](const auto& numbered) {
    const auto& [number, row] = numbered;
    return row.level == kDeadLevel && now().rows.contains(number) && find_open(number) == nullptr;
  });
}

Status RowsStore::write_rows(Edit* edit, StoreRows& rows) {
  Tree& tree = edit->tree;
  std::map<uint64_t, StoreRows::File> placed = Placing(tree.rows, seed()).place(*tree.files);
  for (const auto& [number, row] : placed) {
    const auto known = tree.rows.find(number);
    if (known == tree.rows.end() || !(known->second == row)) SPECTRADB_RETURN_IF_ERROR(rows.put_file(row));
  }
  for (auto& [number, row] : tree.rows) {
    if (placed.contains(number)) continue;
    // Nobody reads what this transaction made.
    if (link_->made.contains(number) || is_erasing_) {
      SPECTRADB_RETURN_IF_ERROR(rows.remove(number));
      SPECTRADB_RETURN_IF_ERROR(rows.remove_file(number));
      continue;
    }
    StoreRows::File dead = row;
    dead.level = kDeadLevel;
    dead.seal = file_row_seal(dead, 0, seed());
    if (row.level != kDeadLevel) SPECTRADB_RETURN_IF_ERROR(rows.put_file(dead));
    placed.emplace(number, std::move(dead));
  }
  tree.rows = std::move(placed);
  for (auto number = link_->made.lower_bound(edit->first_number); number != link_->made.end(); ++number) {
    if (!tree.rows.contains(*number)) SPECTRADB_RETURN_IF_ERROR(rows.remove(*number));
  }
  tree.head.next_file = next_file_;
  tree.version = random_number();
  StoreRows::File head;
  head.place = tree.version;
  head.meta = encode_head(tree);
  head.seal = seal_of_head(head, tree);
  return rows.put_file(head);
}

uint64_t RowsStore::seal_of_head(const StoreRows::File& head, const Tree& tree) const {
  uint64_t others = 0;
  for (const auto& [number, row] : tree.rows) others += row.seal;
  return file_row_seal(head, others, tree.head.seed());
}

// Fails when somebody else has changed, added or removed a row, which would show wrong facts or hide right
// ones.
Status RowsStore::check_seals(const StoreRows::File& head, const Tree& tree) const {
  const std::string path = path_in(options_.directory, "files");
  for (const auto& [number, row] : tree.rows) {
    if (row.seal != file_row_seal(row, 0, tree.head.seed()))
      return corruption(path, number, "the row of " + sstable_name(number) + " is not what was written");
  }
  if (head.seal == seal_of_head(head, tree)) return Status::ok();
  return corruption(path, 0, "the rows of files are not those that the head was written with");
}

// Removes files that were spilled and then rewritten or rolled back.
Status RowsStore::remove_unwanted(const WriteBatch& batch, StoreRows& rows) {
  std::set<uint64_t> unwanted;
  for (const uint64_t number : link_->made) {
    if (!now().rows.contains(number)) unwanted.insert(number);
  }
  for (const auto& run : batch.rep()->spilled) {
    for (const SstableList& shard : run->shards) {
      for (const auto& table : shard) unwanted.erase(table->meta().number);
    }
  }
  for (const uint64_t number : unwanted) SPECTRADB_RETURN_IF_ERROR(rows.remove(number));
  return Status::ok();
}

// The head is the manifest, without files, and the merge that is under way.
//
//   head := manifest:bytes kind:varint [shard:varint target_level:varint count:varint number:varint*]
std::string RowsStore::encode_head(const Tree& tree) const {
  std::string bytes;
  put_bytes(bytes, tree.head.encode());
  if (!tree.merge) {
    put_varint(bytes, 0);
    return bytes;
  }
  put_varint(bytes, tree.merge->is_history ? kOfHistory : kOfLevels);
  put_varint(bytes, tree.merge->shard);
  put_varint(bytes, tree.merge->target_level);
  put_varint(bytes, tree.merge->inputs.size());
  for (const uint64_t number : tree.merge->inputs) put_varint(bytes, number);
  return bytes;
}

Status RowsStore::decode_head(std::string_view bytes, Tree* tree) const {
  const std::string path = path_in(options_.directory, "files");
  ByteReader reader(bytes);
  SPECTRADB_ASSIGN_OR_RETURN(auto head, Manifest::decode(path, reader.bytes()));
  tree->head = std::move(head);
  const uint64_t kind = reader.varint();
  if (kind == 0 && reader.ok() && reader.at_end()) return Status::ok();
  Merge merge;
  merge.is_history = kind == kOfHistory;
  merge.shard = reader.varint32();
  merge.target_level = reader.varint32();
  for (uint64_t left = reader.varint(); left > 0 && reader.ok(); --left) merge.inputs.insert(reader.varint());
  if (!reader.ok() || !reader.at_end() || kind > kOfHistory || merge.shard >= tree->head.shard_count ||
      merge.target_level >= kMaxLevels)
    return corruption(path, 0, "the head cannot be read");
  tree->merge = std::move(merge);
  return Status::ok();
}

bool RowsStore::is_flushed() const {
  return active_.memtable->count() == 0 || now().head.flushed_commit >= published();
}

Status RowsStore::flush_into(Edit* edit) {
  Outputs outputs = new_outputs(kFlushedLevel);
  VersionListIterator versions(&kWholeMemtable);
  versions.reset(*active_.memtable);
  for (versions.seek({}); versions.valid(); versions.next()) {
    const uint32_t shard = outputs.size() == 1 ? 0 : shard_of(hash_key(versions.user_key()), outputs.size());
    SPECTRADB_RETURN_IF_ERROR(outputs[shard]->add(versions, kNeverSuperseded,
                                                  options_.properties->bounds_or_all(versions.value())));
  }
  auto files = std::make_shared<FileSet>(*edit->tree.files);
  for (uint32_t shard = 0; shard < outputs.size(); ++shard) {
    SPECTRADB_RETURN_IF_ERROR(outputs[shard]->finish());
    SPECTRADB_RETURN_IF_ERROR(
        place_flushed(files.get(), shard, outputs[shard]->files(), edit->tree.merge.has_value()));
    flushed_bytes_ += outputs[shard]->size_bytes();
  }
  edit->tree.files = std::move(files);
  edit->tree.head.flushed_commit = published();
  edit->tree.head.flushed_frame = published_frame_;
  flushes_ += 1;
  return Status::ok();
}

// Files go to level 0 or 1: deeper levels hold only what a compaction has split off, and a merge under way
// relies on the levels that it works on.
Status RowsStore::place_flushed(FileSet* files, uint32_t shard, const std::vector<FileMeta>& written,
                                bool is_merging) {
  if (written.empty()) return Status::ok();
  uint64_t size_bytes = 0;
  bool may_part = is_merging;
  for (const FileMeta& meta : written) {
    size_bytes += meta.size_bytes;
    may_part = may_part || meta.version_count != meta.key_count;
  }
  const uint32_t level = may_part ? 0
                                  : level_for_flush(files->shards[shard], written.front().first_key,
                                                    written.back().last_key, size_bytes, knobs_);
  SPECTRADB_ASSIGN_OR_RETURN(const auto tables, open_tables(written));
  add_to_level(&files->shards[shard], level, tables);
  return Status::ok();
}

void RowsStore::place_spilled(Edit* edit, const WriteBatch& batch, CommitToken commit) {
  Tree& tree = edit->tree;
  edit->without_spilled = tree.files;
  edit->flushed = {tree.head.flushed_commit, tree.head.flushed_frame};
  auto files = std::make_shared<FileSet>(*tree.files);
  for (const auto& run : batch.rep()->spilled) {  // oldest first
    for (uint32_t shard = 0; shard < run->shards.size(); ++shard) {
      for (const auto& table : run->shards[shard]) {
        const FileMeta& meta = table->meta();
        const uint32_t level = meta.version_count != meta.key_count
                                   ? 0
                                   : level_for_flush(files->shards[shard], meta.first_key, meta.last_key,
                                                     meta.size_bytes, knobs_);
        add_to_level(&files->shards[shard], level, {table});
      }
    }
  }
  tree.files = std::move(files);
  tree.head.flushed_commit = commit.commit;
  tree.head.flushed_frame = commit.frame;
}

Status RowsStore::flush() {
  if (is_flushed()) return Status::ok();
  SPECTRADB_ASSIGN_OR_RETURN(auto rows, this->rows());
  Edit edit = begin_edit();
  SPECTRADB_RETURN_IF_ERROR(flush_into(&edit));
  SPECTRADB_RETURN_IF_ERROR(end_edit(std::move(edit)));
  return rows->forget_frames(published(), kAllFrames).status();
}

Status RowsStore::retire(const std::vector<KeyRange>& ranges) {
  Edit edit = begin_edit();
  for (const KeyRange& range : ranges) edit.tree.head.retired.add(range);
  if (edit.tree.head.retired == now().head.retired) return Status::ok();
  auto files = std::make_shared<FileSet>(*edit.tree.files);
  remove_retired(edit.tree.head.retired, files.get());
  edit.tree.files = std::move(files);
  return end_edit(std::move(edit));
}

Status RowsStore::set_knob(const Knob& knob, std::optional<uint64_t> value) {
  const uint64_t wanted = value.value_or(rows_defaults().*knob.value);
  SPECTRADB_RETURN_IF_ERROR(check_knob(knob, wanted));
  if (knob.life == KnobLife::kStore) {
    Edit edit = begin_edit();
    KeptKnobs& kept = edit.tree.head.knobs;
    if (value) {
      kept.insert_or_assign(knob.name, *value);
    } else {
      kept.erase(knob.name);
    }
    SPECTRADB_RETURN_IF_ERROR(end_edit(std::move(edit)));
    take_knobs(now());
    return Status::ok();
  }
  if (knob.life == KnobLife::kCreation) {
    if (wanted == this->knob(knob)) return Status::ok();
    return Status::invalid(std::string(knob.name) +
                           " is chosen before a database's first temporal table is made: the store in " +
                           options_.directory + " has " + std::to_string(this->knob(knob)) + " " + knob.unit +
                           ", and only a new one can have " + std::to_string(wanted));
  }
  knobs_.*knob.value = wanted;
  options_.*knob.value = wanted;
  states_->cache().set_budget(knobs_.block_cache_bytes);
  return Status::ok();
}

}  // namespace spectradb::lsm
