// A store that lives in its database, made of one that was a directory, and the other way around (conversion.h).
#include "lsm/file/file_names.h"
#include "lsm/store/file_sets.h"
#include "lsm/store/rewriting.h"
#include "lsm/store/rows_store.h"

namespace spectradb::lsm {

Status RowsStore::create_from(StoreOptions options, StoreRows& rows, Manifest head,
                              std::shared_ptr<const FileSet> files, const MergeJob::Look& look) {
  RowsStore store(std::move(options), rows);
  store.id_ = head.store_id;
  head.files.clear();
  head.log_start = {};
  head.next_file = 1;
  store.tree_.head = std::move(head);
  store.cursor_keys_.assign(store.tree_.head.shard_count, std::vector<std::string>(kMaxLevels));
  store.take_knobs(store.tree_);
  Edit edit = store.begin_edit();
  const auto open = [&store](const std::vector<FileMeta>& metas) { return store.open_tables(metas); };
  SPECTRADB_ASSIGN_OR_RETURN(edit.tree.files,
                             rewrite_files(store.merge_context(UINT64_MAX), store.knobs_, std::move(files),
                                           store.tree_.head.retired, open, look));
  return store.end_edit(std::move(edit));
}

Status RowsStore::write_directory(const StoreOptions& to, const MergeJob::Look& look) {
  SPECTRADB_RETURN_IF_ERROR(to.file_system->make_directory(to.directory));
  Manifest manifest = now().head;
  manifest.log_start = {};
  manifest.next_file = 1;
  Knobs knobs = to;
  take_kept(manifest.knobs, to, &knobs);
  TableOutputOptions outputs = output_options(true, static_cast<int>(knobs.compression_level));
  outputs.file_system = to.file_system;
  outputs.directory = to.directory;
  outputs.sstable.is_written_by_blocks = false;
  outputs.sstable.row_bytes = 0;
  TableOutputOptions history = outputs;
  history.sstable.block_bytes = static_cast<uint32_t>(knobs.history_block_bytes);
  const MergeContext context{*options_.properties, states_->decompressors(), outputs, history,
                             [&manifest] { return manifest.next_file++; }};
  const auto open = [&](const std::vector<FileMeta>& metas) -> Result<SstableList> {
    SstableList tables;
    for (const FileMeta& meta : metas) {
      SPECTRADB_ASSIGN_OR_RETURN(
          std::shared_ptr<const Sstable> table,
          Sstable::open(*to.file_system, path_in(to.directory, sstable_name(meta.number)), meta, seed(),
                        nullptr));
      tables.push_back(std::move(table));
    }
    return tables;
  };
  SPECTRADB_ASSIGN_OR_RETURN(const std::shared_ptr<const FileSet> files,
                             rewrite_files(context, knobs, now().files, manifest.retired, open, look));
  manifest.files = list_files(*files);
  SPECTRADB_RETURN_IF_ERROR(to.file_system->sync_directory(to.directory));
  SPECTRADB_RETURN_IF_ERROR(manifest.stage(*to.file_system, to.directory));
  return Manifest::put_in_place(*to.file_system, to.directory);
}

}  // namespace spectradb::lsm
