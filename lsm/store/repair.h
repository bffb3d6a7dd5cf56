// Ways forward where a store and its database do not end at the same commit, because one of them was put back from a
// copy. Each is planned first, by reading only; what was planned is done when its token is given back, and the plan is
// still the same. Neither takes anything away: what leaves the log is set aside in `.cut` files. The store must not be
// open anywhere (kBusy). Any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "lsm/store/store.h"

namespace spectradb::lsm {

enum class Repair : uint8_t {
  kRewind,   // the store ends where the database does; later commits are set aside
  kRecover,  // commits that the database has and the store has not come back from what was set aside
};

struct RepairPlan {
  std::string text;   // a sentence
  std::string token;  // empty: there is nothing to do
};

// The token of a commit that the database has, to tell its frame from others of the same number.
using AskFrame = std::function<Result<std::optional<uint64_t>>(uint64_t commit)>;

// Whether the database can do without these keys, whose versions are gone: kInvalid where it uses one of them.
using AskRetired = std::function<Status(const RetiredKeys& retired)>;

// kInvalid: there is no such way; the message says why. With a token it is done, and the text says so.
Result<RepairPlan> repair(const StoreOptions& options, Repair repair,
                          const Store::AskCommitted& ask_committed, const AskFrame& ask_frame,
                          const AskRetired& ask_retired, const std::optional<std::string>& token);

}  // namespace spectradb::lsm
