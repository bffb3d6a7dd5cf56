// A user key in memory, and its versions, from the newest to the oldest: what version lists are made of. Nodes
// lie in the arena of their list, which never frees or changes one before it dies, but for what is atomic.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string_view>

#include "lsm/base/coding.h"
#include "lsm/base/recency.h"
#include "lsm/base/version_cursor.h"

namespace spectradb::lsm {

// A version. Each but the first of a key has a jump: an older version such that any of n versions of a key
// is reached by about 2 log n steps. Where the key's versions have bounds of valid time, there follow the
// version's own, and with a jump the span of all versions from this one up to the jump's target.
//
//   words behind a node := [jump] [valid_from valid_to] [span_from span_to]
class alignas(uint64_t) VersionNode {
 public:
  static size_t words_behind(uint32_t number, bool is_bounded) {
    const size_t bounds = is_bounded ? kBoundsWords : 0;
    return number == 1 ? bounds : 1 + 2 * bounds;
  }
  // `older` is null for a key's first version. As many words as words_behind() says must follow.
  VersionNode(const VersionNode* older, uint64_t commit, uint32_t ordinal, bool is_bounded,
              const VersionBounds& valid)
      : older_(older),
        commit_(commit),
        ordinal_(ordinal),
        number_and_bounds_(((older == nullptr ? 1 : older->number() + 1) << 1) | (is_bounded ? 1 : 0)) {
    link(valid);
  }
  // The value's part of a record: its size, and its bytes.
  void set_value(const char* sized) { sized_value_ = sized; }

  std::string_view value() const {
    uint64_t size = 0;
    const char* const bytes = decode_varint(sized_value_, sized_value_ + kMaxVarintBytes, &size);
    return {bytes, static_cast<size_t>(size)};
  }
  const VersionNode* older() const { return older_; }  // null behind the oldest
  uint64_t commit() const { return commit_; }          // zero in write batches
  uint32_t ordinal() const { return ordinal_; }
  uint32_t number() const { return number_and_bounds_ >> 1; }  // 1 is the key's oldest version
  // Whether this version or an older one has bounds of valid time.
  bool is_bounded() const { return (number_and_bounds_ & 1) != 0; }
  VersionBounds valid() const { return is_bounded() ? bounds_at(number() == 1 ? 0 : 1) : kAllTime; }
  bool may_overlap(const ValidRange& range) const { return overlaps(range, valid()); }

  // Skips this version, whose valid time is outside the range, and as many behind it as spans show to be
  // outside, too. Returns null behind the key's oldest version.
  const VersionNode* behind_outside(const ValidRange& range) const {
    return number() == 1 || overlaps(range, span()) ? older_ : jump();
  }
  // Returns the first version, from this one on, that is not newer; null when all are.
  const VersionNode* not_newer_than(uint64_t than_commit, uint32_t than_ordinal) const {
    const auto is_newer = [=](const VersionNode& version) {
      return version.commit_ != than_commit ? version.commit_ > than_commit : version.ordinal_ > than_ordinal;
    };
    const VersionNode* version = this;
    while (version != nullptr && is_newer(*version)) {
      const VersionNode* const far = version->jump();
      version = far != nullptr && is_newer(*far) ? far : version->older_;
    }
    return version;
  }

 private:
  static constexpr VersionBounds kAllTime{INT64_MIN, INT64_MAX};
  static constexpr size_t kBoundsWords = 2;

  static uint32_t number_of(const VersionNode* version) { return version == nullptr ? 0 : version->number(); }
  static bool overlaps(const ValidRange& range, const VersionBounds& valid) {
    return range.overlaps(valid.valid_from, valid.valid_to);
  }
  static VersionBounds joined(const VersionBounds& a, const VersionBounds& b) {
    return {a.valid_from < b.valid_from ? a.valid_from : b.valid_from,
            a.valid_to > b.valid_to ? a.valid_to : b.valid_to};
  }

  // Sets the words behind the node.
  void link(const VersionBounds& own_valid) {
    if (number() == 1) {
      if (is_bounded()) set_bounds(0, own_valid);
      return;
    }
    // The jump leads as far as the older version's and the one behind that, where these are equally long.
    const VersionNode* const near = older_->jump();
    const VersionNode* const far = near == nullptr ? nullptr : near->jump();
    const bool is_joined = older_->number() - number_of(near) == number_of(near) - number_of(far);
    new (words()) const VersionNode*(is_joined ? far : older_);
    if (!is_bounded()) return;
    set_bounds(1, own_valid);
    VersionBounds all = own_valid;
    if (is_joined) all = joined(all, older_->span());
    if (is_joined && near != nullptr) all = joined(all, near->span());
    set_bounds(1 + kBoundsWords, all);
  }
  const uint64_t* words() const { return reinterpret_cast<const uint64_t*>(this + 1); }
  uint64_t* words() { return reinterpret_cast<uint64_t*>(this + 1); }
  const VersionNode* jump() const {
    return number() == 1 ? nullptr : *reinterpret_cast<const VersionNode* const*>(words());
  }
  VersionBounds span() const {
    return is_bounded() ? bounds_at(number() == 1 ? 0 : 1 + kBoundsWords) : kAllTime;
  }
  VersionBounds bounds_at(size_t word) const {
    return {static_cast<int64_t>(words()[word]), static_cast<int64_t>(words()[word + 1])};
  }
  void set_bounds(size_t word, const VersionBounds& bounds) {
    words()[word] = static_cast<uint64_t>(bounds.valid_from);
    words()[word + 1] = static_cast<uint64_t>(bounds.valid_to);
  }

  const char* sized_value_ = nullptr;
  const VersionNode* older_;
  uint64_t commit_;
  uint32_t ordinal_;
  uint32_t number_and_bounds_;
};

struct KeyNode {
  static constexpr uint32_t kHeightBits = 4;

  // Has the size of a word of the arena, also where pointers are smaller.
  struct alignas(uint64_t) Link : std::atomic<KeyNode*> {
    using std::atomic<KeyNode*>::atomic;
  };

  const char* key;  // inside the record of the key's first version
  std::atomic<const VersionNode*> newest;
  uint32_t key_size;         // bytes
  uint32_t hash_and_height;  // of hash_key() as many bits as fit; how many links follow, at least one
  Link links[1];             // [0] is the next key in order

  static uint32_t shortened(uint64_t hash) { return static_cast<uint32_t>(hash) >> kHeightBits; }
  uint32_t short_hash() const { return hash_and_height >> kHeightBits; }
  uint32_t height() const { return hash_and_height & ((1u << kHeightBits) - 1); }
  std::string_view user_key() const { return {key, key_size}; }
  const VersionNode* newest_version() const { return newest.load(std::memory_order_acquire); }
  const KeyNode* next(uint32_t level = 0) const { return links[level].load(std::memory_order_acquire); }
};

}  // namespace spectradb::lsm
