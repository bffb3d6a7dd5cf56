// Measures temporal tables beside system-versioned tables of MariaDB: mariadb_bench --extension=PATH
// --socket=PATH [--quick] [--rounds=N] [--directory=D] [--json=FILE]. Figures are wall time, because the
// server is another process, which is reached by a local socket, as its users do. Both are asked for the
// same states, and must answer alike.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bench/engine/workload.h"
#include "bench/mariadb/server.h"
#include "bench/report.h"
#include "bench/sql/contender.h"

namespace spectradb::bench {
namespace {

struct Options {
  bool is_quick = false;
  int rounds = 0;
  std::string directory;
  std::string extension;
  std::string socket;
  std::string json;
};

using Values = std::vector<Contender::Value>;
using Ask = std::function<Contender::Answer(const std::string& sql, const Values& values)>;

constexpr int64_t kDays = 365;

std::string document(uint64_t number, uint64_t version) {
  std::string text;
  make_document(number, version, text);
  return text;
}

std::string date(int64_t day) {  // in years from 2000 on that have 365 days each
  char text[32];
  static constexpr int kMonth[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  int of_year = static_cast<int>(day % kDays);
  int month = 0;
  while (of_year >= kMonth[month]) of_year -= kMonth[month++];
  std::snprintf(text, sizeof text, "%04d-%02d-%02d", 2000 + static_cast<int>(day / kDays), month + 1,
                of_year + 1);
  return text;
}

// One of the two sides: how it is asked, and how it names an earlier state.
struct Side {
  Ask ask;
  std::function<void(const std::string&)> run;
  std::string begin;
  std::string as_of;                        // follows the table's name
  std::function<Contender::Value()> state;  // the present state, after a commit
  std::vector<Contender::Value> states;     // the states after each version of all keys
};

class Comparison {
 public:
  explicit Comparison(Options options) : options_(std::move(options)) {}

  void run(const Shape& shape) {
    const std::vector<Operation> operations = {
        {"bulk load", "rows/s", 0, false, 1, true},
        {"updates that keep history", "rows/s", 0, false, 1, true},
        {"point, latest", "reads/s", 0, false, 1, true},
        {"scan, latest", "rows/s", 0, false, 1, true},
        {"point AS OF", "reads/s", 0, false, 1, true},
        {"scan AS OF", "rows/s", 0, false, 1, true},
        {"correct a month of valid time", "rows/s", 0, false, 1, true}};
    const std::string title =
        std::to_string(shape.keys) + " keys, " + std::to_string(shape.depth) + " versions each";
    Figures figures;
    for (const Operation& operation : operations) figures[operation.name].resize(2);
    for (int round = 0; round < options_.rounds; ++round) {
      std::fprintf(stderr, "%s: round %d of %d\n", title.c_str(), round + 1, options_.rounds);
      Contender ours("SpectraDB", {}, options_.directory + "/ours", options_.extension, "NORMAL");
      Server server(options_.socket);
      version_ = server.version();
      ours.run("CREATE TABLE t (pk TEXT PRIMARY KEY, doc TEXT) WITH SYSTEM VERSIONING");
      ours.run("CREATE TABLE v (pk TEXT PRIMARY KEY, doc TEXT) WITH SYSTEM VERSIONING");
      server.run("CREATE TABLE t (pk VARCHAR(32) PRIMARY KEY, doc VARCHAR(1000)) WITH SYSTEM VERSIONING");
      server.run(
          "CREATE TABLE v (pk VARCHAR(32), doc VARCHAR(1000), valid_from DATE, valid_to DATE, PERIOD FOR "
          "valid_time(valid_from, valid_to), PRIMARY KEY (pk, valid_time WITHOUT OVERLAPS)) WITH SYSTEM "
          "VERSIONING");
      Side sides[2];
      sides[0] = {[&](const std::string& sql, const Values& values) { return ours.ask(sql, values); },
                  [&](const std::string& sql) { ours.run(sql.c_str()); },
                  "BEGIN",
                  " FOR SYSTEM_TIME AS OF COMMIT ?2",
                  [&]() -> Contender::Value { return ours.number("SELECT spectradb_commit()"); },
                  {}};
      sides[1] = {[&](const std::string& sql, const Values& values) { return server.ask(sql, values); },
                  [&](const std::string& sql) { server.run(sql); },
                  "START TRANSACTION",
                  " FOR SYSTEM_TIME AS OF TIMESTAMP ?",
                  [&]() -> Contender::Value { return server.text("SELECT NOW(6)"); },
                  {}};
      for (size_t i = 0; i < 2; ++i) write(sides[i], shape, i, figures);
      ours.run("SELECT spectradb_compact()");
      read(sides, shape, figures);
      for (size_t i = 0; i < 2; ++i) correct(sides[i], shape, i, figures);
    }
    report_.add_table(title, {"SpectraDB", "MariaDB"}, operations, figures);
  }

  void finish() const {
    report_.write(options_.json, options_.rounds,
                  {"wall time; MariaDB " + version_ +
                       " over a local socket, prepared statements, buffer pool of 1 GiB, "
                       "innodb_flush_log_at_trx_commit = 2",
                   "SpectraDB: storage '" + std::string(kStorage) +
                       "', its defaults, WAL, synchronous = NORMAL, in the process that asks",
                   "MariaDB: tables WITH SYSTEM VERSIONING; for corrections with an application-time period, "
                   "WITHOUT OVERLAPS in the key"});
  }

 private:
  static void write(Side& side, const Shape& shape, size_t place, Figures& figures) {
    const auto put = [&](const std::string& sql, Values values) { side.ask(sql, values); };
    const Stopwatch loading;
    side.run(side.begin);
    for (const uint32_t number : shuffled(shape.keys, 0))
      put("INSERT INTO t (pk, doc) VALUES (?, ?)", {key_of(number), document(number, 0)});
    side.run("COMMIT");
    figures["bulk load"][place].wall.push_back(static_cast<double>(shape.keys) / loading.elapsed().wall);
    side.states.push_back(side.state());
    double took = 0;
    for (uint64_t version = 1; version < shape.depth; ++version) {
      const Stopwatch updating;
      uint64_t in_commit = 0;
      for (const uint32_t number : shuffled(shape.keys, version)) {
        if (in_commit == 0) side.run(side.begin);
        put("UPDATE t SET doc = ? WHERE pk = ?", {document(number, version), key_of(number)});
        if (++in_commit == shape.rows_a_commit) {
          side.run("COMMIT");
          in_commit = 0;
        }
      }
      if (in_commit > 0) side.run("COMMIT");
      took += updating.elapsed().wall;
      side.states.push_back(side.state());
    }
    figures["updates that keep history"][place].wall.push_back(
        static_cast<double>(shape.versions() - shape.keys) / took);
  }

  void read(Side (&sides)[2], const Shape& shape, Figures& figures) const {
    const uint64_t points = options_.is_quick ? 2'000 : 10'000;
    const auto compare = [&](const std::string& name, bool counts_rows, uint64_t count,
                             const std::function<Contender::Answer(Side&, uint64_t)>& ask) {
      Contender::Answer answers[2];
      for (size_t place = 0; place < 2; ++place) {
        sides[place].run(sides[place].begin);
        (void)ask(sides[place], 0);
        const Stopwatch stopwatch;
        for (uint64_t number = 0; number < count; ++number) answers[place].add(ask(sides[place], number));
        const uint64_t units = counts_rows ? answers[place].rows : count;
        figures[name][place].wall.push_back(static_cast<double>(units) / stopwatch.elapsed().wall);
        sides[place].run("COMMIT");
      }
      if (!(answers[0] == answers[1]))
        fail("they answer differently: " + name + ", " + std::to_string(answers[0].rows) + " and " +
             std::to_string(answers[1].rows) + " rows");
    };
    const auto key = [&](uint64_t number) { return key_of(scrambled(number) % shape.keys); };
    const auto state = [&](const Side& side, uint64_t number) {
      return side.states[scrambled(number + points) % side.states.size()];
    };
    compare("point, latest", false, points, [&](Side& side, uint64_t number) {
      return side.ask("SELECT doc FROM t WHERE pk = ?", {key(number)});
    });
    compare("scan, latest", true, 3,
            [&](Side& side, uint64_t) { return side.ask("SELECT pk, doc FROM t", {}); });
    compare("point AS OF", false, points, [&](Side& side, uint64_t number) {
      const bool is_ours =
          &side == &sides[0];  // the clause comes first: numbered parameters where there are such
      return is_ours ? side.ask("SELECT doc FROM t" + side.as_of + " WHERE pk = ?1",
                                {key(number), state(side, number)})
                     : side.ask("SELECT doc FROM t" + side.as_of + " WHERE pk = ?",
                                {state(side, number), key(number)});
    });
    compare("scan AS OF", true, 3, [&](Side& side, uint64_t number) {
      const bool is_ours = &side == &sides[0];
      return is_ours
                 ? side.ask("SELECT pk, doc FROM t FOR SYSTEM_TIME AS OF COMMIT ?1", {state(side, number)})
                 : side.ask("SELECT pk, doc FROM t" + side.as_of, {state(side, number)});
    });
  }

  void correct(Side& side, const Shape& shape, size_t place, Figures& figures) const {
    const bool is_ours = place == 0;
    const uint64_t keys = std::min<uint64_t>(shape.keys, 100);
    const uint64_t corrections = options_.is_quick ? 500 : 2'000;
    side.run(side.begin);
    for (uint64_t number = 0; number < keys; ++number) {
      side.ask(is_ours ? "INSERT INTO v (pk, doc) VALUES (?1, ?2) VALID FROM ?3 TO ?4"
                       : "INSERT INTO v (pk, doc, valid_from, valid_to) VALUES (?, ?, ?, ?)",
               {key_of(number), document(number, 0), date(0), date(20 * kDays)});
    }
    const Stopwatch stopwatch;
    for (uint64_t number = 0; number < corrections; ++number) {
      const auto from = static_cast<int64_t>(scrambled(number) % (20 * kDays - 31));
      const uint64_t which = scrambled(number + 1) % keys;
      side.ask("UPDATE v FOR PORTION OF valid_time FROM ? TO ? SET doc = ? WHERE pk = ?",
               {date(from), date(from + 30), document(which, number), key_of(which)});
    }
    figures["correct a month of valid time"][place].wall.push_back(static_cast<double>(corrections) /
                                                                   stopwatch.elapsed().wall);
    side.run("COMMIT");
  }

  const Options options_;
  Report report_;
  std::string version_;
};

}  // namespace
}  // namespace spectradb::bench

int main(int argc, char** argv) {
  using namespace spectradb::bench;
  Options options;
  options.directory =
      std::filesystem::temp_directory_path() / ("spectradb-bench-" + std::to_string(getpid()));
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const auto value_of = [&](const char* name, std::string* value) {
      const std::string start = std::string("--") + name + "=";
      if (argument.rfind(start, 0) != 0) return false;
      *value = argument.substr(start.size());
      return true;
    };
    std::string number;
    if (argument == "--quick") {
      options.is_quick = true;
    } else if (value_of("rounds", &number)) {
      options.rounds = std::atoi(number.c_str());
    } else if (!value_of("directory", &options.directory) && !value_of("extension", &options.extension) &&
               !value_of("socket", &options.socket) && !value_of("json", &options.json)) {
      options.extension.clear();
      break;
    }
  }
  if (options.extension.empty() || options.socket.empty())
    fail(
        "usage: mariadb_bench --extension=PATH --socket=PATH [--quick] [--rounds=N] [--directory=D] "
        "[--json=FILE]");
  if (options.rounds <= 0) options.rounds = options.is_quick ? 3 : 5;
  std::filesystem::create_directories(options.directory);
  const std::string directory = options.directory;
  const uint64_t versions = options.is_quick ? 20'000 : 200'000;
  Comparison comparison(options);
  std::printf("Rates by wall time; a ratio above 1 is to our advantage.\n");
  for (const uint64_t depth : {20, 200}) comparison.run({versions / depth, depth, 100});
  comparison.finish();
  std::filesystem::remove_all(directory);
  return 0;
}
