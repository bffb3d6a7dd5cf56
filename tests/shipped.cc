// What ships pages ships facts. This test follows a live database that has its store in itself, in another
// directory and by nothing but SQLite's bytes, as page-shipping tools do: in WAL mode it applies the frames
// of the log, transaction by transaction and through checkpoints, in DELETE mode the pages that differ. At
// every stop the copy is checked, and has the history that the database had there.
//
//   shipped --extension=PATH --journal=DELETE|WAL
#include <cstdio>
#include <fstream>
#include <map>

#include "tests/database.h"

namespace spectradb::tests {
namespace {

namespace fs = std::filesystem;

constexpr int kStops = 12;
constexpr int kCommitsOfStop = 25;
constexpr size_t kPageSize = 4096;
constexpr size_t kWalHeader = 32;
constexpr size_t kFrameHeader = 24;

using Pages = std::map<uint32_t, std::string>;

// A transaction has its pages as they are at its end, and says how many pages the database has then.
struct Transaction {
  Pages pages;
  uint32_t page_count = 0;
};

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

uint32_t big_endian(const std::string& bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes.at(at + i));
  return value;
}

void write_pages(const std::string& path, const Transaction& transaction) {
  if (!fs::exists(path)) std::ofstream(path, std::ios::binary).flush();
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  for (const auto& [number, page] : transaction.pages) {
    file.seekp(static_cast<std::streamoff>((number - 1) * kPageSize));
    file.write(page.data(), static_cast<std::streamsize>(page.size()));
  }
  file.close();
  if (!file) fail("the copy cannot be written");
  fs::resize_file(path, transaction.page_count * kPageSize);
}

// Follows the log as it grows and begins anew. A frame belongs to the log while its salt is that of the
// header; the last frame of a transaction says how many pages the database has.
class WalReader {
 public:
  explicit WalReader(std::string path) : path_(std::move(path)) {}

  std::vector<Transaction> next() {
    std::vector<Transaction> found;
    const std::string log = fs::exists(path_) ? read_file(path_) : "";
    if (log.size() < kWalHeader) return found;
    if (big_endian(log, 8) != kPageSize) fail("the log has pages of another size");
    const std::string salt = log.substr(16, 8);
    if (salt != salt_) at_ = kWalHeader;
    salt_ = salt;
    Transaction transaction;
    for (size_t at = at_; at + kFrameHeader + kPageSize <= log.size(); at += kFrameHeader + kPageSize) {
      if (log.compare(at + 8, salt.size(), salt) != 0) break;
      transaction.pages[big_endian(log, at)] = log.substr(at + kFrameHeader, kPageSize);
      transaction.page_count = big_endian(log, at + 4);
      if (transaction.page_count == 0) continue;
      found.push_back(std::move(transaction));
      transaction = {};
      at_ = at + kFrameHeader + kPageSize;
    }
    return found;
  }

 private:
  const std::string path_;
  std::string salt_;
  size_t at_ = kWalHeader;
};

class Shipping {
 public:
  Shipping(std::string extension, std::string journal)
      : extension_(std::move(extension)), is_wal_(journal == "WAL") {
    fs::create_directory(directory_.path("there"));
  }

  void run() {
    Database database(path_, extension_);
    database.must(
        "PRAGMA page_size = 4096; SELECT spectradb_config('storage', 'rows'); PRAGMA journal_mode = " +
        std::string(is_wal_ ? "WAL" : "DELETE"));
    // Small memtables make flushes and merges happen among the commits. SQLite begins no checkpoint by
    // itself, which might come before the log was read.
    database.must(
        "PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = 0; "
        "SELECT spectradb_config('memtable_max_bytes', 4096)");
    if (is_wal_) ship_file();
    database.must(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, n INTEGER) WITH SYSTEM VERSIONING; "
        "CREATE INDEX by_n ON t (n); CREATE TABLE plain (id INTEGER PRIMARY KEY, v TEXT)");
    WalReader log(path_ + "-wal");
    for (int stop = 1; stop <= kStops; ++stop) {
      for (int commit = 0; commit < kCommitsOfStop; ++commit) write(database);
      if (stop % 5 == 0) database.must("SELECT spectradb_compact()");
      if (is_wal_)
        ship_log(log);
      else
        ship_differences(database);
      compare(database);
      if (stop % 3 == 0) database.must("PRAGMA wal_checkpoint(TRUNCATE)");
    }
    take_over(database);
    std::printf("%d stops of %d commits: %zu transactions, %zu pages shipped, each with its facts\n", kStops,
                kCommitsOfStop, transactions_, pages_);
  }

