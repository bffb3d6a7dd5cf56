// Measures the storage engines side by side: engine_bench [--quick] [--rounds=N] [--directory=D]
// [--only=NAME] [--operation=NAME] [--json=FILE]. Every round loads each engine anew, then measures one
// operation after the other, engine by engine, so that a change of the machine's speed affects all of them.
// Figures are CPU time of the whole process, with background threads, and medians of the rounds. Ends with
// an error when two engines answer differently.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "bench/engine/engine.h"
#include "bench/engine/workload.h"
#include "bench/report.h"

namespace spectradb::bench {

namespace {

// These are measured while the engines are prepared for the other operations.
const std::string kLoad = "load and compaction";
const std::string kBytes = "bytes a version";

struct Options {
  bool is_quick = false;
  int rounds = 0;
  std::string directory;
  std::string only;
  std::string operation;
  std::string json;
};

struct Contender {
  std::string name;
  std::unique_ptr<Engine> (*open)(const std::string& directory, bool keeps_history);
};

void load(Engine& engine, const Shape& shape) {
  std::vector<std::string> keys(shape.rows_a_commit);
  std::vector<std::string> documents(shape.rows_a_commit);
  std::vector<Row> rows;
  std::vector<uint32_t> order;
  uint64_t commit = 0;
  for (uint64_t version = 0; version < shape.versions(); ++version) {
    if (version % shape.keys == 0) order = shuffled(shape.keys, version);
    const uint64_t number = order[version % shape.keys];
    const size_t place = rows.size();
    keys[place] = key_of(number);
    make_document(number, version / shape.keys, documents[place]);
    rows.push_back({keys[place], documents[place]});
    if (rows.size() == shape.rows_a_commit || version + 1 == shape.versions()) {
      engine.write(++commit, rows);
      rows.clear();
    }
  }
  engine.settle();
}

// Measures the time that making keys and documents takes, which is subtracted from every engine's.
class NoEngine final : public Engine {
 public:
  std::string name() const override { return ""; }
  std::string settings() const override { return ""; }
  void write(uint64_t, const std::vector<Row>&) override {}
  void settle() override {}
  uint64_t latest(std::string_view) override { return 0; }
  uint64_t as_of(std::string_view, uint64_t) override { return 0; }
  ScanAnswer scan_latest() override { return {}; }
  ScanAnswer scan_as_of(uint64_t) override { return {}; }
};

class Comparison {
 public:
  Comparison(const Options& options, std::vector<Contender> contenders)
      : options_(options), contenders_(std::move(contenders)) {}

  void run(const std::string& title, const Shape& shape, std::vector<Operation> operations) {
    if (!options_.operation.empty())
      std::erase_if(operations, [&](const Operation& one) { return one.name != options_.operation; });
    if (operations.empty()) return;
    Figures figures;
    for (const std::string& name : {kLoad, kBytes}) figures[name].resize(contenders_.size());
    for (const Operation& operation : operations) figures[operation.name].resize(contenders_.size());
    for (int round = 0; round < options_.rounds; ++round) {
      std::fprintf(stderr, "%s: round %d of %d\r", title.c_str(), round + 1, options_.rounds);
      std::vector<std::unique_ptr<Engine>> engines;
      for (size_t i = 0; i < contenders_.size(); ++i) {
        const std::string directory = options_.directory + "/" + contenders_[i].name;
        std::filesystem::remove_all(directory);
        std::filesystem::create_directories(directory);
        engines.push_back(contenders_[i].open(directory, shape.depth > 1));
        NoEngine none;
        const Stopwatch of_none;
        load(none, shape);
        const Elapsed nobodys = of_none.elapsed();
        const Stopwatch stopwatch;
        load(*engines[i], shape);
        const Elapsed all = stopwatch.elapsed();
        figures[kLoad][i].add_rate(static_cast<double>(shape.versions()),
                                   {all.cpu - nobodys.cpu, all.wall - nobodys.wall});
        figures[kBytes][i].cpu.push_back(static_cast<double>(bytes_in(directory)) /
                                         static_cast<double>(shape.versions()));
      }
      for (const Operation& operation : operations) {
        if (operation.name == kLoad || operation.name == kBytes) continue;
        uint64_t agreed = 0;
        for (size_t i = 0; i < engines.size(); ++i) {
          measure(*engines[i], operation.name, shape);  // warms the caches
          const auto [count, sum, elapsed] = measure(*engines[i], operation.name, shape);
          figures[operation.name][i].add_rate(count, elapsed);
          if (i > 0 && sum != agreed)
            fail(engines[i]->name() + " and " + engines[0]->name() +
                 " answer differently: " + operation.name);
          agreed = sum;
        }
      }
      if (settings_.empty())
        for (const auto& engine : engines) settings_.push_back(engine->name() + ": " + engine->settings());
    }
    std::vector<std::string> names;
    for (const Contender& contender : contenders_) names.push_back(contender.name);
    report_.add_table(title, names, operations, figures);
  }

