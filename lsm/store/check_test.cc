// A check finds nothing in a healthy store, and every damage in a damaged one: any changed byte of any file,
// and contents that have right checksums but are impossible.
#include "lsm/store/check.h"

#include <doctest/doctest.h>

#include <functional>

#include "lsm/file/file_names.h"
#include "lsm/log/manifest.h"
#include "lsm/table/sstable_builder.h"
#include "lsm/testing/small_store.h"

using namespace spectradb;
using namespace spectradb::lsm;

namespace {

std::vector<std::string> check(const Files& files, const Committed& committed) {
  const StoreOptions options = SmallStore::options_on(SmallStore::file_system_of(files));
  const auto problems = check_store(options, [&]() -> Result<Committed> { return committed; });
  REQUIRE(problems);
  return *problems;
}

bool tells(const std::vector<std::string>& problems, std::string_view what) {
  return std::any_of(problems.begin(), problems.end(),
                     [&](const std::string& problem) { return problem.find(what) != std::string::npos; });
}

// A store with one table made by hand, which can have impossible contents under right checksums.
struct Version {
  std::string key;
  uint64_t commit;
  uint64_t recency = kNeverSuperseded;
};

class MadeStore {
 public:
  MadeStore() {
    manifest_.store_id = std::string(32, 'c');
    manifest_.shard_count = 1;
    manifest_.next_file = 100;
    manifest_.flushed_commit = 9;
    manifest_.flushed_frame = 5;
  }

  Manifest& manifest() { return manifest_; }
  Files& files() { return files_; }

  FileMeta add(uint64_t number, const std::vector<Version>& versions, uint32_t level) {
    const auto file_system = new_memory_file_system();
    auto file = file_system->create("table");
    SstableBuilder builder({64, 10, 1, manifest_.seed()}, number, std::move(*file));
    for (const Version& version : versions)
      REQUIRE(builder.add(version.key, version.commit, 0, version.recency, "value", {INT64_MIN, INT64_MAX}));
    const auto meta = builder.finish();
    REQUIRE(meta);
    auto made = file_system->read_whole("table");
    files_[sstable_name(number)] = std::move(*made);
    manifest_.files.push_back({0, level, *meta});
    return *meta;
  }

  std::vector<std::string> check() {
    files_[std::string(kManifestName)] = manifest_.encode();
    return ::check(files_, {manifest_.store_id, 9, 5, {}});
  }

 private:
  Manifest manifest_;
  Files files_;
};

const std::vector<Version> kVersions{{"a", 3}, {"b", 9}, {"c", 1}, {"d", 4}, {"e", 4}};

}  // namespace

TEST_CASE("a check finds nothing in a healthy store") {
  const SmallStore small;
  CHECK(check(small.files(), small.committed()) == std::vector<std::string>());
  MadeStore made;
  made.add(3, kVersions, 1);
  made.add(4, {{"a", 2, 3}, {"c", 1, 8}}, kHistoryLevel);
  CHECK(made.check() == std::vector<std::string>());
}

TEST_CASE("a check finds every byte that is changed, and names its file") {
  const SmallStore small;
  // Log segments before the log's start are no longer needed.
  const auto manifest = Manifest::decode("MANIFEST", small.files().at(std::string(kManifestName)));
  REQUIRE(manifest);
  const std::string log = log_name(manifest->log_start.segment);
  uint64_t changes = 0;
  for (const auto& file : small.files()) {
    INFO(file.first);
    const size_t begin = file.first == log ? manifest->log_start.offset : 0;
    for (size_t offset = begin; offset < file.second.size(); ++offset) {
      CAPTURE(offset);
      Files files = small.files();
      files[file.first][offset] = static_cast<char>(files[file.first][offset] ^ 0x20);
      const auto problems = check(files, small.committed());
      REQUIRE(tells(problems, "db/" + file.first));
      changes += 1;
    }
    Files files = small.files();
    files.erase(file.first);
    CHECK_FALSE(check(files, small.committed()).empty());
  }
  MESSAGE(changes << " changed bytes, all found");
}

TEST_CASE("a check finds versions out of order, in a table and from one table of a level to the next") {
  MadeStore made;
  made.add(3, {{"a", 3}, {"c", 1}, {"b", 9}}, 1);
  CHECK(tells(made.check(), "db/000003.sst is damaged at byte 0: versions are out of order"));
  MadeStore overlapping;
  overlapping.add(3, kVersions, 1);
  overlapping.add(4, {{"d", 4}}, 1);
  CHECK(tells(overlapping.check(), "000004.sst is damaged at byte 0: versions are out of order"));
  MadeStore level_0;
  level_0.add(3, kVersions, 0);
  level_0.add(4, {{"d", 5}}, 0);
  CHECK(level_0.check() == std::vector<std::string>());
}

