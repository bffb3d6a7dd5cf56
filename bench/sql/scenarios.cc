#include "bench/sql/scenarios.h"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/engine/workload.h"
#include "bench/sql/ordinary_queries.h"
#include "bench/sql/rowid_tables.h"

namespace spectradb::bench {
namespace {

using Value = Contender::Value;
using Values = std::vector<Value>;
using Texts = std::vector<std::string>;

int64_t signed_of(uint64_t number) { return static_cast<int64_t>(number); }

std::string document(uint64_t number, uint64_t version) {
  std::string text;
  make_document(number, version, text);
  return text;
}

// A question in SQL: of each contender its text, empty where it cannot; all get the same values.
Question question(Operation operation, uint64_t count, bool counts_rows, const Texts& sql,
                  const std::function<Values(uint64_t)>& values) {
  Question made;
  made.operation = std::move(operation);
  made.count = count;
  made.counts_rows = counts_rows;
  made.ask = [sql, values](Contender& contender, size_t place, uint64_t number) {
    return contender.ask(sql[place], values(number));
  };
  for (size_t place = 0; place < sql.size(); ++place) {
    if (sql[place].empty()) made.left_out.push_back(place);
  }
  return made;
}

// 100 keys, each with a document for every day of some years.
Scenario periods(bool is_quick) {
  const uint64_t keys = 100;
  const uint64_t days = is_quick ? 500 : 2000;
  constexpr int64_t kDay = 86'400'000'000;
  // In 2002: integers near 1970 are refused as times in another unit.
  const auto start_of = [](uint64_t day) { return (12'000 + signed_of(day)) * kDay; };
  Scenario scenario;
  scenario.title = std::to_string(keys) + " keys, " + std::to_string(days) + " valid periods each";
  scenario.names = {"SpectraDB", "P: periods, no history"};
  scenario.create = {"CREATE TABLE t (pk TEXT PRIMARY KEY, doc TEXT) WITH SYSTEM VERSIONING",
                     "CREATE TABLE t (pk TEXT, valid_from INTEGER, valid_to INTEGER, doc TEXT, "
                     "PRIMARY KEY (pk, valid_from)) WITHOUT ROWID"};
  scenario.load = [=](Contender& contender, size_t place) {
    const std::string insert = place == 0 ? "INSERT INTO t (pk, doc) VALUES (?1, ?4) VALID FROM ?2 TO ?3"
                                          : "INSERT INTO t VALUES (?1, ?2, ?3, ?4)";
    contender.run("BEGIN");
    for (uint64_t number = 0; number < keys * days; ++number) {  // day by day
      const int64_t from = start_of(number / keys);
      contender.ask(insert,
                    {key_of(number % keys), from, from + kDay, document(number % keys, number / keys)});
    }
    contender.run("COMMIT");
    if (place == 0) contender.run("SELECT spectradb_compact()");
  };
  const auto instant = [=](uint64_t number) { return start_of(scrambled(number + 7) % days) + kDay / 2; };
  scenario.questions.push_back(
      question({"point VALID AT", "reads/s", 1.2, false, 1}, is_quick ? 10'000 : 50'000, false,
               {"SELECT doc FROM t WHERE pk = ?1 VALID AT ?2",
                "SELECT doc FROM t WHERE pk = ?1 AND valid_from <= ?2 ORDER BY valid_from DESC LIMIT 1"},
               [=](uint64_t number) -> Values {
                 return {key_of(scrambled(number) % keys), instant(number)};
               }));
  scenario.questions.push_back(question(
      {"scan VALID AT", "rows/s", 0, false, 1}, 5, true,
      {"SELECT pk, doc FROM t VALID AT ?1", "SELECT pk, doc FROM t WHERE valid_from <= ?1 AND valid_to > ?1"},
      [=](uint64_t number) -> Values { return {instant(number)}; }));
  scenario.questions.push_back(
      question({"correct one period", "rows/s", 0.8, false, 1}, is_quick ? 500 : 2'000, false,
               {"UPDATE t FOR PORTION OF VALID_TIME FROM ?2 TO ?3 SET doc = ?4 WHERE pk = ?1",
                "UPDATE t SET doc = ?4 WHERE pk = ?1 AND valid_from = ?2 AND valid_to = ?3"},
               [=](uint64_t number) -> Values {
                 const int64_t from = start_of(scrambled(number + 7) % days);
                 const uint64_t key = scrambled(number) % keys;
                 return {key_of(key), from, from + kDay, document(key, number)};
               }));
  return scenario;
}

// Items whose price changed often, and sales that ask for the price of their day.
Scenario as_of_join(bool is_quick) {
  const uint64_t items = 200;
  const uint64_t days = is_quick ? 50 : 200;
  const uint64_t sales = is_quick ? 5'000 : 20'000;
  Scenario scenario;
  scenario.title = std::to_string(sales) + " sales joined to the price of their time, " +
                   std::to_string(items) + " items of " + std::to_string(days) + " prices";
  scenario.names = {"SpectraDB", "P: periods, no history"};
  const std::string sale = "CREATE TABLE sale (item TEXT, at INTEGER);";
  scenario.create = {sale + "CREATE TABLE price (pk TEXT PRIMARY KEY, doc TEXT) WITH SYSTEM VERSIONING",
                     sale +
                         "CREATE TABLE price (pk TEXT, valid_from INTEGER, valid_to INTEGER, doc TEXT, "
                         "PRIMARY KEY (pk, valid_from)) WITHOUT ROWID"};
  scenario.load = [=](Contender& contender, size_t place) {
    const std::string insert = place == 0 ? "INSERT INTO price (pk, doc) VALUES (?1, ?4) VALID FROM ?2 TO ?3"
                                          : "INSERT INTO price VALUES (?1, ?2, ?3, ?4)";
    contender.run("BEGIN");
    for (uint64_t day = 0; day < days; ++day) {
      for (uint64_t item = 0; item < items; ++item)
        contender.ask(insert, {key_of(item), signed_of(day), signed_of(day + 1), document(item, day)});
    }
    for (uint64_t number = 0; number < sales; ++number)
      contender.ask("INSERT INTO sale VALUES (?1, ?2)",
                    {key_of(scrambled(number) % items), signed_of(scrambled(number + sales) % days)});
    contender.run("COMMIT");
    if (place == 0) contender.run("SELECT spectradb_compact()");
  };
  scenario.questions.push_back(question(
      {"as-of join", "rows/s", 1.2, false, 1}, 3, true,
      {"SELECT s.item, s.at, p.doc FROM sale s JOIN price FOR VALID_TIME AS OF s.at p ON p.pk = s.item",
       "SELECT s.item, s.at, (SELECT p.doc FROM price p WHERE p.pk = s.item AND p.valid_from <= s.at "
       "ORDER BY p.valid_from DESC LIMIT 1) FROM sale s"},
      [](uint64_t) -> Values { return {}; }));
  return scenario;
}

struct Ledger {
  uint64_t keys;
  uint64_t depth;
  uint64_t groups;
  uint64_t rows_a_commit = 100;
  uint64_t commits() const { return 1 + (depth - 1) * ((keys + rows_a_commit - 1) / rows_a_commit); }
  int64_t last_commit() const { return signed_of(commits()); }
};

const Texts kLedgerInsert = {"INSERT INTO t (pk, grp, doc) VALUES (?1, ?2, ?3)",
                             "INSERT INTO t VALUES (?1, ?2, ?3, ?4)",
                             "INSERT INTO t VALUES (?1, ?4, ?2, ?3)"};
const Texts kLedgerUpdate = {"UPDATE t SET doc = ?3, grp = ?2 WHERE pk = ?1",
                             "UPDATE t SET doc = ?3, grp = ?2, sys_from = ?4 WHERE pk = ?1",
                             kLedgerInsert[2]};

// Documents in groups that they change with every version, beside a current table with a history of triggers,
// and one of all versions, each with an index on the group.
Scenario ledger(const Ledger& shape) {
  Scenario scenario;
  scenario.names = {"SpectraDB", "B: triggers", "C: append-only"};
  scenario.create = {
      "CREATE TABLE t (pk TEXT PRIMARY KEY, grp INTEGER, doc TEXT) WITH SYSTEM VERSIONING;"
      "CREATE INDEX t_grp ON t (grp)",
      "CREATE TABLE t (pk TEXT PRIMARY KEY, grp INTEGER, doc TEXT, sys_from INTEGER) WITHOUT ROWID;"
      "CREATE TABLE h (pk TEXT, grp INTEGER, doc TEXT, sys_from INTEGER, sys_to INTEGER, PRIMARY KEY (pk, "
      "sys_from)) "
      "WITHOUT ROWID;"
      "CREATE TRIGGER t_update AFTER UPDATE ON t BEGIN"
      "  INSERT INTO h VALUES (old.pk, old.grp, old.doc, old.sys_from, new.sys_from); END;"
      "CREATE INDEX t_grp ON t (grp); CREATE INDEX h_grp ON h (grp, sys_from); CREATE INDEX t_sys ON t "
      "(sys_from)",
      "CREATE TABLE t (pk TEXT, sys_from INTEGER, grp INTEGER, doc TEXT, PRIMARY KEY (pk, sys_from)) WITHOUT "
      "ROWID;"
      "CREATE INDEX t_grp ON t (grp, pk, sys_from)"};
  scenario.load = [shape](Contender& contender, size_t place) {
    int64_t commit = 1;
    const auto write = [&](const Texts& sql, uint64_t number, uint64_t version) {
      contender.ask(sql[place], {key_of(number), signed_of(scrambled(number * 31 + version) % shape.groups),
                                 document(number, version), commit});
    };
    contender.run("BEGIN");
    for (const uint32_t number : shuffled(shape.keys, 0)) write(kLedgerInsert, number, 0);
    contender.run("COMMIT");
    for (uint64_t version = 1; version < shape.depth; ++version) {
      uint64_t written = 0;
      for (const uint32_t number : shuffled(shape.keys, version)) {
        if (written++ % shape.rows_a_commit == 0) {
          if (written > 1) contender.run("COMMIT");
          contender.run("BEGIN");
          ++commit;
        }
        write(kLedgerUpdate, number, version);
      }
      contender.run("COMMIT");
    }
    contender.stored_bytes();  // written out and compacted
  };
  return scenario;
}

// Our commits have the same numbers; the CREATE INDEX on an empty table takes none.
Scenario second_column(bool is_quick) {
  const Ledger shape{is_quick ? 5'000u : 20'000u, 10, 500};
  Scenario scenario = ledger(shape);
  scenario.title = std::to_string(shape.keys) + " keys, 10 versions each, by an index on another column";
  const uint64_t count = is_quick ? 300 : 1'000;
  scenario.questions.push_back(
      question({"rows of a value, latest", "rows/s", 0.8, false, 1}, count, true,
               {"SELECT pk, doc FROM t WHERE grp = ?1", "SELECT pk, doc FROM t WHERE grp = ?1",
                "SELECT pk, doc FROM t WHERE grp = ?1 AND NOT EXISTS (SELECT 1 FROM t x WHERE x.pk = t.pk "
                "AND x.sys_from > "
                "t.sys_from)"},
               [=](uint64_t number) -> Values { return {signed_of(scrambled(number) % shape.groups)}; }));
  scenario.questions.push_back(
      question({"rows of a value AS OF", "rows/s", 0, false, 1}, count, true,
               {"SELECT pk, doc FROM t WHERE grp = ?1 AS OF ?2",
                "SELECT pk, doc FROM t WHERE grp = ?1 AND sys_from <= ?2 UNION ALL"
                " SELECT pk, doc FROM h WHERE grp = ?1 AND sys_from <= ?2 AND sys_to > ?2",
                "SELECT pk, doc FROM t WHERE grp = ?1 AND sys_from <= ?2 AND NOT EXISTS (SELECT 1 FROM t x "
                "WHERE x.pk = t.pk"
                " AND x.sys_from > t.sys_from AND x.sys_from <= ?2)"},
               [=](uint64_t number) -> Values {
                 return {signed_of(scrambled(number) % shape.groups),
                         1 + signed_of(scrambled(number + count) % shape.commits())};
               }));
  return scenario;
}

// The peers look for what was written between the two commits, by an index that only this asks of them; here
// every version differs from the one before.
Scenario difference(bool is_quick) {
  const Ledger shape{is_quick ? 2'000u : 10'000u, 20, 100};
  Scenario scenario = ledger(shape);
  scenario.title = std::to_string(shape.keys) + " keys, 20 versions each: what differs between two commits";
  scenario.create[1] += ";CREATE INDEX h_sys ON h (sys_from, pk)";
  scenario.create[2] += ";CREATE INDEX c_sys ON t (sys_from, pk)";
  const int64_t last = shape.last_commit();
  for (const int64_t apart : {last / 100, last / 4}) {
    const std::string name = apart == last / 4 ? "keys that differ, a quarter of all commits apart"
                                               : "keys that differ, 1 % of all commits apart";
    scenario.questions.push_back(
        question({name, "rows/s", 0, false, 1}, 3, true,
                 {"SELECT key FROM spectradb_diff('t', ?1, ?2)",
                  "SELECT pk FROM t WHERE sys_from > ?1 AND sys_from <= ?2 UNION"
                  " SELECT pk FROM h WHERE sys_from > ?1 AND sys_from <= ?2",
                  "SELECT DISTINCT pk FROM t WHERE sys_from > ?1 AND sys_from <= ?2"},
                 [=](uint64_t number) -> Values {
                   const int64_t to = last - signed_of(number) * apart / 3;
                   return {to - apart, to};
                 }));
  }
  return scenario;
}

// Ten statements a transaction: eight read a document, two write one.
Scenario mixed(bool is_quick) {
  const Ledger shape{is_quick ? 2'000u : 10'000u, 20, 100};
  Scenario scenario = ledger(shape);
  scenario.title =
      std::to_string(shape.keys) + " keys, 20 versions each, transactions of eight reads and two writes";
  Question transaction;
  transaction.operation = {"mixed transactions", "transactions/s", 0, false, 1};
  transaction.count = is_quick ? 500 : 5'000;
  transaction.in_transaction = false;
  transaction.ask = [=](Contender& contender, size_t place, uint64_t number) {
    const Texts read = {"SELECT doc FROM t WHERE pk = ?1", "SELECT doc FROM t WHERE pk = ?1",
                        "SELECT doc FROM t WHERE pk = ?1 ORDER BY sys_from DESC LIMIT 1"};
    const int64_t commit = shape.last_commit() + 1 + signed_of(number);
    Contender::Answer sum;
    contender.run("BEGIN");
    for (uint64_t step = 0; step < 10; ++step) {
      // The two writes of a transaction are of different keys: C could not tell its versions apart.
      const uint64_t key = step % 5 == 4 ? (scrambled(number) + step) % shape.keys
                                         : scrambled(number * 10 + step) % shape.keys;
      if (step % 5 == 4) {
        contender.ask(kLedgerUpdate[place], {key_of(key), signed_of(scrambled(key + number) % shape.groups),
                                             document(key, number), commit});
      } else {
        const Contender::Answer answer = contender.ask(read[place], {key_of(key)});
        sum.rows += answer.rows;
        sum.sum += answer.sum;
      }
    }
    contender.run("COMMIT");
    return sum;
  };
  scenario.questions.push_back(std::move(transaction));
  return scenario;
}

// Nothing in memory, or a twentieth of the data.
Scenario beyond_memory(bool is_quick) {
  const Ledger shape{is_quick ? 20'000u : 100'000u, 5, 100};
  Scenario scenario = ledger(shape);
  scenario.title = std::to_string(shape.keys) + " keys, 5 versions each, with little in memory";
  const uint64_t points = is_quick ? 500 : 2'000;
  const Texts latest = {"SELECT doc FROM t WHERE pk = ?1", "SELECT doc FROM t WHERE pk = ?1",
                        "SELECT doc FROM t WHERE pk = ?1 ORDER BY sys_from DESC LIMIT 1"};
  Question cold =
      question({"points, latest, after opening, from disk", "reads/s", 0, false, 1, true}, points, false,
               latest, [=](uint64_t number) -> Values { return {key_of(scrambled(number) % shape.keys)}; });
  const auto ask = cold.ask;
  cold.in_transaction = false;
  cold.ask = [ask](Contender& contender, size_t place, uint64_t number) {
    if (number == 0) contender.reopen();
    return ask(contender, place, number);
  };
  scenario.questions.push_back(std::move(cold));
  // Each contender's own data: ours is several times smaller for the same rows, and its budget with it.
  const auto with_little = [](Contender& contender, size_t place, uint64_t number) {
    if (number != 0) return;
    const uint64_t budget = contender.stored_bytes() / 20;
    contender.run((place == 0 ? "SELECT spectradb_config('block_cache_bytes', " + std::to_string(budget) + ")"
                              : "PRAGMA cache_size = -" + std::to_string(budget / 1024))
                      .c_str());
  };
  Question small =
      question({"points, latest, cache of a twentieth", "reads/s", 1, false, 1}, points * 4, false, latest,
               [=](uint64_t number) -> Values { return {key_of(scrambled(number) % shape.keys)}; });
  const auto ask_small = small.ask;
  small.in_transaction = false;
  small.ask = [=](Contender& contender, size_t place, uint64_t number) {
    with_little(contender, place, number);
    return ask_small(contender, place, number);
  };
  scenario.questions.push_back(std::move(small));
  Question scan = question({"scan, latest, cache of a twentieth", "rows/s", 0.7, false, 1}, 2, true,
                           {"SELECT pk, doc FROM t", "SELECT pk, doc FROM t",
                            "SELECT pk, doc FROM (SELECT pk, doc, max(sys_from) FROM t GROUP BY pk)"},
                           [](uint64_t) -> Values { return {}; });
  scenario.questions.push_back(std::move(scan));
  return scenario;
}

constexpr int kTogetherKeys = 1000;

bool is_told_to_stop(int pipe) {
  pollfd waiting{pipe, POLLIN, 0};
  return ::poll(&waiting, 1, 0) != 0;
}

}  // namespace

std::vector<Scenario> scenarios(bool is_quick) {
  std::vector<Scenario> all = {periods(is_quick),         as_of_join(is_quick), second_column(is_quick),
                               difference(is_quick),      mixed(is_quick),      beyond_memory(is_quick),
                               ordinary_queries(is_quick)};
  for (Scenario& scenario : rowid_tables(is_quick)) all.push_back(std::move(scenario));
  return all;
}

Together run_together(const Statements& statements, const std::string& directory,
                      const std::string& extension, double seconds) {
  {
    Contender contender("", statements, directory, extension, "NORMAL");
    contender.run("BEGIN");
    for (uint64_t number = 0; number < kTogetherKeys; ++number)
      contender.write(&Statements::insert, key_of(number), document(number, 0), 1);
    contender.run("COMMIT");
  }
  int stop[2];
  int answer[2];
  if (::pipe(stop) != 0 || ::pipe(answer) != 0) fail("pipe");
  const pid_t reader = ::fork();
  if (reader < 0) fail("fork");
  if (reader == 0) {
    ::close(stop[1]);
    Contender contender("the reader", statements, directory, extension, "NORMAL", Contender::Open::kAsItIs);
    uint64_t reads = 0;
    while (!is_told_to_stop(stop[0])) {
      for (int i = 0; i < 100; ++i)
        (void)contender.read(&Statements::latest, {key_of(scrambled(reads++) % kTogetherKeys)}, {});
    }
    const auto told = ::write(answer[1], &reads, sizeof reads);
    ::_exit(told == sizeof reads ? 0 : 1);
  }
  ::close(stop[0]);
  ::close(answer[1]);  // the end of a reader that failed is then the end of its answer
  Contender contender("the writer", statements, directory, extension, "NORMAL", Contender::Open::kAsItIs);
  const double from = wall_seconds();
  uint64_t commits = 0;
  while (wall_seconds() - from < seconds) {
    const uint64_t key = scrambled(commits) % kTogetherKeys;
    contender.write(&Statements::update, key_of(key), document(key, commits), signed_of(2 + commits));
    ++commits;
  }
  const double took = wall_seconds() - from;
  ::close(stop[1]);
  uint64_t reads = 0;
  if (::read(answer[0], &reads, sizeof reads) != sizeof reads) fail("the reader failed");
  ::close(answer[0]);
  ::waitpid(reader, nullptr, 0);
  return {static_cast<double>(commits) / took, static_cast<double>(reads) / took};
}

}  // namespace spectradb::bench
