// The token of a commit stays for ever, also when its facts are erased. So it is computed with a salt, which goes with
// the frame that has it: of two databases with one id and one history, byte for byte, no two tokens of a commit are
// equal; none is the checksum of the facts alone; and after an erasure no file has a salt, while the tokens stay.
//
//   frame_salts --extension=PATH --storage=directory|rows --journal=DELETE|WAL
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "lsm/base/checksum.h"
#include "lsm/log/log_format.h"
#include "tests/database.h"

namespace spectradb::tests {
namespace {

std::string extension;
std::string storage;
std::string journal;

constexpr uint64_t kSpilled = 4;  // the commit that was too large for memory
// What happens after the tables are made, a commit each.
const char* const kHistory[] = {
    "INSERT INTO people VALUES ('subject-4711', 'Zaphodine'), ('subject-5000', 'Ada')",
    "UPDATE people SET name = 'Beeblebrock' WHERE id = 'subject-4711'",
    "BEGIN; INSERT INTO other VALUES (1, 'x'); DELETE FROM people WHERE id = 'subject-5000'; COMMIT",
    "SELECT spectradb_config('memtable_max_bytes', 1024);"
    "BEGIN; INSERT INTO other WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 60) "
    "SELECT i, printf('%040d', i) FROM n; UPDATE people SET name = 'Rigel'; COMMIT;"
    "SELECT spectradb_config('memtable_max_bytes', 'default')",
    "UPDATE people SET name = 'quixotic'",
    "DELETE FROM other WHERE id < 9",
};
constexpr size_t kCommits = std::size(kHistory);

void expect(bool holds, const std::string& what) {
  if (!holds) fail("storage " + storage + ", journal_mode " + journal + ": " + what);
}

std::string content_of(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// A database, and what was seen of its frames while they were there.
class History {
 public:
  explicit History(const std::filesystem::path& directory) : directory_(directory) {}

  void open() {
    database = Database((directory_ / "test.db").string(), extension);
    database.must("PRAGMA journal_mode = " + journal);
    seed_ = lsm::checksum64(database.text("SELECT value FROM _spectradb_meta WHERE name = 'store_id'"), 0);
  }

  void write() {
    // Nobody flushes the log's segments away before they were read.
    const std::string lock = (directory_ / "test.db-spectra/LOCK.work").string();
    const int work = storage == "rows" ? -1 : ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    expect(storage == "rows" || (work >= 0 && flock(work, LOCK_EX) == 0), "LOCK.work cannot be had");
    for (const char* statement : kHistory) {
      database.must(statement);
      collect();
    }
    if (work >= 0) ::close(work);
  }

  // Every commit's token, by its number.
  std::map<int64_t, int64_t> tokens() {
    std::map<int64_t, int64_t> all;
    for (const char* table : {"_spectradb_commits", "_spectradb_recent"}) {
      for (const Row& row : database.must(std::string("SELECT commit_no, frame FROM ") + table).rows)
        all[std::stoll(row[0].text)] = std::stoll(row[1].text);
    }
    return all;
  }

  // How many of the salts are in the database's files.
  size_t salts_in_files() const {
    size_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_)) {
      if (!entry.is_regular_file()) continue;
      const std::string bytes = content_of(entry.path());
      for (const auto& [commit, frame] : frames)
        count += bytes.find(read(frame).salt) == std::string::npos ? 0 : 1;
    }
    return count;
  }

  lsm::LogFrame read(const std::string& frame) const { return *lsm::read_frame(frame, 0, seed_); }

  // The token of what the frame says without its salt.
  int64_t guess(const lsm::LogFrame& frame) const {
    std::string bytes = lsm::encode_frame_header(frame.commit, frame.body.size(), frame.is_last, {}, seed_);
    bytes += frame.body;
    lsm::RunningChecksum checksum(seed_);
    checksum.update(bytes);
    return static_cast<int64_t>(lsm::token_of(checksum));
  }

  Database database;
  std::map<uint64_t, std::string> frames;

