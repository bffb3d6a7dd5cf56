// The stores that this process has open, one for each database file, shared by all its connections. The
// extension has no other global state except the list of connections, and who listens to commits. Any thread.
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

// Opens the store, or returns the one with this id that is open already. `committed` asks the database what
// it has committed, while the store's lock is held, so that the answer cannot become out of date.
Result<std::shared_ptr<lsm::Store>> acquire_store(const StoreLocation& location, const lsm::StoreId& id,
                                                  const std::function<Result<lsm::Committed>()>& committed);

// Checks the files of a store that cannot be opened; lsm/store/check.h.
Result<std::vector<std::string>> check_closed_store(const StoreLocation& location,
                                                    const std::function<Result<lsm::Committed>()>& committed,
                                                    const std::function<bool()>& is_interrupted);

// Repairs a store that nobody has open; lsm/store/repair.h.
Result<lsm::RepairPlan> repair_store(const StoreLocation& location, lsm::Repair way,
                                     const std::function<Result<lsm::Committed>()>& committed,
                                     const lsm::AskFrame& frame, const lsm::AskRetired& retired,
                                     const std::optional<std::string>& token);

// Makes a new, empty store. Takes over a store without facts that a rolled-back CREATE TABLE has left.
Result<std::shared_ptr<lsm::Store>> create_store(const StoreLocation& location, const lsm::Knobs& knobs);

}  // namespace spectradb::extension