 private:
  void write(Database& database) {
    const std::string id = std::to_string(++written_ % 61);
    database.must("BEGIN; INSERT INTO t VALUES (" + id + ", hex(randomblob(40)), " +
                  std::to_string(written_ % 7) +
                  ") ON CONFLICT DO UPDATE SET v = excluded.v, n = excluded.n; "
                  "INSERT OR REPLACE INTO plain SELECT id, v FROM t WHERE id = " +
                  id + "; COMMIT");
    if (written_ % 13 == 0) database.must("DELETE FROM t WHERE id = " + id);
  }

  void ship(const Transaction& transaction) {
    write_pages(copy_, transaction);
    pages_ += transaction.pages.size();
    ++transactions_;
  }

  // The copy begins with the file as it is before the first transaction that is followed.
  void ship_file() {
    fs::copy_file(path_, copy_);
    if (fs::exists(path_ + "-wal") && fs::file_size(path_ + "-wal") > 0) fail("the log is not empty yet");
  }

  void ship_log(WalReader& log) {
    for (const Transaction& transaction : log.next()) ship(transaction);
  }

  // While a transaction reads, nobody writes into the file, and in DELETE mode it is all there is.
  void ship_differences(Database& database) {
    database.must("BEGIN; SELECT count(*) FROM sqlite_master");
    const std::string now = read_file(path_);
    const std::string before = fs::exists(copy_) ? read_file(copy_) : "";
    database.must("COMMIT");
    Transaction differences;
    differences.page_count = static_cast<uint32_t>(now.size() / kPageSize);
    for (size_t at = 0; at < now.size(); at += kPageSize)
      if (at + kPageSize > before.size() || now.compare(at, kPageSize, before, at, kPageSize) != 0)
        differences.pages[static_cast<uint32_t>(at / kPageSize + 1)] = now.substr(at, kPageSize);
    if (differences.pages.size() == differences.page_count && !before.empty())
      fail("each page differs: nothing is saved");
    ship(differences);
  }

  static std::string history(Database& database) {
    std::string all = describe(database
                                   .must("SELECT commit_no, committed_at, operation, key, row FROM "
                                         "spectradb_history('t') ORDER BY 1, key")
                                   .rows);
    const int64_t last = database.integer("SELECT spectradb_commit()");
    for (int64_t at = 0; at <= last; at += 7) {
      const std::string as_of = " AS OF " + std::to_string(at);
      all += describe(database.must("SELECT id, v, n FROM t ORDER BY id" + as_of).rows) +
             describe(database.must("SELECT id FROM t WHERE n = 5 ORDER BY id" + as_of).rows);
    }
    return all + describe(database.must("SELECT id, v FROM plain ORDER BY id").rows);
  }

  // The copy is opened for reading only, so that the next pages find the file as it was shipped.
  void compare(Database& database) {
    {
      Database copy("file:" + copy_ + "?immutable=1", extension_, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
      if (const std::string said = copy.text("SELECT spectradb_check()"); said != "ok")
        fail("the copy: spectradb_check() says " + said);
      if (copy.text("PRAGMA integrity_check") != "ok") fail("the copy: PRAGMA integrity_check");
      if (history(copy) != history(database)) fail("the copy has another history");
    }
    if (fs::exists(copy_ + "-spectra")) fail("the copy has a directory");
  }

  // What stood by takes writes.
  void take_over(Database& database) {
    const std::string before = history(database);
    Database copy(copy_, extension_);
    copy.must("SELECT spectradb_config('memtable_max_bytes', 4096)");
    const std::string commit = copy.text("SELECT spectradb_commit()");
    for (int commits = 0; commits < kCommitsOfStop; ++commits) write(copy);
    copy.must("SELECT spectradb_compact()");
    if (copy.text("SELECT spectradb_check()") != "ok") fail("the copy is damaged by writing to it");
    if (describe(copy.must("SELECT id, v, n FROM t ORDER BY id AS OF " + commit).rows) !=
        describe(database.must("SELECT id, v, n FROM t ORDER BY id").rows))
      fail("the copy, written to, has another past");
    if (history(database) != before) fail("writing to the copy has changed the database");
  }

  const std::string extension_;
  const bool is_wal_;
  TemporaryDirectory directory_;
  const std::string path_ = directory_.path("here.db");
  const std::string copy_ = directory_.path("there/there.db");
  size_t transactions_ = 0;
  size_t pages_ = 0;
  int written_ = 0;
};

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  const std::string extension = argument(argc, argv, "extension", "");
  if (extension.empty()) fail("usage: shipped --extension=PATH --journal=DELETE|WAL");
  Shipping(extension, argument(argc, argv, "journal", "DELETE")).run();
}
