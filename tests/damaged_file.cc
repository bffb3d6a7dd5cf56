// Damages a database that has its store inside: flips a bit here and there, cuts bytes off, fills a page with zeros. SQLite
// has no checksums, so its own pages may be anything. A question about temporal tables must then give the right answer or
// fail, and never crash; spectradb_check() does not crash either, and what is whole again has lost nothing.
//
//   damaged_file --extension=PATH [--seed=N] [--places=COUNT]
#include <cstdio>
#include <fstream>
#include <random>

#include "tests/database.h"

namespace spectradb::tests {
namespace {

namespace fs = std::filesystem;

const char* const kQuestions[] = {
    "SELECT id, v, _system_from, _system_to FROM t FOR SYSTEM_TIME ALL ORDER BY id, _system_from",
    "SELECT id, v FROM t ORDER BY id DESC",
    "SELECT v FROM t WHERE id = 150",
    "SELECT id FROM t WHERE v = 'flushed' ORDER BY id",
    "SELECT count(*), sum(length(v)) FROM t AS OF 5",
    "SELECT pk, doc FROM events AS OF 3 ORDER BY pk",
};
constexpr uintmax_t kPageBytes = 4096;

class Damage {
 public:
  Damage(std::string extension, uint64_t seed)
      : extension_(std::move(extension)), seed_(seed), random_(seed), path_(directory_.path("hurt.db")) {}

  void run(int places) {
    make_database();
    fs::copy_file(path_, directory_.path("good"));
    const uintmax_t size = fs::file_size(path_);
    ask("nothing");
    if (refused_ != 0) fail("an unhurt database is refused");
    for (const uintmax_t left : {size / 2, size - kPageBytes, size - 1}) {
      restore();
      fs::resize_file(path_, left);
      ask("cut to " + std::to_string(left) + " of " + std::to_string(size) + " bytes");
    }
    for (int i = 0; i < places; ++i) {
      restore();
      if (i % 8 == 0) {
        hurt_page(size);
      } else {
        hurt_bit(size);
      }
    }
    std::printf("%d damages: %d refused, %d harmless, no wrong answer\n", damages_, refused_,
                damages_ - refused_);
    if (refused_ * 8 < damages_) fail("most damages went unnoticed");
  }

 private:
  void make_database() {
    Database database(path_, extension_);
    database.must(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT) WITH SYSTEM VERSIONING;"
        "CREATE INDEX t_v ON t (v); CREATE TABLE events (pk TEXT PRIMARY KEY)");
    if (database.text("SELECT spectradb_config('storage')") != "rows")
      fail("the store is not in the database");
    database.must(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) "
        "INSERT INTO t SELECT i, hex(i * i * 7919) || ' value' FROM n");
    database.must("INSERT INTO events VALUES ('a', '{\"n\": 1}')");
    database.must("UPDATE t SET v = v || '!' WHERE id % 3 = 0; SELECT spectradb_flush()");
    database.must("INSERT INTO events VALUES ('b', '[]')");
    database.must("DELETE FROM t WHERE id % 10 = 0; SELECT spectradb_compact()");
    database.must("UPDATE t SET v = 'flushed' WHERE id < 20; SELECT spectradb_flush()");
    database.must("UPDATE t SET v = 'in a commit''s row' WHERE id BETWEEN 100 AND 150");
    for (const char* question : kQuestions) answers_.push_back(describe(database.must(question).rows));
  }

  void restore() const {
    fs::copy_file(directory_.path("good"), path_, fs::copy_options::overwrite_existing);
  }

  void hurt_bit(uintmax_t size) {
    const uintmax_t offset = random_() % size;
    const auto mask = static_cast<unsigned char>(1u << random_() % 8);
    flip_bit(path_, offset, mask);
    ask("bit " + std::to_string(mask) + " of byte " + std::to_string(offset) + " flipped");
  }

  void hurt_page(uintmax_t size) {
    const uintmax_t page = random_() % (size / kPageBytes);
    std::fstream bytes(path_, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(static_cast<std::streamoff>(page * kPageBytes));
    bytes << std::string(kPageBytes, '\0');
    bytes.close();
    ask("page " + std::to_string(page + 1) + " filled with zeros");
  }

  void ask(const std::string& how) {
    const std::string what = "seed " + std::to_string(seed_) + ": " + how + "\n";
    ++damages_;
    bool is_refused = false;
    {
      Database database(path_, extension_);
      if (!database.open_outcome().is_ok())
        fail(what + "the extension does not load: " + database.open_outcome().message);
      for (size_t i = 0; i < answers_.size(); ++i) {
        const Outcome outcome = database.run(kQuestions[i]);
        is_refused = is_refused || !outcome.is_ok();
        if (outcome.is_ok() && describe(outcome.rows) != answers_[i])
          fail(what + kQuestions[i] + "\ngives a wrong answer:\n" + describe(outcome.rows).substr(0, 2000));
      }
      const Outcome check = database.run("SELECT spectradb_check()");
      if (is_refused && check.is_ok() && describe(check.rows) == "ok\n")
        fail(what + "spectradb_check() finds nothing");
    }
    if (is_refused) ++refused_;
    fs::remove(path_ + "-journal");
    if (!is_refused || damages_ % 16 != 0) return;
    restore();
    Database database(path_, extension_);
    for (size_t i = 0; i < answers_.size(); ++i) {
      if (describe(database.must(kQuestions[i]).rows) != answers_[i]) fail(what + "lost for good");
    }
  }

  std::string extension_;
  uint64_t seed_;
  std::mt19937_64 random_;
  TemporaryDirectory directory_;
  std::string path_;
  std::vector<std::string> answers_;
  int damages_ = 0;
  int refused_ = 0;
};

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  const std::string extension = argument(argc, argv, "extension", "");
  if (extension.empty()) fail("usage: damaged_file --extension=PATH [--seed=N] [--places=COUNT]");
  const uint64_t seed = std::strtoull(argument(argc, argv, "seed", "1").c_str(), nullptr, 10);
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  choose_mode(Mode::kHook);
  Damage(extension, seed).run(std::atoi(argument(argc, argv, "places", "400").c_str()));
  return 0;
}
