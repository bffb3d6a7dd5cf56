// Measures the store as a key-value store, one row a commit: kv_bench [--write-ops N] [--read-ops N]
// [--keyspace N] [--read-miss-ratio X] [--shards N] [--memtable-bytes N] [--block-bytes N] [--bloom-bits N]
// [--cache-bytes N] [--fsync none|full] [--directory D]. Wall time, one thread. Ends with an error when a
// read does not answer what was written last.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <type_traits>
#include <vector>

#include "bench/engine/engine.h"
#include "bench/engine/workload.h"
#include "bench/report.h"
#include "lsm/store/store.h"
#include "temporal/fact.h"

namespace spectradb::bench {
namespace {

struct Settings {
  uint64_t write_ops = 100'000;
  uint64_t read_ops = 50'000;
  uint64_t keyspace = 20'000;
  double read_miss_ratio = 0.2;
  lsm::Sync sync = lsm::Sync::kNone;
  lsm::StoreOptions store;
};

void check(const Status& status) {
  if (!status.is_ok()) fail(status.message());
}

uint64_t statistic(const lsm::Store& store, const std::string& name) {
  for (const auto& [known, value] : store.stats())
    if (known == name) return std::strtoull(value.c_str(), nullptr, 10);
  fail("the store has no statistic called " + name);
}

// Writes facts without a period, whose payload is the document; returns the sum of what each key holds.
std::vector<uint64_t> write(lsm::Store& store, const Settings& settings) {
  std::vector<uint64_t> sums(settings.keyspace);  // of what each key holds; 0: never written
  std::string document;
  std::string fact;
  double seconds = 0;
  const Stopwatch all;
  for (uint64_t i = 0; i < settings.write_ops; ++i) {
    const uint64_t number = scrambled(i) % settings.keyspace;
    make_document(number, i, document);
    sums[number] = sum_of(document);
    const std::string key = key_of(number);
    const double start = wall_seconds();
    fact.clear();
    temporal::encode_fact(fact, {temporal::Period{}, temporal::Operation::kPut, document});
    auto batch = std::make_shared<lsm::WriteBatch>();
    batch->put(key, fact);
    const auto frame = store.prepare(i + 1, batch, settings.sync);
    if (!frame) fail(frame.status().message());
    check(store.publish(i + 1));
    seconds += wall_seconds() - start;
  }
  std::printf("writes: %.0f/s, %.1f µs of CPU each with the background's\n",
              static_cast<double>(settings.write_ops) / seconds,
              all.elapsed().cpu * 1e6 / static_cast<double>(settings.write_ops));
  return sums;
}

void read(lsm::Store& store, const Settings& settings, const std::vector<uint64_t>& sums) {
  lsm::CursorOptions options;
  options.max_commit = store.published();
  const auto cursor = store.new_cursor(options);
  const uint64_t blocks_before = statistic(store, "cache_misses");
  const uint64_t negatives_before = statistic(store, "bloom_negatives");
  std::vector<double> micros;
  uint64_t found = 0;
  const Stopwatch all;
  for (uint64_t i = 0; i < settings.read_ops; ++i) {
    const uint64_t random = scrambled(i + settings.write_ops);
    const uint64_t number = random % settings.keyspace;
    const bool is_missing = static_cast<double>(random >> 40) < settings.read_miss_ratio * 0x1p24;
    std::string key = key_of(number);
    if (is_missing) key.back() = 'x';  // between keys that exist
    uint64_t sum = 0;
    const double start = wall_seconds();
    cursor->seek_key(key);
    if (cursor->valid() && cursor->user_key() == key) {
      const auto fact = temporal::decode_fact(cursor->value());
      if (!fact) fail(fact.status().message());
      sum = sum_of(fact->payload);
    }
    micros.push_back((wall_seconds() - start) * 1e6);
    check(cursor->status());
    if (sum != (is_missing ? 0 : sums[number])) fail("a wrong answer for " + key);
    if (sum != 0) ++found;
  }
  const Elapsed elapsed = all.elapsed();
  std::sort(micros.begin(), micros.end());
  const auto percentile = [&](double part) {
    return micros[static_cast<size_t>(part * static_cast<double>(micros.size() - 1))];
  };
  std::printf("reads: p50 %.2f, p95 %.2f, p99 %.2f, p99.9 %.2f µs; %.2f µs of CPU each\n", percentile(0.5),
              percentile(0.95), percentile(0.99), percentile(0.999),
              elapsed.cpu * 1e6 / static_cast<double>(settings.read_ops));
  std::printf("found %llu of %llu; blocks read %llu; bloom negatives %llu\n",
              static_cast<unsigned long long>(found), static_cast<unsigned long long>(settings.read_ops),
              static_cast<unsigned long long>(statistic(store, "cache_misses") - blocks_before),
              static_cast<unsigned long long>(statistic(store, "bloom_negatives") - negatives_before));
}

void run(const Settings& settings) {
  std::printf(
      "%llu writes, %llu reads, %llu keys, a miss ratio of %g; %llu shards, memtables of %llu bytes, blocks "
      "of "
      "%llu, "
      "%llu bloom bits a key, a cache of %llu bytes; %s\n",
      static_cast<unsigned long long>(settings.write_ops), static_cast<unsigned long long>(settings.read_ops),
      static_cast<unsigned long long>(settings.keyspace), settings.read_miss_ratio,
      static_cast<unsigned long long>(settings.store.shard_count),
      static_cast<unsigned long long>(settings.store.memtable_max_bytes),
      static_cast<unsigned long long>(settings.store.sstable_block_bytes),
      static_cast<unsigned long long>(settings.store.bloom_bits_per_key),
      static_cast<unsigned long long>(settings.store.block_cache_bytes),
      settings.sync == lsm::Sync::kFull ? "every commit synced" : "nothing synced");
  auto store = lsm::Store::create(settings.store);
  if (!store) fail(store.status().message());
  const std::vector<uint64_t> sums = write(**store, settings);
  check((*store)->flush());  // so that reads come from files
  read(**store, settings, sums);
  std::printf(
      "\nFor reference, as published, on other machines: the origin of this project about 4,500 writes/s and "
      "p50 reads of 530 µs; its successor p50 reads of 3.6 µs, 0.28 µs raw.\n");
}

Settings settings_from(int argc, char** argv, std::string* directory) {
  Settings settings;
  std::map<std::string, std::string> given;
  for (int i = 1; i < argc; ++i) {
    std::string name = argv[i];
    if (const size_t equals = name.find('='); equals != std::string::npos) {
      given[name.substr(0, equals)] = name.substr(equals + 1);
    } else if (i + 1 < argc) {
      given[name] = argv[++i];
    } else {
      fail(name + " needs a value");
    }
  }
  const auto take = [&](const char* name, auto& value) {
    const auto found = given.find(name);
    if (found == given.end()) return;
    char* end = nullptr;
    const double number = std::strtod(found->second.c_str(), &end);
    if (found->second.empty() || *end != '\0' || !(number >= 0 && number <= 4e9))
      fail(std::string(name) + " takes a number, not " + found->second);
    value = static_cast<std::remove_reference_t<decltype(value)>>(number);
    given.erase(found);
  };
  take("--write-ops", settings.write_ops);
  take("--read-ops", settings.read_ops);
  take("--keyspace", settings.keyspace);
  take("--read-miss-ratio", settings.read_miss_ratio);
  take("--shards", settings.store.shard_count);
  take("--memtable-bytes", settings.store.memtable_max_bytes);
  take("--block-bytes", settings.store.sstable_block_bytes);
  take("--bloom-bits", settings.store.bloom_bits_per_key);
  take("--cache-bytes", settings.store.block_cache_bytes);
  if (const auto found = given.find("--fsync"); found != given.end()) {
    if (found->second != "none" && found->second != "full") fail("--fsync takes none or full");
    settings.sync = found->second == "full" ? lsm::Sync::kFull : lsm::Sync::kNone;
    given.erase(found);
  }
  if (const auto found = given.find("--directory"); found != given.end()) {
    *directory = found->second;
    given.erase(found);
  }
  if (!given.empty()) fail("unknown option " + given.begin()->first);
  if (settings.keyspace == 0 || settings.read_ops == 0 || settings.write_ops == 0)
    fail("--keyspace, --read-ops and --write-ops are at least 1");
  return settings;
}

}  // namespace
}  // namespace spectradb::bench

int main(int argc, char** argv) {
  using namespace spectradb;
  std::string directory =
      std::filesystem::temp_directory_path() / ("spectradb-bench-" + std::to_string(getpid()));
  bench::Settings settings = bench::settings_from(argc, argv, &directory);
  if (std::filesystem::exists(directory)) bench::fail(directory + " exists already");
  settings.store.file_system = lsm::posix_file_system();
  settings.store.directory = directory;
  settings.store.properties = &temporal::fact_properties();
  bench::run(settings);
  std::filesystem::remove_all(directory);
  return 0;
}
