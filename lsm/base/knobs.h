// The knobs of a store: settings that trade memory, space and time against one another. docs/perf.md says
// what each trades. kKnobs gives each its name, range and lifetime; only this header says what the names
// mean.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace spectradb::lsm {

struct Knobs {
  uint64_t shard_count = 2;
  uint64_t memtable_max_bytes = 16u << 20;  // of all shards together; a larger memtable is flushed
  uint64_t block_cache_bytes = 64u << 20;
  uint64_t sstable_block_bytes = 4u << 10;  // before compression
  uint64_t sstable_max_bytes = 8u << 20;    // target size of a compacted file
  uint64_t bloom_bits_per_key = 10;
  uint64_t level0_files = 4;  // a shard's flushes are merged into level 1 once there are this many
  uint64_t level1_files = 8;  // level 1 holds this many files of full size
  uint64_t level_ratio = 10;  // each level holds this many times what the one above holds
  uint64_t history_block_bytes = 2u << 10;  // as sstable_block_bytes, for history
  uint64_t compression_level = 3;           // of zstd, in merged files; flushes are compressed fast
  uint64_t history_fan_in = 8;  // this many groups of history of about one size are merged into one
};

enum class KnobLife : uint8_t {
  kCreation,  // chosen when the store is made, for ever
  kStore,     // kept by the store: in its manifest, for all processes
  kProcess,   // while this process has the store open
};

struct Knob {
  const char* name;
  const char* unit;
  KnobLife life;
  uint64_t min;
  uint64_t max;
  uint64_t Knobs::*value;

  uint64_t default_value() const { return Knobs{}.*value; }
};

inline constexpr uint64_t kMaxShards = 256;

inline constexpr std::array kKnobs = {
    Knob{"block_cache_bytes", "bytes", KnobLife::kProcess, 0, 1ull << 40, &Knobs::block_cache_bytes},
    Knob{"bloom_bits_per_key", "bits", KnobLife::kStore, 0, 32, &Knobs::bloom_bits_per_key},
    Knob{"compression_level", "(a level of zstd)", KnobLife::kStore, 1, 19, &Knobs::compression_level},
    Knob{"history_block_bytes", "bytes", KnobLife::kStore, 256, 1u << 20, &Knobs::history_block_bytes},
    Knob{"history_fan_in", "groups", KnobLife::kStore, 2, 64, &Knobs::history_fan_in},
    Knob{"level0_files", "files", KnobLife::kStore, 1, 64, &Knobs::level0_files},
    Knob{"level1_files", "files", KnobLife::kStore, 1, 100, &Knobs::level1_files},
    Knob{"level_ratio", "times", KnobLife::kStore, 2, 20, &Knobs::level_ratio},
    Knob{"memtable_max_bytes", "bytes", KnobLife::kProcess, 1u << 10, 1ull << 32, &Knobs::memtable_max_bytes},
    Knob{"shard_count", "shards", KnobLife::kCreation, 1, kMaxShards, &Knobs::shard_count},
    Knob{"sstable_block_bytes", "bytes", KnobLife::kStore, 256, 1u << 20, &Knobs::sstable_block_bytes},
    Knob{"sstable_max_bytes", "bytes", KnobLife::kStore, 64u << 10, 1u << 30, &Knobs::sstable_max_bytes},
};

const Knob* find_knob(std::string_view name);  // null: there is none
// kInvalid, naming the knob, its range and its unit, when the value is out of range.
Status check_knob(const Knob& knob, uint64_t value);
Status knob_out_of_range(const Knob& knob, const std::string& value);

// The knobs that a store keeps, by name.
using KeptKnobs = std::map<std::string, uint64_t, std::less<>>;

// Sets each knob that a store keeps: to the kept value or, where there is none, to that of `opened_with`.
void take_kept(const KeptKnobs& kept, const Knobs& opened_with, Knobs* knobs);

}  // namespace spectradb::lsm
