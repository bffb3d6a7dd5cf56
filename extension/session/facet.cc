// The session facet: session times, and annotations of the open transaction.
#include "extension/facet/facet.h"

#include <vector>

#include "extension/session/annotations.h"
#include "extension/session/given_time.h"
#include "extension/session/transaction.h"
#include "extension/times/session_time.h"

namespace spectradb::extension {

namespace {

constexpr Help kSessionHelp[] = {
    {"spectradb_as_of", Help::Kind::kFunction, "spectradb_as_of([time])",
     "Sets the system time at which later statements of the connection read that say none themselves, and "
     "gives it; NULL goes "
     "back to the present, no argument only asks. While one is set nothing temporal can be written.",
     "SELECT spectradb_as_of(1), spectradb_as_of(NULL);"},
    {"spectradb_valid_at", Help::Kind::kFunction, "spectradb_valid_at([time])",
     "Sets the valid time at which later statements of the connection read that say none themselves, and "
     "gives it; NULL goes "
     "back to now, no argument only asks.",
     "SELECT spectradb_valid_at('2026-06-10'), spectradb_valid_at(NULL);"},
    {"spectradb_annotate", Help::Kind::kFunction, "spectradb_annotate(name, value [, commit [, schema]])",
     "Says something of the open transaction, which spectradb_commits shows in the notes of its commit; of a "
     "commit that exists already, in a row of the temporal table spectradb_later_notes.",
     "BEGIN; SELECT spectradb_annotate('author', 'alice'); UPDATE prices SET price = 12 WHERE sku = 'a'; "
     "COMMIT;"},
    {kSystemTimeFunction, Help::Kind::kFunction, "spectradb_system_time(time [, schema])",
     "Sets the time that the commits of the open transaction are to have, in place of the clock's, and gives "
     "it; NULL goes back to the clock. It lies behind that of the schema's last commit and not in the "
     "future.",
     "BEGIN; SELECT spectradb_system_time('now'); UPDATE prices SET price = 13 WHERE sku = 'a'; COMMIT;"},
};

constexpr MakeCommitPart kSessionCommitParts[] = {make_given_time};

}  // namespace

const Facet& facet_session() {
  static const std::vector<Function> functions = [] {
    const std::span<const Function> times = session_time_functions();
    std::vector<Function> all(times.begin(), times.end());
    all.insert(all.end(), annotation_functions().begin(), annotation_functions().end());
    all.insert(all.end(), given_time_functions().begin(), given_time_functions().end());
    return all;
  }();
  static const std::vector<Module> modules = [] {
    std::vector<Module> all(annotation_modules().begin(), annotation_modules().end());
    all.push_back({transaction_table().c_str(), &transaction_module()});
    return all;
  }();
  static const Facet facet{.name = "session",
                           .functions = functions,
                           .modules = modules,
                           .help = kSessionHelp,
                           .commit_parts = kSessionCommitParts};
  return facet;
}

}  // namespace spectradb::extension
