#include "lsm/file/second_names.h"

#include "lsm/file/file_names.h"

namespace spectradb::lsm {
namespace {

Result<bool> are_same(FileSystem& file_system, const std::string& one, const std::string& other) {
  SPECTRADB_ASSIGN_OR_RETURN(const auto one_is, file_system.identify(one));
  SPECTRADB_ASSIGN_OR_RETURN(const auto other_is, file_system.identify(other));
  if (one_is == other_is && !(one_is == FileIdentity{})) return true;
  SPECTRADB_ASSIGN_OR_RETURN(const auto one_file, file_system.open(one));
  SPECTRADB_ASSIGN_OR_RETURN(const auto other_file, file_system.open(other));
  if (one_file->size() != other_file->size()) return false;
  SPECTRADB_ASSIGN_OR_RETURN(const auto one_content, file_system.read_whole(one));
  SPECTRADB_ASSIGN_OR_RETURN(const auto other_content, file_system.read_whole(other));
  return one_content == other_content;
}

}  // namespace

std::string aside_name(const std::string& path, int number) {
  return path + (number == 1 ? "" : "." + std::to_string(number)) + std::string(kCutSuffix);
}

Result<std::string> unused_aside_name(FileSystem& file_system, const std::string& path) {
  for (int number = 1;; ++number) {
    std::string name = aside_name(path, number);
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_there, file_system.exists(name));
    if (!is_there) return name;
  }
}

Status name_twice(FileSystem& file_system, const std::string& directory, const std::string& from,
                  const std::string& to, Existing existing) {
  const std::string from_path = path_in(directory, from);
  const std::string to_path = path_in(directory, to);
  SPECTRADB_ASSIGN_OR_RETURN(const bool is_there, file_system.exists(to_path));
  if (is_there) {
    if (existing == Existing::kKeep) return Status::ok();
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_same, are_same(file_system, from_path, to_path));
    if (is_same) return Status::ok();
    const std::string own_name = to.ends_with(kCutSuffix) ? to.substr(0, to.size() - kCutSuffix.size()) : to;
    SPECTRADB_ASSIGN_OR_RETURN(const auto unused,
                               unused_aside_name(file_system, path_in(directory, own_name)));
    SPECTRADB_RETURN_IF_ERROR(file_system.rename(to_path, unused));
  }
  if (file_system.link(from_path, to_path)) return Status::ok();
  return copy_file(file_system, directory, from, to);
}

Status copy_file(FileSystem& file_system, const std::string& directory, const std::string& from,
                 const std::string& to) {
  SPECTRADB_ASSIGN_OR_RETURN(const auto content, file_system.read_whole(path_in(directory, from)));
  const std::string under_way = path_in(directory, kNewManifestName);  // whoever opens the store removes it
  SPECTRADB_ASSIGN_OR_RETURN(const auto copy, file_system.create(under_way));
  SPECTRADB_RETURN_IF_ERROR(copy->append(content));
  SPECTRADB_RETURN_IF_ERROR(copy->sync());
  return file_system.rename(under_way, path_in(directory, to));
}

}  // namespace spectradb::lsm
