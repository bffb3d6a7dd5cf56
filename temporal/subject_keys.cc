#include "temporal/subject_keys.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/assert.h"
#include "base/sha256.h"
#include "temporal/varint.h"

namespace spectradb::temporal {
namespace {

constexpr size_t kDigits = 16;
constexpr size_t kSeedsInBlock = kCipherBlockBytes / SubjectKeys::kSeedBytes;
constexpr char kDroppedLeaf = '\xff';
constexpr uint32_t kKeyCounter = 256;
constexpr CipherNonce kTreeNonce{};
constexpr size_t kIdBytesOfSubject = 4;
constexpr size_t kNumberBytes = 1 + 8;

CipherBlock block_of(const SubjectKeys::Seed& seed, uint32_t counter) {
  CipherKey key{};
  std::copy(seed.begin(), seed.end(), key.begin());
  return cipher_block(key, counter, kTreeNonce);
}

SubjectKeys::Seed seed_in(const CipherBlock& block, size_t digit) {
  SubjectKeys::Seed seed;
  std::copy_n(block.begin() + static_cast<long>(SubjectKeys::kSeedBytes * (digit % kSeedsInBlock)),
              seed.size(), seed.begin());
  return seed;
}

// Moves behind a node of this level. False: behind the last leaf.
bool advance(SubjectKeys::Leaf* leaf, size_t level) {
  for (size_t i = level; i > 0; --i) {
    unsigned char& digit = (*leaf)[i - 1];
    digit = static_cast<unsigned char>((digit + 1) % kDigits);
    if (digit != 0) return true;
  }
  return false;
}

}  // namespace

std::optional<SubjectKeys> SubjectKeys::decode(std::string_view state) {
  SubjectKeys keys;
  while (!state.empty()) {
    uint64_t count = 0;
    if (!take_varint(state, count) || count == 0 || count > state.size()) return std::nullopt;
    Epoch epoch(static_cast<size_t>(count));
    Leaf next{};
    bool is_behind = false;
    for (Node& node : epoch) {
      if (state.empty() || is_behind) return std::nullopt;
      node.first = next;
      node.is_dropped = state.front() == kDroppedLeaf;
      node.level = node.is_dropped ? kLevels : static_cast<unsigned char>(state.front());
      state.remove_prefix(1);
      const bool is_aligned =
          node.level <= kLevels && std::all_of(next.begin() + static_cast<long>(node.level), next.end(),
                                               [](unsigned char digit) { return digit == 0; });
      if (!is_aligned) return std::nullopt;
      if (!node.is_dropped) {
        if (state.size() < kSeedBytes) return std::nullopt;
        std::copy_n(state.begin(), kSeedBytes, node.seed.begin());
        state.remove_prefix(kSeedBytes);
      }
      is_behind = !advance(&next, node.level);
    }
    if (!is_behind) return std::nullopt;
    keys.epochs_.push_back(std::move(epoch));
  }
  if (keys.epochs_.empty()) return std::nullopt;
  keys.look_for_dropped();
  return keys;
}

std::string SubjectKeys::encode() const {
  std::string state;
  for (const Epoch& epoch : epochs_) {
    lsm::put_varint(state, epoch.size());
    for (const Node& node : epoch) {
      state.push_back(node.is_dropped ? kDroppedLeaf : static_cast<char>(node.level));
      if (!node.is_dropped) state.append(node.seed.begin(), node.seed.end());
    }
  }
  return state;
}

// key_codec.cc has the grammar of columns.
std::string_view SubjectKeys::subject_of(std::string_view user_key) {
  constexpr char kNull = 0x10;
  constexpr char kNumber = 0x20;
  if (user_key.size() <= kIdBytesOfSubject) return {};
  size_t end = kIdBytesOfSubject;
  const char tag = user_key[end];
  if (tag == kNull) return user_key.substr(0, end + 1);
  if (tag == kNumber) {
    end += kNumberBytes;
    if (end >= user_key.size()) return {};
    end += user_key[end] == 0 ? 1 : 3;
    return end <= user_key.size() ? user_key.substr(0, end) : std::string_view();
  }
  for (end += 1; end + 1 < user_key.size(); ++end) {  // text or blob: 0x00 0x00 ends it, 0x00 0xFF is in it
    if (user_key[end] != 0) continue;
    if (user_key[end + 1] == 0) return user_key.substr(0, end + 2);
    ++end;
  }
  return {};
}

SubjectKeys::Leaf SubjectKeys::leaf_of(std::string_view subject) {
  const std::string hex = sha256_hex(subject);
  Leaf leaf;
  for (size_t i = 0; i < leaf.size(); ++i)
    leaf[i] = static_cast<unsigned char>(hex[i] <= '9' ? hex[i] - '0' : hex[i] - 'a' + 10);
  return leaf;
}

void SubjectKeys::begin_epoch(const Seed& root) {
  Node node;
  node.seed = root;
  epochs_.push_back({node});
  has_dropped_ = false;
}

const SubjectKeys::Node& SubjectKeys::node_of(const Epoch& epoch, const Leaf& leaf) {
  const auto behind =
      std::upper_bound(epoch.begin(), epoch.end(), leaf,
                       [](const Leaf& wanted, const Node& node) { return wanted < node.first; });
  SPECTRADB_ASSERT(behind != epoch.begin());  // the first node begins with the first leaf
  return *std::prev(behind);
}

bool SubjectKeys::is_dropped(const Leaf& leaf) const {
  return has_dropped_ && node_of(epochs_.back(), leaf).is_dropped;
}

std::optional<CipherKey> SubjectKeys::key_of(const Leaf& leaf, size_t epoch) const {
  if (epoch >= epochs_.size()) return std::nullopt;
  const Node& node = node_of(epochs_[epoch], leaf);
  if (node.is_dropped) return std::nullopt;
  Seed seed = node.seed;
  for (size_t level = node.level; level < kLevels; ++level)
    seed = seed_in(block_of(seed, static_cast<uint32_t>(leaf[level] / kSeedsInBlock)), leaf[level]);
  const CipherBlock last = block_of(seed, kKeyCounter);
  CipherKey key;
  std::copy_n(last.begin(), key.size(), key.begin());
  return key;
}

// Keeps the seeds below a node of all leaves but these, which rise.
void SubjectKeys::keep_all_but(const Node& node, Place begin, Place end, Epoch* kept) {
  if (begin == end || node.is_dropped) {
    kept->push_back(node);
    return;
  }
  if (node.level == kLevels) {
    Node dropped;
    dropped.first = node.first;
    dropped.level = kLevels;
    dropped.is_dropped = true;
    kept->push_back(dropped);
    return;
  }
  CipherBlock block{};
  for (size_t digit = 0; digit < kDigits; ++digit) {
    if (digit % kSeedsInBlock == 0) block = block_of(node.seed, static_cast<uint32_t>(digit / kSeedsInBlock));
    Node child;
    child.first = node.first;
    child.first[node.level] = static_cast<unsigned char>(digit);
    child.level = node.level + 1;
    child.seed = seed_in(block, digit);
    const Place behind =
        std::find_if(begin, end, [&](const Leaf& leaf) { return leaf[node.level] != digit; });
    keep_all_but(child, begin, behind, kept);
    begin = behind;
  }
}

void SubjectKeys::drop(std::vector<Leaf> leaves) {
  std::sort(leaves.begin(), leaves.end());
  leaves.erase(std::unique(leaves.begin(), leaves.end()), leaves.end());
  for (Epoch& epoch : epochs_) {
    Epoch kept;
    auto begin = leaves.cbegin();
    for (size_t i = 0; i < epoch.size(); ++i) {
      const auto end =
          i + 1 == epoch.size() ? leaves.cend() : std::lower_bound(begin, leaves.cend(), epoch[i + 1].first);
      keep_all_but(epoch[i], begin, end, &kept);
      begin = end;
    }
    epoch = std::move(kept);
  }
  look_for_dropped();
}

void SubjectKeys::look_for_dropped() {
  has_dropped_ = std::any_of(epochs_.back().begin(), epochs_.back().end(),
                             [](const Node& node) { return node.is_dropped; });
}

}  // namespace spectradb::temporal
