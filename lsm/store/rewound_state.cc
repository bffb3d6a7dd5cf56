#include "lsm/store/rewound_state.h"

#include "lsm/file/file_names.h"
#include "lsm/merge/merge_heap.h"

namespace spectradb::lsm {

RewoundState::RewoundState(const StoreOptions& options, const Manifest& manifest, const Committed& committed)
    : options_(options),
      before_(manifest),
      committed_(committed),
      tables_(manifest.shard_count),
      next_file_(manifest.next_file) {}

// Uses copies that are whole and name no tables. Where a frame names tables, these have been merged into
// others since.
void RewoundState::expect_copies() {
  for (const Committed::Copy& copy : committed_.copies) {
    const auto frame = read_frame(copy.bytes, 0, before_.seed());
    if (!frame || frame->commit != copy.commit || frame->token != copy.frame ||
        copy.commit > committed_.commit)
      continue;
    const auto spilled = spilled_tables(*frame, before_.shard_count);
    if (!spilled || !spilled->empty()) continue;
    is_expected_[copy.commit] = true;
    for_each_record(*frame, [&](uint32_t ordinal, std::string_view key, std::string_view value) {
      if (!before_.retired.contains(key)) expected_[{std::string(key), copy.commit, ordinal}] = value;
    });
  }
}

Status RewoundState::is_another_history(uint64_t commit) const {
  return Status::invalid("the store " + options_.directory +
                         " holds another history than the database: its commit " + std::to_string(commit) +
                         " is a different one; restore the database and its store from the same backup");
}

Status RewoundState::compare(const VersionIterator& version) {
  if (!is_expected_.contains(version.commit())) return Status::ok();
  const auto known = expected_.find({std::string(version.user_key()), version.commit(), version.ordinal()});
  if (known == expected_.end() || known->second != version.value())
    return is_another_history(version.commit());
  expected_.erase(known);
  return Status::ok();
}

Status RewoundState::open_tables() {
  for (const Manifest::File& file : before_.files) {
    auto table =
        Sstable::open(*options_.file_system, path_in(options_.directory, sstable_name(file.meta.number)),
                      file.meta, before_.seed(), nullptr);
    if (!table) return table.status();
    tables_[file.shard].push_back({std::move(*table)});
  }
  return Status::ok();
}

Status RewoundState::write_shard(uint32_t shard) {
  const ReadLimits limits{committed_.commit, 0, std::nullopt, nullptr};
  const TableOutputOptions output_options{
      options_.file_system,
      options_.directory,
      {static_cast<uint32_t>(options_.sstable_block_bytes),
       static_cast<uint32_t>(options_.bloom_bits_per_key), static_cast<int>(options_.compression_level),
       before_.seed(), nullptr},
      UINT64_MAX,
      false};
  outputs_.push_back(
      std::make_unique<TableOutput>(output_options, [this] { return next_file_.fetch_add(1); }));
  Decompressor decompressor;
  std::vector<std::unique_ptr<LevelIterator>> sources;
  for (const SstableList& table : tables_[shard]) {
    sources.push_back(std::make_unique<LevelIterator>(&limits, &decompressor));
    sources.back()->leave_out_large();
    sources.back()->reset(&table);
    sources.back()->seek({});
  }
  MergeHeap heap;
  SPECTRADB_RETURN_IF_ERROR(heap.build(sources));
  while (!heap.is_empty()) {
    VersionIterator* version = heap.top();
    if (!before_.retired.contains(version->user_key())) {
      if (!version->load()) return version->status();
      SPECTRADB_RETURN_IF_ERROR(compare(*version));
      SPECTRADB_RETURN_IF_ERROR(outputs_.back()->add(*version, kNeverSuperseded,
                                                     options_.properties->bounds_or_all(version->value())));
    }
    version->next();
    SPECTRADB_RETURN_IF_ERROR(heap.settle());
  }
  return outputs_.back()->finish();
}

Status RewoundState::write() {
  expect_copies();
  SPECTRADB_RETURN_IF_ERROR(open_tables());
  for (uint32_t shard = 0; shard < before_.shard_count; ++shard)
    SPECTRADB_RETURN_IF_ERROR(write_shard(shard));
  return expected_.empty() ? Status::ok() : is_another_history(std::get<1>(expected_.begin()->first));
}

Manifest RewoundState::manifest(uint64_t log_segment) const {
  Manifest after = before_;
  after.files.clear();
  after.next_file = next_file_.load();
  after.log_start = {log_segment, 0};
  after.flushed_commit = committed_.commit;
  after.flushed_frame = committed_.commit == 0 ? 0 : committed_.frame;
  for (uint32_t shard = 0; shard < outputs_.size(); ++shard) {
    for (const FileMeta& meta : outputs_[shard]->files()) after.files.push_back({shard, 0, meta});
  }
  return after;
}

void RewoundState::keep() {
  for (const auto& output : outputs_) output->keep();
}

}  // namespace spectradb::lsm
