// Bitemporal resolution: the worked example of the specification, Snodgrass's property example, and random
// facts against the definition of visibility evaluated point by point.
#include "temporal/row_cursor.h"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "base/random_seed.h"
#include "temporal/memory_versions.h"

namespace spectradb::temporal {

// What a test compares of a row.
struct Row {
  std::string key;
  std::string payload;
  int64_t from = kBeginningOfTime;
  int64_t to = kEndOfTime;
  uint64_t system_from = 0;
  uint64_t system_to = 0;
  uint32_t ordinal = 0;

  bool operator==(const Row&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Row& row) {
  const auto bound = [](int64_t us) {
    return us == kBeginningOfTime ? std::string("-inf")
           : us == kEndOfTime     ? std::string("inf")
                                  : std::to_string(us);
  };
  return out << row.key << "=" << row.payload << " [" << bound(row.from) << "," << bound(row.to) << ") ["
             << row.system_from << "." << row.ordinal << "," << row.system_to << ")";
}

std::ostream& operator<<(std::ostream& out, const std::vector<Row>& rows) {
  for (const Row& row : rows) out << "\n    " << row;
  return out;
}

namespace {

constexpr uint64_t kEveryCommit = ~uint64_t{0};

void put(MemoryVersions& versions, const std::string& key, uint64_t commit, uint32_t ordinal,
         const Period& valid, std::optional<std::string> payload) {
  MemoryVersion version{commit, ordinal, {}};
  const Operation operation = payload ? Operation::kPut : Operation::kDelete;
  encode_fact(version.value, {valid, operation, payload ? std::string_view(*payload) : std::string_view()});
  versions[key].push_back(std::move(version));
}

Period period(std::optional<int64_t> from, std::optional<int64_t> to) {
  Period out;
  if (from) out.from.us = *from;
  if (to) out.to.us = *to;
  return out;
}

ReadTimes times_of(SystemMode system, ValidMode valid) {
  ReadTimes times;
  times.system = system;
  times.valid = valid;
  return times;
}

ReadTimes at(int64_t instant, SystemMode system = SystemMode::kAt) {
  ReadTimes times = times_of(system, ValidMode::kAt);
  times.at_us = instant;
  return times;
}

struct Range {
  enum class Kind { kAscending, kDescending, kPoint };

