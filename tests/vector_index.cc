// Searches indexes on vectors through history. Rows of two models are written at random, with valid periods,
// some of them late, in transactions that are partly rolled back, while lists split, and files are flushed,
// merged and opened again. Then, at random system and valid times,
// - a search to the end gives every row that a scan gives, once, at the same distance;
// - effort = exact gives what ORDER BY spectradb_distance() gives;
// - a search for a few, by MATCH or by ORDER BY the distance, gives what it gave when it was first asked, and
//   puts rows of NULL where SQLite puts them;
// - of all searches for a few, together, at least 95 of 100 rows are the nearest ones.
//
//   vector_index --extension=PATH [--seed=N] [--seeds=COUNT] [--steps=COUNT]
//
// Prints each seed before it runs; on a difference it prints what led there and ends with status 1.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

#include "tests/random_run.h"
#include "tests/vector_text.h"

namespace spectradb::tests {
namespace {

constexpr int kKeys = 400;
constexpr int kTimes = 12;  // valid times are 0 to 11, periods have bounds among them
constexpr size_t kKeptAnswers = 60;
constexpr const char* kModels[] = {"a", "b"};

using Floats = std::vector<float>;

struct Answer {
  std::string sql;
  std::string rows;
};

struct Counts {
  int searches = 0;
  int rows = 0;
  int near = 0;      // how many rows of searches for a few are among the nearest
  int possible = 0;  // how many could be
  int repeated = 0;
  uint64_t answers = 0;  // a checksum of all rows that searches gave
};

constexpr uint64_t kChecksumFactor = 1099511628211U;
uint64_t with(uint64_t checksum, const std::string& text) {
  for (const char c : text) checksum = (checksum ^ static_cast<unsigned char>(c)) * kChecksumFactor;
  return checksum;
}

class Run : private RandomRun {
 public:
  Run(uint64_t seed, std::string extension) : RandomRun(seed, std::move(extension)) {
    dimensions_ = below(4) == 0 ? 64 + below(70) : 2 + below(30);
    metric_ = below(2) == 0 ? "cosine" : "l2";
    code_ = below(2) == 0 ? "int4" : "int8";
    must("CREATE TABLE emb (id INTEGER, model TEXT, note TEXT, e VECTOR(" + std::to_string(dimensions_) +
         "), PRIMARY KEY (id, model)) WITH SYSTEM VERSIONING");
    for (int i = 0; i < 5; ++i) centres_.push_back(any_vector());
    // The index is made when there may be rows already.
    if (below(2) == 0) transaction();
    make_index();
  }

  void steps(int count) {
    for (int i = 0; i < count; ++i) {
      const int what = below(20);
      if (what < 8) {
        transaction();
      } else if (what == 8) {
        upkeep();
      } else if (what == 9 && below(4) == 0) {
        kept_.clear();
        if (below(2) == 0) {
          must("REINDEX emb_e");
        } else {
          must("DROP INDEX emb_e");
          make_index();
        }
      } else if (what < 14) {
        compare();
      } else if (what < 17 && !kept_.empty()) {
        repeat();
      } else {
        ask();
      }
    }
  }

  const Counts& counts() const { return counts_; }

 private:
  void make_index() {
    must("CREATE INDEX emb_e ON emb (spectradb_vector_index(e, model, 'metric=" + metric_ +
         "', 'list_size=8', 'code=" + code_ + "', 'nulls=listed', 'centroids=int8'))");
    is_indexed_ = true;
  }

  Floats any_vector() {
    Floats floats(static_cast<size_t>(dimensions_));
    const Floats* centre = centres_.empty() || below(4) == 0
                               ? nullptr
                               : &centres_[static_cast<size_t>(below(static_cast<int>(centres_.size())))];
    for (size_t i = 0; i < floats.size(); ++i) {
      const float own = static_cast<float>(below(2001) - 1000) / 1000;
      floats[i] = centre == nullptr ? own : (*centre)[i] + own / 4;
    }
    if (below(40) == 0) std::fill(floats.begin(), floats.end(), 0.0F);
    return floats;
  }
  std::string vector_text() {
    if (below(30) == 0) return "NULL";
    if (!used_.empty() && below(20) == 0)
      return used_[static_cast<size_t>(below(static_cast<int>(used_.size())))];
    const std::string json = json_of(any_vector(), 6);
    const std::string sql = below(3) == 0 ? json : "spectradb_vector(" + json + ")";
    used_.push_back(sql);
    return sql;
  }
  std::string key() { return std::to_string(1 + below(kKeys)); }
  std::string model() { return std::string("'") + kModels[below(2)] + "'"; }
  std::string period() {
    if (below(2) == 0) return {};
    const int from = below(kTimes - 1);
    return " FROM " + std::to_string(from) + " TO " + std::to_string(from + 1 + below(kTimes - from));
  }
  std::string row() { return "(" + key() + ", " + model() + ", 'n', " + vector_text() + ")"; }

