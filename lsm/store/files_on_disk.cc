#include "lsm/store/files_on_disk.h"

#include <utility>

#include "lsm/file/file_names.h"

namespace spectradb::lsm {
namespace {

constexpr const char* kWhileOpen = " while the database was open: ";
constexpr const char* kPutBack = "put it back as it was, or restore the database and its store from a backup";

Status was(const std::string& what, const char* deed, const char* way_out = kPutBack) {
  return Status::io(what + " was " + deed + kWhileOpen + way_out);
}

}  // namespace

Status FilesOnDisk::begin(const Manifest& manifest, const FileLock* presence) {
  SPECTRADB_ASSIGN_OR_RETURN(identity_, file_system_->identify(directory_));
  presence_ = presence;
  seen_ = manifest;
  return Status::ok();
}

Result<FileStamp> FilesOnDisk::stamp_of_directory() const {
  auto stamp = file_system_->stamp(directory_);
  if (!stamp && stamp.status().code() == Code::kMissing) return was("the directory " + directory_, "removed");
  if (stamp && stamp->identity != identity_)
    return was("the directory " + directory_, "replaced", "close the database and open it anew");
  return stamp;
}

Status FilesOnDisk::check_directory() const { return stamp_of_directory().status(); }

// Another process would find nobody who has the store open, and recover it.
Status FilesOnDisk::check_lock() const {
  if (presence_ == nullptr || presence_->has_name()) return Status::ok();
  return was(path_in(directory_, kLockName), "removed or replaced", "close the database and open it anew");
}

Status FilesOnDisk::check_follows(const std::string& directory, const Manifest& before, const Manifest& now) {
  const std::string path = "the manifest " + path_in(directory, kManifestName);
  if (now.store_id != before.store_id) return was(path, "replaced by another store's");
  const LogPosition& from = before.log_start;
  const LogPosition& to = now.log_start;
  const bool is_log_older =
      to.segment < from.segment || (to.segment == from.segment && to.offset < from.offset);
  if (now.next_file < before.next_file || now.flushed_commit < before.flushed_commit || is_log_older)
    return was(path, "replaced by an older one");
  return Status::ok();
}

// The stamp is asked first: a manifest that comes in between is read at the next check, too.
Status FilesOnDisk::check_manifest(const Manifest& installed) {
  const std::string path = path_in(directory_, kManifestName);
  const auto stamp = file_system_->stamp(path);
  if (!stamp && stamp.status().code() == Code::kMissing) return was("the manifest " + path, "removed");
  if (!stamp) return stamp.status();
  if (manifest_stamp_ == *stamp) return Status::ok();
  SPECTRADB_ASSIGN_OR_RETURN(auto now, Manifest::read(*file_system_, directory_));
  for (const Manifest* before : {&installed, &std::as_const(seen_)})
    SPECTRADB_RETURN_IF_ERROR(check_follows(directory_, *before, now));
  seen_ = std::move(now);
  manifest_stamp_ = *stamp;
  directory_stamp_.reset();
  return Status::ok();
}

Result<std::string> FilesOnDisk::missing_table() const {
  for (const Manifest::File& file : seen_.files) {
    const std::string path = path_in(directory_, sstable_name(file.meta.number));
    const auto stamp = file_system_->stamp(path);
    if (!stamp && stamp.status().code() != Code::kMissing) return stamp.status();
    if (!stamp) return path + " was removed";
    if (stamp->size_bytes != file.meta.size_bytes) return path + " was replaced or cut off";
  }
  return std::string();
}

// Another process may put a manifest in place, and remove tables that only the one before names, while these are looked
// for.
Status FilesOnDisk::check(const Manifest& installed) {
  if (identity_ == FileIdentity{}) return Status::ok();
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const FileStamp directory, stamp_of_directory());
    SPECTRADB_RETURN_IF_ERROR(check_manifest(installed));
    if (directory_stamp_ == directory) return Status::ok();
    SPECTRADB_RETURN_IF_ERROR(check_lock());
    SPECTRADB_ASSIGN_OR_RETURN(const std::string problem, missing_table());
    if (problem.empty()) {
      directory_stamp_ = directory;
      return Status::ok();
    }
    const auto manifest_before = manifest_stamp_;
    SPECTRADB_RETURN_IF_ERROR(check_manifest(installed));
    if (manifest_stamp_ == manifest_before) return Status::io(problem + kWhileOpen + kPutBack);
  }
}

}  // namespace spectradb::lsm
