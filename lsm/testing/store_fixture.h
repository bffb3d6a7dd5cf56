// Test support: a store's options, seeds, and short ways to commit and to read. Tests only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "lsm/store/store.h"

namespace spectradb::lsm {

// SPECTRADB_SEED, or a fresh seed, which is printed so that a failure can be repeated.
inline uint64_t test_seed(const char* test) {
  const char* given = std::getenv("SPECTRADB_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  std::fprintf(stderr, "%s: SPECTRADB_SEED=%llu\n", test, static_cast<unsigned long long>(seed));
  return seed;
}

inline std::string numbered(std::string_view prefix, uint64_t number) {
  std::string text(prefix);
  text += std::to_string(number);
  return text;
}

// A value that clears its key: neither it nor anything older is visible.
inline constexpr std::string_view kClears = "clears";

// Computes recency by trying every instant at which anything changes.
class PrefixRecency final : public RecencyTracker {
 public:
  void begin_key() override { newer_.clear(); }
  Standing add(uint64_t commit, std::string_view value) override;

 private:
  struct Newer {
    uint64_t commit;
    VersionBounds valid;
  };
  uint64_t covered_at(int64_t instant) const {
    for (auto newer = newer_.rbegin(); newer != newer_.rend(); ++newer) {  // from the oldest
      if (newer->valid.valid_from <= instant && instant < newer->valid.valid_to) return newer->commit;
    }
    return kNeverSuperseded;
  }
  std::vector<Newer> newer_;
};

// Values that begin with two fixed64 have these as bounds of valid time; all others are unbounded.
class PrefixProperties final : public VersionProperties {
 public:
  Result<VersionBounds> bounds(std::string_view value) const override {
    VersionBounds bounds{INT64_MIN, INT64_MAX};
    if (value.size() < sizeof bounds) return bounds;
    std::memcpy(&bounds.valid_from, value.data(), sizeof bounds.valid_from);
    std::memcpy(&bounds.valid_to, value.data() + sizeof bounds.valid_from, sizeof bounds.valid_to);
    return bounds;
  }
  std::unique_ptr<RecencyTracker> new_recency_tracker() const override {
    return std::make_unique<PrefixRecency>();
  }
};

inline Standing PrefixRecency::add(uint64_t commit, std::string_view value) {
  Standing standing;
  standing.valid = *PrefixProperties().bounds(value);
  const VersionBounds valid = standing.valid;
  if (valid.valid_from >= valid.valid_to) return standing;  // made of text: covers nothing, stays
  standing.clears_key = value == kClears;
  standing.recency = covered_at(valid.valid_from);
  for (const Newer& newer : newer_) {
    for (const int64_t bound : {newer.valid.valid_from, newer.valid.valid_to}) {
      if (bound <= valid.valid_from || bound >= valid.valid_to) continue;
      standing.recency = std::max(standing.recency, covered_at(bound));
    }
  }
  if (valid.valid_from == INT64_MIN && valid.valid_to == INT64_MAX) newer_.clear();
  newer_.push_back({commit, valid});
  return standing;
}

inline std::string bounded_value(int64_t valid_from, int64_t valid_to, std::string_view text) {
  std::string value(16, '\0');
  std::memcpy(value.data(), &valid_from, sizeof valid_from);
  std::memcpy(value.data() + sizeof valid_from, &valid_to, sizeof valid_to);
  return value.append(text);
}

inline StoreOptions test_options(std::shared_ptr<FileSystem> file_system) {
  static const PrefixProperties properties;
  StoreOptions options;
  options.file_system = std::move(file_system);
  options.directory = "db";
  options.properties = &properties;
  options.background = false;
  return options;
}

using Rows = std::vector<std::pair<std::string, std::string>>;  // key and value, in the order of writing

// Returns a figure of Store::stats(); the test fails where there is no such figure.
inline uint64_t figure(const Store& store, std::string_view name) {
  for (const auto& [known, value] : store.stats()) {
    if (known == name) return std::stoull(value);
  }
  std::fprintf(stderr, "no figure is called %.*s\n", static_cast<int>(name.size()), name.data());
  std::abort();
}

inline std::shared_ptr<WriteBatch> batch_of(const Rows& rows) {
  auto batch = std::make_shared<WriteBatch>();
  for (const auto& [key, value] : rows) batch->put(key, value, *PrefixProperties().bounds(value));
  return batch;
}

// A store together with what the database would say about it.
struct StoreUnderTest {
  std::shared_ptr<Store> store;
  Committed committed;

  Status create(const StoreOptions& options) {
    SPECTRADB_ASSIGN_OR_RETURN(auto created, Store::create(options));
    store = created;
    committed = {store->id(), 0, 0, {}};
    return Status::ok();
  }

  Status open(const StoreOptions& options) {
    store.reset();
    SPECTRADB_ASSIGN_OR_RETURN(auto opened, Store::open(options, committed));
    store = opened;
    return Status::ok();
  }

  Status commit(const Rows& rows, Sync sync = Sync::kFull) {
    const uint64_t number = committed.commit + 1;
    SPECTRADB_ASSIGN_OR_RETURN(const auto frame, store->prepare(number, batch_of(rows), sync));
    record(number, frame);
    return store->publish(number);
  }

  // Records what the database would record in the transaction that makes the commit exist.
  void record(uint64_t number, const PreparedFrame& frame) {
    committed.commit = number;
    committed.frame = frame.token;
    if (frame.is_synced) committed.copies.clear();
    if (!frame.copy.empty()) committed.copies.push_back({number, frame.token, std::string(frame.copy)});
  }

  // "key@commit=value" of everything up to max_commit.
  std::vector<std::string> dump(uint64_t max_commit) const {
    const auto cursor = store->new_cursor({max_commit, nullptr, 0, std::nullopt});
    std::vector<std::string> lines;
    for (cursor->seek(""); cursor->valid(); cursor->next()) {
      std::string line(cursor->user_key());
      line.append("@").append(std::to_string(cursor->commit())).append("=").append(cursor->value());
      lines.push_back(std::move(line));
    }
    if (!cursor->status().is_ok()) lines.push_back(cursor->status().message());
    return lines;
  }
};

}  // namespace spectradb::lsm
