// Reflection: PRAGMA table_info, table_xinfo, table_list, index_list, index_info, index_xinfo and foreign_key_list tell of
// a temporal table what its definition says, as of an ordinary one, and so do their table-valued forms. A module that is
// registered as pragma_table_info stands before SQLite's own, on any host; the hook turns a PRAGMA that asks for a temporal
// table into a query of it.
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
