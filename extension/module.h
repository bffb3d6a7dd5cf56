// The virtual table module "spectradb": one Table (extension/table/table.h) for each temporal table of each connection.
#pragma once

#include "extension/facet/module.h"

namespace spectradb::extension {

const ModuleBuilder& table_module();

}  // namespace spectradb::extension