  void finish() {
    settings_.push_back("all: " + std::to_string(kCacheBytes >> 20) + " MiB cache, " +
                        std::to_string(kBufferBytes >> 20) + " MiB write buffer, bloom filters of " +
                        std::to_string(kBloomBitsPerKey) + " bits a key, nothing synced, one thread; " +
                        std::to_string(options_.rounds) + " rounds");
    std::printf("\n");
    for (const std::string& line : settings_) std::printf("- %s\n", line.c_str());
    report_.write(options_.json, options_.rounds, settings_);
  }

 private:
  struct Measured {
    double count;
    uint64_t sum;
    Elapsed elapsed;
  };

  Measured measure(Engine& engine, const std::string& operation, const Shape& shape) const {
    const uint64_t points = std::min<uint64_t>(shape.keys, options_.is_quick ? 20'000 : 100'000);
    std::vector<std::string> keys;
    const bool is_missing = operation == "missing key";
    for (uint64_t i = 0; i < points; ++i) {
      keys.push_back(key_of(scrambled(i) % shape.keys));
      if (is_missing) keys.back().back() = 'x';  // between keys that exist
    }
    uint64_t sum = 0;
    double count = static_cast<double>(points);
    const Stopwatch stopwatch;
    if (operation == "latest point" || is_missing) {
      for (const std::string& key : keys) sum += engine.latest(key);
    } else if (operation == "as-of point") {
      for (uint64_t i = 0; i < points; ++i)
        sum += engine.as_of(keys[i], 1 + scrambled(i + points) % shape.commits());
    } else if (operation == "current scan") {
      const ScanAnswer answer = engine.scan_latest();
      sum = answer.sum;
      count = static_cast<double>(answer.rows);
    } else {
      count = 0;
      for (const uint64_t part : {1, 2, 3}) {
        const ScanAnswer answer = engine.scan_as_of(shape.commits() * part / 4);
        sum += answer.sum;
        count += static_cast<double>(answer.rows);
      }
    }
    return {count, sum, stopwatch.elapsed()};
  }

  const Options options_;
  const std::vector<Contender> contenders_;
  std::vector<std::string> settings_;
  Report report_;
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
    if (argument == "--quick") {
      options.is_quick = true;
    } else if (argument.rfind("--rounds=", 0) == 0) {
      options.rounds = std::atoi(argument.c_str() + std::strlen("--rounds="));
    } else if (argument.rfind("--directory=", 0) == 0) {
      options.directory = argument.substr(std::strlen("--directory="));
    } else if (argument.rfind("--only=", 0) == 0) {
      options.only = argument.substr(std::strlen("--only="));
    } else if (argument.rfind("--json=", 0) == 0) {
      options.json = argument.substr(std::strlen("--json="));
    } else if (argument.rfind("--operation=", 0) == 0) {
      options.operation = argument.substr(std::strlen("--operation="));
    } else {
      fail(
          "usage: engine_bench [--quick] [--rounds=N] [--directory=D] [--only=SpectraDB|LevelDB|RocksDB] "
          "[--operation=NAME] [--json=FILE]");
    }
  }
  if (options.rounds <= 0) options.rounds = options.is_quick ? 3 : 5;

  std::vector<Contender> contenders = {{"SpectraDB", open_spectra}};
#ifdef SPECTRADB_BENCH_LEVELDB
  contenders.push_back({"LevelDB", open_leveldb});
#endif
#ifdef SPECTRADB_BENCH_ROCKSDB
  contenders.push_back({"RocksDB", open_rocksdb});
#endif
  if (!options.only.empty())
    std::erase_if(contenders, [&](const Contender& one) { return one.name != options.only; });
  if (contenders.empty()) fail("no engine is called " + options.only);

  const uint64_t part = options.is_quick ? 10 : 1;
  const Shape flat{1'000'000 / part, 1, 1000};
  const Shape deep{100'000 / part, 20, 1000};
  Comparison comparison(options, std::move(contenders));
  std::printf("Rates are per CPU second; a ratio above 1 is to our advantage.\n");
  comparison.run(std::to_string(flat.keys) + " keys, one version each", flat,
                 {{kLoad, "rows/s", 250'000},
                  {kBytes, "bytes", 25, true},
                  {"latest point", "reads/s", 500'000},
                  {"missing key", "reads/s", 2'000'000},
                  {"current scan", "rows/s", 5'000'000}});
  comparison.run(std::to_string(deep.keys) + " keys, " + std::to_string(deep.depth) + " versions each", deep,
                 {{kLoad, "rows/s"},
                  {kBytes, "bytes", 27, true},
                  {"latest point", "reads/s", 500'000},
                  {"as-of point", "reads/s", 350'000},
                  {"missing key", "reads/s", 2'000'000},
                  {"current scan", "keys/s", 5'000'000},
                  {"as-of scan", "keys/s", 1'000'000}});
  comparison.finish();
  std::filesystem::remove_all(options.directory);
  return 0;
}
