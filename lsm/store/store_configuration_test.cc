// The same random life under many configurations: whatever the sizes of memtables, blocks, tables, filters
// and caches, the number of shards, and who reads, each question has the answer that a plain map gives.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <map>

#include "lsm/store/check.h"
#include "lsm/testing/store_fixture.h"

using namespace spectradb;
using namespace spectradb::lsm;

namespace {

#ifdef NDEBUG
constexpr uint64_t kSeeds = 200;
#else
constexpr uint64_t kSeeds = 30;  // instrumented builds take long
#endif
constexpr uint64_t kSteps = 36;

enum class Reader : uint8_t {
  kWriter,    // the store that writes
  kReopened,  // the store that writes, opened anew before each question
  kFollower,  // a second store beside it that only reads
};

struct Configuration {
  const char* name;
  uint32_t shard_count = 2;
  uint64_t memtable_max_bytes = 64u << 10;
  uint32_t sstable_block_bytes = 8u << 10;
  uint64_t sstable_max_bytes = 8u << 20;
  uint32_t bloom_bits_per_key = 10;
  uint64_t block_cache_bytes = 64u << 20;
  bool background = false;
  Reader reader = Reader::kWriter;
};

const Configuration kConfigurations[] = {
    {"as it comes"},
    {"memtable of 1 KiB", 2, 1u << 10},
    {"memtable of 16 MiB", 2, 16u << 20},
    {"one shard", 1},
    {"one shard, memtable of 1 KiB", 1, 1u << 10},
    {"three shards", 3},
    {"eight shards", 8},
    {"eight shards, memtable of 1 KiB", 8, 1u << 10},
    {"blocks of 64 bytes", 2, 24u << 10, 64},
    {"blocks of 256 KiB", 2, 24u << 10, 256u << 10},
    {"tables of 400 bytes", 2, 24u << 10, 128, 400},
    {"tables of 4 KiB in one shard", 1, 24u << 10, 512, 4u << 10},
    {"filters without bits", 2, 24u << 10, 256, 4u << 10, 0},
    {"filters of 1 bit", 2, 24u << 10, 256, 4u << 10, 1},
    {"filters of 40 bits", 2, 24u << 10, 256, 4u << 10, 40},
    {"no block cache", 2, 24u << 10, 256, 4u << 10, 10, 0},
    {"block cache of 2 KiB", 2, 24u << 10, 256, 4u << 10, 10, 2u << 10},
    {"all tiny", 4, 1u << 10, 64, 300, 1, 1u << 10},
    {"background work", 2, 1u << 10, 256, 2u << 10, 10, 64u << 10, true},
    {"background work, eight shards", 8, 24u << 10, 256, 2u << 10, 10, 0, true},
    {"opened anew for each question", 2, 24u << 10, 256, 2u << 10, 10, 0, false, Reader::kReopened},
    {"read by another process", 3, 24u << 10, 256, 2u << 10, 10, 64u << 10, false, Reader::kFollower},
    {"read by another process, background work", 2, 1u << 10, 256, 2u << 10, 10, 0, true, Reader::kFollower},
};

struct Step {
  enum Kind : uint8_t { kCommit, kAttempt, kFlush, kCompact, kReopen, kAsk } kind;
  Rows rows{};                // of a commit or an attempt
  size_t kept = 0;            // how many of the rows stay; the rest is rolled back
  size_t spilled = SIZE_MAX;  // spills after so many rows
  Sync sync = Sync::kNone;
  // For questions:
  uint64_t commit = 0;
  int64_t instant = 0;
  std::string key{};
  std::string answer{};  // what the map answers
};

struct VersionKey {
  std::string user_key;
  uint64_t commit;
  uint64_t ordinal;
  bool operator<(const VersionKey& other) const {
    return std::tie(user_key, other.commit, other.ordinal) < std::tie(other.user_key, commit, ordinal);
  }
};

bool holds_at(std::string_view value, int64_t instant) {
  const VersionBounds valid = *PrefixProperties().bounds(value);
  return valid.valid_from <= instant && instant < valid.valid_to;
}

// What one key shows at an instant, from its versions, newest first.
class Shown {
 public:
  explicit Shown(int64_t instant) : instant_(instant) {}
  void add(std::string_view user_key, std::string_view value) {
    if (user_key != key_ || !begun_) is_decided_ = false;
    begun_ = true;
    key_ = user_key;
    if (is_decided_ || !holds_at(value, instant_)) return;
    is_decided_ = true;
    if (value != kClears) text_.append(user_key).append("=").append(value).append("\n");
  }
  const std::string& text() const { return text_; }

