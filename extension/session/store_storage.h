// Where the facts of a database are: in a directory beside its file, or in the file itself, as rows. This is
// chosen before the first temporal table, and kept in _spectradb_meta.
#pragma once

#include <string_view>

#include "base/status.h"

namespace spectradb::extension {

inline constexpr const char* kStorage = "storage";  // in _spectradb_meta; also the name of the setting
inline constexpr std::string_view kRowsStorage = "rows";
inline constexpr std::string_view kDirectoryStorage = "directory";

// kInvalid for an unknown storage. `shown` is how the message spells it.
inline Status check_storage(std::string_view storage, const std::string& shown) {
  if (storage == kRowsStorage || storage == kDirectoryStorage) return Status::ok();
  return Status::invalid("storage is 'rows', in the database, or 'directory', beside it, not " + shown);
}
inline Status check_storage(std::string_view storage) {
  return check_storage(storage, "'" + std::string(storage) + "'");
}

}  // namespace spectradb::extension
