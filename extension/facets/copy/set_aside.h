// Bytes that are set aside in a temporary file until they are wanted, so that a file whose rows must be put in order
// first is not in memory whole. The file has no name, and goes with this object. One thread.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"

namespace spectradb::extension::copy {

class SetAside {
 public:
  struct Place {
    int64_t offset = 0;
    size_t size = 0;
  };

  Result<Place> add(std::string_view bytes);
  Status read(const Place& place, std::string& out);  // replaces what `out` has

 private:
  struct Closing {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Closing> file_;  // made when needed
  int64_t size_ = 0;
};

}  // namespace spectradb::extension::copy
