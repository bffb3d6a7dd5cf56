// Compares full text search with FTS5 itself, through history. Rows of random words are written, with valid
// periods, some of them late, in transactions that are partly rolled back, while files are flushed, merged
// and opened again, and the index is made anew over the rows that exist. Then, at random system and valid
// times, and over all system time, an FTS5 table is filled with what the temporal table shows at that time,
// and random queries must find the same rows in both, with bm25() equal within 1e-9. Questions that were
// asked before must give the same rows and ranks again.
//
//   full_text --extension=PATH [--seed=N] [--seeds=COUNT] [--steps=COUNT]
//
// Prints each seed before it runs; on a difference it prints what led there and ends with status 1.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <map>
#include <set>

#include "tests/random_run.h"

namespace spectradb::tests {
namespace {

constexpr int kKeys = 40;
constexpr int kTimes = 8;  // valid times are 0 to 7, periods have bounds among them
constexpr size_t kKeptAnswers = 60;
constexpr int kQueriesATime = 6;
constexpr double kTolerance = 1e-9;

struct Tokenizer {
  const char* ours;
  const char* fts5;
};
constexpr Tokenizer kTokenizers[] = {
    {"", ""},
    {" WITH (tokenizer = 'porter unicode61')", ", tokenize = 'porter unicode61'"},
    {" WITH (prefix = '1 2')", ", prefix = '1 2'"},
    {" WITH (tokenizer = 'ascii', prefix = '2')", ", tokenize = 'ascii', prefix = '2'"},
    {" WITH (tokenizer = 'trigram')", ", tokenize = 'trigram'"}};

using Ranks = std::map<std::string, double>;  // rank of each key

struct Answer {
  std::string sql;
  Ranks rows;
};

struct Counts {
  int queries = 0;
  int rows = 0;
  int errors = 0;
  int repeated = 0;
  int asked_again = 0;  // ranks
};

class Run : private RandomRun {
 public:
  Run(uint64_t seed, std::string extension) : RandomRun(seed, std::move(extension)) {
    tokenizer_ = kTokenizers[below(std::size(kTokenizers))];
    must(
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, title TEXT, kind INTEGER, body) WITH SYSTEM VERSIONING");
    // The index is made when there may be rows already.
    for (int i = below(3); i > 0; --i) transaction();
    make_index();
    is_indexed_ = true;
  }

  void steps(int count) {
    for (int i = 0; i < count; ++i) {
      const int what = below(20);
      if (what < 8) {
        transaction();
      } else if (what == 8) {
        upkeep();
      } else if (what == 9 && below(3) == 0) {
        if (below(2) == 0) {
          must("REINDEX notes_text");
        } else {
          must("DROP INDEX notes_text");
          make_index();
        }
      } else if (what < 13) {
        repeat();
      } else if (what < 15) {
        compare_ranges();
      } else {
        compare(times());
      }
    }
  }

  const Counts& counts() const { return counts_; }

 private:
  void make_index() {
    must(std::string("CREATE FULLTEXT INDEX notes_text ON notes (title, body)") + tokenizer_.ours);
  }

  std::string word() {
    constexpr const char* kWords[] = {"fox", "foxes", "dog",  "dogs", "run", "running", "runs",  "the",
                                      "a",   "Café",  "cafe", "ab",   "abc", "abd",     "x-ray", "12",
                                      "ß",   "the",   "a",    "日本", "fox", "foxtrot"};
    return kWords[below(std::size(kWords))];
  }
  std::string value() {
    switch (below(14)) {
      case 0:
        return "NULL";
      case 1:
        return std::to_string(below(30));
      case 2:
        return "x'" + std::string(below(2) == 0 ? "666f78" : "") + "'";
      case 3:
        return "1.5";
      default: {
        std::string text;
        for (int i = below(9); i > 0; --i) text += (text.empty() ? "" : " ") + word();
        return "'" + text + "'";
      }
    }
  }
  std::string key() { return std::to_string(1 + below(kKeys)); }
  std::string period() {
    if (below(2) == 0) return {};
    const int from = below(kTimes - 1);
    return " FROM " + std::to_string(from) + " TO " +
           std::to_string(from + 1 + below(static_cast<size_t>(kTimes - from)));
  }
  std::string row() {
    return "(" + key() + ", " + value() + ", " + std::to_string(below(3)) + ", " + value() + ")";
  }

