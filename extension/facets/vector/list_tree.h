// Holds the lists of one partition of a vector index: to which list a vector belongs, and in which order a
// search reads them.
//
// At first there is one list, number 0. A list that has grown too long is split: its children are new
// lists, each with a centroid, and its entries go to the child whose centroid is nearest. So a walk from
// list 0 down to a list without children finds where a vector belongs. It depends only on the vector and
// the tree, so that entries of old rows are found again. Nodes are only ever added, each in a commit: a
// reader of an earlier commit sees fewer of them.
//
// These are the keys in the space of the index, after the partition and the dimensions:
//
//   -2          -> head    := count:varint fingerprint:fixed64   how many nodes there are, and a checksum of them all
//   -1 number   -> node    := parent:varint centroid             of list `number`, 1 and up; children of one parent are
//                                                                neighbours
//   list key    -> code    an entry: extension/facets/vector/vector_code.h
//
// A centroid is a code, int8, and float32 … in indexes whose definition does not say 'centroids=int8'. A tree
// has centroids as they are read from that, so that it is the same tree for whoever reads it.
//
// Used by one thread at a time while it grows, then by any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "extension/facets/vector/vector_code.h"

namespace spectradb::extension {

// How the centroids of a tree are written.
enum class CentroidBytes : uint8_t { kFloat32, kInt8 };

class ListTree {
 public:
  static constexpr int64_t kHead = -2;
  static constexpr int64_t kNodes = -1;
  static constexpr int64_t kRoot = 0;

  // `partition`: the bytes before a list's number, which distinguish trees of different partitions.
  ListTree(size_t dimensions, std::string_view partition, CentroidBytes centroid_bytes);

  size_t dimensions() const { return dimensions_; }
  size_t node_count() const { return nodes_.size(); }  // without the root
  size_t leaf_count() const { return leaf_count_; }
  uint64_t fingerprint() const { return fingerprint_; }

  bool is_leaf(int64_t list) const {
    return list >= kRoot && list <= static_cast<int64_t>(nodes_.size()) && at(list).child_count == 0;
  }
  int64_t list_of(const float* vector) const;
  // Does the same for a vector that was decoded from this code, sooner: most centroids are so far away that the code
  // tells, too.
  int64_t list_of(const CodeView& code, const float* vector) const;
  // Returns the child of `list` to which a vector belongs; the list must have children.
  int64_t child_of(int64_t list, const float* vector) const;

  struct Leaf {
    float squared_distance;  // the distance of its centroid
    int64_t list;

    // The order of a heap with the nearest leaf on top.
    bool operator<(const Leaf& other) const {
      return squared_distance != other.squared_distance ? squared_distance > other.squared_distance
                                                        : list > other.list;
    }
  };
  // Returns all lists without children as a heap with the nearest on top: a search reads few of them, so
  // they are not sorted.
  std::vector<Leaf> leaves_from(const float* vector) const;

  // Gives children to a list that has none, and returns the number of the first. Their centroids are rounded to what
  // is written of them.
  int64_t split(int64_t list, std::span<const float> centroids);

  std::string node(int64_t number) const;
  std::string head() const;
  // Adds the next node; kCorrupt where that is impossible.
  Status add_node(std::string_view bytes);
  struct Head {
    uint64_t count;
    uint64_t fingerprint;
  };
  static Result<Head> read_head(std::string_view bytes);

 private:
  struct Node {
    int64_t parent;
    int64_t first_child = 0;  // 0: none
    int64_t child_count = 0;
  };
  Node& at(int64_t list) { return list == kRoot ? root_ : nodes_[static_cast<size_t>(list) - 1]; }
  const Node& at(int64_t list) const { return list == kRoot ? root_ : nodes_[static_cast<size_t>(list) - 1]; }
  const float* centroid(int64_t list) const {
    return centroids_.data() + (static_cast<size_t>(list) - 1) * dimensions_;
  }
  float from_centroid(int64_t list, const float* vector) const;
  int64_t child_of(int64_t list, const CodeView& code, const float* vector) const;
  size_t centroid_size() const;  // of what is written
  // Adds a node with a written centroid; kCorrupt where that is none.
  Status append(int64_t parent, std::string_view written);

  const size_t dimensions_;
  const CentroidBytes centroid_bytes_;
  Node root_{-1};
  std::vector<Node> nodes_;
  std::vector<float> centroids_;  // centroids of the nodes
  std::string written_;           // the same as they are written; empty where that is float32
  // What is said of each that is written so, beside its elements, and their sum.
  struct Written {
    float scale;
    float square;
    int32_t sum;
  };
  std::vector<Written> said_;
  size_t leaf_count_ = 1;
  uint64_t fingerprint_;
};

// Returns about `count` centroids, each the nearest to some of the vectors: fewer where there are few
// vectors, or where they are alike. The same vectors give the same centroids.
std::vector<float> find_centroids(std::span<const float> vectors, size_t dimensions, size_t count,
                                  int rounds);

}  // namespace spectradb::extension
