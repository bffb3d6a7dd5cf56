// Estimates how deep history is: how many versions stand for one that is visible at some commit. Versions a
// key say that of rows that are updated; entries of indexes have other keys each time, but do not live longer
// for that. So the estimate comes from how long versions are visible, in a sample of blocks. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "lsm/table/compression.h"
#include "lsm/table/history.h"

namespace spectradb::lsm {

// Nothing where a block cannot be read: the merge will tell.
std::optional<uint64_t> estimate_depth(const std::vector<HistoryGroup>& groups, Decompressor& decompressor);

}  // namespace spectradb::lsm