  void write() {
    const std::string valid = period();
    const std::string portion = valid.empty() ? "" : " FOR PORTION OF VALID_TIME" + valid;
    switch (below(8)) {
      case 0:
        must("DELETE FROM notes" + portion + " WHERE id = " + key());
        break;
      case 1:
        must("UPDATE notes" + portion + " SET body = " + value() + " WHERE id IN (" + key() + ", " + key() +
             ")");
        break;
      case 2:
        must("UPDATE notes SET kind = kind + 1 WHERE id BETWEEN " + key() + " AND " + key());
        break;
      case 3:
        must("UPDATE OR REPLACE notes SET id = " + key() + " WHERE id = " + key());
        break;
      case 4:
        must("UPDATE notes" + portion + " SET title = " + value() + " WHERE body MATCH 'fox'");
        break;
      default: {
        std::string rows = row();
        for (int i = below(12); i > 0; --i) rows += ", " + row();
        must("INSERT OR REPLACE INTO notes VALUES " + rows + (valid.empty() ? "" : " VALID" + valid));
      }
    }
  }
  void transaction() {
    must("BEGIN IMMEDIATE");
    for (int i = 1 + below(3); i > 0; --i) {
      const bool is_taken_back = below(4) == 0;
      if (is_taken_back) must("SAVEPOINT s");
      if (!is_indexed_) {
        must("INSERT OR REPLACE INTO notes VALUES " + row());
      } else {
        write();
      }
      if (is_indexed_ && below(4) == 0) compare("");
      if (is_taken_back) must("ROLLBACK TO s; RELEASE s");
    }
    must(below(8) == 0 ? "ROLLBACK" : "COMMIT");
  }
  std::string times() {
    const int64_t last = database_.integer("SELECT spectradb_commit()");
    std::string text;
    if (below(3) != 0) text += " AS OF " + std::to_string(below(static_cast<size_t>(last) + 1));
    if (below(3) != 0) text += " VALID AT " + std::to_string(below(kTimes));
    return text;
  }

  // Makes a query, which is mostly well-formed.
  std::string string() {
    const std::string one = word();
    const bool is_bare = one != "x-ray";
    return is_bare && below(3) != 0 ? one : "\"" + one + (below(4) == 0 ? " " + word() : "") + "\"";
  }
  std::string phrase() {
    std::string text = string();
    if (below(6) == 0) text += " + " + string();
    if (below(4) == 0) text += below(2) == 0 ? "*" : " *";
    return text;
  }
  std::string columns() {
    constexpr const char* kColumns[] = {
        "title : ", "body:", "{title body} : ", "-body : ", "\"Title\" :", "- {title} : ", "BODY : "};
    return may_have_columns_ && below(5) == 0 ? kColumns[below(std::size(kColumns))] : "";
  }
  std::string group() {
    const std::string of = columns();
    switch (below(8)) {
      case 0:
        return of + "^" + phrase();
      case 1: {
        if (!may_have_near_) return of + phrase();
        std::string near = "NEAR(";
        for (int i = 1 + below(3); i >= 0; --i) near += bare() + " ";
        return of + near + (below(2) == 0 ? ", " + std::to_string(below(5)) : "") + ")";
      }
      default:
        return of + phrase();
    }
  }
  std::string bare() {
    std::string one;
    do {
      one = word();
    } while (one == "x-ray");
    return one + (below(4) == 0 ? "*" : "");
  }
  std::string query(int depth) {
    const char* const either = below(3) == 0 ? " AND " : below(2) == 0 ? " OR " : " NOT ";
    may_have_near_ = either == std::string(" AND ") || below(2) == 0;
    may_have_columns_ = either == std::string(" AND ") || !may_have_near_;
    return query(depth, either);
  }
  // A query has OR or NOT, but not both, and with either of them it has NEAR or filters on columns, but not
  // both: otherwise FTS5's bm25() may count what its iterators hold of another row.
  std::string query(int depth, const char* either) {
    switch (depth == 0 ? 0 : below(9)) {
      case 1:
      case 2:
        return query(depth - 1, either) + " AND " + query(depth - 1, either);
      case 3:
      case 4:
      case 5:
        return query(depth - 1, either) + either + query(depth - 1, either);
      case 6:
        return columns() + "(" + query(depth - 1, either) + ")";
      case 7:
        return group() + " " + group() + (below(3) == 0 ? " " + group() : "");
      case 8:
        return below(12) == 0 ? mistaken() : group();
      default:
        return group();
    }
  }
  std::string mistaken() {
    constexpr const char* kMistakes[] = {
        "AND",          "fox AND",   "(fox",       "fox)",  "\"fox",  "no : fox", "NEAR(fox",     "fox, dog",
        "NEAR(a b, x)", "fox (dog)", "^NEAR(a b)", "* fox", "fox ''", "f.x",      "{title : fox", ""};
    return kMistakes[below(std::size(kMistakes))];
  }

