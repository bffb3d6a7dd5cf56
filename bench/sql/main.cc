// Temporal tables beside what users would pick instead: sql_bench --extension=PATH [--quick] [--rounds=N]
// [--directory=D] [--only=TEXT] [--json=FILE] [--shape=KEYS,DEPTH]. --only: the operations whose name, or
// whose table's title, has the text. --shape: so many keys with so many versions each, and nothing else;
// --without=BC leaves those contenders out of it. All contenders run in one process, interleaved operation
// by operation, through prepared statements. CPU time of the process (background threads included) but for
// commits of one row, which are wall time. Ends with an error when two of them answer differently.
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/engine/workload.h"
#include "bench/report.h"
#include "bench/sql/contender.h"
#include "bench/sql/scenarios.h"

namespace spectradb::bench {
namespace {

struct Options {
  bool is_quick = false;
  int rounds = 0;
  std::string directory;
  std::string extension;
  std::string only;
  std::string json;
  Shape shape{0, 0, 100};  // no keys: all shapes
  std::string without;     // letters of contenders, for one shape
};

constexpr double kLeastSeconds = 0.05;  // a reading is repeated for: those of a few hundred rows tell nothing

constexpr size_t kOurs = 0;
constexpr size_t kA = 1;
constexpr size_t kB = 2;
constexpr size_t kC = 3;

using Statement = std::string Statements::*;

class Comparison {
 public:
  explicit Comparison(Options options) : options_(std::move(options)) {}

  void open(const std::string& synchronous) {
    contenders_.clear();
    const auto add = [&](const char* name, const char* folder, const Statements& statements, bool is_ours) {
      contenders_.push_back(std::make_unique<Contender>(name, statements, options_.directory + "/" + folder,
                                                        is_ours ? options_.extension : "", synchronous));
    };
    add("SpectraDB", "spectradb", temporal_table(), true);
    add("A: no history", "a", plain_table(), false);
    add("B: triggers", "b", trigger_history(), false);
    add("C: append-only", "c", append_only(), false);
  }

  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& contender : contenders_) names.push_back(contender->name());
    return names;
  }

  // Loads, then updates until every key has `depth` versions, then reads.
  void run(const Shape& shape) {
    const std::string title =
        std::to_string(shape.keys) + " keys, " + std::to_string(shape.depth) + " versions each";
    Figures figures;
    const std::vector<Operation> operations = wanted(title, operations_for(shape));
    if (operations.empty()) return;
    for (const Operation& operation : operations_for(shape)) figures[operation.name].resize(4);
    for (int round = 0; round < options_.rounds; ++round) {
      std::fprintf(stderr, "%s: round %d of %d\n", title.c_str(), round + 1, options_.rounds);
      open("NORMAL");
      for (size_t i = 0; i < contenders_.size(); ++i) {
        if (is_left_out(i)) continue;
        Contender& contender = *contenders_[i];
        const Stopwatch loading;
        load(contender, shape);
        const Elapsed loaded = loading.elapsed();
        const Stopwatch updating;
        if (shape.depth == 1) figures["bulk load"][i].add_rate(static_cast<double>(shape.keys), loaded);
        if (shape.depth > 1 && i != kA) {
          update(contender, shape);
          const uint64_t bytes = contender.stored_bytes();
          figures["updates that keep history"][i].add_rate(static_cast<double>(shape.versions() - shape.keys),
                                                           updating.elapsed());
          figures["stored"][i].cpu.push_back(static_cast<double>(bytes) /
                                             static_cast<double>(shape.versions()));
        } else {
          const uint64_t bytes = contender.stored_bytes();
          if (shape.depth == 1)
            figures["stored"][i].cpu.push_back(static_cast<double>(bytes) /
                                               static_cast<double>(shape.versions()));
        }
      }
      for (const Operation& operation : operations) read(operation.name, shape, figures);
    }
    report_.add_table(title, names(), operations, figures);
  }