  Kind kind = Kind::kAscending;
  std::string lower = {};
  std::string upper = "\xFF";
};

std::vector<Row> rows_of(RowCursor& cursor, const Range& range = {}, std::vector<Period>* periods = nullptr) {
  if (range.kind == Range::Kind::kPoint) {
    cursor.seek_point(range.lower);
  } else {
    cursor.seek(range.lower, range.upper, range.kind == Range::Kind::kDescending);
  }
  std::vector<Row> rows;
  for (; cursor.valid(); cursor.next()) {
    const ResolvedRow& row = cursor.row();
    rows.push_back({std::string(row.user_key), std::string(row.payload), row.valid.from.us, row.valid.to.us,
                    row.system_from, row.system_to, row.ordinal});
    if (periods != nullptr) periods->push_back(row.valid);
  }
  REQUIRE_MESSAGE(cursor.status().is_ok(), cursor.status().message());
  return rows;
}

std::vector<Row> read(const MemoryVersions& versions, uint64_t max_commit, const ReadTimes& times,
                      const Range& range = {}) {
  RowCursor cursor(std::make_unique<MemoryCursor>(versions, max_commit), times);
  return rows_of(cursor, range);
}

int64_t day(const char* text) {
  const Result<int64_t> instant = parse_instant(text, 0);
  REQUIRE(instant.is_ok());
  return *instant;
}

TEST_CASE("a backwards reading shows the same rows by stretches of any length") {
  constexpr int kKeys = 3000;
  MemoryVersions versions;
  std::vector<Row> expected;
  for (int number = kKeys; number-- > 0;) {
    std::string key = std::to_string(10'000 + number);
    if (number % 7 == 0) {
      put(versions, key, 1, 0, Period{}, "gone");
      put(versions, key, 2, 0, Period{}, std::nullopt);
      continue;
    }
    put(versions, key, 1, 0, period({}, 5), "a");
    put(versions, key, 1, 1, period(5, {}), "b");
    expected.push_back({key, "a", kBeginningOfTime, 5, 1, 0, 0});
    expected.push_back({key, "b", 5, kEndOfTime, 1, 0, 1});
  }
  const auto is_inside = [](const Row& row) { return row.key >= "10100" && row.key < "12950"; };
  std::vector<Row> inside;
  std::copy_if(expected.begin(), expected.end(), std::back_inserter(inside), is_inside);
  for (const size_t keys :
       {0u, 1u, 2u, 3u, 50u, 500u, 600u, 5000u}) {  // of 600 keys on: more rows than are kept
    CAPTURE(keys);
    auto memory = std::make_unique<MemoryCursor>(versions, kEveryCommit);
    memory->set_stretch_keys(keys);
    RowCursor cursor(std::move(memory), times_of(SystemMode::kAt, ValidMode::kAll));
    CHECK(rows_of(cursor, {Range::Kind::kDescending}) == expected);
    CHECK(rows_of(cursor, {Range::Kind::kDescending, "10100", "12950"}) == inside);
    CHECK(rows_of(cursor, {Range::Kind::kDescending, "2", "3"}).empty());
    CHECK(rows_of(cursor, {Range::Kind::kPoint, "10001"}).size() == 2);
  }
}

TEST_CASE("the worked example of the specification") {
  const int64_t jan = day("2026-01-01");
  const int64_t jun = day("2026-06-01");
  const int64_t mid_june = day("2026-06-15");
  const int64_t jul = day("2026-07-01");
  const int64_t aug = day("2026-08-01");
  MemoryVersions versions;
  put(versions, "a", 1, 0, period(jan, {}), "10");
  put(versions, "a", 2, 0, period(jun, jul), "8");
  put(versions, "a", 3, 0, period(mid_june, jul), std::nullopt);
  put(versions, "a", 3, 1, period(jul, aug), std::nullopt);

  const ReadTimes all_valid = times_of(SystemMode::kAt, ValidMode::kAll);
  CHECK(read(versions, 3, all_valid) == std::vector<Row>{{"a", "10", jan, jun, 1, 0, 0},
                                                         {"a", "8", jun, mid_june, 2, 0, 0},
                                                         {"a", "10", aug, kEndOfTime, 1, 0, 0}});
  CHECK(read(versions, 2, all_valid) == std::vector<Row>{{"a", "10", jan, jun, 1, 0, 0},
                                                         {"a", "8", jun, jul, 2, 0, 0},
                                                         {"a", "10", jul, kEndOfTime, 1, 0, 0}});
  CHECK(read(versions, 3, times_of(SystemMode::kAll, ValidMode::kAll)) ==
        std::vector<Row>{{"a", "10", jan, jun, 1, 0, 0},
                         {"a", "10", jun, jul, 1, 2, 0},
                         {"a", "10", jul, aug, 1, 3, 0},
                         {"a", "10", aug, kEndOfTime, 1, 0, 0},
                         {"a", "8", jun, mid_june, 2, 0, 0},
                         {"a", "8", mid_june, jul, 2, 3, 0}});
}

TEST_CASE("Snodgrass and Jensen's property owners") {
  MemoryVersions versions;
  put(versions, "1", 1, 0, period(10, {}), "145");
  put(versions, "1", 2, 0, period(15, {}), "827");
  put(versions, "1", 3, 0, period(20, {}), std::nullopt);
  put(versions, "1", 4, 0, period(3, 10), "145");
  put(versions, "1", 5, 0, period(3, 5), std::nullopt);
  put(versions, "1", 6, 0, period(5, 12), "145");
  put(versions, "1", 6, 1, period(12, 20), "827");
  put(versions, "1", 7, 0, period(5, 12), std::nullopt);
  put(versions, "2", 8, 0, period(15, {}), "827");
  CHECK(read(versions, 8, times_of(SystemMode::kAll, ValidMode::kAll)) ==
        std::vector<Row>{{"1", "145", 10, 12, 1, 6, 0},
                         {"1", "145", 12, 15, 1, 6, 0},
                         {"1", "145", 15, kEndOfTime, 1, 2, 0},
                         {"1", "827", 15, 20, 2, 6, 0},
                         {"1", "827", 20, kEndOfTime, 2, 3, 0},
                         {"1", "145", 3, 5, 4, 5, 0},
                         {"1", "145", 5, 10, 4, 6, 0},
                         {"1", "145", 5, 12, 6, 7, 0},
                         {"1", "827", 12, 20, 6, 0, 1},
                         {"2", "827", 15, kEndOfTime, 8, 0, 0}});
}

TEST_CASE("now is asked once, and only when a bounded fact is met") {
  MemoryVersions versions;
  put(versions, "a", 1, 0, {}, "always");
  put(versions, "b", 2, 0, period(0, 10), "bounded");
  put(versions, "c", 3, 0, period(5, 10), "bounded");
  int asked = 0;
  ReadTimes times;
  ReadCallbacks callbacks;
  times.callbacks = &callbacks;
  callbacks.now = [&asked] {
    ++asked;
    return int64_t{5};
  };
  for (const bool need_period : {true, false}) {
    asked = 0;
    times.need_period = need_period;
    RowCursor cursor(std::make_unique<MemoryCursor>(versions, kEveryCommit), times);
    CHECK(rows_of(cursor, {Range::Kind::kPoint, "a"}).size() == 1);
    CHECK(asked == 0);
    CHECK(rows_of(cursor).size() == 3);
    CHECK(asked == 1);
    CHECK(rows_of(cursor).size() == 3);
    CHECK(asked == 1);
  }
}

TEST_CASE("the store may leave versions out only when no period is wanted") {
  MemoryVersions versions;
  put(versions, "a", 1, 0, period(0, 10), "old");
  for (uint64_t commit = 2; commit < 50; ++commit) put(versions, "a", commit, 0, period(6, 8), "new");
  ReadTimes times = at(5);
  auto owned = std::make_unique<MemoryCursor>(versions, kEveryCommit);
  MemoryCursor& memory = *owned;
  RowCursor cursor(std::move(owned), times);
  CHECK(rows_of(cursor) == std::vector<Row>{{"a", "old", 0, 6, 1, 0, 0}});
  CHECK(memory.shown_count() == 49);
  times.need_period = false;
  cursor.set_times(times);
  CHECK(rows_of(cursor).size() == 1);
  CHECK(memory.shown_count() == 50);
  CHECK(memory.valid_at() == lsm::ValidRange(5));
  cursor.set_times(at(5));
  CHECK(rows_of(cursor) == std::vector<Row>{{"a", "old", 0, 6, 1, 0, 0}});
  CHECK_FALSE(memory.valid_at().has_value());
}

TEST_CASE("reading stops at the version that leaves nothing uncovered") {
  const Period left = period({}, 0);
  const Period right = period(0, {});
  for (const bool is_left_newest : {false, true}) {
    MemoryVersions versions;
    for (uint64_t commit = 1; commit <= 100; ++commit) put(versions, "a", commit, 0, {}, "old");
    put(versions, "a", 101, 0, is_left_newest ? right : left, "x");
    put(versions, "a", 102, 0, is_left_newest ? left : right, "x");
    const auto shown_by = [&](const ReadTimes& times) {
      auto owned = std::make_unique<MemoryCursor>(versions, kEveryCommit);
      MemoryCursor& memory = *owned;
      RowCursor cursor(std::move(owned), times);
      rows_of(cursor);
      return memory.shown_count();
    };
    CHECK(shown_by(times_of(SystemMode::kAt, ValidMode::kAll)) == 2);
    CHECK(shown_by(at(-1)) == (is_left_newest ? 1 : 2));
    CHECK(shown_by(at(0)) == (is_left_newest ? 2 : 1));
    ReadTimes window = times_of(SystemMode::kAt, ValidMode::kWindow);
    window.window = period(-4, -1);
    CHECK(shown_by(window) == 1);  // the other row is outside the window
  }
}

TEST_CASE("bounds come back in the form of the fact that set them") {
  MemoryVersions versions;
  put(versions, "a", 1, 0, {{0, true}, {100, true}}, "old");
  put(versions, "a", 2, 0, {{10, false}, {20, true}}, "low");
  put(versions, "a", 3, 0, {{40, true}, {50, false}}, "high");
  RowCursor cursor(std::make_unique<MemoryCursor>(versions, kEveryCommit), at(30));
  std::vector<Period> periods;
  rows_of(cursor, {}, &periods);
  CHECK(periods == std::vector<Period>{{{20, true}, {40, true}}});
  periods.clear();
  cursor.set_times(times_of(SystemMode::kAt, ValidMode::kAll));
  rows_of(cursor, {}, &periods);
  CHECK(periods == std::vector<Period>{{{0, true}, {10, false}},
                                       {{10, false}, {20, true}},
                                       {{20, true}, {40, true}},
                                       {{40, true}, {50, false}},
                                       {{50, false}, {100, true}}});
}

TEST_CASE("a damaged fact stops the cursor with its place") {
  MemoryVersions versions;
  put(versions, "a", 1, 0, {}, "good");
  versions["b"].push_back({7, 3, "\xFF"});
  for (const ReadTimes& times :
       {at(0), times_of(SystemMode::kAt, ValidMode::kAll), times_of(SystemMode::kAll, ValidMode::kAll)}) {
    RowCursor cursor(std::make_unique<MemoryCursor>(versions, kEveryCommit), times);
    cursor.seek("", "z", false);
    REQUIRE(cursor.valid());
    cursor.next();
    CHECK_FALSE(cursor.valid());
    CHECK(cursor.status().code() == Code::kCorrupt);
    CHECK(cursor.status().message().starts_with("version 3 of commit 7: a fact has unknown flags"));
    cursor.seek_point("a");
    CHECK(cursor.valid());
    CHECK(cursor.status().is_ok());
  }
}

// ---- Random facts against the definition
// --------------------------------------------------------------------------

// The valid axis falls into cells that no fact cuts: before 0, [0, 1) … [kCuts - 2, kCuts - 1), from kCuts -
// 1 on.
constexpr int kCuts = 8;
constexpr int kCells = kCuts + 1;
constexpr uint64_t kCommits = 6;

int64_t start_of_cell(int cell) { return cell == 0 ? kBeginningOfTime : cell - 1; }
int64_t end_of_cell(int cell) { return cell == kCells - 1 ? kEndOfTime : cell; }
int64_t instant_in_cell(int cell) { return cell == 0 ? -5 : cell - 1; }

struct ModelFact {
  uint64_t commit;
  uint32_t ordinal;
  int first_cell;
  int end_cell;
  bool is_delete;
  std::string payload;

  bool covers(int cell) const { return first_cell <= cell && cell < end_cell; }
};

class Model {
 public:
  explicit Model(Random& random) {
    for (uint64_t commit = 1; commit <= kCommits; ++commit) {
      const auto count = static_cast<uint32_t>(below(random, 8));
      uint32_t ordinal = 0;
      for (uint32_t i = 0; i < count; ++i) {
        ordinal += static_cast<uint32_t>(1 + below(random, 2));  // ordinals have holes
        add(random, commit, ordinal);
      }
    }
  }

  const MemoryVersions& versions() const { return versions_; }
  const std::vector<std::string>& keys() const { return keys_; }

  std::vector<Row> at(const std::string& key, uint64_t time, int cell) const {
    const ModelFact* winner = winner_at(key, time, cell);
    if (winner == nullptr || winner->is_delete) return {};
    int first = cell;
    int end = cell + 1;
    while (first > 0 && winner_at(key, time, first - 1) == winner) --first;
    while (end < kCells && winner_at(key, time, end) == winner) ++end;
    return {row(key, *winner, first, end, 0)};
  }

  std::vector<Row> all_valid(const std::string& key, uint64_t time) const {
    std::vector<Row> rows;
    for (int cell = 0; cell < kCells;) {
      const ModelFact* winner = winner_at(key, time, cell);
      const int first = cell;
      while (cell < kCells && winner_at(key, time, cell) == winner) ++cell;
      if (winner != nullptr && !winner->is_delete) rows.push_back(row(key, *winner, first, cell, 0));
    }
    return rows;
  }

  std::vector<Row> all_times(const std::string& key, uint64_t time) const {
    std::vector<Row> rows;
    const std::vector<ModelFact>& facts = facts_.find(key)->second;
    for (size_t i = 0; i < facts.size() && facts[i].commit <= time; ++i) {
      if (facts[i].is_delete) continue;
      for (int cell = facts[i].first_cell; cell < facts[i].end_cell;) {
        const ModelFact* cover = first_newer(facts, i, cell, time);
        const int first = cell;
        while (cell < facts[i].end_cell && first_newer(facts, i, cell, time) == cover) ++cell;
        if (cover != nullptr && cover->commit == facts[i].commit) continue;
        rows.push_back(row(key, facts[i], first, cell, cover == nullptr ? 0 : cover->commit));
      }
    }
    return rows;
  }

 private:
  void add(Random& random, uint64_t commit, uint32_t ordinal) {
    // Half of the facts meet in one key, so that they lie many deep.
    const std::string& key = below(random, 2) == 0 ? keys_[1] : keys_[below(random, keys_.size())];
    ModelFact fact{commit, ordinal, 0, kCells, below(random, 4) == 0, {}};
    if (below(random, 5) != 0) fact.first_cell = static_cast<int>(below(random, kCells));
    if (below(random, 5) != 0) {
      fact.end_cell = fact.first_cell + 1 +
                      static_cast<int>(below(random, static_cast<uint64_t>(kCells - fact.first_cell)));
    }
    if (!fact.is_delete) fact.payload = std::to_string(below(random, 3));  // equal payloads are never merged
    Period valid{{start_of_cell(fact.first_cell), false}, {end_of_cell(fact.end_cell - 1), false}};
    valid.from.as_text = valid.from.us != kBeginningOfTime && below(random, 2) == 0;
    valid.to.as_text = valid.to.us != kEndOfTime && below(random, 2) == 0;
    put(versions_, key, commit, ordinal, valid, fact.is_delete ? std::nullopt : std::optional(fact.payload));
    facts_[key].push_back(std::move(fact));
  }

  const ModelFact* winner_at(const std::string& key, uint64_t time, int cell) const {
    const ModelFact* winner = nullptr;
    for (const ModelFact& fact : facts_.find(key)->second) {
      if (fact.commit <= time && fact.covers(cell)) winner = &fact;
    }
    return winner;
  }

  static const ModelFact* first_newer(const std::vector<ModelFact>& facts, size_t index, int cell,
                                      uint64_t time) {
    for (size_t i = index + 1; i < facts.size() && facts[i].commit <= time; ++i) {
      if (facts[i].covers(cell)) return &facts[i];
    }
    return nullptr;
  }

  static Row row(const std::string& key, const ModelFact& fact, int first, int end, uint64_t system_to) {
    return {key,         fact.payload, start_of_cell(first), end_of_cell(end - 1),
            fact.commit, system_to,    fact.ordinal};
  }

  std::vector<std::string> keys_{"", "a", "ab", "b"};
  std::map<std::string, std::vector<ModelFact>> facts_{{"", {}}, {"a", {}}, {"ab", {}}, {"b", {}}};
  MemoryVersions versions_;
};

// Returns the rows of all keys in a range, key by key.
template <typename RowsOfKey>
std::vector<Row> expected_rows(const Model& model, const Range& range, const RowsOfKey& rows_of_key) {
  std::vector<Row> rows;
  const auto add = [&](const std::string& key) {
    const bool is_in =
        range.kind == Range::Kind::kPoint ? key == range.lower : key >= range.lower && key < range.upper;
    if (!is_in) return;
    for (Row& row : rows_of_key(key)) rows.push_back(std::move(row));
  };
  const std::vector<std::string>& keys = model.keys();
  if (range.kind == Range::Kind::kDescending) {
    for (size_t i = keys.size(); i-- > 0;) add(keys[i]);
  } else {
    for (const std::string& key : keys) add(key);
  }
  return rows;
}

std::vector<Row> clipped(std::vector<Row> rows, int64_t from, int64_t to) {
  std::vector<Row> out;
  for (Row& row : rows) {
    row.from = std::max(row.from, from);
    row.to = std::min(row.to, to);
    if (row.from < row.to) out.push_back(std::move(row));
  }
  return out;
}

std::vector<Row> containing(std::vector<Row> rows, int64_t instant) {
  std::erase_if(rows, [instant](const Row& row) { return instant < row.from || instant >= row.to; });
  return rows;
}

void forget_periods(std::vector<Row>& rows) {
  for (Row& row : rows) row.from = row.to = 0;
}

// Reads every instant in every way.
void check_instants(const Model& model, RowCursor& cursor, uint64_t time, const Range& range) {
  for (int cell = 0; cell < kCells; ++cell) {
    const int64_t instant = instant_in_cell(cell);
    for (const bool is_now : {false, true}) {
      ReadTimes times = at(instant);
      if (is_now) times.valid = ValidMode::kNow;
      const ReadCallbacks callbacks{[instant] { return instant; }, {}};
      times.callbacks = &callbacks;
      std::vector<Row> expected =
          expected_rows(model, range, [&](const std::string& key) { return model.at(key, time, cell); });
      std::vector<Row> expected_all = expected_rows(model, range, [&](const std::string& key) {
        return containing(model.all_times(key, time), instant);
      });
      cursor.set_times(times);
      REQUIRE(rows_of(cursor, range) == expected);
      times.system = SystemMode::kAll;
      cursor.set_times(times);
      REQUIRE(rows_of(cursor, range) == expected_all);

      times.need_period = false;
      forget_periods(expected);
      forget_periods(expected_all);
      for (int again = 0; again < 2; ++again) {  // the second time `now` is known when the cursor is sought
        cursor.set_times(times);
        std::vector<Row> rows = rows_of(cursor, range);
        if (again == 1) rows = rows_of(cursor, range);
        forget_periods(rows);
        REQUIRE(rows == expected_all);
      }
      times.system = SystemMode::kAt;
      cursor.set_times(times);
      std::vector<Row> rows = rows_of(cursor, range);
      forget_periods(rows);
      REQUIRE(rows == expected);
    }
  }
}

void check_intervals(const Model& model, RowCursor& cursor, uint64_t time, const Range& range) {
  for (const SystemMode system : {SystemMode::kAt, SystemMode::kAll}) {
    const auto rows_of_key = [&](const std::string& key) {
      return system == SystemMode::kAt ? model.all_valid(key, time) : model.all_times(key, time);
    };
    cursor.set_times(times_of(system, ValidMode::kAll));
    const std::vector<Row> expected_of_all = expected_rows(model, range, rows_of_key);
    REQUIRE(rows_of(cursor, range) == expected_of_all);

    for (uint64_t min_commit = 1; min_commit <= kCommits + 1; ++min_commit) {
      const auto is_earlier = [&](const Row& row) { return row.system_from < min_commit; };
      ReadTimes later = times_of(system, ValidMode::kAll);
      later.min_commit = min_commit;
      cursor.set_times(later);
      std::vector<Row> rows = rows_of(cursor, range);
      std::vector<Row> expected = expected_of_all;
      std::erase_if(rows, is_earlier);
      std::erase_if(expected, is_earlier);
      REQUIRE(rows == expected);
    }

    for (int first = 0; first < kCells; ++first) {
      for (int end = first; end <= kCells; ++end) {
        const int64_t from = start_of_cell(first);
        const int64_t to = end == first ? from : end_of_cell(end - 1);
        ReadTimes times = times_of(system, ValidMode::kWindow);
        times.window = {{from, false}, {to, false}};
        cursor.set_times(times);
        REQUIRE(rows_of(cursor, range) == expected_rows(model, range, [&](const std::string& key) {
                  return clipped(rows_of_key(key), from, to);
                }));
      }
    }
  }
}

// A row at one instant has the bounds, in the same forms, that it has among all intervals.
void check_forms(RowCursor& cursor) {
  std::vector<Period> all;
  cursor.set_times(times_of(SystemMode::kAt, ValidMode::kAll));
  rows_of(cursor, {}, &all);
  std::vector<Period> by_instant;
  for (int cell = 0; cell < kCells; ++cell) {
    cursor.set_times(at(instant_in_cell(cell)));
    rows_of(cursor, {}, &by_instant);
  }
  for (const Period& period_at : by_instant) {
    REQUIRE(std::find(all.begin(), all.end(), period_at) != all.end());
  }
}

TEST_CASE("random facts resolve as the definition says, at every time and in every mode") {
  SPECTRADB_SHOW_SEED();
  Random random(random_seed());
  for (int round = 0; round < 60; ++round) {
    CAPTURE(round);
    const Model model(random);
    RowCursor cursor(std::make_unique<MemoryCursor>(model.versions(), 0), ReadTimes());
    for (uint64_t time = 0; time <= kCommits; ++time) {
      CAPTURE(time);
      cursor.versions().set_max_commit(time);
      const std::string point = model.keys()[below(random, model.keys().size())];
      for (const Range& range :
           {Range{}, Range{Range::Kind::kDescending}, Range{Range::Kind::kPoint, point},
            Range{Range::Kind::kAscending, "a", "b"}, Range{Range::Kind::kDescending, "a", "b"}}) {
        check_instants(model, cursor, time, range);
        if (round % 3 == 0) check_intervals(model, cursor, time, range);
      }
      check_forms(cursor);
    }
  }
}

TEST_CASE("keys with many periods stay fast") {
  MemoryVersions versions;
  constexpr int64_t kPeriods = 20'000;
  uint64_t commit = 0;
  put(versions, "a", ++commit, 0, {}, "ground");
  for (int64_t i = 0; i < kPeriods; ++i) {
    const int64_t from = (i * 7'919) % kPeriods * 2;  // in a scattered order, with a gap behind each
    put(versions, "a", ++commit, 0, period(from, from + 1), "x");
  }
  const auto start = std::chrono::steady_clock::now();
  CHECK(read(versions, kEveryCommit, times_of(SystemMode::kAt, ValidMode::kAll)).size() == 2 * kPeriods + 1);
  CHECK(read(versions, kEveryCommit, times_of(SystemMode::kAll, ValidMode::kAll)).size() == 3 * kPeriods + 1);
  const auto elapsed = std::chrono::steady_clock::now() - start;
  CHECK(elapsed <
        std::chrono::seconds(5));  // milliseconds without sanitizers; a quadratic walk takes far longer
}

}  // namespace
}  // namespace spectradb::temporal