  std::string literal(const std::string& text) {
    std::string out = "'";
    for (const char c : text) out += c == '\'' ? "''" : std::string(1, c);
    return out + "'";
  }
  Ranks ranks_of(const Outcome& outcome) {
    Ranks ranks;
    for (const Row& one : outcome.rows) {
      if (!ranks.emplace(one[0].text, one[1].text == "NULL" ? 0 : std::stod(one[1].text)).second)
        differ("row " + one[0].text + " twice");
    }
    return ranks;
  }
  std::string shown(const Ranks& ranks) {
    std::string text;
    for (const auto& [key, rank] : ranks) text += key + ": " + std::to_string(rank) + "\n";
    return text;
  }
  // `again` asks for the rank of one row in another way, where the first one tells another.
  void check_same(const Ranks& ours, const Ranks& theirs, const std::string& sql,
                  const std::function<double(const std::string&)>& again = {}) {
    bool is_same = ours.size() == theirs.size();
    for (const auto& [key, rank] : ours) {
      const auto other = theirs.find(key);
      is_same = is_same && other != theirs.end() &&
                (std::abs(rank - other->second) <= kTolerance ||
                 (again && std::abs(rank - again(key)) <= kTolerance));
    }
    if (!is_same) differ(sql + "\ngives\n" + shown(ours) + "and should\n" + shown(theirs));
  }

  // Fills an FTS5 table with the rows of this query: its columns are a number, a title and a body.
  void fill(const std::string& sql) {
    database_.must("DROP TABLE IF EXISTS temp.oracle");
    database_.must(std::string("CREATE VIRTUAL TABLE temp.oracle USING fts5(title, body") + tokenizer_.fts5 +
                   ")");
    database_.must("INSERT INTO temp.oracle(rowid, title, body) " + sql);
  }

  // FTS5 loses occurrences of a row to an earlier one: where an AND that is not the whole query does not hold, it empties
  // what the iterators below it hold, also those that stand at a later row. So the row is asked for once more, as the
  // first one.
  double rank_as_first(const std::string& rowid, const std::string& condition) {
    constexpr const char* kFirst = "-1";
    const auto move = [this](const std::string& from, const std::string& to) {
      database_.must("UPDATE temp.oracle SET rowid = " + to + " WHERE rowid = " + from);
    };
    move(rowid, kFirst);
    const Outcome found =
        database_.must("SELECT bm25(oracle) FROM temp.oracle WHERE " + condition + " AND rowid = " + kFirst);
    move(kFirst, rowid);
    ++counts_.asked_again;
    return found.rows.size() == 1 ? std::stod(found.rows[0][0].text) : 0;
  }

  void compare(const std::string& at) {
    fill("SELECT id, title, body FROM notes" + at);
    for (int i = 0; i < kQueriesATime; ++i) {
      std::string ours;
      std::string theirs;
      const std::string one = literal(query(3));
      const int form = may_have_columns_ ? below(4) : 0;
      if (form < 2) {
        ours = "_text MATCH " + one;
        theirs = "oracle MATCH " + one;
      } else if (form == 2) {
        ours = theirs = "body MATCH " + one;
      } else {
        const std::string other = literal(query(1));
        ours = "_text MATCH " + one + " AND title MATCH " + other;
        theirs = "oracle MATCH " + one + " AND title MATCH " + other;
      }
      const std::string filter =
          below(4) == 0 ? " AND " + std::string(below(2) == 0 ? "id" : "kind") + " > 1" : "";
      const std::string sql = "SELECT id, _rank FROM notes" + at + " WHERE " + ours + filter +
                              (below(2) == 0 ? " ORDER BY _rank" : "");
      Outcome expected = database_.run("SELECT rowid, bm25(oracle) FROM temp.oracle WHERE " + theirs);
      if (!filter.empty()) {
        std::set<std::string> kept;
        for (const Row& row : database_.must("SELECT id FROM notes" + at + " WHERE TRUE" + filter).rows)
          kept.insert(row[0].text);
        std::erase_if(expected.rows, [&kept](const Row& row) { return kept.count(row[0].text) == 0; });
      }
      log_.push_back(sql);
      const Outcome found = database_.run(sql);
      if (found.is_ok() != expected.is_ok())
        differ(sql + "\n" + found.message + "\nand FTS5: " + expected.message);
      ++counts_.queries;
      if (!found.is_ok()) {
        ++counts_.errors;
        log_.pop_back();
        continue;
      }
      const Ranks ranks = ranks_of(found);
      check_same(ranks, ranks_of(expected), sql,
                 [&](const std::string& key) { return rank_as_first(key, theirs); });
      counts_.rows += static_cast<int>(ranks.size());
      const Outcome plain = must("SELECT id, NULL FROM notes" + at + " WHERE " + ours + filter);
      if (plain.rows.size() != ranks.size()) differ("without _rank other rows are found");
      log_.resize(log_.size() - 2);
      if (at.find("AS OF") != std::string::npos && at.find("VALID AT") != std::string::npos &&
          kept_.size() < kKeptAnswers)
        kept_.push_back({sql, ranks});
    }
  }

