#include "lsm/table/table_index.h"

#include <doctest/doctest.h>

#include "lsm/table/sstable.h"
#include "lsm/table/sstable_builder.h"

using namespace spectradb;
using namespace spectradb::lsm;

namespace {

constexpr uint64_t kSeed = 3;
constexpr uint64_t kNumber = 8;
constexpr uint32_t kBlockBytes = 400;

// Two blocks whose last keys have the given sizes.
struct TwoBlocks {
  FileMeta meta;
  TableIndexBuilder builder;

  TwoBlocks(size_t first_key_bytes, size_t second_key_bytes) {
    Bounds bounds;
    bounds.add(4, kNeverSuperseded, {INT64_MIN, INT64_MAX});
    meta.size_bytes = 1000;
    meta.raw_bytes = uint64_t{2} * kBlockBytes;
    meta.bounds = bounds;
    meta.first_key = "a";
    meta.last_key = std::string(second_key_bytes, 'k');
    for (const size_t key_bytes : {first_key_bytes, second_key_bytes}) {
      builder.add(kBlockBytes, {std::string(key_bytes, 'k'), 4, 0}, bounds);
      builder.place(200);
    }
  }
  bool is_read() const { return TableIndex::decode(builder.encode(meta), meta, 0, nullptr) != nullptr; }
};

}  // namespace

TEST_CASE("an index holds no more than its blocks do") {
  CHECK(TwoBlocks(5, 300).is_read());
  CHECK_FALSE(TwoBlocks(5, kBlockBytes + 1).is_read());
  CHECK_FALSE(TwoBlocks(kBlockBytes + 1, kBlockBytes + 1).is_read());
  TwoBlocks larger(5, 300);
  larger.meta.raw_bytes -= 1;
  CHECK_FALSE(larger.is_read());
}

TEST_CASE("an index has no more blocks than its file has room for") {
  TwoBlocks blocks(5, 300);
  std::string zeros;
  put_varint(zeros, 1000);
  zeros.append(100'000, '\0');
  CHECK(TableIndex::decode(zeros, blocks.meta, 0, nullptr) == nullptr);
  blocks.meta.size_bytes = 3;  // not even the bytes behind one block
  CHECK_FALSE(blocks.is_read());
}

TEST_CASE("an index that claims to be large is refused before memory is taken for it") {
  const auto files = new_memory_file_system();
  auto file = files->create("t");
  REQUIRE(file);
  SstableBuilder builder({kBlockBytes, 10, 1, kSeed}, kNumber, std::move(*file));
  for (int key = 100; key < 900; ++key)
    REQUIRE(
        builder.add("key " + std::to_string(key), 4, 0, kNeverSuperseded, "value", {INT64_MIN, INT64_MAX}));
  const auto meta = builder.finish();
  REQUIRE(meta);
  const std::string intact(*files->read_whole("t"));
  constexpr size_t kIndexSizeOffset = 32;  // in the footer
  constexpr size_t kCoveredBytes = 72;
  const size_t footer = intact.size() - kFooterBytes;
  const auto read_with = [&](uint64_t index_bytes) {
    std::string forged = intact;
    std::memcpy(forged.data() + footer + kIndexSizeOffset, &index_bytes, sizeof index_bytes);
    const std::string_view covered = std::string_view(forged).substr(footer, kCoveredBytes);
    const uint64_t checksum = checksum64(covered, sstable_seed(kSeed, kNumber));
    std::memcpy(forged.data() + footer + kCoveredBytes, &checksum, sizeof checksum);
    REQUIRE((*files->create("forged"))->append(forged));
    SPECTRADB_ASSIGN_OR_RETURN(const auto table, Sstable::open(*files, "forged", *meta, kSeed, nullptr));
    return table->index().status();
  };
  const uint64_t right = load_fixed64(intact.data() + footer + kIndexSizeOffset);
  CHECK(read_with(right));
  for (const uint64_t wrong : {right - 1, right + 1, uint64_t{20} << 20, uint64_t{2} << 30, UINT64_MAX}) {
    CAPTURE(wrong);
    CHECK(read_with(wrong).code() == Code::kCorrupt);
  }
}

TEST_CASE("a block is found among keys that begin alike, and among those of one key") {
  const auto files = new_memory_file_system();
  auto file = files->create("t");
  REQUIRE(file);
  SstableBuilder builder({kBlockBytes, 10, 1, kSeed}, kNumber, std::move(*file));
  std::vector<std::string> keys;
  for (const std::string table :
       {"1", "table 2, whose keys share more bytes than a head has, ", "table 3 "}) {
    for (int key = 100; key < 400; ++key) keys.push_back(table + std::to_string(key));
  }
  const std::string value(40, 'v');
  for (const std::string& key : keys) {
    const uint64_t versions = key.ends_with("00") ? 100 : 1;
    for (uint64_t commit = versions; commit > 0; --commit)
      REQUIRE(builder.add(key, commit, 3, kNeverSuperseded, value, {INT64_MIN, INT64_MAX}));
  }
  const auto meta = builder.finish();
  REQUIRE(meta);
  const auto table = Sstable::open(*files, "t", *meta, kSeed, nullptr);
  REQUIRE(table);
  const auto index = (*table)->index();
  REQUIRE(index);
  const size_t count = (*index)->block_count();
  REQUIRE(count > 100);
  const auto is_found = [&](const VersionPosition& position, size_t from) {
    size_t expected = from;
    const auto is_before = [&](const VersionPosition& last) {
      if (last.user_key != position.user_key) return last.user_key < position.user_key;
      if (last.commit != position.commit) return last.commit > position.commit;
      return last.ordinal > position.ordinal;
    };
    while (expected < count && is_before((*index)->last(expected))) ++expected;
    return (*index)->find_block(position, from) == expected;
  };
  bool are_found = true;
  for (std::string key : keys) {
    for (const char* end : {"", "0", "\x01"}) {
      const std::string sought = key + end;
      for (const uint64_t commit : {UINT64_MAX, uint64_t{57}, uint64_t{1}, uint64_t{0}})
        are_found = are_found && is_found({sought, commit, UINT32_MAX}, 0) &&
                    is_found({sought, commit, 0}, count / 2);
    }
  }
  CHECK(are_found);
  for (const char* key :
       {"", "0", "2", "t", "table 2", "table 2, whose keys share more bytes", "table 3", "z"})
    CHECK(is_found({key, 7, 0}, 0));
}
