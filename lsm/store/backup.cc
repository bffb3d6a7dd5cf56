#include "lsm/store/backup.h"

#include <algorithm>

#include "lsm/base/corruption.h"
#include "lsm/file/file_names.h"
#include "lsm/log/log_format.h"

namespace spectradb::lsm {
namespace {

constexpr size_t kCopiedBytes = 1u << 20;  // copied at once
constexpr size_t kComparedBytes = 64;      // the end of a table has checksums over its content and its number

bool have_equal_ends(const ReadableFile& one, const ReadableFile& other) {
  const uint64_t size_bytes = one.size();
  if (size_bytes != other.size()) return false;
  const auto compared = static_cast<size_t>(std::min<uint64_t>(size_bytes, kComparedBytes));
  ReadBuffer of_one;
  ReadBuffer of_other;
  const auto end = one.read(size_bytes - compared, compared, of_one);
  const auto other_end = other.read(size_bytes - compared, compared, of_other);
  return end && other_end && *end == *other_end;
}

}  // namespace

Backup::Backup(FileSystem& from, std::string directory, std::shared_ptr<const Manifest> manifest,
               SstableList tables)
    : from_(from),
      from_directory_(std::move(directory)),
      manifest_(std::move(manifest)),
      tables_(std::move(tables)) {}

Result<std::unique_ptr<Backup>> Backup::make(FileSystem& from, const std::string& directory,
                                             std::shared_ptr<const Manifest> manifest, SstableList tables,
                                             uint64_t commit) {
  std::unique_ptr<Backup> backup(new Backup(from, directory, std::move(manifest), std::move(tables)));
  SPECTRADB_RETURN_IF_ERROR(backup->add_segments(commit));
  if (backup->has_salts_ &&
      !backup->manifest_->has_salts) {  // the first one came behind the manifest that was asked for
    Manifest now = *backup->manifest_;
    now.has_salts = true;
    backup->manifest_ = std::make_shared<const Manifest>(std::move(now));
  }
  for (const auto& table : backup->tables_)
    backup->parts_.push_back({sstable_name(table->meta().number), table->meta().size_bytes});
  for (const Segment& segment : backup->segments_)
    backup->parts_.push_back({segment.name, segment.size_bytes});
  backup->parts_.push_back({std::string(kManifestName), backup->manifest_->encode().size()});
  return backup;
}

// Adds the log from where the manifest says that it begins, up to the commit's frame.
Status Backup::add_segments(uint64_t commit) {
  const uint64_t seed = manifest_->seed();
  LogPosition at = manifest_->log_start;
  uint64_t last = manifest_->flushed_commit;
  if (at.offset == 0 && last >= commit) return Status::ok();
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(auto file, from_.open(path_in(from_directory_, log_name(at.segment))));
    ReadBuffer buffer;
    SPECTRADB_ASSIGN_OR_RETURN(const auto content, file->read(0, static_cast<size_t>(file->size()), buffer));
    const std::string_view bytes = content;
    const std::string path = path_in(from_directory_, log_name(at.segment));
    if (!is_segment_header(bytes, at.segment, seed))
      return corruption(path, 0, "this is no segment of the log");
    const uint64_t segment = at.segment;
    at.offset = std::max(at.offset, kSegmentHeaderBytes);
    uint64_t size_bytes = at.offset;
    while (at.segment == segment && last < commit) {
      const auto frame = read_frame(bytes, at.offset, seed);
      if (!frame && at.offset == bytes.size()) {  // the segment ended without a last frame
        at = {segment + 1, 0};
        break;
      }
      if (!frame || frame->commit != last + 1)
        return corruption(path, at.offset, "commit " + std::to_string(last + 1) + " is not there");
      const auto spilled = spilled_tables(*frame, manifest_->shard_count);
      if (!spilled) return corruption(path, at.offset, "a frame cannot be decoded");
      for (const SpilledTable& named : *spilled) {
        SPECTRADB_ASSIGN_OR_RETURN(
            auto table, Sstable::open(from_, path_in(from_directory_, sstable_name(named.meta.number)),
                                      named.meta, seed, nullptr));
        tables_.push_back(std::move(table));
      }
      has_salts_ = has_salts_ || !frame->salt.empty();
      last = frame->commit;
      at = position_behind(segment, *frame);
      size_bytes = frame->end;
    }
    segments_.push_back({log_name(segment), std::move(file), size_bytes});
    if (last >= commit) return Status::ok();
  }
}

