// Commits the history of a public repository (370 commits of LevelDB), one transaction a commit. Every file
// list of which the SHA-256 is known must be read back AS OF its commit: from the log, after a flush, after
// a compaction, and after reopening.
//
//   git_oracle --extension=PATH --data=DIRECTORY
//
// The data lie outside the project; without them the program ends with status 77 (skipped).
#include <cstdio>
#include <fstream>

#include "base/sha256.h"
#include "tests/database.h"

namespace spectradb::tests {
namespace {

constexpr int kSkipped = 77;

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> fields;
  size_t start = 0;
  while (true) {
    const size_t end = line.find('\t', start);
    fields.push_back(line.substr(start, end - start));
    if (end == std::string::npos) return fields;
    start = end + 1;
  }
}

// Returns the lines below the heading; the heading must be as expected.
std::vector<std::vector<std::string>> read_table(const std::string& path, const std::string& heading) {
  std::ifstream in(path);
  std::string line;
  if (!std::getline(in, line) || line != heading) fail(path + " does not begin with " + heading);
  std::vector<std::vector<std::string>> rows;
  while (std::getline(in, line)) rows.push_back(split(line));
  return rows;
}

std::string quoted_sql(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

void load(Database& database, const std::string& facts) {
  database.must("CREATE TABLE files (path TEXT PRIMARY KEY, blob TEXT, mode TEXT) WITH SYSTEM VERSIONING");
  std::string commit;
  for (const auto& fact : read_table(facts, "commit_no\tunix_time\top\tpath\tmode\tblob")) {
    if (fact.size() != 6) fail("a line of " + facts + " has " + std::to_string(fact.size()) + " fields");
    if (fact[0] != commit) database.must(commit.empty() ? "BEGIN" : "COMMIT; BEGIN");
    commit = fact[0];
    if (fact[2] == "P") {
      database.must("INSERT OR REPLACE INTO files VALUES (" + quoted_sql(fact[3]) + ", " +
                    quoted_sql(fact[5]) + ", " + quoted_sql(fact[4]) + ")");
    } else if (database.must("DELETE FROM files WHERE path = " + quoted_sql(fact[3])).changes != 1) {
      fail("commit " + commit + " deletes " + fact[3] + ", which is not there");
    }
  }
  database.must("COMMIT");
  if (database.text("SELECT spectradb_commit()") != commit) fail("the last commit is not number " + commit);
}

int compare(Database& database, const std::string& oracle, const char* when) {
  int equal = 0;
  int total = 0;
  for (const auto& row : read_table(oracle, "commit_no\tfiles\tsha256")) {
    const Outcome outcome =
        database.must("SELECT path, blob, mode FROM files AS OF " + row[0] + " ORDER BY path");
    std::string list;
    for (const Row& file : outcome.rows)
      list += file[0].text + "\t" + file[1].text + "\t" + file[2].text + "\n";
    total++;
    const bool same = std::to_string(outcome.rows.size()) == row[1] && sha256_hex(list) == row[2];
    if (same) equal++;
    if (!same)
      std::printf("AS OF %s (%s) gives another list than the repository has\n", row[0].c_str(), when);
  }
  std::printf("%s: %d of %d oracle rows equal\n", when, equal, total);
  if (total == 0) fail(oracle + " has no rows");
  return total - equal;
}

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  const std::string extension = argument(argc, argv, "extension", "");
  const std::string data = argument(argc, argv, "data", "");
  if (extension.empty() || data.empty()) fail("usage: git_oracle --extension=PATH --data=DIRECTORY");
  if (spectradb::sha256_hex("abc") != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    fail("sha256 of abc");
  const std::string facts = data + "/git_leveldb.facts.tsv";
  const std::string oracle = data + "/git_leveldb.oracle.tsv";
  if (!std::filesystem::exists(facts) || !std::filesystem::exists(oracle)) {
    std::printf("SKIPPED: git_leveldb.facts.tsv and git_leveldb.oracle.tsv are not in ../shared/data\n");
    return kSkipped;
  }
  choose_mode(Mode::kHook);
  TemporaryDirectory directory;
  Database database(directory.path("git.db"), extension);
  database.must("PRAGMA journal_mode = WAL");
  load(database, facts);
  int different = compare(database, oracle, "from the log");
  database.must("SELECT spectradb_flush()");
  different += compare(database, oracle, "after a flush");
  database.must("SELECT spectradb_compact()");
  different += compare(database, oracle, "after a compaction");
  database.close();
  database = Database(directory.path("git.db"), extension);
  different += compare(database, oracle, "after reopening");
  return different == 0 ? 0 : 1;
}
