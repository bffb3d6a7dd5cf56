// Searches exactly through history: vectors are written, changed and removed at random with valid periods,
// some of them late, and then the k nearest are asked for at random system and valid times, under each
// metric and kind of element. The oracle keeps all facts in a list and computes every distance in double.
//
//   vectors --extension=PATH [--seed=N] [--seeds=COUNT] [--steps=COUNT]
//
// Prints each seed before it runs; on a difference it prints what led there and ends with status 1.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>

#include "tests/random_run.h"
#include "tests/vector_oracle.h"
#include "tests/vector_text.h"

namespace spectradb::tests {
namespace {

constexpr int kKeys = 25;
constexpr int kTimes = 20;  // valid times are 0 to 19, periods have bounds among them
constexpr const char* kMakers[] = {"spectradb_vector", "spectradb_vector_f16", "spectradb_vector_i8"};
constexpr const char* kMetrics[] = {"cosine", "l2", "dot"};

using Floats = std::vector<float>;

struct Fact {
  int64_t commit;
  int key;
  int from;
  int to;
  std::optional<Floats> vector;  // none for a delete or NULL
  bool is_null = false;
};

double distance_in_double(const Floats& a, const Floats& b, const std::string& metric) {
  const auto [aa, bb, ab, squares] = sums_in_double(a, b);
  if (metric == "l2") return std::sqrt(squares);
  if (metric == "dot") return -ab;
  return aa == 0 || bb == 0 ? 1 : 1 - ab / std::sqrt(aa * bb);
}

class Run : private RandomRun {
 public:
  Run(uint64_t seed, std::string extension) : RandomRun(seed, std::move(extension)) {
    dimensions_ = 1 + below(70);
    must("CREATE TABLE emb (id INTEGER PRIMARY KEY, e VECTOR(" + std::to_string(dimensions_) +
         ")) WITH SYSTEM VERSIONING");
  }

  void steps(int count) {
    for (int i = 0; i < count; ++i) {
      const int what = below(20);
      if (what < 12) {
        write();
      } else if (what == 12) {
        upkeep();
      } else {
        ask();
      }
    }
  }

  int asked() const { return asked_; }
  int found() const { return found_; }

 private:
  // There are few values, so that some vectors are equal, or zero.
  Floats any_vector() {
    Floats floats(static_cast<size_t>(dimensions_));
    const bool is_sparse = below(8) == 0;
    for (float& number : floats)
      number = is_sparse ? static_cast<float>(below(8) == 0) : static_cast<float>(below(2001) - 1000) / 1000;
    return floats;
  }
  static std::string json_of(const Floats& floats) { return tests::json_of(floats, 9); }

  // Returns what is stored, a text or a call of one of the makers; `held` becomes the floats that the
  // database says it holds.
  std::string stored(const Floats& floats, Floats& held) {
    const int maker = below(4);
    held = floats;
    if (maker == 3) return json_of(floats);
    const std::string sql = std::string(kMakers[maker]) + "(" + json_of(floats) + ")";
    const Outcome outcome =
        database_.must("SELECT value FROM json_each(spectradb_vector_to_json(" + sql + "))");
    const float bound = maker == 0 ? 0.0F : maker == 1 ? 0x1p-11F : 0.5F / 127 + 1e-6F;
    for (size_t i = 0; i < floats.size(); ++i) {
      held[i] = std::stof(outcome.rows[i][0].text);
      if (std::fabs(held[i] - floats[i]) > bound) differ(sql + " holds " + outcome.rows[i][0].text);
    }
    return sql;
  }

  std::string valid(int from, int to) {
    return " FROM " + std::to_string(from) + " TO " + std::to_string(to);
  }

