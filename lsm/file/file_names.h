// The names inside a store's directory: MANIFEST, MANIFEST.new, LAST, LOCK …, log-000001 …, log-000001.cut,
// 000001.sst …
#pragma once

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

namespace spectradb::lsm {

inline constexpr std::string_view kManifestName = "MANIFEST";
inline constexpr std::string_view kLastName = "LAST";  // lsm/store/last_seen.h
inline constexpr std::string_view kNewManifestName = "MANIFEST.new";
// Every process that has the store open holds this lock shared; one that makes or recovers the store holds
// it exclusively.
inline constexpr std::string_view kLockName = "LOCK";
inline constexpr std::string_view kOpeningLockName = "LOCK.opening";  // one process opens at a time
inline constexpr std::string_view kWorkLockName = "LOCK.work";  // one process flushes or compacts at a time
// Held shared by processes that wait for LOCK.work.
inline constexpr std::string_view kWaitingLockName = "LOCK.waiting";
inline constexpr std::string_view kLogPrefix = "log-";
inline constexpr std::string_view kSstableSuffix = ".sst";
inline constexpr std::string_view kCutSuffix = ".cut";  // of what recovery set aside

inline std::string path_in(const std::string& directory, std::string_view name) {
  return directory + "/" + std::string(name);
}

inline std::string six_digits(uint64_t number) {
  std::string digits = std::to_string(number);
  if (digits.size() < 6) digits.insert(0, 6 - digits.size(), '0');
  return digits;
}

inline std::string log_name(uint64_t segment) { return std::string(kLogPrefix) + six_digits(segment); }
inline std::string sstable_name(uint64_t number) { return six_digits(number) + std::string(kSstableSuffix); }

// SSTables of an open transaction (Store::spill) have numbers of their own, since another process may
// meanwhile give out the manifest's next numbers. Each process draws a random series of this many numbers.
inline constexpr uint64_t kFirstSpilledNumber = 100'000'000'000'000'000u;
inline constexpr uint64_t kSpilledSeriesLength = 1'000'000;
inline constexpr uint64_t kSpilledSeriesCount = 800'000'000'000u;

inline constexpr uint64_t kLastSpilledNumber =
    kFirstSpilledNumber + kSpilledSeriesCount * kSpilledSeriesLength - 1;

inline bool is_spilled_number(uint64_t number) { return number >= kFirstSpilledNumber; }
inline uint64_t spilled_number(uint64_t series, uint64_t count) {
  return kFirstSpilledNumber + series * kSpilledSeriesLength + count;
}

inline std::optional<uint64_t> parse_number(std::string_view digits) {
  if (digits.size() < 6 || digits.size() > 18) return std::nullopt;
  uint64_t number = 0;
  for (const char digit : digits) {
    if (digit < '0' || digit > '9') return std::nullopt;
    number = number * 10 + static_cast<uint64_t>(digit - '0');
  }
  return number;
}

inline std::optional<uint64_t> log_segment_of(std::string_view name) {
  if (!name.starts_with(kLogPrefix)) return std::nullopt;
  return parse_number(name.substr(kLogPrefix.size()));
}

inline std::optional<uint64_t> sstable_number_of(std::string_view name) {
  if (!name.ends_with(kSstableSuffix)) return std::nullopt;
  return parse_number(name.substr(0, name.size() - kSstableSuffix.size()));
}

// Whether a store makes files of this name; whatever else is in its directory is somebody else's.
inline bool is_store_file(std::string_view name) {
  const bool is_cut_table =
      name.ends_with(kCutSuffix) && name.find(std::string(kSstableSuffix) + ".") != std::string_view::npos;
  return name.starts_with(kLockName) || name.starts_with(kManifestName) || name.starts_with(kLogPrefix) ||
         name.starts_with(kLastName) || sstable_number_of(name).has_value() || is_cut_table;
}

}  // namespace spectradb::lsm