 private:
  int64_t instant_;
  bool begun_ = false;
  bool is_decided_ = false;
  std::string key_;
  std::string text_;
};

class Script {
 public:
  explicit Script(uint64_t seed) : random_(seed), key_count_(below(2) == 0 ? 6 : 60) {
    for (uint64_t step = 0; step < kSteps; ++step) steps_.push_back(any_step());
    steps_.push_back({Step::kCompact, {}});
    for (uint64_t question = 0; question < 3; ++question) steps_.push_back(ask());
  }
  const std::vector<Step>& steps() const { return steps_; }
  uint64_t questions() const { return questions_; }

 private:
  uint64_t below(uint64_t limit) { return random_() % limit; }
  std::string any_key() {
    const uint64_t number = below(key_count_);
    return number % 5 == 0 ? std::string(number / 5, 'k') : numbered("key with a prefix ", number);
  }
  std::string any_value() {
    if (below(10) == 0) return std::string(kClears);
    if (below(3) == 0) {
      const auto from = static_cast<int64_t>(below(8));
      return bounded_value(from, from + 1 + static_cast<int64_t>(below(8)), numbered("", below(1000)));
    }
    const uint64_t size = below(12) == 0 ? 700 : below(15);
    return std::string(size, static_cast<char>('a' + below(26)));
  }

  Step any_step() {
    const uint64_t dice = below(36);
    if (dice < 18) return commit();
    if (dice < 20) return write(Step::kAttempt);
    if (dice < 23) return {Step::kFlush, {}};
    if (dice < 24) return {Step::kCompact, {}};
    if (dice < 26) return {Step::kReopen, {}};
    return ask();
  }

  Step write(Step::Kind kind) {
    Step step{kind, {}};
    const uint64_t count = 1 + below(below(8) == 0 ? 60 : 6);
    for (uint64_t row = 0; row < count; ++row) step.rows.emplace_back(any_key(), any_value());
    step.kept = below(6) == 0 ? below(count + 1) : count;
    if (below(5) == 0) step.spilled = below(count + 1);
    constexpr Sync kAll[] = {Sync::kNone, Sync::kCopy, Sync::kFull};
    step.sync = kAll[below(3)];
    return step;
  }

  Step commit() {
    Step step = write(Step::kCommit);
    commits_ += 1;
    for (size_t row = 0; row < step.kept; ++row) {
      model_[{step.rows[row].first, commits_, row}] = step.rows[row].second;
    }
    return step;
  }

  Step ask() {
    questions_ += 1;
    Step step{Step::kAsk, {}};
    step.commit = below(2) == 0 ? commits_ : below(commits_ + 1);
    step.instant = static_cast<int64_t>(below(18)) - 1;
    step.key = any_key();
    step.answer = answer(step);
    return step;
  }

  std::string answer(const Step& step) const {
    std::string versions;
    std::string of_key;
    Shown shown(step.instant);
    for (const auto& [key, value] : model_) {
      if (key.commit > step.commit) continue;
      versions.append(key.user_key).append("@").append(std::to_string(key.commit)).append("=");
      versions.append(value).append("\n");
      if (key.user_key == step.key) of_key.append(value).append("\n");
      shown.add(key.user_key, value);
    }
    return versions + "--\n" + of_key + "--\n" + shown.text();
  }

  std::mt19937_64 random_;
  const uint64_t key_count_;
  std::map<VersionKey, std::string> model_;
  uint64_t commits_ = 0;
  uint64_t questions_ = 0;
  std::vector<Step> steps_;
};

class Life {
 public:
  explicit Life(const Configuration& configuration)
      : reader_(configuration.reader), options_(test_options(new_memory_file_system())) {
    options_.shard_count = configuration.shard_count;
    options_.memtable_max_bytes = configuration.memtable_max_bytes;
    options_.sstable_block_bytes = configuration.sstable_block_bytes;
    options_.history_block_bytes = configuration.sstable_block_bytes;
    options_.sstable_max_bytes = configuration.sstable_max_bytes;
    options_.bloom_bits_per_key = configuration.bloom_bits_per_key;
    options_.block_cache_bytes = configuration.block_cache_bytes;
    options_.background = configuration.background;
    options_.merge_threads = std::min(configuration.shard_count, 4u);
    REQUIRE(test_.create(options_));
  }

  // The check finds no problem, whatever the configuration.
  void check_files() {
    const auto problems = check_store(options_, [&]() -> Result<Committed> { return test_.committed; });
    must(problems.status());
    INFO((problems->empty() ? "" : problems->front()));
    REQUIRE(problems->empty());
  }

  void take(const Step& step) {
    switch (step.kind) {
      case Step::kCommit:
      case Step::kAttempt:
        return write(step);
      case Step::kFlush:
        return must(test_.store->flush());
      case Step::kCompact:
        return must(test_.store->compact());
      case Step::kReopen:
        return reopen();
      case Step::kAsk:
        return ask(step);
    }
  }

 private:
  static void must(const Status& status) {
    INFO(status.message());
    REQUIRE(status);
  }

