// Compares time zones, as they are read from the system's files, with the C library's reading of them;
// converts times there and back; and reads files whose bytes were changed, which are refused or read, but
// crash nothing.
//
//   zones [--seed=N]
//
// Prints the seed; on a difference it says which, and ends with status 1.
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <random>
#include <sstream>
#include <string>

#include "extension/facets/series/zone.h"
#include "temporal/calendar.h"

namespace spectradb::extension::series {
namespace {

constexpr const char* kNames[] = {
    "Europe/Berlin",     "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns",
    "Africa/Casablanca", "Asia/Tehran",      "Pacific/Apia", "Europe/Dublin",       "America/Sao_Paulo",
    "Asia/Kathmandu",    "Antarctica/Troll", "Etc/GMT+5",    "America/Godthab",     "Pacific/Chatham"};

[[noreturn]] void differ(const std::string& what, int64_t us, int64_t got, int64_t wanted) {
  std::printf("%s at %lld: %lld, and %lld was to be\n", what.c_str(), static_cast<long long>(us),
              static_cast<long long>(got), static_cast<long long>(wanted));
  std::exit(1);
}

int64_t offset_by_libc(int64_t us) {
  const auto seconds = static_cast<time_t>(us / temporal::kUsPerSecond);
  tm local{};
  localtime_r(&seconds, &local);
  return local.tm_gmtoff * temporal::kUsPerSecond;
}

void compare(const Zone& zone, const std::string& name, std::mt19937_64& random) {
  setenv("TZ", (":" + name).c_str(), 1);
  tzset();
  std::uniform_int_distribution<int64_t> seconds(-2'000'000'000, 4'000'000'000);  // 1906 to 2096
  for (int i = 0; i < 3000; ++i) {
    const int64_t us = seconds(random) * temporal::kUsPerSecond;
    const int64_t offset = zone.offset_us(us);
    if (offset != offset_by_libc(us)) differ(name, us, offset, offset_by_libc(us));
    // to_utc() gives the instant at which a local time is shown first; a local time that is leapt over has
    // the first instant after the leap.
    const int64_t local = us + offset;
    const int64_t back = zone.to_utc(local);
    if (back > us) differ(name + ", back,", us, back, us);
    if (back + zone.offset_us(back) != local) differ(name + ", there and back,", us, back, us);
  }
}

void leaps() {
  const auto berlin = Zone::find("Europe/Berlin");
  if (!berlin) return;
  // 2026-03-29 02:30 is leapt over at 01:00 UTC; 2026-10-25 02:30 is shown twice, first at 00:30 UTC.
  const int64_t march = temporal::days_of({2026, 3, 29}) * temporal::kUsPerDay;
  const int64_t october = temporal::days_of({2026, 10, 25}) * temporal::kUsPerDay;
  const int64_t half_past_two = 150 * temporal::kUsPerMinute;
  if ((*berlin)->to_utc(march + half_past_two) != march + temporal::kUsPerHour)
    differ("a leap", march, (*berlin)->to_utc(march + half_past_two), march + temporal::kUsPerHour);
  if ((*berlin)->to_utc(october + half_past_two) != october + 30 * temporal::kUsPerMinute)
    differ("twice", october, (*berlin)->to_utc(october + half_past_two),
           october + 30 * temporal::kUsPerMinute);
}

int forge(const std::string& file, std::mt19937_64& random) {
  int refused = 0;
  for (int i = 0; i < 2000; ++i) {
    std::string forged = file;
    for (int changes = 1 + static_cast<int>(random() % 4); changes > 0; --changes)
      forged[random() % forged.size()] = static_cast<char>(random());
    if (random() % 4 == 0) forged.resize(random() % forged.size());
    const auto zone = Zone::read(forged, "forged");
    if (!zone) ++refused;
    if (zone)
      static_cast<void>(
          (*zone)->to_utc(static_cast<int64_t>(random() % 4'000'000'000) * temporal::kUsPerSecond));
  }
  return refused;
}

int run(uint64_t seed) {
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  std::mt19937_64 random(seed);
  int compared = 0;
  int refused = 0;
  for (const char* name : kNames) {
    const auto zone = Zone::find(name);
    std::ifstream in(std::string("/usr/share/zoneinfo/") + name, std::ios::binary);
    if (!in) {
      if (zone) differ(std::string(name) + ", which has no file,", 0, 1, 0);
      continue;
    }
    if (!zone) differ(std::string(name) + ", which has a file,", 0, 0, 1);
    std::ostringstream file;
    file << in.rdbuf();
    compare(**zone, name, random);
    refused += forge(file.str(), random);
    ++compared;
  }
  leaps();
  std::printf("%d zones as the C library reads them, %d forged files refused\n", compared, refused);
  return 0;
}

}  // namespace
}  // namespace spectradb::extension::series

int main(int count, char** arguments) {
  uint64_t seed = std::random_device()();
  for (int i = 1; i < count; ++i) {
    const std::string argument = arguments[i];
    if (argument.starts_with("--seed=")) seed = std::stoull(argument.substr(7));
  }
  return spectradb::extension::series::run(seed);
}
