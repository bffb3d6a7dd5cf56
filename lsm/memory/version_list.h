// A growing sorted list of versions, the body of memtables and write batches: a skip list over records in an
// arena. Order: user key ascending, commit descending, ordinal descending.
//
// One writer, any number of readers at the same time without locks: a node is complete before a release store
// links it, and nothing is ever unlinked or freed before the list dies. Records lie in chunks in the order of
// put(), coded as the commit log codes them, so that a batch's frame is written straight from here. Nothing
// fails.
//
//   record := key_size:varint key value_size:varint value
#pragma once

#include <atomic>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "lsm/base/coding.h"
#include "lsm/base/key_head.h"
#include "lsm/base/recency.h"
#include "lsm/base/version_cursor.h"

namespace spectradb::lsm {

// A place in the order of versions.
struct VersionPosition {
  std::string_view user_key;
  uint64_t commit = UINT64_MAX;   // the maximum stands before every version of the key,
  uint32_t ordinal = UINT32_MAX;  // zero and zero at the oldest one that can be
};

class VersionList {
 public:
  static constexpr uint32_t kMaxHeight = 14;

  // The range of valid times that some versions have; it only grows, also while readers look.
  struct Span {
    std::atomic<int64_t> from{INT64_MAX};
    std::atomic<int64_t> to{INT64_MIN};

    void widen(int64_t valid_from, int64_t valid_to) {
      if (valid_from < from.load(std::memory_order_relaxed))
        from.store(valid_from, std::memory_order_relaxed);
      if (valid_to > to.load(std::memory_order_relaxed)) to.store(valid_to, std::memory_order_relaxed);
    }
    void widen(const Span& other) {
      widen(other.from.load(std::memory_order_relaxed), other.to.load(std::memory_order_relaxed));
    }
    bool may_overlap(const ValidRange& range) const {
      return range.overlaps(from.load(std::memory_order_relaxed), to.load(std::memory_order_relaxed));
    }
  };

  struct Node;
  // Has the size of a word of the arena, also where pointers are smaller.
  struct alignas(uint64_t) Link : std::atomic<Node*> {
    using std::atomic<Node*>::atomic;
  };

  // Behind its links a node has a span for each link but the first: the valid times of all versions from
  // this node up to the link's target.
  struct Node {
    KeyHead head;
    const char* key;      // inside the record
    uint32_t key_size;    // bytes
    uint32_t value_size;  // bytes
    uint64_t commit;      // zero in write batches
    uint32_t ordinal;
    uint32_t height;  // links that follow, at least one
    Span valid;       // the version's own
    Link links[1];    // [0] is the next node of all

    std::string_view user_key() const { return {key, key_size}; }
    std::string_view value() const { return {key + key_size + varint_size(value_size), value_size}; }
    const Node* next() const { return links[0].load(std::memory_order_acquire); }
    Span& span(uint32_t level) {  // level 0 is the version itself
      return level == 0 ? valid : reinterpret_cast<Span*>(&links[height])[level - 1];
    }
    const Span& span(uint32_t level) const { return const_cast<Node*>(this)->span(level); }
    // Skips this node, whose valid time is outside the range, and as many behind it as spans show to be
    // outside, too.
    const Node* behind_outside(const ValidRange& range) const {
      uint32_t level = height - 1;
      while (level > 0 && span(level).may_overlap(range)) --level;
      return links[level].load(std::memory_order_acquire);
    }
  };

  // Records of consecutive puts, back to back.
  struct Chunk {
    std::unique_ptr<char[]> bytes;
    size_t capacity_bytes;
    size_t used_bytes;
    uint32_t first_ordinal;  // of the first record
    uint32_t count;          // records
  };

  VersionList();
  VersionList(const VersionList&) = delete;
  VersionList& operator=(const VersionList&) = delete;

  // Only the writer calls it. No version of this key, commit and ordinal may be in the list yet.
  void put(std::string_view user_key, uint64_t commit, uint32_t ordinal, std::string_view value,
           const VersionBounds& valid = {INT64_MIN, INT64_MAX}) {
    put_parts(user_key, commit, ordinal, {&value, 1}, valid);
  }
  // The same of a value in parts, which are copied one behind the other.
  void put_parts(std::string_view user_key, uint64_t commit, uint32_t ordinal,
                 std::span<const std::string_view> value, const VersionBounds& valid);
  const std::vector<Chunk>& chunks() const { return chunks_; }

  // Any thread may call what follows.
  uint64_t count() const { return count_.load(std::memory_order_relaxed); }
  uint64_t size_bytes() const { return size_bytes_.load(std::memory_order_relaxed); }  // memory held
  const Node* first() const { return root_->next(); }
  const Node* at_or_after(const VersionPosition& position) const;
  const Node* last_before(std::string_view user_key) const;  // the last node of all smaller keys, or null
  // About how many versions have keys in [from, to): exact where there are few.
  uint64_t estimate_between(std::string_view from, std::string_view to) const;

 private:
  struct Target {
    KeyHead head;
    VersionPosition position;
  };

  static bool is_before(const Node& node, const Target& target);
  Node* new_node(uint32_t height);
  void span_over(Node* node);
  uint32_t random_height();
  const char* store_record(std::string_view user_key, uint32_t ordinal, size_t value_bytes,
                           std::span<const std::string_view> value);
  void find_splice(const Target& target);
  bool splice_fits(uint32_t level, const Target& target) const;

  std::vector<Chunk> chunks_;  // records
  std::vector<std::unique_ptr<uint64_t[]>> node_arena_;
  size_t node_words_left_ = 0;  // in the last arena piece
  uint64_t* node_next_ = nullptr;
  Node* root_;                       // before all nodes, kMaxHeight high
  std::atomic<uint32_t> height_{1};  // of the highest node
  std::atomic<uint64_t> count_{0};
  std::atomic<uint64_t> size_bytes_{0};
  uint64_t random_state_ = 0x9e3779b97f4a7c15u;
  Node* before_[kMaxHeight];  // where the last put() went: sorted input finds its place here
};

}  // namespace spectradb::lsm
