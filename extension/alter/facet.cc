// spectradb_alter(): the statements that change temporal tables, for every host.
#include "extension/facet/facet.h"

#include "extension/alter/alter_table.h"

namespace spectradb::extension {

namespace {

constexpr Help kHelp[] = {
    {"spectradb_alter", Help::Kind::kFunction, "spectradb_alter('ALTER TABLE …')",
     "Runs an ALTER TABLE of a temporal table, or ALTER TABLE … ADD SYSTEM VERSIONING, in hosts without the "
     "prepare hook.",
     "SELECT spectradb_alter('ALTER TABLE staff ADD COLUMN floor INTEGER DEFAULT 1');"},
};

}  // namespace

const Facet& facet_alter() {
  static const Facet facet{.name = "alter", .functions = alter_functions(), .help = kHelp};
  return facet;
}

}  // namespace spectradb::extension
