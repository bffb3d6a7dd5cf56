// The trees of RFC 9162 and the salts: roots and paths agree with the definitions, which are written down here as they
// stand in the RFC.
#include "extension/facets/ledger/merkle.h"

#include <doctest/doctest.h>

#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "base/hex.h"
#include "extension/facets/ledger/part_leaves.h"
#include "extension/facets/ledger/record.h"
#include "extension/facets/ledger/retired_facts.h"
#include "extension/facets/ledger/salts.h"

namespace spectradb::extension::ledger {
namespace {

std::vector<Hash> leaves_of(uint64_t count) {
  std::vector<Hash> leaves;
  for (uint64_t i = 0; i < count; ++i) leaves.push_back(hash_leaf({std::to_string(i)}));
  return leaves;
}

Hash defined_root(const std::vector<Hash>& leaves) {
  if (leaves.empty()) return sha256({});
  if (leaves.size() == 1) return leaves[0];
  const auto middle = leaves.begin() + static_cast<ptrdiff_t>(left_part_of(leaves.size()));
  return hash_node(defined_root({leaves.begin(), middle}), defined_root({middle, leaves.end()}));
}

// RFC 9162, 2.1.3.2.
Hash root_by_path(uint64_t place, uint64_t count, Hash hash, const std::vector<Hash>& path) {
  uint64_t last = count - 1;
  for (const Hash& other : path) {
    if (place % 2 == 1 || place == last) {
      hash = hash_node(other, hash);
      while (place % 2 == 0 && place != 0) {
        place /= 2;
        last /= 2;
      }
    } else {
      hash = hash_node(hash, other);
    }
    place /= 2;
    last /= 2;
  }
  CHECK(last == 0);
  return hash;
}

TEST_CASE("SHA-256 is that of FIPS 180-4") {
  CHECK(hex_of(bytes_of(sha256({"abc"}))) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex_of(bytes_of(sha256({"a", "", "bc"}))) == hex_of(bytes_of(sha256({"abc"}))));
  CHECK(hex_of(bytes_of(sha256({}))) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("A tree has the root and the paths of the RFC") {
  for (uint64_t count = 1; count <= 70; ++count) {
    const std::vector<Hash> leaves = leaves_of(count);
    const Hash root = defined_root(leaves);
    for (uint64_t place = 0; place < count; ++place) {
      MerkleTree tree(place);
      for (const Hash& leaf : leaves) tree.add(leaf);
      REQUIRE(tree.root() == root);
      REQUIRE(root_by_path(place, count, leaves[place], tree.path()) == root);
    }
  }
  CHECK(MerkleTree().root() == sha256({}));
}

TEST_CASE("Leaves that are known by the root of their subtree make the same tree") {
  for (uint64_t count = 1; count <= 33; ++count) {
    const std::vector<Hash> leaves = leaves_of(count);
    for (uint64_t watched = 0; watched < count; ++watched) {
      MerkleTree whole(watched);
      for (const Hash& leaf : leaves) whole.add(leaf);
      for (uint64_t gone_from = 0; gone_from < count; ++gone_from) {
        constexpr uint64_t kFirst = 5;  // of the part, which has other parts before it
        std::vector<KeptHash> gone;
        for (uint64_t place = gone_from; place < count; ++place)
          if (place != watched) gone.push_back({kFirst + place, leaves[place]});
        const std::vector<KeptHash> kept = joined(gone, kFirst);
        REQUIRE(leaves_of(kept) == gone.size());
        REQUIRE(are_joined_of(kept, gone));
        REQUIRE(decode_hashes(encode_hashes(kept)));
        REQUIRE(encode_hashes(*decode_hashes(encode_hashes(kept))) == encode_hashes(kept));
        // Joining what was joined before, bit by bit, is the same.
        const size_t half = gone.size() / 2;
        std::vector<KeptHash> again =
            joined({gone.begin(), gone.begin() + static_cast<ptrdiff_t>(half)}, kFirst);
        again.insert(again.end(), gone.begin() + static_cast<ptrdiff_t>(half), gone.end());
        REQUIRE(encode_hashes(joined(again, kFirst)) == encode_hashes(kept));
        MerkleTree tree(watched);
        auto next = kept.begin();
        for (uint64_t place = 0; place < count;) {
          if (next != kept.end() && next->place == kFirst + place) {
            add_kept(&tree, *next);
            place += next++->count();
          } else {
            tree.add(leaves[place++]);
          }
        }
        REQUIRE(tree.root() == whole.root());
        REQUIRE(tree.path() == whole.path());
      }
    }
  }
}

TEST_CASE("What are no hashes of subtrees is refused") {
  const std::vector<KeptHash> kept = {{4, sha256({"a"}), 2}, {8, sha256({"b"}), 0}};
  const std::string bytes = encode_hashes(kept);
  REQUIRE(decode_hashes(bytes));
  for (size_t size = 1; size < bytes.size(); ++size)
    CHECK(decode_hashes(bytes.substr(0, size)).has_value() == (size == bytes.size() / 2));
  CHECK(!decode_hashes(encode_hashes({kept[1], kept[0]})));
  CHECK(!decode_hashes(encode_hashes({kept[0], {7, sha256({"b"}), 0}})));
  CHECK(!decode_hashes(encode_hashes({{0, sha256({"a"}), 33}})));
  CHECK(!decode_hashes(encode_hashes({{UINT64_MAX, sha256({"a"}), 1}})));
  CHECK(!are_joined_of(kept, {kept[0]}));
  CHECK(!are_joined_of({kept[0]}, kept));
  CHECK(!are_joined_of({{4, sha256({"other"}), 2}}, {kept[0]}));
  MerkleTree tree;
  tree.add(sha256({"a"}));
  add_kept(&tree, kept[0]);  // none of its leaves fits behind one
  CHECK(tree.size() == 1);
}

TEST_CASE("Salts are the same in any order, and differ from one another") {
  for (const uint64_t count : {1, 2, 3, 5, 8, 100}) {
    Salt root;
    root.fill('r');
    Salts in_order(root, count);
    std::vector<Salt> all;
    for (uint64_t place = 0; place < count; ++place) {
      all.push_back(*in_order.at(place));
      for (uint64_t before = 0; before < place; ++before) REQUIRE(all[before] != all[place]);
    }
    Salts in_disorder(root, count);
    for (uint64_t i = 0; i < count; ++i) {
      const uint64_t place = (i * 37 + 11) % count;
      REQUIRE(*in_disorder.at(place) == all[place]);
    }
    if (count == 1) CHECK(all[0] == root);
  }
}

TEST_CASE(
    "Salts that are forgotten cannot be derived, and all others can, in any order and after they were "
    "written") {
  std::mt19937_64 random(7);
  for (const uint64_t count : {1, 2, 3, 5, 8, 100, 1000}) {
    Salt root;
    root.fill('r');
    Salts all(root, count);
    Salts left(root, count);
    std::vector<bool> is_gone(count);
    for (int round = 0; round < 5; ++round) {
      std::vector<uint64_t> places;
      for (uint64_t place = 0; place < count; ++place)
        if (random() % 4 == 0) places.push_back(place);
      for (const uint64_t place : places) is_gone[place] = true;
      left.forget(places);
      const std::optional<Salts> read = Salts::decode(left.encode(), count);
      REQUIRE(read);
      left = *read;
      for (uint64_t i = 0; i < count; ++i) {
        const uint64_t place = (i * 37 + 11) % count;
        const Salt* const salt = left.at(place);
        REQUIRE((salt == nullptr) == is_gone[place]);
        if (salt != nullptr) REQUIRE(*salt == *all.at(place));
      }
      // No seed that is kept is above a salt that is gone.
      for (uint64_t place = 0; place < count; ++place)
        if (is_gone[place]) REQUIRE(left.encode().find(bytes_of(*all.at(place))) == std::string::npos);
    }
    std::vector<uint64_t> rest(count);
    std::iota(rest.begin(), rest.end(), uint64_t{0});
    left.forget(rest);
    CHECK(left.encode().empty());
  }
}

TEST_CASE("What are no salts is refused") {
  Salt root;
  root.fill('r');
  Salts salts(root, 8);
  salts.forget({3});
  const std::string kept = salts.encode();
  CHECK(kept.size() == 3 * 25);
  CHECK(Salts::decode(kept, 8));
  for (size_t size = 1; size < kept.size(); ++size)
    CHECK(Salts::decode(kept.substr(0, size), 8).has_value() == (size == kSaltBytes || size % 25 == 0));
  std::string deep = kept;
  deep[0] = 60;
  CHECK(!Salts::decode(deep, 8));
  std::string beyond = kept;
  beyond[8] = 127;
  CHECK(!Salts::decode(beyond, 8));
  CHECK(!Salts::decode(kept.substr(50) + kept.substr(0, 25), 8));
  CHECK(!Salts::decode(kept.substr(0, 25) + kept.substr(0, 25), 8));
  CHECK(Salts::decode(kept, UINT64_MAX));  // a forged count
}

TEST_CASE("Records are read as they were written, and no others") {
  CommitRecord record;
  record.commit = 7;
  record.time_us = -5;
  record.clock_us = 9;
  record.notes = sha256({"notes"});
  record.tables = {{1, 2, sha256({"one"})}, {4, 1, sha256({"four"})}};
  const std::string bytes = record.encode();
  const std::optional<CommitRecord> read = CommitRecord::decode(bytes);
  REQUIRE(read);
  CHECK(read->encode() == bytes);
  CHECK(read->time_us == -5);
  CHECK(read->facts() == 3);
  for (size_t size = 0; size < bytes.size(); ++size) CHECK(!CommitRecord::decode(bytes.substr(0, size)));
  CHECK(!CommitRecord::decode(bytes + "x"));
  CHECK(!CatalogRecord::decode(bytes));
  const CatalogRecord catalog{3, sha256({"catalog"})};
  const std::optional<CatalogRecord> same = CatalogRecord::decode(catalog.encode());
  REQUIRE(same);
  CHECK(same->encode() == catalog.encode());
  CHECK(!CommitRecord::decode(catalog.encode()));
  const RetirementRecord retirement{3, 1, sha256({"retirements"}), 2, 9, sha256({"parts"})};
  const std::optional<RetirementRecord> told = RetirementRecord::decode(retirement.encode());
  REQUIRE(told);
  CHECK(told->encode() == retirement.encode());
  CHECK(!RetirementRecord::decode(retirement.encode() + "x"));
  CHECK(!ErasureRecord::decode(retirement.encode()));
}

}  // namespace
}  // namespace spectradb::extension::ledger
