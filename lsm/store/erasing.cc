// Erases keys: every file is written anew without them, since filters, separators, dictionaries and the
// manifest's bounds may tell of a key, too. The new files get no dictionary of an old one.
#include <algorithm>
#include <set>
#include <utility>

#include "base/assert.h"
#include "lsm/base/out_of_memory.h"
#include "lsm/file/file_names.h"
#include "lsm/store/rewriting.h"
#include "lsm/store/rows_store.h"
#include "lsm/store/store_impl.h"

namespace spectradb::lsm {
namespace {

constexpr uint32_t kVersionsBetweenAsking = 1024;

RetiredKeys with_ranges(RetiredKeys retired, const std::vector<KeyRange>& ranges) {
  for (const KeyRange& range : ranges) retired.add(range);
  return retired;
}

Status check_none_set_aside(FileSystem& file_system, const std::string& directory) {
  SPECTRADB_ASSIGN_OR_RETURN(const auto names, file_system.list(directory));
  for (const std::string& name : names) {
    if (is_store_file(name) && name.ends_with(kCutSuffix))
      return Status::invalid(path_in(directory, name) +
                             " was set aside by a recovery or a repair, and may hold what is to be erased: "
                             "save what you want of it, remove it, and erase again");
  }
  return Status::ok();
}

}  // namespace

KeyEraser& KeyEraser::of(Store& store) {
  auto* eraser = dynamic_cast<KeyEraser*>(&store);
  SPECTRADB_ASSERT(eraser != nullptr);
  return *eraser;
}

// The lock for opening comes first: who opens the store meanwhile would wait, and get LOCK afterwards.
struct StoreImpl::Alone {
  std::unique_ptr<FileLock> opening;
  Work work;
  FileLock* presence = nullptr;