TEST_CASE("a check compares tables with what the manifest says of them") {
  const auto problems_of = [](const std::function<void(Manifest&)>& change) {
    MadeStore made;
    made.add(3, kVersions, 1);
    change(made.manifest());
    return made.check();
  };
  CHECK(tells(problems_of([](Manifest& m) { m.files[0].meta.key_count = 4; }),
              "holds 5 keys, but the manifest says 4"));
  CHECK(tells(problems_of([](Manifest& m) { m.files[0].meta.raw_bytes += 1; }), "uncompressed bytes"));
  CHECK(tells(problems_of([](Manifest& m) { m.files[0].meta.version_count = 4; }), "000003.sst"));
  CHECK(tells(problems_of([](Manifest& m) { m.files[0].meta.last_commit = 3; }),
              "the last version is not the one"));
  CHECK(tells(problems_of([](Manifest& m) { m.files[0].meta.bounds.max_commit = 8; }),
              "the properties are not those that the manifest repeats"));
  CHECK(tells(problems_of([](Manifest& m) { m.flushed_commit = 8; }), "a version has commit 9"));
  CHECK(tells(problems_of([](Manifest& m) { m.files[0].level = kHistoryLevel; }), "do not fit level 7"));
  CHECK(tells(problems_of([](Manifest& m) { m.files[0].level = kHistoryLevel; }),
              "in history is not superseded"));
  CHECK(tells(problems_of([](Manifest& m) { m.shard_count = 2; }), "a key belongs to another shard"));
  CHECK(tells(problems_of([](Manifest& m) { m.next_file = 3; }), "the next file gets number 3"));
  CHECK(tells(problems_of([](Manifest& m) { m.files.push_back(m.files[0]); }), "names 000003.sst twice"));
  CHECK(tells(problems_of([](Manifest& m) { m.flushed_frame = 6; }), "another one than the database's"));
  CHECK(tells(problems_of([](Manifest& m) { m.flushed_commit = 10; }), "is newer than the database"));
}

TEST_CASE("a check finds a filter that denies a key, and a superseded version among the current ones") {
  MadeStore made;
  const FileMeta meta = made.add(3, kVersions, 1);
  std::string& bytes = made.files()[sstable_name(3)];
  const size_t footer = bytes.size() - kFooterBytes;
  const auto offset = static_cast<size_t>(load_fixed64(bytes.data() + footer));
  const auto size = static_cast<size_t>(load_fixed64(bytes.data() + footer + 8));
  for (size_t byte = 0; byte + 1 < size; ++byte) bytes[offset + byte] = '\0';
  const uint64_t seed = sstable_seed(made.manifest().seed(), meta.number) + offset;
  const uint32_t checksum = checksum32(std::string_view(bytes).substr(offset, size), seed);
  std::memcpy(bytes.data() + offset + size + 1, &checksum, sizeof checksum);
  CHECK(tells(made.check(), "the filter denies a key that is there"));

  MadeStore superseded;
  superseded.add(3, {{"a", 3}, {"b", 2, 5}}, 1);
  CHECK(tells(superseded.check(), "a superseded version lies among the current ones"));
}

TEST_CASE("a check follows the log to the last commit, or to what the database keeps copies of") {
  const SmallStore small;
  Committed committed = small.committed();
  committed.commit += 1;
  CHECK(tells(check(small.files(), committed), "is not whole"));
  committed = small.committed();
  committed.frame += 1;
  CHECK(tells(check(small.files(), committed), "another one than the database's"));
  committed = small.committed();
  committed.store_id = std::string(32, '0');
  CHECK(tells(check(small.files(), committed), "is of another store"));

  const auto file_system = new_memory_file_system();
  StoreUnderTest test;
  REQUIRE(test.create(SmallStore::options_on(file_system)));
  REQUIRE(test.commit({{"key", "value"}}, Sync::kCopy));
  REQUIRE(test.committed.copies.size() == 1);
  test.store.reset();
  REQUIRE(file_system->remove("db/" + log_name(1)));
  const auto ask = [&]() -> Result<Committed> { return test.committed; };
  auto problems = check_store(SmallStore::options_on(file_system), ask);
  REQUIRE(problems);
  CHECK(*problems == std::vector<std::string>());
  test.committed.copies.clear();
  problems = check_store(SmallStore::options_on(file_system), ask);
  REQUIRE(problems);
  CHECK(tells(*problems, "log-000001 is missing"));
}

TEST_CASE("a check lists no more problems than can be read") {
  MadeStore made;
  for (uint64_t number = 1; number < 90; ++number) {
    made.add(number, {{"a", 1}}, 0);
    made.manifest().files.back().meta.key_count = 2;
  }
  const auto problems = made.check();
  CHECK(problems.size() == kMaxProblems + 1);
  CHECK(tells(problems, "more"));
}
