#include "lsm/store/set_aside.h"

#include <algorithm>

#include "lsm/file/file_names.h"
#include "lsm/file/second_names.h"
#include "lsm/table/sstable.h"

namespace spectradb::lsm {
namespace {

// The number of a segment, by its own name or one that it has aside: log-000001.2.cut.
std::optional<uint64_t> segment_aside_or_not(std::string_view name) {
  if (const size_t end = name.find('.'); name.starts_with(kLogPrefix) && end != std::string_view::npos)
    return name.ends_with(kCutSuffix) ? log_segment_of(name.substr(0, end)) : std::nullopt;
  return log_segment_of(name);
}

// As the manifest says that it is; an attempt that was cut short may have left another file.
Result<bool> is_table(FileSystem& file_system, const Manifest& manifest, const FileMeta& meta,
                      const std::string& path) {
  const auto table = Sstable::open(file_system, path, meta, manifest.seed(), nullptr);
  if (table) return true;
  const Code code = table.status().code();
  if (code == Code::kMissing || code == Code::kCorrupt) return false;
  return table.status();
}

Result<bool> has_all_tables(FileSystem& file_system, const std::string& directory, const Manifest& manifest) {
  for (const Manifest::File& file : manifest.files) {
    const std::string path = path_in(directory, sstable_name(file.meta.number));
    SPECTRADB_ASSIGN_OR_RETURN(bool is_there, is_table(file_system, manifest, file.meta, path));
    if (!is_there) {
      SPECTRADB_ASSIGN_OR_RETURN(is_there, is_table(file_system, manifest, file.meta, aside_name(path, 1)));
    }
    if (!is_there) return false;
  }
  return true;
}

}  // namespace

Status set_aside(FileSystem& file_system, const std::string& directory, const Manifest& manifest) {
  const auto names = file_system.list(directory);
  if (!names) return names.status();
  for (const std::string& name : *names) {
    if (const auto number = sstable_number_of(name)) {
      // Others are named by the log, under numbers that no other table gets, or by nothing.
      const bool is_current = std::any_of(manifest.files.begin(), manifest.files.end(),
                                          [&](const auto& file) { return file.meta.number == *number; });
      SPECTRADB_RETURN_IF_ERROR(name_twice(file_system, directory, name, aside_name(name, 1),
                                           is_current ? Existing::kReplace : Existing::kKeep));
    }
    if (!log_segment_of(name)) continue;
    const auto aside = unused_aside_name(file_system, path_in(directory, name));
    if (!aside) return aside.status();
    const std::string aside_only = aside->substr(path_in(directory, {}).size());
    SPECTRADB_RETURN_IF_ERROR(copy_file(file_system, directory, name, aside_only));
  }
  const auto aside = unused_aside_name(file_system, path_in(directory, kManifestName));
  if (!aside) return aside.status();
  SPECTRADB_ASSIGN_OR_RETURN(const auto file, file_system.create(*aside));
  SPECTRADB_RETURN_IF_ERROR(file->append(manifest.encode()));
  SPECTRADB_RETURN_IF_ERROR(file->sync());
  return file_system.sync_directory(directory);
}

Result<std::optional<Manifest>> find_set_aside(FileSystem& file_system, const std::string& directory,
                                               const Manifest& now, const Committed& committed,
                                               const AskFrame& ask_frame) {
  std::optional<Manifest> found;
  const auto names = file_system.list(directory);
  if (!names) return names.status();
  for (const std::string& name : *names) {
    if (!name.starts_with(kManifestName) || !name.ends_with(kCutSuffix)) continue;
    const std::string path = path_in(directory, name);
    const auto content = file_system.read_whole(path);
    if (!content) return content.status();
    auto manifest = Manifest::decode(path, *content);
    if (!manifest || manifest->store_id != committed.store_id ||
        manifest->flushed_commit > committed.commit ||
        (found && manifest->flushed_commit <= found->flushed_commit))
      continue;
    if (manifest->flushed_commit > 0) {  // else all of it is in the log
      const Result<std::optional<uint64_t>> frame = ask_frame(manifest->flushed_commit);
      if (!frame) return frame.status();
      if (*frame != manifest->flushed_frame) continue;
    }
    const auto is_whole = has_all_tables(file_system, directory, *manifest);
    if (!is_whole) return is_whole.status();
    if (*is_whole) found = std::move(*manifest);
  }
  if (!found) return found;
  const auto segment = unused_segment(file_system, directory, now);
  if (!segment) return segment.status();
  found->log_start = {*segment, 0};
  found->next_file = std::max(found->next_file, now.next_file);
  return found;
}

Status take_back_tables(FileSystem& file_system, const std::string& directory, const Manifest& manifest) {
  for (const Manifest::File& file : manifest.files) {
    const std::string name = sstable_name(file.meta.number);
    const std::string aside = aside_name(name, 1);
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_aside,
                               is_table(file_system, manifest, file.meta, path_in(directory, aside)));
    if (is_aside)
      SPECTRADB_RETURN_IF_ERROR(name_twice(file_system, directory, aside, name, Existing::kReplace));
  }
  return file_system.sync_directory(directory);
}

Result<uint64_t> unused_segment(FileSystem& file_system, const std::string& directory,
                                const Manifest& manifest) {
  const auto names = file_system.list(directory);
  if (!names) return names.status();
  uint64_t last = manifest.log_start.segment;
  for (const std::string& name : *names) last = std::max(last, segment_aside_or_not(name).value_or(0));
  return last + 1;
}

}  // namespace spectradb::lsm
