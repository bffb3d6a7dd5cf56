#include "lsm/store/set_aside.h"

#include <algorithm>

#include "lsm/file/file_names.h"

namespace spectradb::lsm {
namespace {

std::string aside_name(const std::string& path, int number) {
  return path + (number == 1 ? "" : "." + std::to_string(number)) + std::string(kCutSuffix);
}

Result<std::string> unused_aside_name(FileSystem& file_system, const std::string& path) {
  for (int number = 1;; ++number) {
    std::string name = aside_name(path, number);
    const auto there = file_system.exists(name);
    if (!there) return there.status();
    if (!*there) return name;
  }
}

Status write_whole(FileSystem& file_system, const std::string& path, std::string_view bytes) {
  auto file = file_system.create(path);
  if (!file) return file.status();
  SPECTRADB_RETURN_IF_ERROR((*file)->append(bytes));
  return (*file)->sync();
}

// Where the file system knows no second names, a copy.
Status name_twice(FileSystem& file_system, const std::string& from, const std::string& to) {
  const auto there = file_system.exists(to);
  if (!there || *there) return there.status();
  if (file_system.link(from, to)) return Status::ok();
  const auto content = file_system.read_whole(from);
  return content ? write_whole(file_system, to, *content) : content.status();
}

// The number of a segment, by its own name or one that it has aside: log-000001.2.cut.
std::optional<uint64_t> segment_aside_or_not(std::string_view name) {
  if (const size_t end = name.find('.'); name.starts_with(kLogPrefix) && end != std::string_view::npos)
    return name.ends_with(kCutSuffix) ? log_segment_of(name.substr(0, end)) : std::nullopt;
  return log_segment_of(name);
}

Result<bool> has_all_tables(FileSystem& file_system, const std::string& directory, const Manifest& manifest) {
  for (const Manifest::File& file : manifest.files) {
    const std::string path = path_in(directory, sstable_name(file.meta.number));
    for (const std::string& name : {path, aside_name(path, 1)}) {
      const auto there = file_system.exists(name);
      if (!there) return there;
      if (*there) break;
      if (name != path) return false;
    }
  }
  return true;
}

}  // namespace

Status set_aside(FileSystem& file_system, const std::string& directory, const Manifest& manifest) {
  const auto names = file_system.list(directory);
  if (!names) return names.status();
  for (const std::string& name : *names) {
    const std::string path = path_in(directory, name);
    if (sstable_number_of(name))
      SPECTRADB_RETURN_IF_ERROR(name_twice(file_system, path, aside_name(path, 1)));
    if (!log_segment_of(name)) continue;
    const auto aside = unused_aside_name(file_system, path);
    if (!aside) return aside.status();
    SPECTRADB_RETURN_IF_ERROR(name_twice(file_system, path, *aside));
  }
  const auto aside = unused_aside_name(file_system, path_in(directory, kManifestName));
  if (!aside) return aside.status();
  SPECTRADB_RETURN_IF_ERROR(write_whole(file_system, *aside, manifest.encode()));
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
        manifest->flushed_commit <= (found ? found->flushed_commit : 0))
      continue;
    const Result<std::optional<uint64_t>> frame = ask_frame(manifest->flushed_commit);
    if (!frame) return frame.status();
    if (*frame != manifest->flushed_frame) continue;
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
    const std::string path = path_in(directory, sstable_name(file.meta.number));
    SPECTRADB_RETURN_IF_ERROR(name_twice(file_system, aside_name(path, 1), path));
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
