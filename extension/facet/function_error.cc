#include "extension/facet/function_error.h"

#include <string>

namespace spectradb::extension {

Status in_function(std::string_view function, const Status& status) {
  return Status(status.code(), std::string(function) + ": " + status.message());
}

Status in_argument(std::string_view function, int argument, const Status& status) {
  return Status(status.code(), std::string(function) + ", argument " + std::to_string(argument + 1) + ": " +
                                   status.message());
}

}  // namespace spectradb::extension
