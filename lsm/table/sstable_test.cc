#include "lsm/table/sstable.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "lsm/table/sstable_builder.h"
#include "lsm/table/table_output.h"
#include "lsm/testing/store_fixture.h"

using namespace spectradb;
using namespace spectradb::lsm;

namespace {

constexpr uint64_t kSeed = 42;
const std::string kPath = "db/000007.sst";

struct Version {
  std::string key;
  uint64_t commit;
  uint32_t ordinal;
  std::string value;
  bool operator==(const Version&) const = default;
};

std::vector<Version> some_versions(uint64_t keys, uint64_t versions) {
  std::vector<Version> all;
  for (uint64_t key = 0; key < keys; ++key) {
    for (uint64_t commit = versions; commit > 0; --commit) {
      all.push_back({numbered("a common prefix ", 1000 + key), commit, static_cast<uint32_t>(key),
                     numbered("v", commit)});
    }
  }
  return all;
}

FileMeta build(FileSystem& files, const std::vector<Version>& versions, uint32_t block_bytes,
               const std::string& path = kPath, KnownDictionaries* dictionaries = nullptr) {
  auto file = files.create(path);
  REQUIRE(file);
  SstableBuilder builder({block_bytes, 10, 1, kSeed, dictionaries}, 7, std::move(*file));
  for (const Version& version : versions) {
    const auto commit = static_cast<int64_t>(version.commit);
    REQUIRE(builder.add(version.key, version.commit, version.ordinal, kNeverSuperseded, version.value,
                        {commit * 10, commit * 10 + 10}));
  }
  auto meta = builder.finish();
  REQUIRE(meta);
  return *meta;
}

std::vector<Version> read_all(SstableIterator& iterator) {
  std::vector<Version> all;
  for (iterator.seek(""); iterator.valid(); iterator.next()) {
    all.push_back({std::string(iterator.user_key()), iterator.commit(), iterator.ordinal(),
                   std::string(iterator.value())});
  }
  return all;
}

}  // namespace

TEST_CASE("large values are written from where they are, among small ones, in one piece or in many") {
  std::mt19937_64 random(test_seed("sstable_test, large values"));
  std::vector<Version> versions = some_versions(40, 3);
  for (size_t i = 0; i < versions.size(); i += 17) {
    std::string& value = versions[i].value;
    value.assign((1u << 20) + random() % 3'000'000, 'c');  // this shrinks
    if (i % 2 == 0) {
      for (char& c : value) c = static_cast<char>(random() & 0xff);  // this does not
    }
  }
  for (const bool by_blocks : {false, true}) {
    CAPTURE(by_blocks);
    const auto files = new_memory_file_system();
    auto file = files->create(kPath);
    REQUIRE(file);
    SstableBuilder builder({4096, 10, 1, kSeed, nullptr, by_blocks}, 7, std::move(*file));
    for (const Version& version : versions)
      REQUIRE(builder.add(version.key, version.commit, version.ordinal, kNeverSuperseded, version.value,
                          {0, 10}));
    const auto meta = builder.finish();
    REQUIRE(meta);
    CHECK(meta->version_count == versions.size());
    const auto table = Sstable::open(*files, kPath, *meta, kSeed, nullptr);
    REQUIRE(table);
    Decompressor decompressor;
    ReadLimits limits{UINT64_MAX, 0, std::nullopt, nullptr};
    SstableIterator iterator(&limits, &decompressor);
    iterator.reset(table->get());
    CHECK(read_all(iterator) == versions);
  }
}

