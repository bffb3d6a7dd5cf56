// What keeps others from our own tables: the module behind which they are shadow tables.
#include "extension/facet/facet.h"

#include "extension/access/anchor.h"

namespace spectradb::extension {

const Facet& facet_access() {
  static const Module kModules[] = {{kAnchorModule, &anchor_module()}};
  static const Facet kFacet{.name = "access", .modules = kModules};
  return kFacet;
}

}  // namespace spectradb::extension
