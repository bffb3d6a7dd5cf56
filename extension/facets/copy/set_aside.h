// Bytes that are set aside in a temporary file until they are wanted, so that a file whose rows must be put in order
// first is not in memory whole. The file has no name, and goes with this object. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "extension/facets/copy/file_access.h"

namespace spectradb::extension::copy {

class SetAside {
 public:
  struct Place {
    int64_t offset = 0;
    size_t size = 0;
  };

  // Nothing where no temporary file can be made, as in a container whose file system is read-only: then the bytes stay
  // where they are.
  Result<std::optional<Place>> add(std::string_view bytes);
  Status read(const Place& place, std::string& out);  // replaces what `out` has

 private:
  OpenFile file_;
  bool was_tried_ = false;  // the file is made when needed
  int64_t size_ = 0;
};

}  // namespace spectradb::extension::copy
