#include "extension/facets/ledger/merkle.h"

#include <bit>

#include "base/assert.h"

namespace spectradb::extension::ledger {

namespace {

constexpr std::string_view kLeafPrefix("\x00", 1);
constexpr std::string_view kNodePrefix("\x01", 1);

}  // namespace

Hash hash_leaf(std::initializer_list<std::string_view> parts) {
  SPECTRADB_ASSERT(parts.size() <= 3);
  std::array<std::string_view, 3> part;
  size_t count = 0;
  for (const std::string_view bytes : parts) part[count++] = bytes;
  return sha256({kLeafPrefix, part[0], part[1], part[2]});
}

Hash hash_node(const Hash& left, const Hash& right) {
  return sha256({kNodePrefix, bytes_of(left), bytes_of(right)});
}

uint64_t left_part_of(uint64_t count) {
  SPECTRADB_ASSERT(count >= 2);
  return std::bit_floor(count - 1);
}

MerkleTree::Peak MerkleTree::join(const Peak& left, const Peak& right, std::vector<Hash>* path) const {
  if (watched_ && left.has(*watched_)) path->push_back(right.hash);
  if (watched_ && right.has(*watched_)) path->push_back(left.hash);
  return {left.first, left.count + right.count, hash_node(left.hash, right.hash)};
}

void MerkleTree::add_subtree(const Hash& root, uint64_t count) {
  SPECTRADB_ASSERT(std::has_single_bit(count) && size_ % count == 0);
  Peak peak{size_, count, root};
  size_ += count;
  while (!peaks_.empty() && peaks_.back().count == peak.count) {
    peak = join(peaks_.back(), peak, &path_);
    peaks_.pop_back();
  }
  peaks_.push_back(peak);
}

MerkleTree::Peak MerkleTree::fold(std::vector<Hash>* path) const {
  Peak whole = peaks_.back();
  for (size_t i = peaks_.size() - 1; i-- > 0;) whole = join(peaks_[i], whole, path);
  return whole;
}

Hash MerkleTree::root() const {
  if (peaks_.empty()) return sha256({});
  std::vector<Hash> unwanted;
  return fold(&unwanted).hash;
}

std::vector<Hash> MerkleTree::path() const {
  std::vector<Hash> path = path_;
  if (!peaks_.empty()) fold(&path);
  return path;
}

}  // namespace spectradb::extension::ledger
