// What a connection and its open transaction say of themselves: session times and annotations.
#include "extension/facet/facet.h"

#include <vector>

#include "extension/session/annotations.h"
#include "extension/session/session_time.h"
#include "extension/session/transaction.h"

namespace spectradb::extension {

const Facet& facet_session() {
  static const std::vector<Function> functions = [] {
    const std::span<const Function> times = session_time_functions();
    std::vector<Function> all(times.begin(), times.end());
    all.insert(all.end(), annotation_functions().begin(), annotation_functions().end());
    return all;
  }();
  static const std::vector<Module> modules = [] {
    std::vector<Module> all(annotation_modules().begin(), annotation_modules().end());
    all.push_back({transaction_table().c_str(), &transaction_module()});
    return all;
  }();
  static const Facet facet{.name = "session", .functions = functions, .modules = modules};
  return facet;
}

}  // namespace spectradb::extension
