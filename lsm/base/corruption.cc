#include "lsm/base/corruption.h"

namespace spectradb::lsm {

Status corruption(const std::string& path, uint64_t offset, std::string_view what) {
  return Status::corrupt(path + " is damaged at byte " + std::to_string(offset) + ": " + std::string(what) +
                         "; restore the database and its store from a backup");
}

}  // namespace spectradb::lsm