 private:
  void collect() {
    if (storage == "directory") {
      for (const auto& entry : std::filesystem::directory_iterator(directory_ / "test.db-spectra")) {
        if (!entry.path().filename().string().starts_with("log-")) continue;
        const std::string bytes = content_of(entry.path());
        uint64_t at = lsm::kSegmentHeaderBytes;
        for (auto frame = lsm::read_frame(bytes, at, seed_); frame;
             frame = lsm::read_frame(bytes, at, seed_)) {
          frames[frame->commit] = bytes.substr(frame->offset, frame->end - frame->offset);
          at = frame->end;
        }
      }
    }
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v2(database.handle(),
                       "SELECT commit_no, facts FROM _spectradb_recent WHERE length(facts) > 0", -1,
                       &statement, nullptr);
    while (sqlite3_step(statement) == SQLITE_ROW)
      frames[static_cast<uint64_t>(sqlite3_column_int64(statement, 0))] =
          std::string(static_cast<const char*>(sqlite3_column_blob(statement, 1)),
                      static_cast<size_t>(sqlite3_column_bytes(statement, 1)));
    sqlite3_finalize(statement);
  }

  const std::filesystem::path directory_;
  uint64_t seed_ = 0;
};

void test() {
  const TemporaryDirectory directory;
  std::filesystem::create_directory(directory.path() / "one");
  {
    Database made(directory.path("one/test.db"), extension);
    made.must("SELECT spectradb_config('storage', '" + storage + "')");
    made.must(
        "CREATE TABLE people (id TEXT PRIMARY KEY, name TEXT) WITH SYSTEM VERSIONING;"
        "CREATE TABLE other (id INTEGER PRIMARY KEY, v TEXT) WITH SYSTEM VERSIONING");
  }
  std::filesystem::copy(directory.path() / "one", directory.path() / "two",
                        std::filesystem::copy_options::recursive);
  History one(directory.path() / "one");
  History two(directory.path() / "two");
  for (History* history : {&one, &two}) {
    history->open();
    history->write();
  }
  const std::map<int64_t, int64_t> tokens = one.tokens();
  const std::map<int64_t, int64_t> others = two.tokens();
  expect(tokens.size() == kCommits && others.size() == kCommits, "there are other commits than were made");
  for (const auto& [commit, token] : tokens)
    expect(others.at(commit) != token, "both have one token of commit " + std::to_string(commit));
  // Where the store is in the database, the frame of a spilled commit is nowhere.
  expect(one.frames.size() == (storage == "rows" ? kCommits - 1 : kCommits), "there are other frames");
  for (const auto& [commit, bytes] : one.frames) {
    const lsm::LogFrame frame = one.read(bytes);
    const lsm::LogFrame other = two.read(two.frames.at(commit));
    const std::string of = " of commit " + std::to_string(commit);
    expect(commit == kSpilled || frame.body == other.body, "the histories differ, in the facts" + of);
    expect(frame.salt.size() == lsm::kFrameSaltBytes && frame.salt != other.salt, "both have one salt" + of);
    expect(static_cast<int64_t>(frame.token) == tokens.at(static_cast<int64_t>(commit)),
           "another token" + of);
    expect(one.guess(frame) != tokens.at(static_cast<int64_t>(commit)), "the facts tell the token" + of);
  }
  expect(one.salts_in_files() > 0, "no salt is found where all are there");
  expect(one.database.integer("SELECT spectradb_erase('people', 'subject-4711')") > 0, "nothing was erased");
  expect(one.salts_in_files() == 0, "a salt is left");
  std::map<int64_t, int64_t> left = one.tokens();
  left.erase(left.find(static_cast<int64_t>(kCommits) + 1), left.end());  // the erasure's own commit
  expect(left == tokens, "tokens have changed");
  expect(one.database.text("SELECT spectradb_check()") == "ok", "the check finds something");
  one.open();
  expect(one.database.integer("SELECT count(*) FROM other") == 52, "rows are lost");
}

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  extension = argument(argc, argv, "extension", "");
  storage = argument(argc, argv, "storage", "directory");
  journal = argument(argc, argv, "journal", "WAL");
  if (extension.empty()) fail("usage: frame_salts --extension=PATH --storage=directory|rows --journal=MODE");
  test();
  std::printf("frame_salts (%s, %s): tokens tell no facts\n", storage.c_str(), journal.c_str());
  return 0;
}