TEST_CASE("an SSTable gives back what went in, whole and by key") {
  for (const uint32_t block_bytes : {64u, 512u, 100'000u}) {
    CAPTURE(block_bytes);
    const auto files = new_memory_file_system();
    const auto versions = some_versions(200, 5);
    const FileMeta meta = build(*files, versions, block_bytes);
    CHECK(meta.version_count == 1000);
    CHECK(meta.key_count == 200);
    CHECK(meta.bounds.min_commit == 1);
    CHECK(meta.bounds.max_valid_to == 60);
    const auto table = Sstable::open(*files, kPath, meta, kSeed, nullptr);
    REQUIRE(table);
    Decompressor decompressor;
    ReadLimits limits{UINT64_MAX, 0, std::nullopt, nullptr};
    SstableIterator iterator(&limits, &decompressor);
    iterator.reset(table->get());
    CHECK(read_all(iterator) == versions);
    limits.max_commit = 3;
    for (uint64_t key = 0; key < 200; ++key) {
      const std::string wanted = numbered("a common prefix ", 1000 + key);
      iterator.seek(wanted);
      REQUIRE(iterator.valid());
      CHECK(iterator.user_key() == wanted);
      CHECK(iterator.commit() == 3);
      iterator.next_key();
      CHECK(iterator.valid() == (key < 199));
      iterator.seek_before(wanted);
      CHECK(iterator.valid() == (key > 0));
      CHECK((*table)->may_contain(hash_key(wanted)));
    }
    limits.max_commit = 0;
    iterator.seek("");
    CHECK_FALSE(iterator.valid());
    iterator.seek_before("z");
    CHECK_FALSE(iterator.valid());
    CHECK(iterator.status());
  }
}

TEST_CASE("blocks that cannot hold an instant are left out") {
  const auto files = new_memory_file_system();
  const FileMeta meta = build(*files, some_versions(1, 1000), 64);
  const auto table = Sstable::open(*files, kPath, meta, kSeed, nullptr);
  REQUIRE(table);
  Decompressor decompressor;
  const ReadLimits limits{UINT64_MAX, 0, 5005, nullptr};  // in the period of commit 500 alone
  SstableIterator iterator(&limits, &decompressor);
  iterator.reset(table->get());
  const auto shown = read_all(iterator);
  CHECK(shown.size() < 20);
  CHECK(
      std::any_of(shown.begin(), shown.end(), [](const Version& version) { return version.commit == 500; }));
}

TEST_CASE("what is older than was asked for is passed over, key by key and in all blocks") {
  std::mt19937_64 random(test_seed("sstable_test, since"));
  for (int round = 0; round < 60; ++round) {
    const auto files = new_memory_file_system();
    std::vector<Version> versions;
    for (uint64_t key = 0; key < 60; ++key) {  // skips as many keys as fill several blocks
      uint64_t commit = 1 + random() % 50;
      if (random() % 8 == 0) commit = 60 + random() % 40;
      for (; commit > 0; commit -= std::min(commit, 1 + random() % (commit > 55 ? 2 : 30))) {
        versions.push_back({numbered("key ", 1000 + key), commit, 0, numbered("value ", commit)});
      }
    }
    const FileMeta meta = build(*files, versions, 200);
    const auto table = Sstable::open(*files, kPath, meta, kSeed, nullptr);
    REQUIRE(table);
    for (uint64_t min_commit = 1; min_commit < 100; min_commit += 1 + random() % 6) {
      ReadLimits limits{UINT64_MAX, 0, std::nullopt, nullptr, min_commit};
      Decompressor decompressor;
      SstableIterator iterator(&limits, &decompressor);
      iterator.reset(table->get());
      std::vector<Version> expected;
      for (const Version& version : versions) {
        if (version.commit >= min_commit) expected.push_back(version);
      }
      CHECK(read_all(iterator) == expected);
      std::vector<std::string> keys;
      for (const Version& version : expected) {
        if (keys.empty() || keys.back() != version.key) keys.push_back(version.key);
      }
      std::vector<std::string> seen;
      for (iterator.seek(""); iterator.valid(); iterator.next_key()) seen.emplace_back(iterator.user_key());
      CHECK(seen == keys);
      CHECK(iterator.status().is_ok());
    }
  }
}

TEST_CASE("no damaged byte of an SSTable gives wrong rows") {
  const auto files = new_memory_file_system();
  const auto versions = some_versions(30, 4);
  const FileMeta meta = build(*files, versions, 256);
  const std::string intact(*files->read_whole(kPath));
  uint64_t refused = 0;
  for (size_t at = 0; at < intact.size(); ++at) {
    for (const int mask : {1, 0x80, 0xff}) {
      CAPTURE(at);
      std::string damaged = intact;
      damaged[at] = static_cast<char>(damaged[at] ^ mask);
      REQUIRE((*files->create(kPath))->append(damaged));
      const auto table = Sstable::open(*files, kPath, meta, kSeed, nullptr);
      if (!table) {
        REQUIRE(table.status().message().find(kPath) != std::string::npos);
        ++refused;
        continue;
      }
      Decompressor decompressor;
      const ReadLimits limits{UINT64_MAX, 0, std::nullopt, nullptr};
      SstableIterator iterator(&limits, &decompressor);
      iterator.reset(table->get());
      const auto read = read_all(iterator);
      if (!iterator.status().is_ok()) {
        REQUIRE(iterator.status().code() == Code::kCorrupt);
        REQUIRE(iterator.status().message().find("at byte") != std::string::npos);
        ++refused;
      } else {
        REQUIRE(read == versions);
      }
    }
  }
  CHECK(refused == 3 * intact.size());
}

TEST_CASE("a larger SSTable has a dictionary where it pays, and is refused where that is damaged") {
  std::mt19937_64 random(test_seed("sstable_test"));
  for (const bool is_alike : {true, false}) {
    CAPTURE(is_alike);
    const auto files = new_memory_file_system();
    auto versions = some_versions(4000, 1);
    for (Version& version : versions) {
      version.value = is_alike ? "{\"type\":\"account\",\"city\":\"Berlin\",\"note\":\"" : "";
      for (int i = 0; i < (is_alike ? 40 : 400); ++i)
        version.value.push_back(is_alike ? static_cast<char>('a' + random() % 4)
                                         : static_cast<char>(random()));
    }
    const FileMeta meta = build(*files, versions, 4096);
    const std::string intact(*files->read_whole(kPath));
    const uint32_t dictionary_bytes = load_fixed32(intact.data() + intact.size() - 20);
    CHECK((dictionary_bytes > 0) == is_alike);
    const auto read = [&](Status* status) {
      const auto table = Sstable::open(*files, kPath, meta, kSeed, nullptr);
      REQUIRE(table);
      Decompressor decompressor;
      const ReadLimits limits{UINT64_MAX, 0, std::nullopt, nullptr};
      SstableIterator iterator(&limits, &decompressor);
      iterator.reset(table->get());
      auto all = read_all(iterator);
      *status = iterator.status();
      return all;
    };
    Status status;
    CHECK(read(&status) == versions);
    CHECK(status);
    for (uint32_t at = 0; at < dictionary_bytes; at += 61) {
      CAPTURE(at);
      std::string damaged = intact;
      damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
      REQUIRE((*files->create(kPath))->append(damaged));
      CHECK(read(&status).empty());
      CHECK(status.code() == Code::kCorrupt);
    }
  }
}

TEST_CASE("files of like rows have one dictionary, on disk and in memory") {
  std::mt19937_64 random(test_seed("sstable_test"));
  const auto rows = [&](const std::string& table, const std::string& text, int random_bytes) {
    auto versions = some_versions(4000, 1);
    for (Version& version : versions) {
      version.key.insert(0, table);
      version.value = text;
      for (int i = 0; i < random_bytes; ++i)
        version.value.push_back(static_cast<char>(text.empty() ? random() : 'a' + random() % 4));
    }
    return versions;
  };
  const std::string account = "{\"type\":\"account\",\"city\":\"Berlin\",\"note\":\"";
  const std::string order = "<order><customer>4711</customer><items>none of all these</items><remark>";
  const std::vector<std::vector<Version>> contents = {rows("A", account, 40), rows("B", order, 10),
                                                      rows("C", "", 400),     rows("A", account, 40),
                                                      rows("B", order, 10),   rows("C", "", 400)};
  const auto files = new_memory_file_system();
  KnownDictionaries known;
  std::vector<std::shared_ptr<const Sstable>> tables;
  std::vector<std::shared_ptr<const TableIndex>> indexes;
  for (size_t i = 0; i < contents.size(); ++i) {
    const std::string path = "db/" + std::to_string(i);
    const FileMeta meta = build(*files, contents[i], 4096, path, &known);
    const auto table = Sstable::open(*files, path, meta, kSeed, nullptr);
    REQUIRE(table);
    tables.push_back(*table);
    indexes.push_back(*tables.back()->index());
    Decompressor decompressor;
    const ReadLimits limits{UINT64_MAX, 0, std::nullopt, nullptr};
    SstableIterator iterator(&limits, &decompressor);
    iterator.reset(tables.back().get());
    CHECK(read_all(iterator) == contents[i]);
  }
  for (size_t i = 0; i < 3; ++i) {
    CAPTURE(i);
    CHECK(indexes[i]->dictionary() == indexes[i + 3]->dictionary());
    CHECK((indexes[i]->dictionary() == nullptr) == (i == 2));
  }
  CHECK(indexes[0]->dictionary() != indexes[1]->dictionary());
  // The dictionary that they share counts once.
  CHECK(indexes[3]->size_bytes() + indexes[0]->dictionary()->size_bytes() <= indexes[0]->size_bytes() + 256);

  // Rows of another kind, under keys like those of the first file, get a dictionary of their own.
  const FileMeta meta = build(*files, rows("A", order, 10), 4096, "db/other", &known);
  const auto other = Sstable::open(*files, "db/other", meta, kSeed, nullptr);
  REQUIRE(other);
  const auto index = *(*other)->index();
  CHECK(index->dictionary() != nullptr);
  CHECK(index->dictionary() != indexes[0]->dictionary());
}

TEST_CASE("the dictionary nearest to a key is known, of those for such blocks") {
  KnownDictionaries known;
  CHECK(known.nearest(4096, 3, "key") == nullptr);
  known.add({"first", 0.5, "table1 row1", 4096, 3});
  known.add({"second", 0.5, "table2 row1", 4096, 3});
  known.add({"third", 0.5, "table1 row1", 2048, 3});
  known.add({"fourth", 0.5, "table1 row1", 4096, 1});
  CHECK(known.nearest(4096, 3, "table1 row9")->bytes == "first");
  CHECK(known.nearest(4096, 3, "table2")->bytes == "second");
  CHECK(known.nearest(4096, 3, "")->bytes == "second");
  CHECK(known.nearest(2048, 3, "table2")->bytes == "third");
  CHECK(known.nearest(4096, 2, "table1 row1") == nullptr);
  known.add({"fifth", 0.5, "table1 row1", 4096, 3});
  CHECK(known.nearest(4096, 3, "table1 row9")->bytes == "fifth");
  for (int i = 0; i < 100; ++i) known.add({"more", 0.5, "other", 4096, 3});
  CHECK(known.nearest(4096, 3, "table1 row9")->bytes == "more");
}

TEST_CASE("a cut-off or foreign SSTable is refused") {
  const auto files = new_memory_file_system();
  const FileMeta meta = build(*files, some_versions(10, 2), 256);
  const std::string intact(*files->read_whole(kPath));
  CHECK_FALSE(Sstable::open(*files, kPath, meta, kSeed + 1, nullptr));
  FileMeta other = meta;
  other.number = 8;
  CHECK_FALSE(Sstable::open(*files, kPath, other, kSeed, nullptr));
  for (const size_t size : {size_t{0}, size_t{1}, intact.size() / 2, intact.size() - 1}) {
    REQUIRE((*files->create(kPath))->append(intact.substr(0, size)));
    CHECK(Sstable::open(*files, kPath, meta, kSeed, nullptr).status().code() == Code::kCorrupt);
  }
  REQUIRE(files->remove(kPath));
  CHECK(Sstable::open(*files, kPath, meta, kSeed, nullptr).status().code() == Code::kCorrupt);
}

TEST_CASE("reading backwards ends where keys are out of order") {
  std::mt19937_64 random(test_seed("sstable_test"));
  const ReadLimits everything{UINT64_MAX, 0, std::nullopt, nullptr};
  for (int round = 0; round < 300; ++round) {
    const auto files = new_memory_file_system();
    std::vector<Version> versions = some_versions(12, 1);
    std::shuffle(versions.begin(), versions.end(), random);
    const FileMeta meta = build(*files, versions, 64);
    const auto table = Sstable::open(*files, kPath, meta, kSeed, nullptr);
    REQUIRE(table);
    Decompressor decompressor;
    SstableIterator iterator(&everything, &decompressor);
    iterator.reset(table->get());
    for (const Version& version : versions) {
      iterator.seek_before(version.key);
      if (iterator.valid()) CHECK(iterator.user_key() < version.key);
    }
  }
}

TEST_CASE("what uncompressed bytes may be is told by the compressed ones, before memory is taken for them") {
  for (const size_t size : {size_t{100}, size_t{4096}, size_t{300'000}, size_t{5'000'000}}) {
    CAPTURE(size);
    std::string compressed;
    REQUIRE(Compressor(3).compress(std::string(size, 'x'), &compressed));
    CHECK(Decompressor::may_yield(compressed, size));
    CHECK_FALSE(Decompressor::may_yield(compressed, size + (1u << 20)));
    CHECK_FALSE(Decompressor::may_yield(compressed, UINT32_MAX));
    CHECK_FALSE(Decompressor::may_yield(compressed.substr(0, compressed.size() / 2), size));
  }
}

TEST_CASE("versions out of order become no file") {
  const std::shared_ptr<FileSystem> files = new_memory_file_system();
  REQUIRE(files->make_directory("db"));
  std::vector<Version> versions = some_versions(2, 2);
  std::swap(versions[1], versions[2]);
  // A block for each version, so that no block is out of order in itself.
  const FileMeta meta = build(*files, versions, 1);
  const auto table = Sstable::open(*files, kPath, meta, kSeed, nullptr);
  REQUIRE(table);
  const ReadLimits everything{UINT64_MAX, 0, std::nullopt, nullptr};
  Decompressor decompressor;
  SstableIterator iterator(&everything, &decompressor);
  iterator.reset(table->get());
  TableOutput output({files, "db", {100, 10, 1, kSeed, nullptr}, 1000, true}, [] { return uint64_t{8}; });
  Status status = Status::ok();
  for (iterator.seek({}); status && iterator.valid(); iterator.next())
    status = output.add(iterator, kNeverSuperseded, {0, 1});
  CHECK(status.code() == Code::kCorrupt);
}

TEST_CASE("blocks that stay uncompressed fit a row") {
  constexpr uint32_t kBlockBytes = 4096;
  constexpr uint64_t kRowBytes = 4000;
  std::mt19937_64 random(test_seed("sstable_test, rows"));
  for (const size_t value_bytes : {260, 1500}) {
    CAPTURE(value_bytes);
    auto files = new_memory_file_system();
    auto file = files->create(kPath);
    REQUIRE(file);
    SstableBuilder builder({kBlockBytes, 10, 1, kSeed, nullptr, true, kRowBytes}, 7, std::move(*file));
    for (uint64_t key = 0; key < 1000; ++key) {
      std::string value(value_bytes, 0);
      for (char& byte : value) byte = static_cast<char>(random());
      REQUIRE(builder.add(numbered("key ", 10'000 + key), 1, static_cast<uint32_t>(key), kNeverSuperseded,
                          value, {0, 10}));
    }
    const auto meta = builder.finish();
    REQUIRE(meta);
    const auto table = Sstable::open(*files, kPath, *meta, kSeed, nullptr);
    REQUIRE(table);
    const auto index = (*table)->index();
    REQUIRE(index);
    size_t larger = 0;
    for (size_t block = 0; block < (*index)->block_count(); ++block) {
      const uint64_t stored = (*index)->handle(block).stored_size + kStoredTrailerBytes;
      if (stored > kRowBytes) ++larger;
      if (block + 1 < (*index)->block_count())
        CHECK(stored + value_bytes + 100 > kRowBytes);  // as full as can be
    }
    CHECK(larger <= 1);  // the first one, before it is known that blocks do not compress
  }
}
