// Functions and tables about commits, history, periods and the store.
#include "extension/facet/facet.h"

#include <vector>

#include "extension/functions/do_function.h"
#include "extension/functions/functions.h"
#include "extension/functions/help.h"
#include "extension/functions/table_function.h"

namespace spectradb::extension {

namespace {

std::vector<Function> all_functions() {
  std::vector<Function> all;
  for (const std::span<const Function> some :
       {common_functions(), period_functions(), backup_functions(), config_functions()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

}  // namespace

const Facet& facet_functions() {
  static const std::vector<Function> functions = all_functions();
  static const TableFunction* const tables[] = {&backup_table(), &changes_table(), &commits_table(),
                                                &config_table(), &diff_table(),    &history_table(),
                                                &stats_table()};
  static const Facet facet{.name = "functions",
                           .functions = functions,
                           .table_functions = tables,
                           .modules = do_modules(),
                           .help = functions_help()};
  return facet;
}

}  // namespace spectradb::extension
