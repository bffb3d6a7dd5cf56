// What any store reports about itself: pairs for people (Store::stats), and how much it holds.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "lsm/base/knobs.h"
#include "lsm/base/retired_keys.h"
#include "lsm/store/read_state.h"
#include "lsm/store/store.h"

namespace spectradb::lsm {

using Figures = std::vector<std::pair<std::string, std::string>>;

Figures figures_of(const ReadStates& states, const Knobs& knobs, const RetiredKeys& retired);
uint64_t versions_of(const ReadState& state);
RangeSize range_size_of(const ReadState& state, std::string_view from,
                        std::string_view to);  // Store::range_size
std::vector<std::string> sample_keys_of(const ReadState& state, std::string_view from, std::string_view to,
                                        size_t count);  // Store::sample_keys

}  // namespace spectradb::lsm
