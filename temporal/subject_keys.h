// The keys by which values of subjects are encrypted. A subject is the first column of a table's key; no row keeps its
// key. It is a leaf of a tree of seeds, of which the root is kept, 16 random bytes. To drop the key of one subject is to keep
// the seeds beside its path instead of the root: all other keys can then still be derived, and this one by nobody.
//
// A dropped key never comes back. Once nothing is left that it had encrypted, an epoch begins, with a root of its own, and the
// subject may be written again. Plain data; one thread.
//
//   state := epoch*                      the last one encrypts, each decrypts what was written in it
//   epoch := count:varint node*          nodes that stand side by side and leave no gap
//   node  := level:1 seed:16 | 0xFF      a seed of that level, 0 being the root; or a leaf whose key was dropped
//
//   leaf   = 20 digits of 4 bits: the first ones of SHA-256(table id and first column, as they are in keys of the store)
//   child  = 16 bytes from 16 * (digit mod 4) on of ChaCha20's block with key: seed and 16 zeros, counter: digit / 4
//   key    = the first 32 bytes of the block with the leaf's seed and the counter 256
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "temporal/cipher.h"

namespace spectradb::temporal {

class SubjectKeys {
 public:
  static constexpr size_t kSeedBytes = 16;
  // 80 bits: that any two of a billion subjects share a leaf has a chance of less than one in two million.
  static constexpr size_t kLevels = 20;
  using Seed = std::array<unsigned char, kSeedBytes>;
  using Leaf = std::array<unsigned char, kLevels>;  // digits

  static std::optional<SubjectKeys> decode(std::string_view state);
  std::string encode() const;

  // The part of a key in the store that says whose it is: the table's id and the first column. Empty where it cannot be read.
  static std::string_view subject_of(std::string_view user_key);
  static Leaf leaf_of(std::string_view subject);

  void begin_epoch(const Seed& root);
  size_t epochs() const { return epochs_.size(); }
  // Whether any key was dropped that the last epoch has.
  bool has_dropped() const { return has_dropped_; }
  bool is_dropped(const Leaf& leaf) const;
  // `epoch` counts from 0. Nothing: it was dropped, or there is no such epoch.
  std::optional<CipherKey> key_of(const Leaf& leaf, size_t epoch) const;
  void drop(std::vector<Leaf> leaves);  // in all epochs

 private:
  struct Node {
    Leaf first{};  // the first leaf below it
    size_t level = 0;
    bool is_dropped = false;
    Seed seed{};
  };
  using Epoch = std::vector<Node>;  // by their first leaves
  using Place = std::vector<Leaf>::const_iterator;

  static const Node& node_of(const Epoch& epoch, const Leaf& leaf);
  static void keep_all_but(const Node& node, Place begin, Place end, Epoch* kept);
  void look_for_dropped();

  std::vector<Epoch> epochs_;
  bool has_dropped_ = false;
};

}  // namespace spectradb::temporal
