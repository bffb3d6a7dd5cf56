#include <vector>

#include "extension/facet/facet.h"
#include "extension/facet/ranking.h"
#include "extension/functions/table_function.h"
#include "extension/session/connection.h"

namespace spectradb::extension {

const sql::StatementForms& statement_forms() {
  static const sql::StatementForms forms = [] {
    std::vector<const sql::StatementForm*> of_facets;
    std::vector<std::string_view> words;
    for (const Facet* facet : facets()) {
      of_facets.insert(of_facets.end(), facet->statement_forms.begin(), facet->statement_forms.end());
      for (const IndexKind* kind : facet->index_kinds) {
        if (kind->ranking == nullptr) continue;
        for (const RankedCall& call : kind->ranking->calls) words.push_back(call.said.function);
      }
    }
    return sql::StatementForms(of_facets, words);
  }();
  return forms;
}

Status register_facets(Connection& connection) {
  for (const Facet* facet : facets()) {
    SPECTRADB_RETURN_IF_ERROR(register_functions(connection, facet->functions));
    for (const TableFunction* function : facet->table_functions)
      SPECTRADB_RETURN_IF_ERROR(register_table_function(connection, *function));
    for (const Module& module : facet->modules)
      SPECTRADB_RETURN_IF_ERROR(register_module(connection, module.name, *module.module));
  }
  return Status::ok();
}

}  // namespace spectradb::extension