  void write() {
    Fact fact{commits_ + 1, 1 + below(kKeys), below(kTimes - 1), 0, std::nullopt};
    fact.to = fact.from + 1 + below(kTimes - fact.from);
    const std::string key = std::to_string(fact.key);
    if (below(6) == 0) {
      if (!is_any_visible(fact)) return;  // a commit without facts has no number
      must("DELETE FROM emb FOR PORTION OF VALID_TIME" + valid(fact.from, fact.to) + " WHERE id = " + key);
    } else if (below(12) == 0) {
      fact.is_null = true;
      must("INSERT OR REPLACE INTO emb VALUES (" + key + ", NULL) VALID" + valid(fact.from, fact.to));
    } else {
      fact.vector.emplace();
      const std::string value = stored(any_vector(), *fact.vector);
      must("INSERT OR REPLACE INTO emb VALUES (" + key + ", " + value + ") VALID" +
           valid(fact.from, fact.to));
    }
    facts_.push_back(fact);
    ++commits_;
  }

  // Returns the newest fact at a point, or null.
  const Fact* visible(int key, int64_t commit, int at) const {
    for (auto fact = facts_.rbegin(); fact != facts_.rend(); ++fact)
      if (fact->key == key && fact->commit <= commit && fact->from <= at && at < fact->to) return &*fact;
    return nullptr;
  }
  bool is_any_visible(const Fact& portion) const {
    for (int at = portion.from; at < portion.to; ++at) {
      const Fact* fact = visible(portion.key, commits_, at);
      if (fact != nullptr && (fact->vector || fact->is_null)) return true;
    }
    return false;
  }

  void ask() {
    const int64_t commit = below(static_cast<int>(commits_) + 1);
    const int at = below(kTimes);
    const int k = 1 + below(8);
    const std::string metric = kMetrics[below(3)];
    const Floats query = any_vector();
    const std::string given = below(2) == 0 ? json_of(query) : "spectradb_vector(" + json_of(query) + ")";
    const std::string call = "spectradb_distance(e, " + given + ", '" + metric + "')";
    const Outcome outcome =
        must("SELECT id, " + call + " FROM emb AS OF " + std::to_string(commit) + " VALID AT " +
             std::to_string(at) + " WHERE e IS NOT NULL ORDER BY 2 LIMIT " + std::to_string(k));
    std::vector<std::pair<double, int>> all;
    for (int key = 1; key <= kKeys; ++key) {
      const Fact* fact = visible(key, commit, at);
      if (fact != nullptr && fact->vector)
        all.emplace_back(distance_in_double(*fact->vector, query, metric), key);
    }
    std::sort(all.begin(), all.end());
    ++asked_;
    check(outcome, all, static_cast<size_t>(k));
  }

  // There must be as many rows as asked for, none twice, each with its distance, and no nearer row left
  // out. Rows whose distances differ only by rounding may come in any order.
  void check(const Outcome& outcome, const std::vector<std::pair<double, int>>& all, size_t k) {
    constexpr double kBound = 1e-4;  // lengths are below 9
    if (outcome.rows.size() != std::min(k, all.size()))
      differ(std::to_string(outcome.rows.size()) + " rows, and " + std::to_string(all.size()) + " are there");
    std::vector<int> keys;
    for (size_t i = 0; i < outcome.rows.size(); ++i) {
      const int key = std::stoi(outcome.rows[i][0].text);
      const double got = std::stod(outcome.rows[i][1].text);
      const auto own =
          std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.second == key; });
      if (own == all.end()) differ("row " + std::to_string(key) + " is not visible there");
      if (std::fabs(own->first - got) > kBound)
        differ("row " + std::to_string(key) + " is at " + std::to_string(own->first));
      if (std::fabs(all[i].first - got) > kBound)
        differ("place " + std::to_string(i) + " is for row " + std::to_string(all[i].second) + " at " +
               std::to_string(all[i].first));
      if (std::find(keys.begin(), keys.end(), key) != keys.end())
        differ("row " + std::to_string(key) + " twice");
      keys.push_back(key);
      ++found_;
    }
  }

  std::vector<Fact> facts_;
  int64_t commits_ = 0;
  int dimensions_ = 0;
  int asked_ = 0;
  int found_ = 0;
};

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  int asked = 0;
  int found = 0;
  run_seeds(argc, argv, "300", [&](uint64_t seed, const std::string& extension, int steps) {
    Run run(seed, extension);
    run.steps(steps);
    asked += run.asked();
    found += run.found();
  });
  std::printf("%d searches, %d rows\n", asked, found);
  if (found == 0) fail("nothing was ever found");
}
