// Shows only the name of the source file, never the directory it was built in.
#include "temporal/corruption.h"

#include <string>

namespace spectradb::temporal {

Status corrupt_bytes(std::string_view what, const char* file, int line) {
  std::string_view name(file);
  if (const size_t slash = name.find_last_of("/\\"); slash != std::string_view::npos) {
    name.remove_prefix(slash + 1);
  }
  std::string message(what);
  message.append(" (").append(name).append(":").append(std::to_string(line)).append(")");
  return Status::corrupt(std::move(message));
}

}  // namespace spectradb::temporal