Status Backup::begin(FileSystem& to, const std::string& directory, const std::string& earlier) {
  to_ = &to;
  to_directory_ = directory;
  earlier_ = earlier;
  if (!earlier_.empty()) SPECTRADB_RETURN_IF_ERROR(claim_earlier());
  return to.make_directory(directory);
}

Status Backup::claim_earlier() {
  SPECTRADB_ASSIGN_OR_RETURN(auto opening,
                             to_->lock(path_in(earlier_, kOpeningLockName), LockMode::kExclusive));
  SPECTRADB_ASSIGN_OR_RETURN(auto alone, to_->lock(path_in(earlier_, kLockName), LockMode::kExclusive));
  opening_ = std::move(opening);
  alone_ = std::move(alone);
  SPECTRADB_ASSIGN_OR_RETURN(const auto names, to_->list(earlier_));
  for (const std::string& name : names) {
    if (!is_store_file(name))
      return Status::invalid("cannot back up to " + earlier_ + ": it holds " + name +
                             ", which belongs to no store; name another file");
  }
  const auto there = Manifest::read(*to_, earlier_);
  if (there && there->store_id != manifest_->store_id)
    return Status::invalid("cannot back up to " + earlier_ +
                           ": it holds the store of another database; name another file");
  return Status::ok();
}

Result<Backup::Way> Backup::write(size_t part) {
  if (part < tables_.size()) return write_table(*tables_[part]);
  const size_t segment = part - tables_.size();
  if (segment < segments_.size()) {
    const Segment& copied = segments_[segment];
    SPECTRADB_RETURN_IF_ERROR(copy(*copied.file, copied.size_bytes, copied.name));
    return Way::kCopied;
  }
  SPECTRADB_RETURN_IF_ERROR(finish());
  return Way::kCopied;
}

bool Backup::is_kept(const Sstable& table, const std::string& name) const {
  if (earlier_.empty()) return false;
  const auto there = to_->open(path_in(earlier_, name));
  return there && have_equal_ends(**there, table.file());
}

Result<Backup::Way> Backup::write_table(const Sstable& table) {
  const std::string name = sstable_name(table.meta().number);
  const std::string path = path_in(to_directory_, name);
  if (is_kept(table, name) && to_->link(path_in(earlier_, name), path)) return Way::kKept;
  if (to_->place() == from_.place() && to_->link(table.path(), path)) return Way::kLinked;
  SPECTRADB_RETURN_IF_ERROR(copy(table.file(), table.file().size(), name));
  return Way::kCopied;
}

Status Backup::copy(const ReadableFile& file, uint64_t size_bytes, const std::string& name) {
  SPECTRADB_ASSIGN_OR_RETURN(auto made, to_->create(path_in(to_directory_, name)));
  ReadBuffer buffer;
  for (uint64_t offset = 0; offset < size_bytes; offset += kCopiedBytes) {
    const auto wanted = static_cast<size_t>(std::min<uint64_t>(size_bytes - offset, kCopiedBytes));
    SPECTRADB_ASSIGN_OR_RETURN(const auto bytes, file.read(offset, wanted, buffer));
    SPECTRADB_RETURN_IF_ERROR(made->append(bytes));
  }
  return made->sync();
}

Status Backup::finish() {
  SPECTRADB_RETURN_IF_ERROR(to_->sync_directory(to_directory_));
  SPECTRADB_RETURN_IF_ERROR(manifest_->stage(*to_, to_directory_));
  return Manifest::put_in_place(*to_, to_directory_);
}

}  // namespace spectradb::lsm
