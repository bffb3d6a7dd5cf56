#include "lsm/memory/version_list.h"

#include <algorithm>
#include <new>

#include "base/assert.h"

namespace spectradb::lsm {
namespace {

constexpr uint32_t kBranching = 4;  // one node in four is a level higher
// How many levels put() searches around its last place before it starts from the top.
constexpr uint32_t kSpliceLevels = 4;
constexpr uint64_t kEstimateSample = 32;  // nodes of one level that an estimate rests on at least
constexpr size_t kFirstChunkBytes = 4u << 10;
constexpr size_t kChunkDoublings = 8;
constexpr size_t kMaxChunkBytes = kFirstChunkBytes << kChunkDoublings;

}  // namespace

VersionList::VersionList() {
  root_ = new_node(kMaxHeight);
  root_->head = {};
  root_->key = nullptr;
  root_->key_size = 0;
  root_->value_size = 0;
  root_->commit = 0;
  root_->ordinal = 0;
  std::fill(std::begin(before_), std::end(before_), root_);
}

bool VersionList::is_before(const Node& node, const Target& target) {
  if (const auto order = node.head <=> target.head; order != 0) return order < 0;
  const std::string_view key = target.position.user_key;
  int order = 0;
  if (key.size() <= sizeof(KeyHead) && node.key_size <= sizeof(KeyHead)) {
    order = static_cast<int>(node.key_size) - static_cast<int>(key.size());
  } else {
    order = node.user_key().compare(key);
  }
  if (order != 0) return order < 0;
  if (node.commit != target.position.commit) return node.commit > target.position.commit;
  return node.ordinal > target.position.ordinal;
}

VersionList::Node* VersionList::new_node(uint32_t height) {
  static_assert(sizeof(Node) % sizeof(uint64_t) == 0 && sizeof(Link) == sizeof(uint64_t));
  static_assert(sizeof(Span) == 2 * sizeof(uint64_t));
  const size_t words = sizeof(Node) / sizeof(uint64_t) + size_t{3} * (height - 1);
  if (words > node_words_left_) {
    const size_t doublings = std::min(node_arena_.size(), kChunkDoublings);
    node_words_left_ = (kFirstChunkBytes << doublings) / sizeof(uint64_t);
    node_arena_.emplace_back(new uint64_t[node_words_left_]);
    node_next_ = node_arena_.back().get();
    size_bytes_.fetch_add(node_words_left_ * sizeof(uint64_t), std::memory_order_relaxed);
  }
  Node* node = new (node_next_) Node;
  node_next_ += words;
  node_words_left_ -= words;
  node->height = height;
  for (uint32_t level = 0; level < height; ++level) new (&node->links[level]) Link(nullptr);
  for (uint32_t level = 1; level < height; ++level) new (&node->span(level)) Span;
  return node;
}

uint32_t VersionList::random_height() {
  random_state_ ^= random_state_ << 13;
  random_state_ ^= random_state_ >> 7;
  random_state_ ^= random_state_ << 17;
  uint32_t height = 1;
  for (uint64_t bits = random_state_; height < kMaxHeight && bits % kBranching == 0; bits /= kBranching)
    ++height;
  return height;
}

const char* VersionList::store_record(std::string_view user_key, uint32_t ordinal, size_t value_bytes,
                                      std::span<const std::string_view> value) {
  SPECTRADB_ASSERT(user_key.size() < UINT32_MAX && value_bytes < UINT32_MAX);
  const size_t record_bytes =
      varint_size(user_key.size()) + user_key.size() + varint_size(value_bytes) + value_bytes;
  if (chunks_.empty() || chunks_.back().capacity_bytes - chunks_.back().used_bytes < record_bytes) {
    const size_t usual =
        chunks_.empty() ? kFirstChunkBytes : std::min(kMaxChunkBytes, 2 * chunks_.back().capacity_bytes);
    const size_t capacity = std::max(usual, record_bytes);
    chunks_.push_back({std::unique_ptr<char[]>(new char[capacity]), capacity, 0, ordinal, 0});
    size_bytes_.fetch_add(capacity, std::memory_order_relaxed);
  }
  Chunk& chunk = chunks_.back();
  char* to = encode_varint(chunk.bytes.get() + chunk.used_bytes, user_key.size());
  const char* key = to;
  if (!user_key.empty()) std::memcpy(to, user_key.data(), user_key.size());
  to = encode_varint(to + user_key.size(), value_bytes);
  for (const std::string_view part : value) {
    if (!part.empty()) std::memcpy(to, part.data(), part.size());
    to += part.size();
  }
  chunk.used_bytes += record_bytes;
  chunk.count += 1;
  return key;
}

bool VersionList::splice_fits(uint32_t level, const Target& target) const {
  const Node* before = before_[level];
  if (before != root_ && !is_before(*before, target)) return false;
  const Node* after = before->links[level].load(std::memory_order_relaxed);
  return after == nullptr || !is_before(*after, target);
}

// Sets before_[level] to the last node before the target, on every level.
void VersionList::find_splice(const Target& target) {
  uint32_t level = 0;
  while (level < kSpliceLevels && !splice_fits(level, target)) ++level;
  if (level == 0) return;
  Node* node = root_;
  if (level < kSpliceLevels) {
    node = before_[level];
  } else {
    level = kMaxHeight;
    const uint32_t height = height_.load(std::memory_order_relaxed);
    while (level > height) before_[--level] = root_;
  }
  const Node* known_after = nullptr;  // known not to be before the target
  while (level > 0) {
    --level;
    for (;;) {
      Node* next = node->links[level].load(std::memory_order_relaxed);
      if (next == nullptr || next == known_after || !is_before(*next, target)) {
        known_after = next;
        break;
      }
      node = next;
    }
    before_[level] = node;
  }
}

// Computes the spans of a node that has its links, but that nothing leads to yet.
void VersionList::span_over(Node* node) {
  for (uint32_t level = 1; level < node->height; ++level) {
    const Node* const end = node->links[level].load(std::memory_order_relaxed);
    node->span(level).widen(node->span(level - 1));
    for (const Node* part = node->links[level - 1].load(std::memory_order_relaxed); part != end;
         part = part->links[level - 1].load(std::memory_order_relaxed)) {
      node->span(level).widen(part->span(level - 1));
    }
  }
}

void VersionList::put_parts(std::string_view user_key, uint64_t commit, uint32_t ordinal,
                            std::span<const std::string_view> value, const VersionBounds& valid) {
  size_t value_bytes = 0;
  for (const std::string_view part : value) value_bytes += part.size();
  const Target target{KeyHead::of(user_key), {user_key, commit, ordinal}};
  find_splice(target);
  const uint32_t height = random_height();
  Node* node = new_node(height);
  node->head = target.head;
  node->key = store_record(user_key, ordinal, value_bytes, value);
  node->key_size = static_cast<uint32_t>(user_key.size());
  node->value_size = static_cast<uint32_t>(value_bytes);
  node->commit = commit;
  node->ordinal = ordinal;
  if (height > height_.load(std::memory_order_relaxed)) height_.store(height, std::memory_order_relaxed);
  node->valid.widen(valid.valid_from, valid.valid_to);
  for (uint32_t level = 0; level < height; ++level)
    node->links[level].store(before_[level]->links[level].load(std::memory_order_relaxed),
                             std::memory_order_relaxed);
  span_over(node);
  // Widens the links that pass over the node before anything leads to it, so that readers need no lock.
  for (uint32_t level = std::max(1u, height); level < kMaxHeight; ++level)
    before_[level]->span(level).widen(node->valid);
  for (uint32_t level = 0; level < height; ++level) {
    before_[level]->links[level].store(node, std::memory_order_release);
    before_[level] = node;
  }
  count_.store(count_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

const VersionList::Node* VersionList::at_or_after(const VersionPosition& position) const {
  const Target target{KeyHead::of(position.user_key), position};
  const Node* node = root_;
  const Node* known_after = nullptr;
  for (uint32_t level = height_.load(std::memory_order_relaxed); level > 0;) {
    --level;
    for (;;) {
      const Node* next = node->links[level].load(std::memory_order_acquire);
      if (next == nullptr || next == known_after || !is_before(*next, target)) {
        known_after = next;
        break;
      }
      node = next;
    }
  }
  return known_after;
}

const VersionList::Node* VersionList::last_before(std::string_view user_key) const {
  const Target target{KeyHead::of(user_key), {user_key, UINT64_MAX, UINT32_MAX}};
  const Node* node = root_;
  for (uint32_t level = height_.load(std::memory_order_relaxed); level > 0;) {
    --level;
    for (const Node* next = node->links[level].load(std::memory_order_acquire);
         next != nullptr && is_before(*next, target);
         next = node->links[level].load(std::memory_order_acquire)) {
      node = next;
    }
  }
  return node == root_ ? nullptr : node;
}

// The nodes of a high level are a sample: one in kBranching of those a level below. Goes down until the range
// holds enough of them.
uint64_t VersionList::estimate_between(std::string_view from, std::string_view to) const {
  const Target begin{KeyHead::of(from), {from, UINT64_MAX, UINT32_MAX}};
  const Target end{KeyHead::of(to), {to, UINT64_MAX, UINT32_MAX}};
  const Node* before = root_;
  uint32_t level = height_.load(std::memory_order_relaxed);
  uint64_t weight = 1;
  for (uint32_t above = 1; above < level; ++above) weight *= kBranching;
  for (; level > 0; weight /= kBranching) {
    --level;
    const Node* node = before->links[level].load(std::memory_order_acquire);
    for (; node != nullptr && is_before(*node, begin);
         node = node->links[level].load(std::memory_order_acquire)) {
      before = node;
    }
    uint64_t seen = 0;
    for (; node != nullptr && is_before(*node, end);
         node = node->links[level].load(std::memory_order_acquire))
      ++seen;
    if (seen >= kEstimateSample || level == 0) return seen * weight;
  }
  return 0;
}

}  // namespace spectradb::lsm
