// The Merkle trees of RFC 9162 (section 2.1): hashes of leaves and nodes, roots of trees that grow leaf by leaf, and
// paths of proofs. Pure, any thread.
//
//   root of no leaves  = SHA-256 of nothing
//   leaf               = SHA-256(0x00, bytes)
//   node               = SHA-256(0x01, left, right)      left: the largest power of two of leaves that is not all
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "extension/facets/ledger/hash.h"

namespace spectradb::extension::ledger {

Hash hash_leaf(std::initializer_list<std::string_view> parts);  // at most three
Hash hash_node(const Hash& left, const Hash& right);

// Returns the largest power of two below `count`, which is at least 2.
uint64_t left_part_of(uint64_t count);

// Keeps one hash a complete subtree, so that a tree of a million leaves takes twenty.
class MerkleTree {
 public:
  MerkleTree() = default;
  // Notes the path of one leaf while the tree grows.
  explicit MerkleTree(uint64_t watched) : watched_(watched) {}

  void add(const Hash& leaf) { add_subtree(leaf, 1); }
  // Adds leaves side by side of which only the root of their tree is known: a power of two, which divides size(). The
  // watched leaf is none of them.
  void add_subtree(const Hash& root, uint64_t count);
  uint64_t size() const { return size_; }
  Hash root() const;
  // The path of the watched leaf, from its neighbour upwards.
  std::vector<Hash> path() const;

 private:
  struct Peak {
    uint64_t first;
    uint64_t count;
    Hash hash;
    bool has(uint64_t leaf) const { return leaf >= first && leaf - first < count; }
  };
  Peak join(const Peak& left, const Peak& right, std::vector<Hash>* path) const;
  Peak fold(std::vector<Hash>* path) const;

  std::optional<uint64_t> watched_;
  uint64_t size_ = 0;
  std::vector<Peak> peaks_;
  std::vector<Hash> path_;
};

}  // namespace spectradb::extension::ledger
