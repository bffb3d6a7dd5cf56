// Counts how often a commit syncs the disk, by the calls of fsync and fdatasync that SQLite's library and
// the extension make, for a table of SQLite's own and for a temporal one. A small commit syncs exactly as
// often as SQLite's; whenever the log's copies reach kCopiedBytes, one more commit syncs the log, too.
//
//   syncs --extension=PATH
#include <array>
#include <cstdio>

#include "tests/database.h"
#include "tests/file_calls.h"

namespace spectradb::tests {
namespace {

constexpr int kWarmingCommits = 2;  // the second one syncs the database, once in a store's life
constexpr int kCommits = 100;
constexpr uint64_t kCopiedBytes = 256 << 10;  // docs/internals/coordination.md, "One sync a commit"
constexpr uint64_t kSmallRowBytes = 20;
constexpr uint64_t kRowBytes = 4000;
constexpr uint64_t kFrameBytesAtMost = 100;  // what a frame has beside the row
constexpr uint64_t kSyncsOfName = 1;         // the first sync of the log also syncs its name

struct Setting {
  const char* journal;
  const char* synchronous;
};
constexpr std::array<Setting, 9> kSettings = {{{"DELETE", "OFF"},
                                               {"DELETE", "NORMAL"},
                                               {"DELETE", "FULL"},
                                               {"DELETE", "EXTRA"},
                                               {"TRUNCATE", "FULL"},
                                               {"PERSIST", "FULL"},
                                               {"WAL", "OFF"},
                                               {"WAL", "NORMAL"},
                                               {"WAL", "FULL"}}};

// Returns how often kCommits one-row commits sync, each with a row of so many bytes.
uint64_t count(const std::string& extension, const Setting& setting, const char* create, uint64_t row_bytes,
               const std::string& pragmas) {
  const TemporaryDirectory directory;
  Database database(directory.path("synced.db"), extension);
  // A checkpoint would sync as well, at moments that depend on the size of the WAL.
  database.must(std::string("PRAGMA journal_mode = ") + setting.journal + "; PRAGMA synchronous = " +
                setting.synchronous + "; PRAGMA wal_autocheckpoint = 0; " + pragmas);
  database.must(create);
  const std::string insert =
      "INSERT INTO t(v) VALUES (printf('%.*c', " + std::to_string(row_bytes) + ", 'x'))";
  for (int commit = 0; commit < kWarmingCommits; ++commit) database.must(insert);
  const uint64_t before = synced_calls();
  for (int commit = 0; commit < kCommits; ++commit) database.must(insert);
  return synced_calls() - before;
}

void compare(const std::string& extension, const Setting& setting, const std::string& pragmas) {
  const char* plain = "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)";
  const char* temporal = "CREATE VIRTUAL TABLE t USING spectradb(id INTEGER PRIMARY KEY, v TEXT)";
  const std::string name =
      std::string(setting.journal) + ", " + setting.synchronous + (pragmas.empty() ? "" : ", ") + pragmas;
  const uint64_t theirs = count("", setting, plain, kSmallRowBytes, pragmas);
  const uint64_t ours = count(extension, setting, temporal, kSmallRowBytes, pragmas);
  const uint64_t ours_of_large = count(extension, setting, temporal, kRowBytes, pragmas);
  const uint64_t theirs_of_large = count("", setting, plain, kRowBytes, pragmas);
  std::printf(
      "%s: %d commits: SQLite %llu syncs, temporal %llu; rows of %llu bytes: SQLite %llu, temporal %llu\n",
      name.c_str(), kCommits, static_cast<unsigned long long>(theirs), static_cast<unsigned long long>(ours),
      static_cast<unsigned long long>(kRowBytes), static_cast<unsigned long long>(theirs_of_large),
      static_cast<unsigned long long>(ours_of_large));
  std::fflush(stdout);
  const bool is_off = std::string(setting.synchronous) == "OFF";
  const bool is_normal_wal = name.starts_with("WAL, NORMAL");
  if (ours != theirs) fail(name + ": small commits do not cost what they cost in an ordinary table");
  if ((is_off || is_normal_wal) != (theirs == 0)) fail(name + ": SQLite does not sync as expected");
  const uint64_t of_log = (kCommits + kWarmingCommits) * (kRowBytes + kFrameBytesAtMost) / kCopiedBytes;
  const uint64_t at_most = is_off ? 0 : theirs_of_large + of_log + kSyncsOfName;
  if (ours_of_large > at_most)
    fail(name + ": large rows take more than " + std::to_string(at_most) + " syncs");
}

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  const std::string extension = argument(argc, argv, "extension", "");
  if (extension.empty()) fail("usage: syncs --extension=PATH");
  for (const Setting& setting : kSettings) compare(extension, setting, "");
  // These pragmas change nothing on Linux, which has no other way to sync.
  compare(extension, {"WAL", "FULL"}, "PRAGMA fullfsync = ON");
  compare(extension, {"DELETE", "FULL"}, "PRAGMA fullfsync = ON");
  return 0;
}