  void write() {
    const std::string valid = period();
    switch (below(8)) {
      case 0:
        must((valid.empty() ? "DELETE FROM emb" : "DELETE FROM emb FOR PORTION OF VALID_TIME" + valid) +
             " WHERE id = " + key());
        break;
      case 1:
        must((valid.empty() ? "UPDATE emb" : "UPDATE emb FOR PORTION OF VALID_TIME" + valid) +
             " SET e = " + vector_text() + " WHERE id IN (" + key() + ", " + key() + ")");
        break;
      case 2:
        must("UPDATE emb SET note = 'm' WHERE id BETWEEN " + key() + " AND " + key());
        break;
      case 3:
        must("UPDATE OR REPLACE emb SET model = " + model() + " WHERE id = " + key());
        break;
      case 4:
        must("INSERT INTO emb VALUES " + row() + " ON CONFLICT (id, model) DO UPDATE SET e = excluded.e");
        break;
      default: {
        std::string rows = row();
        for (int i = below(40); i > 0; --i) rows += ", " + row();
        must("INSERT OR REPLACE INTO emb VALUES " + rows + (valid.empty() ? "" : " VALID" + valid));
      }
    }
  }

  void transaction() {
    must("BEGIN IMMEDIATE");
    for (int i = 1 + below(4); i > 0; --i) {
      const bool is_taken_back = below(4) == 0;
      if (is_taken_back) must("SAVEPOINT s");
      write();
      if (below(4) == 0) compare_now();
      if (is_taken_back) must("ROLLBACK TO s; RELEASE s");
    }
    must(below(8) == 0 ? "ROLLBACK" : "COMMIT");
  }

  std::string times() {
    const int64_t last = database_.integer("SELECT spectradb_commit()");
    std::string text;
    if (below(3) != 0) text += " AS OF " + std::to_string(below(static_cast<int>(last) + 1));
    if (below(3) != 0) text += " VALID AT " + std::to_string(below(kTimes));
    return text;
  }
  std::string query_text() {
    std::string text;
    do {
      text = vector_text();
    } while (text == "NULL");
    return text;
  }

  void compare_now() { compare_at(""); }
  void compare() { compare_at(times()); }
  // Compares all rows of a search, and of an exact one, with a scan.
  void compare_at(const std::string& at) {
    if (!is_indexed_) return;  // a search needs the index, which is not made yet
    const std::string query = query_text();
    const std::string where = below(3) == 0 ? " AND id > " + key() : "";
    const std::string of_model = " AND model = " + model();
    const std::string scan =
        rows_of(must("SELECT id, spectradb_distance(e, " + query + ", '" + metric_ + "') AS d FROM emb" + at +
                     " WHERE e IS NOT NULL" + of_model + where + " ORDER BY d, id"));
    const std::string exact =
        rows_of(must("SELECT id, _distance FROM emb" + at + " WHERE e MATCH " + query + of_model + where +
                     " AND _effort = 'exact' ORDER BY _distance, id"));
    if (exact != scan) differ("exact gives\n" + exact + "and a scan\n" + scan);
    const std::string searched =
        rows_of(must("SELECT id, _distance FROM emb" + at + " WHERE e MATCH " + query + of_model + where +
                     " AND _effort = 0.1 ORDER BY +_distance, id"));
    if (searched != scan) differ("a search gives\n" + searched + "and a scan\n" + scan);
    ++counts_.searches;
  }
  std::string rows_of(const Outcome& outcome) {
    counts_.rows += static_cast<int>(outcome.rows.size());
    std::string rows = describe(outcome.rows);
    counts_.answers = with(counts_.answers, rows);
    return rows;
  }

