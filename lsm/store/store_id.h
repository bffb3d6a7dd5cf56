// The name of a store, by which a database knows its own.
#pragma once

#include "lsm/store/store.h"

namespace spectradb::lsm {

Result<StoreId> new_store_id();  // random

}  // namespace spectradb::lsm
