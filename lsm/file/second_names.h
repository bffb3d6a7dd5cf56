// Second names and copies of a store's files: what is set aside beside it (.cut). One thread.
#pragma once

#include <cstdint>
#include <string>

#include "lsm/file/file.h"

namespace spectradb::lsm {

// path.cut, path.2.cut …
std::string aside_name(const std::string& path, int number);
Result<std::string> unused_aside_name(FileSystem& file_system, const std::string& path);

// A file that has the second name already.
enum class Existing : uint8_t {
  kKeep,  // it is the one that was meant
  kReplace,  // where it has other bytes: it is what an attempt left that did not come to its end, and gets an unused
             // name aside
};

// `to` is the same file as `from`, or, where the file system knows no second names, a copy; it is there as a whole or
// not at all, even if the power goes out. Names are durable when the directory is synced.
Status name_twice(FileSystem& file_system, const std::string& directory, const std::string& from,
                  const std::string& to, Existing existing);

// A copy in any case, of a file that changes later.
Status copy_file(FileSystem& file_system, const std::string& directory, const std::string& from,
                 const std::string& to);

}  // namespace spectradb::lsm
