// spectradb_alter(): the statements that change temporal tables, for every host.
#include "extension/facet/facet.h"

#include "extension/alter/alter_table.h"

namespace spectradb::extension {

const Facet& facet_alter() {
  static const Facet facet{.name = "alter", .functions = alter_functions()};
  return facet;
}

}  // namespace spectradb::extension