  // One of the ways to ask for the nearest rows, with or without those of NULL.
  struct Question {
    std::string sql;
    bool has_nulls = false;
    bool has_nulls_last = false;
  };
  Question question(const std::string& at, const std::string& query, int k) {
    const std::string of_model = " AND model = " + model_;
    const std::string limit = " LIMIT " + std::to_string(k);
    const std::string call = "spectradb_distance(e, " + query + ", '" + metric_ + "')";
    const std::string from = " FROM emb" + at + " WHERE model = " + model_;
    const std::string match = "SELECT id, _distance FROM emb" + at + " WHERE e MATCH " + query + of_model;
    switch (below(6)) {
      case 0:
        return {match + " AND _k = " + std::to_string(k)};
      case 1:
        return {"SELECT id, " + call + from + " AND e IS NOT NULL ORDER BY " + call + limit};
      case 2:
        return {"SELECT id, " + call + from + " ORDER BY 2" + limit, true};
      case 3:
        return {"SELECT id, " + call + " AS d" + from + " ORDER BY d NULLS LAST" + limit, true, true};
      default:
        return {match + " ORDER BY _distance" + limit};
    }
  }

  void ask() {
    const std::string at = times();
    const std::string query = query_text();
    const int k = 1 + below(10);
    model_ = model();
    const Question asked = question(at, query, k);
    const Outcome found = must(asked.sql);
    // SQLite sorts by d + 0, which no index can help with.
    const Outcome nearest =
        must("SELECT id, spectradb_distance(e, " + query + ", '" + metric_ + "') AS d FROM emb" + at +
             " WHERE model = " + model_ + (asked.has_nulls ? "" : " AND e IS NOT NULL") + " ORDER BY d + 0" +
             (asked.has_nulls_last ? " NULLS LAST" : "") + " LIMIT " + std::to_string(k));
    counts_.answers = with(counts_.answers, describe(found.rows));
    if (found.rows.size() != nearest.rows.size()) differ("the search gives another number of rows");
    check(found.rows, nearest.rows);
    if (at.find("AS OF") != std::string::npos && at.find("VALID AT") != std::string::npos &&
        kept_.size() < kKeptAnswers)
      kept_.push_back({asked.sql, describe(found.rows)});
  }
  // NULLs must be in the same places, the other rows in order, and no row twice.
  void check(const std::vector<Row>& found, const std::vector<Row>& nearest) {
    std::set<std::string> ids;
    double last = 0;
    for (const Row& one : nearest)
      last = one[1].type == SQLITE_NULL ? last : std::max(last, std::stod(one[1].text));
    double before = 0;
    for (size_t i = 0; i < found.size(); ++i) {
      if (!ids.insert(found[i][0].text).second) differ("row " + found[i][0].text + " twice");
      if ((found[i][1].type == SQLITE_NULL) != (nearest[i][1].type == SQLITE_NULL))
        differ("a row of NULL is in another place");
      ++counts_.possible;
      if (found[i][1].type == SQLITE_NULL) {
        ++counts_.near;
        continue;
      }
      const double distance = std::stod(found[i][1].text);
      if (distance < before) differ("rows are out of order");
      before = distance;
      counts_.near += distance <= last ? 1 : 0;
    }
  }

  void repeat() {
    const Answer& kept = kept_[static_cast<size_t>(below(static_cast<int>(kept_.size())))];
    const std::string now = describe(must(kept.sql).rows);
    if (now != kept.rows) differ("now gives\n" + now + "and gave\n" + kept.rows);
    ++counts_.repeated;
  }

  std::vector<Floats> centres_;
  std::vector<std::string> used_;
  std::vector<Answer> kept_;
  std::string metric_;
  std::string code_;
  std::string model_;
  int dimensions_ = 0;
  bool is_indexed_ = false;
  Counts counts_;
};

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  Counts sum;
  run_seeds(argc, argv, "60", [&](uint64_t seed, const std::string& extension, int steps) {
    Run run(seed, extension);
    run.steps(steps);
    sum.searches += run.counts().searches;
    sum.rows += run.counts().rows;
    sum.near += run.counts().near;
    sum.possible += run.counts().possible;
    sum.repeated += run.counts().repeated;
    sum.answers = with(sum.answers, std::to_string(run.counts().answers));
  });
  std::printf(
      "%d comparisons of %d rows, %d of %d nearest rows found, %d answers asked again; checksum %016llx\n",
      sum.searches, sum.rows, sum.near, sum.possible, sum.repeated,
      static_cast<unsigned long long>(sum.answers));
  constexpr int kOfHundred = 95;
  if (sum.near * 100 < sum.possible * kOfHundred) fail("too few of the nearest rows are found");
}