  ~Alone() {
    // Nobody can have taken it: that needs the lock for opening.
    if (presence != nullptr) (void)presence->change_to(LockMode::kShared);
  }
};

Result<std::unique_ptr<StoreImpl::Alone>> StoreImpl::be_alone() {
  const Status others = Status::busy("another process has the database of " + options_.directory +
                                     " open, and with it files: close it there, and erase again");
  auto alone = std::make_unique<Alone>();
  auto opening =
      options_.file_system->lock(path_in(options_.directory, kOpeningLockName), LockMode::kExclusive);
  if (!opening) return opening.status().code() == Code::kBusy ? others : opening.status();
  alone->opening = std::move(*opening);
  auto work = begin_work();
  if (!work) return work.status();
  alone->work = std::move(*work);
  alone->presence = presence_.get();
  if (const Status held = presence_->change_to(LockMode::kExclusive); !held)
    return held.code() == Code::kBusy ? others : held;
  return alone;
}

Status StoreImpl::check_may_erase() {
  if (options_.read_only)
    return Status::read_only("the store " + options_.directory + " is open for reading only");
  SPECTRADB_RETURN_IF_ERROR(check_none_set_aside(*options_.file_system, options_.directory));
  return be_alone().status();
}

Status StoreImpl::erase(const std::vector<KeyRange>& ranges, const std::function<bool()>& is_interrupted) {
  SPECTRADB_RETURN_IF_ERROR(flush());
  SPECTRADB_RETURN_IF_ERROR(check_none_set_aside(*options_.file_system, options_.directory));
  SPECTRADB_ASSIGN_OR_RETURN(const std::unique_ptr<Alone> alone, be_alone());
  SPECTRADB_RETURN_IF_ERROR(flush_immutables());
  return erase_alone(ranges, is_interrupted);
}

Status StoreImpl::erase_alone(const std::vector<KeyRange>& ranges,
                              const std::function<bool()>& is_interrupted) {
  uint32_t count = 0;
  const auto look = [&]() -> Status {
    if (stopping_.load()) return {Code::kInterrupted, "the store is being closed"};
    const bool is_asked = ++count % kVersionsBetweenAsking == 0 && is_interrupted && is_interrupted();
    return is_asked ? Status(Code::kInterrupted, "interrupted") : Status::ok();
  };
  dictionaries_.clear();
  const auto open = [this](const std::vector<FileMeta>& metas) { return open_tables(metas); };
  const uint64_t first_new = next_file_.load();
  auto files =
      rewrite_files(merge_context(), knobs_, files_, with_ranges(manifest_.retired, ranges), open, look);
  if (!files) {  // no manifest names what was written in vain
    for (uint64_t number = first_new; number < next_file_.load(); ++number)
      (void)options_.file_system->remove(path_in(options_.directory, sstable_name(number)));
    return files.status();
  }
  // When one of these fails, nobody knows which manifest a power failure would leave: then no file goes.
  SPECTRADB_RETURN_IF_ERROR(install(std::move(*files), 0, {}));
  SPECTRADB_RETURN_IF_ERROR(give_up_log());
  return remove_unnamed();
}

// As trim_log(), but also where no commit stands in the segment: an attempt that was taken back may.
Status StoreImpl::give_up_log() {
  const std::lock_guard writing(write_mutex_);
  const LogPosition end = log_.end();
  // Then what stands behind the last commit's frame is an attempt.
  const bool is_flushed =
      !is_torn_ && active_->count() == 0 && !has_immutables() && manifest_.flushed_commit == published();
  if (!is_flushed || prepared_)
    return Status::busy("the store " + options_.directory + " was written meanwhile: erase again");
  if (end.offset > 0) return remove_segment(end);
  // The segment has no commit, but maybe an attempt of another process that is gone.
  const LogPosition before = std::exchange(manifest_.log_start, end);
  if (before != end) {
    if (Status installed = install(files_, 0, {}); !installed) {
      manifest_.log_start = before;
      return installed;
    }
  }
  const std::string path = path_in(options_.directory, log_name(end.segment));
  SPECTRADB_ASSIGN_OR_RETURN(const bool is_there, options_.file_system->exists(path));
  return is_there ? options_.file_system->remove(path) : Status::ok();
}

Status StoreImpl::remove_unnamed() {
  FileSystem& file_system = *options_.file_system;
  const std::lock_guard writing(write_mutex_);
  if (has_immutables() || prepared_) return Status::ok();  // the log may name tables
  std::set<std::string> named;
  files_->for_each(
      [&](const std::shared_ptr<const Sstable>& table) { named.insert(sstable_name(table->meta().number)); });
  SPECTRADB_ASSIGN_OR_RETURN(const auto names, file_system.list(options_.directory));
  for (const std::string& name : names) {
    const auto segment = log_segment_of(name);
    const bool is_old_segment = segment && *segment < manifest_.log_start.segment;
    const bool is_unnamed = sstable_number_of(name) && !named.contains(name);
    if (name != kNewManifestName && !is_old_segment && !is_unnamed) continue;
    SPECTRADB_RETURN_IF_ERROR(file_system.remove(path_in(options_.directory, name)));
  }
  return file_system.sync_directory(options_.directory);
}

Status RowsStore::erase(const std::vector<KeyRange>& ranges, const std::function<bool()>& is_interrupted) {
  SPECTRADB_RETURN_IF_ERROR(flush());
  SPECTRADB_ASSIGN_OR_RETURN(auto rows, this->rows());
  SPECTRADB_RETURN_IF_ERROR(
      rows->forget_frames(std::min(now().head.flushed_commit, published()), kAllFrames).status());
  uint32_t count = 0;
  const auto look = [&]() -> Status {
    const bool is_asked = ++count % kVersionsBetweenAsking == 0 && is_interrupted && is_interrupted();
    return is_asked ? Status(Code::kInterrupted, "interrupted") : Status::ok();
  };
  Edit edit = begin_edit();
  if (edit.tree.merge) SPECTRADB_RETURN_IF_ERROR(merge_slice(&edit, UINT64_MAX).status());
  dictionaries_.clear();
  const auto open = [this](const std::vector<FileMeta>& metas) { return open_tables(metas); };
  SPECTRADB_ASSIGN_OR_RETURN(edit.tree.files,
                             rewrite_files(merge_context(UINT64_MAX), knobs_, edit.tree.files,
                                           with_ranges(edit.tree.head.retired, ranges), open, look));
  is_erasing_ = true;
  const Status ended = no_memory_as_status([&] { return end_edit(std::move(edit)); });
  is_erasing_ = false;
  return ended;
}

}  // namespace spectradb::lsm
