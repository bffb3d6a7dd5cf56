// Makes PRAGMA table_info, table_xinfo, table_list, index_list, index_info, index_xinfo and
// foreign_key_list, and their table-valued forms, describe a temporal table by its definition, as they do
// an ordinary one. A module that is registered as pragma_table_info comes before SQLite's own, on any host;
// the hook turns a PRAGMA about a temporal table into a query of it.
#include "extension/facet/facet.h"

#include "extension/facets/reflection/pragma_module.h"
#include "extension/facets/reflection/pragma_statement.h"

namespace spectradb::extension {

const Facet& facet_reflection() {
  static const ModuleBuilder& module = pragma_module();
  static const Module kModules[] = {
      {"pragma_table_info", &module},       {"pragma_table_xinfo", &module}, {"pragma_table_list", &module},
      {"pragma_index_list", &module},       {"pragma_index_info", &module},  {"pragma_index_xinfo", &module},
      {"pragma_foreign_key_list", &module},
  };
  static constexpr const sql::StatementForm* kForms[] = {&kPragmaForm};
  static const Facet kFacet{.name = "reflection", .modules = kModules, .statement_forms = kForms};
  return kFacet;
}

}  // namespace spectradb::extension