  // Commits of one row each: new rows where the disk is waited for, updates of old ones where history counts.
  void commits(const std::string& synchronous, int count) {
    const bool is_durable = synchronous == "FULL";
    const Operation operation =
        is_durable ? Operation{"durable commit of one row, median", "µs", 1 / 1.1, true, kA, true}
                   : Operation{"commits of one updated row at NORMAL", "commits/s", 2.1, false, kB, true};
    const std::string title = is_durable ? "Commits, synchronous = FULL" : "Commits, synchronous = NORMAL";
    if (wanted(title, {operation}).empty()) return;
    Figures figures;
    figures[operation.name].resize(4);
    for (int round = 0; round < options_.rounds; ++round) {
      open(synchronous);
      std::vector<std::vector<double>> times(contenders_.size());
      std::vector<std::vector<double>> cpu_times(contenders_.size());
      std::vector<Elapsed> totals(contenders_.size());
      std::string document;
      const auto write = [&](Contender& contender, Statement statement, int i, uint64_t version) {
        make_document(static_cast<uint64_t>(i), version, document);
        const std::string key = key_of(scrambled(static_cast<uint64_t>(i)) % 1'000'000'000);
        contender.write(statement, key, document, version == 0 ? 1 : i + 2);
      };
      for (const auto& contender : contenders_) {
        if (is_durable) break;
        contender->run("BEGIN");
        for (int i = 0; i < count; ++i) write(*contender, &Statements::insert, i, 0);
        contender->run("COMMIT");
      }
      for (int i = 0; i < count; ++i) {
        for (size_t c = 0; c < contenders_.size(); ++c) {
          const Stopwatch stopwatch;
          write(*contenders_[c], is_durable ? &Statements::insert : &Statements::update, i, 1);
          const Elapsed took = stopwatch.elapsed();
          times[c].push_back(took.wall * 1e6);
          cpu_times[c].push_back(took.cpu * 1e6);
          totals[c].wall += took.wall;
          totals[c].cpu += took.cpu;
        }
      }
      for (size_t c = 0; c < contenders_.size(); ++c) {
        Series& series = figures[operation.name][c];
        if (is_durable) {
          series.wall.push_back(median(times[c]));
          series.cpu.push_back(median(cpu_times[c]));
        } else {
          series.add_rate(count, totals[c]);
        }
      }
    }
    report_.add_table(title, names(), {operation}, figures);
  }

  // What scenarios.h lists.
  void run(const Scenario& scenario) {
    std::vector<Operation> operations;
    for (const Question& question : scenario.questions) operations.push_back(question.operation);
    operations = wanted(scenario.title, operations);
    if (operations.empty()) return;
    Figures figures;
    for (const Operation& operation : operations) figures[operation.name].resize(scenario.names.size());
    for (int round = 0; round < options_.rounds; ++round) {
      std::fprintf(stderr, "%s: round %d of %d\n", scenario.title.c_str(), round + 1, options_.rounds);
      contenders_.clear();
      for (size_t i = 0; i < scenario.names.size(); ++i) {
        Statements statements;
        statements.create = scenario.create[i];
        contenders_.push_back(std::make_unique<Contender>(scenario.names[i], statements,
                                                          options_.directory + "/" + std::to_string(i),
                                                          i == kOurs ? options_.extension : "", "NORMAL"));
        scenario.load(*contenders_[i], i);
      }
      for (const Question& question : scenario.questions) {
        if (figures.contains(question.operation.name)) put(question, figures[question.operation.name]);
      }
    }
    const bool is_whole = operations.size() == scenario.questions.size();
    if (is_whole && !scenario.mean_of_all.empty()) add_mean(scenario, operations, figures);
    report_.add_table(scenario.title, scenario.names, operations, figures);
  }

  // Of every round: the ratio of two such means is the mean of all ratios.
  static void add_mean(const Scenario& scenario, std::vector<Operation>& operations, Figures& figures) {
    std::vector<Series> means(scenario.names.size());
    for (size_t place = 0; place < means.size(); ++place) {
      const Series& first = figures[operations.front().name][place];
      for (auto of : {&Series::cpu, &Series::wall}) {
        for (size_t round = 0; round < (first.*of).size(); ++round) {
          double sum = 0;
          for (const Operation& operation : operations)
            sum += std::log((figures[operation.name][place].*of)[round]);
          (means[place].*of).push_back(std::exp(sum / static_cast<double>(operations.size())));
        }
      }
    }
    figures[scenario.mean_of_all] = std::move(means);
    operations.push_back(
        {scenario.mean_of_all, operations.front().unit, 0.6, false, operations.front().peer});
  }

  // Asks all contenders; they must answer alike.
  void put(const Question& question, std::vector<Series>& series) {
    std::optional<Contender::Answer> agreed;
    for (size_t i = 0; i < contenders_.size(); ++i) {
      if (std::count(question.left_out.begin(), question.left_out.end(), i) > 0) continue;
      Contender& contender = *contenders_[i];
      if (question.in_transaction) contender.run("BEGIN");
      Contender::Answer sum;
      const Stopwatch stopwatch;
      for (uint64_t number = 0; number < question.count; ++number) {
        const Contender::Answer answer = question.ask(contender, i, number);
        sum.rows += answer.rows;
        sum.sum += answer.sum;
      }
      const uint64_t count = question.counts_rows ? sum.rows : question.count;
      series[i].add_rate(static_cast<double>(count), stopwatch.elapsed());
      if (question.in_transaction) contender.run("COMMIT");
      if (agreed && !(*agreed == sum))
        fail(contender.name() + " answers differently: " + question.operation.name + ", " +
             std::to_string(sum.rows) + " rows, not " + std::to_string(agreed->rows));
      agreed = sum;
    }
  }

  // One process commits, another reads, by wall time.
  void together() {
    const std::vector<Operation> operations = {{"commits beside a reader", "commits/s", 0, false, kB, true},
                                               {"reads beside a writer", "reads/s", 1, false, kB, true}};
    const std::string title = "Two processes, synchronous = NORMAL";
    if (wanted(title, operations).empty()) return;
    contenders_.clear();
    const std::vector<std::pair<std::string, Statements>> all = {{"SpectraDB", temporal_table()},
                                                                 {"A: no history", plain_table()},
                                                                 {"B: triggers", trigger_history()},
                                                                 {"C: append-only", append_only()}};
    std::vector<std::string> named;
    Figures figures;
    for (const Operation& operation : operations) figures[operation.name].resize(all.size());
    for (int round = 0; round < options_.rounds; ++round) {
      std::fprintf(stderr, "%s: round %d of %d\n", title.c_str(), round + 1, options_.rounds);
      for (size_t i = 0; i < all.size(); ++i) {
        const Together rates = run_together(all[i].second, options_.directory + "/together",
                                            i == kOurs ? options_.extension : "", options_.is_quick ? 1 : 4);
        figures[operations[0].name][i].wall.push_back(rates.commits_a_second);
        figures[operations[1].name][i].wall.push_back(rates.reads_a_second);
      }
    }
    for (const auto& one : all) named.push_back(one.first);
    report_.add_table(title, named, operations, figures);
  }

  void finish() const {
    report_.write(
        options_.json, options_.rounds,
        {std::string("SQLite ") + sqlite3_libversion() +
             ", WAL, synchronous = NORMAL but for durable commits (FULL), cache_size 64 MiB, "
             "temp_store in memory",
         "SpectraDB: storage '" + std::string(kStorage) + "', its defaults", "A: a plain table WITHOUT ROWID",
         "B: a current table with an index on sys_from, and a table of the past kept by a trigger",
         "C: one table WITHOUT ROWID of all versions, keyed by (pk, sys_from)"});
  }

 private:
  std::vector<Operation> wanted(const std::string& title, std::vector<Operation> operations) const {
    if (title.find(options_.only) == std::string::npos)
      std::erase_if(operations,
                    [&](const Operation& one) { return one.name.find(options_.only) == std::string::npos; });
    return operations;
  }

  static std::vector<Operation> operations_for(const Shape& shape) {
    if (shape.depth == 1) {
      return {{"bulk load", "rows/s", 2, false, kA},
              {"stored", "bytes a version", 0, true},
              {"point, latest", "reads/s", 1.1, false, kA},
              {"scan, latest", "rows/s", 0.7, false, kA}};
    }
    const double scan_target = shape.depth >= 2000 ? 120 : shape.depth >= 200 ? 40 : 6;
    return {{"updates that keep history", "rows/s", 8, false, kB},
            {"stored", "bytes a version", 9, true, kB},
            {"point, latest", "reads/s", 0.9, false, kA},
            {"scan, latest", "rows/s", 0.7, false, kA},
            {"point AS OF", "reads/s", 1.5, false, kB},
            {"point AS OF, as people write it", "reads/s", shape.depth == 200 ? 20.0 : 0, false, kB},
            {"scan AS OF", "rows/s", scan_target, false, kB},
            {"range of 100 AS OF", "ranges/s", shape.depth == 200 ? 50.0 : 0, false, kB},
            {"what changed, last 1 %", "answers/s", 0.6, false, kB}};
  }

  bool is_left_out(size_t contender) const {
    return contender != kOurs &&
           options_.without.find(static_cast<char>('A' + contender - kA)) != std::string::npos;
  }

  static void load(Contender& contender, const Shape& shape) {
    const std::vector<uint32_t> order = shuffled(shape.keys, 0);
    std::string document;
    contender.run("BEGIN");
    for (const uint32_t number : order) {
      make_document(number, 0, document);
      contender.write(&Statements::insert, key_of(number), document, 1);
    }
    contender.run("COMMIT");
  }

  static void update(Contender& contender, const Shape& shape) {
    std::string document;
    int64_t commit = 1;
    uint64_t in_commit = 0;
    for (uint64_t version = 1; version < shape.depth; ++version) {
      for (const uint32_t number : shuffled(shape.keys, version)) {
        if (in_commit == 0) {
          contender.run("BEGIN");
          ++commit;
        }
        make_document(number, version, document);
        contender.write(&Statements::update, key_of(number), document, commit);
        if (++in_commit == shape.rows_a_commit) {
          contender.run("COMMIT");
          in_commit = 0;
        }
      }
      // No key twice in one commit: B and C cannot tell its versions apart.
      if (in_commit > 0) contender.run("COMMIT");
      in_commit = 0;
    }
  }

  static uint64_t last_commit(const Shape& shape) {
    return 1 + (shape.depth - 1) * ((shape.keys + shape.rows_a_commit - 1) / shape.rows_a_commit);
  }

  void read(const std::string& operation, const Shape& shape, Figures& figures) {
    static const struct {
      const char* operation;
      Statement statement;
    } kReads[] = {{"point, latest", &Statements::latest},
                  {"scan, latest", &Statements::scan},
                  {"point AS OF", &Statements::as_of},
                  {"point AS OF, as people write it", &Statements::as_of_naive},
                  {"scan AS OF", &Statements::scan_as_of},
                  {"range of 100 AS OF", &Statements::range_as_of},
                  {"what changed, last 1 %", &Statements::changed}};
    const auto found = std::find_if(std::begin(kReads), std::end(kReads),
                                    [&](const auto& one) { return operation == one.operation; });
    if (found == std::end(kReads)) return;
    bool is_first = true;
    Contender::Answer agreed;
    for (size_t i = 0; i < contenders_.size(); ++i) {
      if (is_left_out(i) || !contenders_[i]->can(found->statement)) continue;
      Contender& contender = *contenders_[i];
      contender.run("BEGIN");
      ask(contender, found->statement, shape, true);
      const Stopwatch stopwatch;
      auto [answer, count] = ask(contender, found->statement, shape, false);
      while (stopwatch.elapsed().cpu < kLeastSeconds)
        count += ask(contender, found->statement, shape, false).second;
      figures[operation][i].add_rate(count, stopwatch.elapsed());
      contender.run("COMMIT");
      if (shape.depth > 1 && i == kA) continue;  // it has the first versions only
      if (!is_first && !(answer == agreed)) fail(contender.name() + " answers differently: " + operation);
      agreed = answer;
      is_first = false;
    }
  }

  std::pair<Contender::Answer, double> ask(Contender& contender, Statement statement, const Shape& shape,
                                           bool is_warming) const {
    Contender::Answer sum;
    double count = 0;
    const auto add = [&](const Contender::Answer& answer) {
      sum.rows += answer.rows;
      sum.sum += answer.sum;
    };
    const auto last = static_cast<int64_t>(last_commit(shape));
    const bool is_point = statement == &Statements::latest || statement == &Statements::as_of ||
                          statement == &Statements::as_of_naive;
    if (is_point) {
      const uint64_t points =
          (options_.is_quick ? 5'000 : 20'000) / (statement == &Statements::as_of_naive ? 5 : 1);
      for (uint64_t i = 0; i < points; ++i) {
        const std::string key = key_of(scrambled(i) % shape.keys);
        std::optional<int64_t> commit;
        if (statement != &Statements::latest)
          commit = 1 + static_cast<int64_t>(scrambled(i + points) % last_commit(shape));
        add(contender.read(statement, {key}, commit));
      }
      count = static_cast<double>(points);
    } else if (statement == &Statements::range_as_of) {
      const int ranges = is_warming ? 2 : 20;
      for (int i = 0; i < ranges; ++i) {
        const uint64_t from = scrambled(static_cast<uint64_t>(i)) % (shape.keys - 100 + 1);
        const std::string low = key_of(from);
        const std::string high = key_of(from + 99);
        add(contender.read(
            statement, {low, high},
            1 + static_cast<int64_t>(scrambled(static_cast<uint64_t>(i) + 77) % last_commit(shape))));
      }
      count = ranges;
    } else if (statement == &Statements::changed) {
      const int answers = is_warming ? 1 : 5;
      for (int i = 0; i < answers; ++i)
        add(contender.read(statement, {}, last - std::max<int64_t>(1, last / 100)));
      count = answers;
    } else if (statement == &Statements::scan_as_of) {
      for (const int64_t part : {1, 2, 3}) {
        add(contender.read(statement, {}, std::max<int64_t>(1, last * part / 4)));
        if (is_warming) break;
      }
      count = static_cast<double>(sum.rows);
    } else {
      add(contender.read(statement, {}, {}));
      count = static_cast<double>(sum.rows);
    }
    return {sum, count};
  }

  const Options options_;
  Report report_;
  std::vector<std::unique_ptr<Contender>> contenders_;
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
    std::string shape;
    if (argument == "--quick") {
      options.is_quick = true;
    } else if (value_of("rounds", &number)) {
      options.rounds = std::atoi(number.c_str());
    } else if (value_of("shape", &shape)) {
      unsigned long long keys = 0;
      unsigned long long depth = 0;
      if (std::sscanf(shape.c_str(), "%llu,%llu", &keys, &depth) != 2 || keys < 100 || depth == 0)
        fail("--shape takes at least 100 keys, and versions: --shape=500,20");
      options.shape.keys = keys;
      options.shape.depth = depth;
    } else if (!value_of("directory", &options.directory) && !value_of("extension", &options.extension) &&
               !value_of("only", &options.only) && !value_of("json", &options.json) &&
               !value_of("without", &options.without)) {
      options.extension.clear();
      break;
    }
  }
  if (options.extension.empty())
    fail(
        "usage: sql_bench --extension=PATH [--quick] [--rounds=N] [--directory=D] [--only=TEXT] "
        "[--json=FILE] [--shape=KEYS,DEPTH [--without=BC]]");
  if (options.rounds <= 0) options.rounds = options.is_quick ? 3 : 5;
  std::filesystem::create_directories(options.directory);
  const std::string directory = options.directory;
  const uint64_t versions = options.is_quick ? 100'000 : 1'000'000;
  Comparison comparison(options);
  std::printf("Rates are per CPU second, but for commits of one row; a ratio above 1 is to our advantage.\n");
  if (options.shape.keys > 0) {
    comparison.run(options.shape);
  } else {
    comparison.run({versions, 1, 1000});
    for (const uint64_t depth : {21, 200, 2000})
      comparison.run({std::max<uint64_t>(100, versions / depth), depth, 100});
    comparison.commits("FULL", options.is_quick ? 100 : 500);
    comparison.commits("NORMAL", options.is_quick ? 1000 : 5000);
    for (const Scenario& scenario : scenarios(options.is_quick)) comparison.run(scenario);
    comparison.together();
  }
  comparison.finish();
  std::filesystem::remove_all(directory);
  return 0;
}
