// Damages every file of a store in many ways: flips a bit here and there, cuts bytes off, empties the file,
// or removes it. A query must then either give the right answer or fail with a message that names the
// store. It must never give another answer and never crash, ordinary tables go on working, and
// spectradb_inspect() shows a file or names it.
//
//   damage --extension=PATH [--seed=N] [--places=COUNT]
#include <cstdio>
#include <random>

#include "tests/database.h"

namespace spectradb::tests {
namespace {

namespace fs = std::filesystem;

const char* const kQuestions[] = {
    "SELECT id, v, _system_from, _system_to FROM t FOR SYSTEM_TIME ALL ORDER BY id, _system_from",
    "SELECT id, v FROM t ORDER BY id DESC",
    "SELECT v FROM t WHERE id = 150",
    "SELECT count(*), sum(length(v)) FROM t AS OF 5",
    "SELECT pk, doc FROM events AS OF 3 ORDER BY pk",
};

class Damage {
 public:
  Damage(std::string extension, uint64_t seed, int places)
      : extension_(std::move(extension)),
        seed_(seed),
        places_(places),
        random_(seed),
        database_(directory_.path("hurt.db")),
        store_(database_ + "-spectra") {}

  void run() {
    make_store();
    fs::copy(store_, directory_.path("good"), fs::copy_options::recursive);
    check("nothing", "");  // proves the comparison itself
    if (refused_ != 0) fail("an unhurt store is refused");
    std::vector<std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(store_)) {
      if (entry.is_regular_file()) files.push_back(entry.path().lexically_relative(store_).string());
    }
    if (files.size() < 3) fail("the store has hardly any files; nothing would be tested");
    for (const std::string& name : files) hurt_file(name);
    std::printf("%zu files, %d damages: %d refused with a message, %d harmless, no wrong answer\n",
                files.size(), damages_, refused_, damages_ - refused_);
    std::printf("%d files inspected to their end, %d refused with a message\n", inspected_, not_inspected_);
    if (refused_ * 2 < damages_) fail("most damages went unnoticed");
  }

 private:
  void make_store() {
    Database database(database_, extension_);
    database.must(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT) WITH SYSTEM VERSIONING;"
        "CREATE TABLE events (pk TEXT PRIMARY KEY);"
        "CREATE TABLE plain (x)");
    database.must("INSERT INTO plain VALUES ('ordinary')");
    database.must(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) "
        "INSERT INTO t SELECT i, hex(i * i * 7919) || ' value' FROM n");                    // 1
    database.must("INSERT INTO events VALUES ('a', '{\"n\": 1}')");                         // 2
    database.must("UPDATE t SET v = v || '!' WHERE id % 3 = 0; SELECT spectradb_flush()");  // 3
    database.must("INSERT INTO events VALUES ('a', '{\"n\": 2}'), ('b', '[]')");            // 4
    database.must("DELETE FROM t WHERE id % 10 = 0; SELECT spectradb_compact()");           // 5
    database.must("UPDATE t SET v = 'flushed' WHERE id < 20; SELECT spectradb_flush()");    // 6
    database.must("UPDATE t SET v = 'in the log' WHERE id BETWEEN 100 AND 150");            // 7
    database.must("INSERT INTO events VALUES ('c', 'true')");                               // 8
    for (const char* question : kQuestions) answers_.push_back(describe(database.must(question).rows));
  }

  void restore() const {
    fs::remove_all(store_);
    fs::copy(directory_.path("good"), store_, fs::copy_options::recursive);
  }

  void hurt_file(const std::string& name) {
    const fs::path file = fs::path(store_) / name;
    const uintmax_t size = fs::file_size(file);
    restore();
    fs::remove(file);
    check("removed", name);
    if (size == 0) return;
    for (const uintmax_t left : {uintmax_t{0}, size / 2, size - 1}) {
      restore();
      fs::resize_file(file, left);
      check("cut to " + std::to_string(left) + " of " + std::to_string(size) + " bytes", name);
    }
    for (int i = 0; i < places_; i++) {
      restore();
      // The first byte and the last one are always tried, then random ones.
      const uintmax_t offset = i == 0 ? 0 : i == 1 ? size - 1 : random_() % size;
      const auto mask = static_cast<unsigned char>(1u << random_() % 8);
      flip_bit(file, offset, mask);
      check("bit " + std::to_string(mask) + " of byte " + std::to_string(offset) + " flipped", name);
    }
  }

  void check(const std::string& how, const std::string& name) {
    const std::string what = "seed " + std::to_string(seed_) + ", " + name + ": " + how + "\n";
    damages_++;
    bool refused = false;
    {
      Database database(database_, extension_);
      if (!database.open_outcome().is_ok())
        fail(what + "the extension does not load: " + database.open_outcome().message);
      for (size_t i = 0; i < answers_.size(); i++) {
        const Outcome outcome = database.run(kQuestions[i]);
        if (!outcome.is_ok()) {
          refused = true;
          if (outcome.message.find("hurt.db-spectra") == std::string::npos) {
            fail(what + kQuestions[i] + "\nfails without naming the store: " + outcome.message);
          }
        } else if (describe(outcome.rows) != answers_[i]) {
          fail(what + kQuestions[i] + "\ngives a wrong answer:\n" + describe(outcome.rows).substr(0, 2000));
        }
      }
      const std::string problems = database.text("SELECT spectradb_check()");
      if (refused && problems.find("hurt.db-spectra") == std::string::npos)
        fail(what + "spectradb_check() finds nothing: " + problems);
      inspect(database, what);
      if (database.text("SELECT x FROM plain") != "ordinary") fail(what + "the ordinary table is hurt");
    }
    if (refused) refused_++;
    // A refusal must not destroy anything: once the right files are back, all rows are there.
    if (refused && damages_ % 16 == 0) {
      restore();
      Database database(database_, extension_);
      for (size_t i = 0; i < answers_.size(); i++) {
        if (describe(database.must(kQuestions[i]).rows) != answers_[i]) fail(what + "lost for good");
      }
    }
  }

  // spectradb_inspect() shows each file to its end, or fails and names it.
  void inspect(Database& database, const std::string& what) {
    for (const auto& entry : fs::directory_iterator(store_)) {
      const Outcome outcome = database.run("SELECT count(*), sum(length(about)) FROM spectradb_inspect('" +
                                           entry.path().string() + "')");
      if (!outcome.is_ok() && outcome.message.find(entry.path().filename().string()) == std::string::npos)
        fail(what + "spectradb_inspect() does not name the file: " + outcome.message);
      inspected_ += outcome.is_ok() ? 1 : 0;
      not_inspected_ += outcome.is_ok() ? 0 : 1;
    }
  }

  std::string extension_;
  uint64_t seed_;
  int places_;
  std::mt19937_64 random_;
  TemporaryDirectory directory_;
  std::string database_;
  std::string store_;
  std::vector<std::string> answers_;
  int damages_ = 0;
  int refused_ = 0;
  int inspected_ = 0;
  int not_inspected_ = 0;
};

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  const std::string extension = argument(argc, argv, "extension", "");
  if (extension.empty()) fail("usage: damage --extension=PATH [--seed=N] [--places=COUNT]");
  const uint64_t seed = std::strtoull(argument(argc, argv, "seed", "1").c_str(), nullptr, 10);
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  choose_mode(Mode::kHook);
  Damage(extension, seed, std::atoi(argument(argc, argv, "places", "12").c_str())).run();
  return 0;
}
