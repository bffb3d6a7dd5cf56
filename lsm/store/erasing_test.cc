// What is erased is in no file of the store, nothing else is changed, and the store goes on.
#include <doctest/doctest.h>

#include <algorithm>

#include "lsm/file/file_names.h"
#include "lsm/store/key_eraser.h"
#include "lsm/testing/power_cut_file_system.h"
#include "lsm/testing/store_checks.h"
#include "lsm/testing/store_fixture.h"

using namespace spectradb;
using namespace spectradb::lsm;

namespace {

const std::string kSecretKey = "who-of-all-people";
const std::string kSecretValue = "what nobody else may know of them";

StoreOptions erasing_options(std::shared_ptr<FileSystem> file_system) {
  StoreOptions options = test_options(std::move(file_system));
  options.shard_count = 2;
  options.sstable_block_bytes = 512;
  options.history_block_bytes = 512;
  options.sstable_max_bytes = 4'000;
  options.block_cache_bytes = 0;
  return options;
}

KeyEraser& eraser_of(StoreUnderTest& test) { return KeyEraser::of(*test.store); }

std::vector<KeyRange> secret() { return {{kSecretKey, kSecretKey + std::string(1, '\0')}}; }

// A life with history, files at several levels, and facts that only the log has.
void fill_with_history(StoreUnderTest* test) {
  for (int round = 0; round < 6; ++round) {
    Rows rows;
    for (int key = 0; key < 40; ++key)
      rows.emplace_back(numbered("key ", 100 + static_cast<uint64_t>(key)),
                        numbered("value of round ", static_cast<uint64_t>(round * 1000 + key)));
    rows.emplace_back(kSecretKey, kSecretValue + numbered(" ", static_cast<uint64_t>(round)));
    REQUIRE(test->commit(rows, Sync::kCopy));
    if (round == 2) REQUIRE(test->store->compact());
    if (round == 3 || round == 4) REQUIRE(test->store->flush());
  }
}

std::vector<std::string> without_secret(std::vector<std::string> lines) {
  std::erase_if(lines, [](const std::string& line) { return line.starts_with(kSecretKey); });
  return lines;
}

// The names of files whose bytes, as they stand, hold the text. Keys and dictionaries are not compressed.
std::vector<std::string> holding(FileSystem& file_system, std::string_view text) {
  std::vector<std::string> found;
  const auto names = file_system.list("db");
  REQUIRE(names);
  for (const std::string& name : *names) {
    const auto bytes = file_system.read_whole("db/" + name);
    if (bytes && bytes->find(text) != std::string::npos) found.push_back(name);
  }
  return found;
}

}  // namespace

TEST_CASE("an erased key is in no file, and all others are what they were at every commit") {
  for (const bool is_flushed : {false, true}) {
    for (const bool has_attempt : {false, true}) {
      CAPTURE(is_flushed);
      CAPTURE(has_attempt);
      const StoreOptions options = erasing_options(new_memory_file_system());
      StoreUnderTest test;
      REQUIRE(test.create(options));
      fill_with_history(&test);
      if (is_flushed) REQUIRE(test.store->flush());
      if (has_attempt) {
        const uint64_t next = test.committed.commit + 1;
        REQUIRE(test.store->prepare(next, batch_of({{kSecretKey, kSecretValue}}), Sync::kFull));
        REQUIRE(test.store->abort(next));
      }
      std::vector<std::vector<std::string>> before;
      for (uint64_t commit = 0; commit <= test.committed.commit; ++commit)
        before.push_back(without_secret(test.dump(commit)));
      CHECK_FALSE(holding(*options.file_system, kSecretKey).empty());
      const Status erased = eraser_of(test).erase(secret());
      REQUIRE_MESSAGE(erased, erased.message());
      test.committed.copies.clear();
      CHECK(holding(*options.file_system, kSecretKey) == std::vector<std::string>{});
      CHECK(holding(*options.file_system, kSecretValue) == std::vector<std::string>{});
      for (int turn = 0; turn < 2; ++turn) {
        for (uint64_t commit = 0; commit < before.size(); ++commit)
          CHECK(test.dump(commit) == before[commit]);
        check_sound(options, test.committed);
        REQUIRE(test.open(options));
      }
      REQUIRE(test.commit({{kSecretKey, "written again"}}));
      CHECK(test.dump(UINT64_MAX).size() == before.back().size() + 1);
    }
  }
}

TEST_CASE("an erasure is refused while another process has the store open, or a file was set aside") {
  const StoreOptions options = erasing_options(new_memory_file_system());
  StoreUnderTest test;
  REQUIRE(test.create(options));
  fill_with_history(&test);
  {
    const auto other = options.file_system->lock("db/LOCK", LockMode::kShared);
    REQUIRE(other);
    CHECK(eraser_of(test).check_may_erase().code() == Code::kBusy);
    CHECK(eraser_of(test).erase(secret()).code() == Code::kBusy);
  }
  REQUIRE(eraser_of(test).check_may_erase());
  REQUIRE(options.file_system->create("db/log-000001.cut"));
  const Status refused = eraser_of(test).erase(secret());
  CHECK(refused.code() == Code::kInvalid);
  CHECK(refused.message().find("db/log-000001.cut") != std::string::npos);
  REQUIRE(options.file_system->remove("db/log-000001.cut"));
  const auto interrupted = eraser_of(test).erase(secret(), [] { return true; });
  (void)interrupted;  // too few versions for a question
  REQUIRE(eraser_of(test).erase(secret()));
  CHECK(holding(*options.file_system, kSecretKey) == std::vector<std::string>{});
}

TEST_CASE("whenever the power goes out, all others are there, and erasing again finishes") {
  const auto disk = std::make_shared<PowerCutFileSystem>();
  const StoreOptions options = erasing_options(disk);
  StoreUnderTest test;
  REQUIRE(test.create(options));
  fill_with_history(&test);
  const std::vector<std::string> others = without_secret(test.dump(UINT64_MAX));
  std::mt19937_64 random(test_seed("erasing_test"));
  uint64_t unfinished = 0;
  const auto erase = [&] { REQUIRE(eraser_of(test).erase(secret())); };
  const uint64_t images =
      each_crash(*disk, options, test.committed, random, 1, erase,
                 [&](StoreUnderTest& after, const StoreOptions& after_options) {
                   const std::vector<std::string> left = after.dump(UINT64_MAX);
                   CHECK(without_secret(left) == others);
                   unfinished += left.size() != others.size() ? 1 : 0;
                   const Status erased = eraser_of(after).erase(secret());
                   REQUIRE_MESSAGE(erased, erased.message());
                   CHECK(after.dump(UINT64_MAX) == others);
                   CHECK(holding(*after_options.file_system, kSecretKey) == std::vector<std::string>{});
                 });
  CHECK(images > 50);
  CHECK(unfinished > 0);
  CHECK(unfinished < images);
}
