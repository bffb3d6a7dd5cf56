// The id of a store; the database keeps it too, and knows its store by it.
#pragma once

#include "lsm/store/store.h"

namespace spectradb::lsm {

Result<StoreId> new_store_id();  // random

}  // namespace spectradb::lsm
