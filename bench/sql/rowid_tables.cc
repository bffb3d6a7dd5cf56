#include "bench/sql/rowid_tables.h"

#include <cstdint>
#include <string>
#include <utility>

#include "bench/engine/workload.h"

namespace spectradb::bench {
namespace {

using Value = Contender::Value;
using Values = std::vector<Value>;
using Texts = std::vector<std::string>;

constexpr size_t kOurs = 0;
constexpr size_t kPlain = 1;
constexpr uint64_t kStep = 7919;  // a prime, so that id + n kStep comes to all ids
constexpr int64_t kLoad = 1;      // commits, as the peers number them
constexpr int64_t kThird = 2;
constexpr int64_t kSingles = 3;

struct Shape {
  std::string title;
  uint64_t rows;
  uint64_t commits;                  // of one row
  std::vector<const char*> columns;  // beside the id: name and type; the first is a text, the last a number
  std::function<Value(size_t column, uint64_t number, uint64_t version)> value;
  double load_target;  // ratios beside the plain table; 0: none
  double third_target;
  double singles_target;
};

std::string name_of(const std::string& column) { return column.substr(0, column.find(' ')); }

// The columns behind one another: as they are declared, or their names, each behind a prefix.
std::string listed(const Shape& shape, bool are_declared, const std::string& prefix = {}) {
  std::string list;
  for (const char* column : shape.columns) {
    if (!list.empty()) list += ", ";
    list += prefix;
    list += are_declared ? std::string(column) : name_of(column);
  }
  return list;
}

Texts create_of(const Shape& shape) {
  const std::string columns = listed(shape, true);
  return {"CREATE TABLE t (id INTEGER PRIMARY KEY, " + columns + ") WITH SYSTEM VERSIONING",
          "CREATE TABLE t (id INTEGER PRIMARY KEY, " + columns + ")",
          "CREATE TABLE t (id INTEGER PRIMARY KEY, " + columns +
              ", sys_from INTEGER);"
              "CREATE TABLE h (id INTEGER, " +
              columns +
              ", sys_from INTEGER, sys_to INTEGER);"
              "CREATE INDEX t_sys ON t (sys_from); CREATE INDEX h_id ON h (id, sys_from);"
              "CREATE TRIGGER t_update AFTER UPDATE ON t BEGIN"
              "  INSERT INTO h VALUES (old.id, " +
              listed(shape, false, "old.") + ", old.sys_from, new.sys_from); END",
          "CREATE TABLE t (id INTEGER, " + columns +
              ", sys_from INTEGER);"
              "CREATE INDEX t_id ON t (id, sys_from)"};
}

Texts insert_of(const Shape& shape) {
  std::string places = "?1";
  for (size_t column = 0; column < shape.columns.size(); ++column)
    places += ", ?" + std::to_string(column + 2);
  const std::string plain = "INSERT INTO t (id, " + listed(shape, false) + ") VALUES (" + places + ")";
  const std::string timed = "INSERT INTO t VALUES (" + places + ", " + std::to_string(kLoad) + ")";
  return {plain, plain, timed, timed};
}

// The first column of one row; ?1 is the id, ?2 the text, ?3 the commit.
Texts update_of(const Shape& shape) {
  const std::string first = name_of(shape.columns.front());
  const std::string plain = "UPDATE t SET " + first + " = ?2 WHERE id = ?1";
  const std::string names = listed(shape, false);
  return {plain, plain, "UPDATE t SET " + first + " = ?2, sys_from = ?3 WHERE id = ?1",
          "INSERT INTO t SELECT id, ?2" + names.substr(names.find(',')) +
              ", ?3 FROM t WHERE id = ?1 ORDER BY sys_from DESC LIMIT 1"};
}

// The last column of a third of all rows.
Texts third_of(const Shape& shape) {
  const std::string last = name_of(shape.columns.back());
  const std::string plain = "UPDATE t SET " + last + " = " + last + " + 1";
  const std::string which = " WHERE id % 3 = 0";
  const std::string commit = std::to_string(kThird);
  const std::string names = listed(shape, false);
  const std::string kept = names.substr(0, names.rfind(last));
  return {plain + which, plain + which, plain + ", sys_from = " + commit + which,
          "INSERT INTO t SELECT id, " + kept + last + " + 1, " + commit + " FROM (SELECT id, " + names +
              ", max(sys_from) FROM t" + which + " GROUP BY id)"};
}

Texts scan_of(const Shape& shape) {
  const std::string names = listed(shape, false);
  const std::string plain = "SELECT id, " + names + " FROM t";
  return {plain, plain, plain,
          "SELECT id, " + names + " FROM (SELECT id, " + names + ", max(sys_from) FROM t GROUP BY id)"};
}

// A question whose n steps are one transaction, which ends before the clock does.
Question in_one_transaction(Operation operation, uint64_t count,
                            std::function<Contender::Answer(Contender&, size_t, uint64_t)> step) {
  Question made;
  made.operation = std::move(operation);
  made.count = count;
  made.in_transaction = false;
  made.ask = [count, step = std::move(step)](Contender& contender, size_t place, uint64_t number) {
    if (number == 0) contender.run("BEGIN");
    Contender::Answer answer = step(contender, place, number);
    if (number + 1 == count) contender.run("COMMIT");
    return answer;
  };
  return made;
}

Scenario rowid_table(const Shape& shape) {
  Scenario scenario;
  scenario.title = shape.title;
  scenario.names = {"SpectraDB", "A: no history", "B: triggers", "C: append-only"};
  scenario.create = create_of(shape);
  scenario.load = [](Contender&, size_t) {};
  scenario.questions.push_back(in_one_transaction(
      {"load in key order", "rows/s", shape.load_target, false, kPlain}, shape.rows,
      [shape, sql = insert_of(shape)](Contender& contender, size_t place, uint64_t number) {
        Values values{static_cast<int64_t>(number + 1)};
        for (size_t column = 0; column < shape.columns.size(); ++column)
          values.push_back(shape.value(column, number, 0));
        return contender.ask(sql[place], values);
      }));
  scenario.questions.push_back(in_one_transaction(
      {"update of a third in one statement", "statements/s", shape.third_target, false, kPlain}, 1,
      [sql = third_of(shape)](Contender& contender, size_t place, uint64_t) {
        return contender.ask(sql[place], {});
      }));
  const auto update = [shape, sql = update_of(shape)](Contender& contender, size_t place, uint64_t number,
                                                      int64_t commit) {
    const uint64_t row = number * kStep % shape.rows;
    const auto id = static_cast<int64_t>(row + 1);
    Values values{id, shape.value(0, row, static_cast<uint64_t>(commit))};
    if (place != kOurs && place != kPlain) values.emplace_back(commit);
    return contender.ask(sql[place], values);
  };
  const uint64_t singles = shape.rows / 10;
  scenario.questions.push_back(in_one_transaction(
      {"single updates in a transaction", "updates/s", shape.singles_target, false, kPlain}, singles,
      [update](Contender& contender, size_t place, uint64_t number) {
        return update(contender, place, number, kSingles);
      }));
  Question commits;
  commits.operation = {"commits of one row", "commits/s", 0, false, kPlain};
  commits.count = shape.commits;
  commits.in_transaction = false;
  commits.ask = [update, singles](Contender& contender, size_t place, uint64_t number) {
    return update(contender, place, singles + number, kSingles + 1 + static_cast<int64_t>(number));
  };
  scenario.questions.push_back(std::move(commits));
  Question scan;
  scan.operation = {"scan, latest, as it was written", "rows/s", 0, false, kPlain};
  scan.count = 1;
  scan.counts_rows = true;
  scan.ask = [sql = scan_of(shape)](Contender& contender, size_t place, uint64_t) {
    return contender.ask(sql[place], {});
  };
  scenario.questions.push_back(std::move(scan));
  return scenario;
}

Shape narrow(bool is_quick) {
  const uint64_t rows = is_quick ? 100'000 : 1'000'000;
  return {std::to_string(rows) + " rows of three columns by an INTEGER PRIMARY KEY",
          rows,
          is_quick ? 500u : 3'000u,
          {"v TEXT", "x REAL"},
          [](size_t column, uint64_t number, uint64_t version) -> Value {
            if (column == 1) return static_cast<int64_t>(number / 4);
            return "value " + std::to_string(scrambled(number) % 1'000'000) + " of version " +
                   std::to_string(version);
          },
          0.9,
          0.5,
          0.9};
}

constexpr const char* kThirtyColumns[] = {
    "c1 TEXT",  "c2 INTEGER",  "c3 REAL",  "c4 TEXT",  "c5 INTEGER",  "c6 REAL",
    "c7 TEXT",  "c8 INTEGER",  "c9 REAL",  "c10 TEXT", "c11 INTEGER", "c12 REAL",
    "c13 TEXT", "c14 INTEGER", "c15 REAL", "c16 TEXT", "c17 INTEGER", "c18 REAL",
    "c19 TEXT", "c20 INTEGER", "c21 REAL", "c22 TEXT", "c23 INTEGER", "c24 REAL",
    "c25 TEXT", "c26 INTEGER", "c27 REAL", "c28 TEXT", "c29 INTEGER"};

Shape wide(bool is_quick) {
  const uint64_t rows = is_quick ? 10'000 : 100'000;
  return {std::to_string(rows) + " rows of thirty columns by an INTEGER PRIMARY KEY",
          rows,
          is_quick ? 500u : 3'000u,
          {std::begin(kThirtyColumns), std::end(kThirtyColumns)},
          [](size_t column, uint64_t number, uint64_t version) -> Value {
            const uint64_t mixed = scrambled(number * 31 + column) % 1'000'000;
            if (column % 3 != 0) return static_cast<int64_t>(mixed);
            return "text " + std::to_string(mixed) + (version == 0 ? "" : " changed");
          },
          0,
          0,
          0};
}

Shape large(bool is_quick) {
  const uint64_t rows = is_quick ? 1'000 : 10'000;
  return {std::to_string(rows) + " rows of a value of 16 KB by an INTEGER PRIMARY KEY",
          rows,
          is_quick ? 200u : 1'000u,
          {"v TEXT", "x INTEGER"},
          [](size_t column, uint64_t number, uint64_t version) -> Value {
            constexpr size_t kValueBytes = 16u << 10;
            if (column == 1) return static_cast<int64_t>(number);
            std::string text;
            for (uint64_t word = 0; text.size() < kValueBytes; ++word)
              text += std::to_string(scrambled(number * 4096 + word + version) % 100'000) + " words ";
            text.resize(kValueBytes);
            return text;
          },
          0,
          0,
          0};
}

}  // namespace

std::vector<Scenario> rowid_tables(bool is_quick) {
  return {rowid_table(narrow(is_quick)), rowid_table(wide(is_quick)), rowid_table(large(is_quick))};
}

}  // namespace spectradb::bench
