// Repairs a store and a database that do not end at the same commit, because one of them was restored from
// a copy. A repair is planned first, which only reads. The caller gives the plan's token back to have it
// done, which happens only if the plan is still the same. No repair deletes anything: what leaves the log
// is set aside in `.cut` files. The store must not be open anywhere (kBusy). Any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "lsm/store/store.h"

namespace spectradb::lsm {

enum class Repair : uint8_t {
  kRewind,   // ends the store where the database ends; sets later commits aside
  kRecover,  // brings back commits that the database has and the store lacks, from what was set aside
};

struct RepairPlan {
  std::string text;   // a sentence
  std::string token;  // empty: there is nothing to do
};

// Returns the token that the database has for the commit: it tells the commit's frame from others of the
// same number.
using AskFrame = std::function<Result<std::optional<uint64_t>>(uint64_t commit)>;

// Asks whether the database can do without these keys, whose versions are gone. kInvalid where it uses
// one.
using AskRetired = std::function<Status(const RetiredKeys& retired)>;

// Without a token, returns the plan; with the plan's token, carries it out, and the text says so.
// kInvalid, with the reason, where the repair is not possible.
Result<RepairPlan> repair(const StoreOptions& options, Repair repair,
                          const Store::AskCommitted& ask_committed, const AskFrame& ask_frame,
                          const AskRetired& ask_retired, const std::optional<std::string>& token);

}  // namespace spectradb::lsm
