#include "lsm/store/conversion.h"

#include "lsm/file/file_names.h"
#include "lsm/store/file_sets.h"
#include "lsm/store/rewriting.h"
#include "lsm/store/rows_store.h"

namespace spectradb::lsm {
namespace {

constexpr uint32_t kLookEvery = 1024;  // versions

MergeJob::Look look_for(const IsInterrupted& is_interrupted) {
  return [&is_interrupted, count = uint32_t{0}]() mutable -> Status {
    if (++count % kLookEvery != 0 || !is_interrupted || !is_interrupted()) return Status::ok();
    return {Code::kInterrupted, "interrupted"};
  };
}

// Opens a directory's tables; nobody else writes there.
Result<std::shared_ptr<FileSet>> open_directory(const StoreOptions& options, const Manifest& manifest) {
  return arrange_files(manifest, [&](const FileMeta& meta) {
    return Sstable::open(*options.file_system, path_in(options.directory, sstable_name(meta.number)), meta,
                         manifest.seed(), nullptr);
  });
}

}  // namespace

Status convert_to_rows(const StoreOptions& from, const Committed& committed, StoreRows& to,
                       const IsInterrupted& is_interrupted) {
  {
    SPECTRADB_ASSIGN_OR_RETURN(const std::shared_ptr<Store> store, Store::open(from, committed));
    SPECTRADB_RETURN_IF_ERROR(store->flush());
  }
  SPECTRADB_ASSIGN_OR_RETURN(Manifest manifest, Manifest::read(*from.file_system, from.directory));
  SPECTRADB_ASSIGN_OR_RETURN(const std::shared_ptr<FileSet> files, open_directory(from, manifest));
  StoreOptions options = from;
  options.file_system = nullptr;
  return RowsStore::create_from(std::move(options), to, std::move(manifest), files, look_for(is_interrupted));
}

Status convert_to_directory(StoreRows& from, CommitToken last, const StoreOptions& to,
                            const IsInterrupted& is_interrupted) {
  StoreOptions options = to;
  options.file_system = nullptr;
  SPECTRADB_ASSIGN_OR_RETURN(const std::shared_ptr<RowsStore> store,
                             RowsStore::open(std::move(options), from));
  SPECTRADB_RETURN_IF_ERROR(store->follow(last));
  SPECTRADB_RETURN_IF_ERROR(store->flush());
  return store->write_directory(to, look_for(is_interrupted));
}

}  // namespace spectradb::lsm