  // Compares over every version, and over every piece of valid time, that matches.
  void compare_ranges() {
    constexpr const char* kRanges[] = {" FOR ALL SYSTEM_TIME", " FOR ALL VALID_TIME",
                                       " FOR ALL SYSTEM_TIME FOR ALL VALID_TIME"};
    const std::string range = kRanges[below(std::size(kRanges))];
    const std::string name =
        "id || ' ' || _system_from || ' ' || coalesce(_system_to, '') || ' ' || coalesce(_valid_from, '')";
    database_.must("CREATE TEMP TABLE IF NOT EXISTS versions (n INTEGER PRIMARY KEY, name TEXT UNIQUE)");
    database_.must("DELETE FROM temp.versions");
    database_.must("INSERT INTO temp.versions(name) SELECT " + name + " FROM notes" + range);
    fill("SELECT n, title, body FROM (SELECT " + name + " AS name, title, body FROM notes" + range +
         ") JOIN temp.versions USING (name)");
    for (int i = 0; i < kQueriesATime; ++i) {
      const std::string one = literal(query(2));
      const Outcome expected = database_.run(
          "SELECT name, bm25(oracle) FROM temp.oracle JOIN temp.versions ON n = oracle.rowid WHERE oracle "
          "MATCH " +
          one);
      if (!expected.is_ok()) continue;
      const std::string sql = "SELECT " + name + ", _rank FROM notes" + range + " WHERE _text MATCH " + one;
      const Ranks found = ranks_of(must(sql));
      check_same(found, ranks_of(expected), sql, [&](const std::string& key) {
        const std::string rowid =
            std::to_string(database_.integer("SELECT n FROM temp.versions WHERE name = " + literal(key)));
        return rank_as_first(rowid, "oracle MATCH " + one);
      });
      const Outcome plain = must("SELECT " + name + " FROM notes" + range + " WHERE _text MATCH " + one);
      if (plain.rows.size() != found.size()) differ("without _rank other rows are found");
      log_.resize(log_.size() - 2);
      ++counts_.queries;
      counts_.rows += static_cast<int>(found.size());
    }
  }

  void repeat() {
    if (kept_.empty()) return;
    const Answer& kept = kept_[static_cast<size_t>(below(kept_.size()))];
    check_same(ranks_of(must(kept.sql)), kept.rows, kept.sql);
    ++counts_.repeated;
  }

  std::vector<Answer> kept_;
  Tokenizer tokenizer_{};
  bool is_indexed_ = false;
  bool may_have_near_ = true;  // whether the query that is being made may have NEAR
  bool may_have_columns_ = true;
  Counts counts_;
};

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  Counts sum;
  run_seeds(argc, argv, "60", [&sum](uint64_t seed, const std::string& extension, int steps) {
    Run run(seed, extension);
    run.steps(steps);
    sum.queries += run.counts().queries;
    sum.rows += run.counts().rows;
    sum.errors += run.counts().errors;
    sum.repeated += run.counts().repeated;
    sum.asked_again += run.counts().asked_again;
  });
  std::printf(
      "%d queries with %d rows as FTS5 answers them (%d of these as it answers them first), %d of them "
      "refused by both, "
      "%d answers asked again\n",
      sum.queries, sum.rows, sum.asked_again, sum.errors, sum.repeated);
}
