// What is known of a set of versions without reading it; readers skip blocks and files by it. Plain data.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "lsm/base/coding.h"
#include "lsm/base/version_cursor.h"
#include "lsm/store/store.h"

namespace spectradb::lsm {

struct Bounds {
  uint64_t min_commit = UINT64_MAX;
  uint64_t max_commit = 0;
  uint64_t min_recency = UINT64_MAX;
  uint64_t max_recency = 0;
  int64_t min_valid_from = INT64_MAX;  // microseconds, INT64_MIN and INT64_MAX for unbounded
  int64_t max_valid_from = INT64_MIN;
  int64_t min_valid_to = INT64_MAX;
  int64_t max_valid_to = INT64_MIN;

  bool operator==(const Bounds&) const = default;

  void add(uint64_t commit, uint64_t recency, const VersionBounds& valid) {
    min_commit = std::min(min_commit, commit);
    max_commit = std::max(max_commit, commit);
    min_recency = std::min(min_recency, recency);
    max_recency = std::max(max_recency, recency);
    min_valid_from = std::min(min_valid_from, valid.valid_from);
    max_valid_from = std::max(max_valid_from, valid.valid_from);
    min_valid_to = std::min(min_valid_to, valid.valid_to);
    max_valid_to = std::max(max_valid_to, valid.valid_to);
  }

  void merge(const Bounds& other) {
    min_commit = std::min(min_commit, other.min_commit);
    max_commit = std::max(max_commit, other.max_commit);
    min_recency = std::min(min_recency, other.min_recency);
    max_recency = std::max(max_recency, other.max_recency);
    min_valid_from = std::min(min_valid_from, other.min_valid_from);
    max_valid_from = std::max(max_valid_from, other.max_valid_from);
    min_valid_to = std::min(min_valid_to, other.min_valid_to);
    max_valid_to = std::max(max_valid_to, other.max_valid_to);
  }

  bool may_overlap(const ValidRange& range) const { return range.overlaps(min_valid_from, max_valid_to); }

  void encode(std::string& out) const {  // eight fixed64 in the order of the members
    put_fixed64(out, min_commit);
    put_fixed64(out, max_commit);
    put_fixed64(out, min_recency);
    put_fixed64(out, max_recency);
    for (const int64_t instant : {min_valid_from, max_valid_from, min_valid_to, max_valid_to}) {
      put_fixed64(out, static_cast<uint64_t>(instant));
    }
  }

  static Bounds decode(ByteReader& reader) {
    Bounds bounds;
    bounds.min_commit = reader.fixed64();
    bounds.max_commit = reader.fixed64();
    bounds.min_recency = reader.fixed64();
    bounds.max_recency = reader.fixed64();
    for (int64_t* instant :
         {&bounds.min_valid_from, &bounds.max_valid_from, &bounds.min_valid_to, &bounds.max_valid_to}) {
      *instant = static_cast<int64_t>(reader.fixed64());
    }
    return bounds;
  }
};

// Counts the blocks of history that a cursor read, and the files and blocks that it did not have to read.
struct ReadCounters {
  uint64_t history_blocks_read = 0;
  uint64_t history_files_skipped = 0;  // by their bounds
  uint64_t blocks_skipped = 0;         // by their bounds, in files that were opened
  uint64_t bloom_negatives = 0;        // files that a filter told not to have a key
};

// What a cursor shows; its child iterators read it here.
struct ReadLimits {
  uint64_t max_commit = 0;
  uint64_t superseded_by = 0;  // versions whose recency is not greater are left out; 0 leaves out none
  std::optional<ValidRange> valid_at;
  ReadCounters* counters = nullptr;  // may be null
  uint64_t min_commit = 0;           // versions of earlier commits may be left out
  // Tells the valid time of versions, for blocks to remember; may be null.
  const VersionProperties* properties = nullptr;

  bool shows(uint64_t commit, uint64_t recency) const {
    return commit <= max_commit && recency > superseded_by;
  }
  bool may_show(const Bounds& bounds) const {
    return may_show_times(bounds.min_commit, bounds.max_commit, bounds.max_recency) &&
           (!valid_at || bounds.may_overlap(*valid_at));
  }
  // The same test by commits and recency alone, whatever the valid time.
  bool may_show_times(uint64_t least_commit, uint64_t most_commit, uint64_t most_recency) const {
    return least_commit <= max_commit && most_commit >= min_commit && most_recency > superseded_by;
  }
};

}  // namespace spectradb::lsm
