// The stores that this process has open, one for each database file, shared by all its connections. The only
// state of the extension that is global besides the list of connections. Any thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "extension/session/store_location.h"
#include "lsm/store/repair.h"
#include "lsm/store/store.h"

namespace spectradb::extension {

// Opens the store, or hands out the one of this id that is open already. `committed` is asked for what the
// database says, once the store's lock is held, so that the answer cannot be outdated.
Result<std::shared_ptr<lsm::Store>> acquire_store(const StoreLocation& location, const lsm::StoreId& id,
                                                  const std::function<Result<lsm::Committed>()>& committed);

// What is wrong with the files of a store that cannot be opened; lsm/store/check.h.
Result<std::vector<std::string>> check_closed_store(const StoreLocation& location,
                                                    const std::function<Result<lsm::Committed>()>& committed,
                                                    const std::function<bool()>& is_interrupted);

// A way forward with a store that nobody has open; lsm/store/repair.h.
Result<lsm::RepairPlan> repair_store(const StoreLocation& location, lsm::Repair way,
                                     const std::function<Result<lsm::Committed>()>& committed,
                                     const lsm::AskFrame& frame, const lsm::AskRetired& retired,
                                     const std::optional<std::string>& token);

// Makes a new, empty store. A leftover of a CREATE TABLE that was rolled back (a store without facts) is
// taken over.
Result<std::shared_ptr<lsm::Store>> create_store(const StoreLocation& location, const lsm::Knobs& knobs);

}  // namespace spectradb::extension
