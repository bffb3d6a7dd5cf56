// The functions and tables that rewritten statements use, and the one by which a rewriting error becomes an
// error of prepare.
#include "extension/facet/facet.h"

#include <vector>

#include "extension/front/help.h"
#include "extension/front/lent_values.h"
#include "extension/front/prepare.h"
#include "extension/front/statement_functions.h"
#include "extension/front/statements_function.h"

namespace spectradb::extension {

const Facet& facet_front() {
  static const std::vector<Module> modules = [] {
    std::vector<Module> all(statement_modules().begin(), statement_modules().end());
    all.push_back({raise_table().c_str(), &raise_module()});
    return all;
  }();
  static const std::vector<Function> functions = [] {
    std::vector<Function> all(statement_functions().begin(), statement_functions().end());
    all.insert(all.end(), lending_functions().begin(), lending_functions().end());
    return all;
  }();
  static const TableFunction* const tables[] = {&statements_table()};
  static const Facet facet{.name = "front",
                           .functions = functions,
                           .table_functions = tables,
                           .modules = modules,
                           .help = statements_help()};
  return facet;
}

}  // namespace spectradb::extension
