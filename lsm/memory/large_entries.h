// What a batch (write_batch.h) does with values of many bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "lsm/memory/write_batch.h"

namespace spectradb::lsm {

// Puts a value in parts, which are copied one behind the other. Returns the ordinal.
uint32_t put_parts(WriteBatch& batch, std::string_view user_key, std::span<const std::string_view> value,
                   const VersionBounds& valid);

// Whether what the batch has in memory should go to files (Store::spill) though there is room for it,
// because it is a few large values: the commit then writes them once, not to the log first.
bool is_worth_spilling(const WriteBatch& batch, uint64_t memtable_bytes);

}  // namespace spectradb::lsm