  void write(const Step& step) {
    auto batch = std::make_shared<WriteBatch>();
    for (size_t row = 0; row < step.rows.size(); ++row) {
      if (row == step.kept) kept_mark_ = batch->mark();
      if (row == step.spilled) must(test_.store->spill(test_.committed.commit + 1, *batch));
      batch->put(step.rows[row].first, step.rows[row].second,
                 *PrefixProperties().bounds(step.rows[row].second));
    }
    if (step.kept < step.rows.size()) batch->rollback_to(kept_mark_);
    const uint64_t number = test_.committed.commit + 1;
    if (step.spilled <= step.rows.size()) must(test_.store->spill(number, *batch));
    const auto frame = test_.store->prepare(number, batch, step.sync);
    must(frame.status());
    if (step.kind == Step::kAttempt) return must(test_.store->abort(number));
    test_.record(number, *frame);
    must(test_.store->publish(number, frame->token));
  }

  void reopen() {
    follower_.reset();  // alone again, so recovery may cut the log
    must(test_.open(options_));
  }

  Store& asked() {
    if (reader_ == Reader::kReopened) reopen();
    if (reader_ != Reader::kFollower) return *test_.store;
    if (follower_ == nullptr) {
      StoreOptions options = options_;
      options.read_only = true;
      auto opened = Store::open(options, test_.committed);
      must(opened.status());
      follower_ = std::move(*opened);
    }
    must(follower_->publish(test_.committed.commit, test_.committed.frame));
    return *follower_;
  }

  void ask(const Step& step) {
    Store& store = asked();
    const auto cursor = store.new_cursor({step.commit, nullptr, 0, std::nullopt});
    std::string versions;
    for (cursor->seek(""); cursor->valid(); cursor->next()) {
      versions.append(cursor->user_key()).append("@").append(std::to_string(cursor->commit())).append("=");
      versions.append(cursor->value()).append("\n");
    }
    must(cursor->status());
    std::string of_key;
    for (cursor->seek_key(step.key); cursor->valid(); cursor->next())
      of_key.append(cursor->value()).append("\n");
    must(cursor->status());
    cursor->set_all_versions(false);
    cursor->set_valid_at(step.instant);
    Shown shown(step.instant);
    for (cursor->seek(""); cursor->valid(); cursor->next()) shown.add(cursor->user_key(), cursor->value());
    must(cursor->status());
    const bool is_right = versions + "--\n" + of_key + "--\n" + shown.text() == step.answer;
    REQUIRE(is_right);
    REQUIRE(shown_backwards(*cursor, step.instant) == shown.text());
  }

  // Reads the same key by key, from the end.
  static std::string shown_backwards(VersionCursor& cursor, int64_t instant) {
    std::vector<std::string> keys;
    std::string before(1, '\x7f');
    for (cursor.seek_before(before); cursor.valid(); cursor.seek_before(before)) {
      before = cursor.user_key();
      keys.push_back(before);
    }
    must(cursor.status());
    Shown shown(instant);
    for (auto key = keys.rbegin(); key != keys.rend(); ++key) {
      for (cursor.seek_key(*key); cursor.valid(); cursor.next()) shown.add(cursor.user_key(), cursor.value());
      must(cursor.status());
    }
    return shown.text();
  }

  const Reader reader_;
  StoreOptions options_;
  StoreUnderTest test_;
  std::shared_ptr<Store> follower_;
  uint32_t kept_mark_ = 0;
};

}  // namespace

// A key that a table shows at the first look, and passes over at the second one, began the next table: walking backwards at
// an instant went round in circles.
TEST_CASE("walking backwards ends where blocks are read again") {
  const Script script(3540791372);
  for (const Configuration& configuration : kConfigurations) {
    INFO(std::string(configuration.name));
    Life life(configuration);
    for (const Step& step : script.steps()) life.take(step);
  }
}

TEST_CASE("every configuration gives the same answers") {
  static_assert(std::size(kConfigurations) >= 16);
  const uint64_t seed = test_seed("store_configuration_test");
  const char* more = std::getenv("SPECTRADB_CONFIGURATION_SEEDS");
  const uint64_t seeds = more != nullptr ? std::strtoull(more, nullptr, 10) : kSeeds;
  uint64_t questions = 0;
  for (uint64_t run = 0; run < seeds; ++run) {
    CAPTURE(seed + run);
    const Script script(seed + run);
    for (const Configuration& configuration : kConfigurations) {
      INFO(std::string(configuration.name));
      Life life(configuration);
      for (const Step& step : script.steps()) life.take(step);
      life.check_files();
      questions += script.questions();
    }
  }
  std::fprintf(stderr, "configurations: %zu, each with the same %llu seeds and all right: %llu questions\n",
               std::size(kConfigurations), static_cast<unsigned long long>(seeds),
               static_cast<unsigned long long>(questions));
}
