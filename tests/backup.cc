// Makes backups while a writer goes on. Each backup opens, and has the same rows in the ordinary and the
// temporal table at each of its commits; a repeated backup writes only what is new; a copy of the database
// file or of the store alone is refused; a copy that is put back in the place of the database is the
// database again. A file that is not an earlier backup is never overwritten, and a backup that is killed
// leaves the earlier one.
//
//   backup --extension=PATH --journal=DELETE|WAL [--backups=COUNT] [--kills=COUNT]
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <random>
#include <thread>

#include "tests/database.h"
#include "tests/expect.h"

namespace spectradb::tests {
namespace {

namespace fs = std::filesystem;

std::string backup_to(const std::string& path) { return "SELECT spectradb_backup('" + path + "')"; }

void write_until(const std::string& path, const std::string& extension, const std::atomic<bool>& done) {
  Database database(path, extension);
  database.must("PRAGMA busy_timeout = 60000");
  for (int64_t number = 2; !done; ++number) {
    const std::string row = std::to_string(number) + ", hex(randomblob(50))";
    database.must("BEGIN IMMEDIATE; INSERT INTO plain VALUES (" + row +
                  "); INSERT INTO ledger SELECT * FROM plain WHERE id = " + std::to_string(number) +
                  "; COMMIT");
    if (number % 97 == 0) database.must("SELECT spectradb_flush()");
    if (number % 311 == 0) database.must("SELECT spectradb_compact()");
  }
}

// Returns the number of the copy's last commit.
int64_t check_copy(const std::string& path, const std::string& extension) {
  Database copy(path, extension);
  const int64_t commits = copy.integer("SELECT spectradb_commit()");
  expect(copy.text("PRAGMA integrity_check") == "ok", "PRAGMA integrity_check of a backup");
  expect(copy.integer("SELECT count(*) FROM plain") == commits, "a backup is not whole");
  expect(copy.integer("SELECT count(*) FROM (SELECT * FROM plain EXCEPT SELECT * FROM ledger)") == 0 &&
             copy.integer("SELECT count(*) FROM ledger") == commits,
         "the tables of a backup differ");
  for (int64_t commit = 1; commit <= commits; commit += 1 + commits / 7) {
    const std::string number = std::to_string(commit);
    expect(copy.integer("SELECT count(*) FROM ledger AS OF " + number) == commit,
           "a backup does not know commit " + number);
  }
  copy.must("BEGIN; INSERT INTO ledger VALUES (-1, 'only here'); ROLLBACK");
  return commits;
}

void test_while_writing(const std::string& extension, const std::string& journal, int backups) {
  const TemporaryDirectory directory;
  const std::string path = directory.path("busy.db");
  Database database(path, extension);
  database.must("PRAGMA busy_timeout = 60000; PRAGMA journal_mode = " + journal);
  database.must(
      "CREATE TABLE ledger (id INTEGER PRIMARY KEY, v TEXT) WITH SYSTEM VERSIONING;"
      "CREATE TABLE plain (id INTEGER PRIMARY KEY, v TEXT);"
      "BEGIN; INSERT INTO plain VALUES (1, 'one'); INSERT INTO ledger VALUES (1, 'one'); COMMIT");
  std::atomic<bool> done = false;
  std::thread writer(write_until, path, extension, std::cref(done));
  int64_t last = 0;
  for (int number = 0; number < backups; ++number) {
    usleep(20'000);
    // Each backup overwrites the one before the last.
    const std::string target = directory.path("copy" + std::to_string(number % 2) + ".db");
    const Outcome steps = database.must("SELECT * FROM spectradb_backup('" + target + "')");
    // The database itself is a step, and so is each file of a store beside it.
    expect(steps.rows.size() >= (fs::exists(path + "-spectra") ? 3 : 1), "hardly any steps");
    expect(steps.rows.back()[3] == steps.rows.back()[4], "the last step is not the whole");
    const int64_t commits = check_copy(target, extension);
    expect(commits >= last, "a backup is older than the one before");
    last = commits;
  }
  done = true;
  writer.join();
  std::printf("%s: %d backups while a writer made %lld commits, all whole\n", journal.c_str(), backups,
              static_cast<long long>(database.integer("SELECT spectradb_commit()")));
}

void expect_error(const Outcome& outcome, const std::string& part) {
  expect(!outcome.is_ok() && outcome.message.find(part) != std::string::npos,
         "no error with \"" + part + "\" but: " + outcome.message);
}

// The backup was put back in the place of the database.
void test_memory_and_attached(const std::string& extension, const TemporaryDirectory& directory,
                              const std::string& path) {
  Database restored(path, extension);
  expect(restored.text("SELECT group_concat(v) FROM t") == "one", "what was put back is not the backup");
  // A database in memory and an attached one can be copied, too.
  Database memory(":memory:", extension);
  memory.must("CREATE TABLE m (pk TEXT PRIMARY KEY); INSERT INTO m VALUES ('a', '{}')");
  memory.must("ATTACH '" + path + "' AS other");
  memory.must("SELECT spectradb_backup('" + directory.path("memory.db") + "')");
  memory.must("SELECT spectradb_backup('" + directory.path("attached.db") + "', 'other')");
  expect_error(memory.run("BEGIN; INSERT INTO m VALUES ('b', '{}'); SELECT spectradb_backup('" +
                          directory.path("no.db") + "')"),
               "COMMIT first");
  expect(Database(directory.path("memory.db"), extension).text("SELECT pk FROM m") == "a", "memory.db");
  expect(Database(directory.path("attached.db"), extension).text("SELECT v FROM t") == "one", "attached.db");
  std::printf(
      "places: refused where something else is, put back from a copy, from memory, of attached ones\n");
}

void test_places(const std::string& extension) {
  const TemporaryDirectory directory;
  const std::string path = directory.path("one.db");
  const std::string copy = directory.path("copy.db");
  {
    Database database(path, extension);
    database.must(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v) WITH SYSTEM VERSIONING; INSERT INTO t VALUES (1, 'one');"
        "SELECT spectradb_flush()");
    expect_error(database.run("SELECT spectradb_backup('" + path + "')"), "the database itself");
    expect_error(database.run("SELECT spectradb_backup('" + directory.path("no/where.db") + "')"),
                 "there is no directory");
    expect_error(database.run("SELECT spectradb_backup(5)"), "as text, not 5");
    expect_error(database.run("SELECT * FROM spectradb_backup"), "needs the name of a file");
    expect_error(database.run("SELECT spectradb_backup('x.db', 'nosuch')"), "no database named 'nosuch'");
    // A backup that a transaction makes does not contain the rows that the transaction has written.
    database.must("BEGIN; INSERT INTO t VALUES (2, 'two')");
    database.must("SELECT spectradb_backup('" + copy + "')");
    database.must("COMMIT");
  }
  {
    Database other(copy, extension);
    expect(other.text("SELECT group_concat(v) FROM t") == "one", "not the committed rows");
    Database database(path, extension);
    if (fs::exists(copy + "-spectra")) expect_error(database.run(backup_to(copy)), "locked");  // it is in use
    database.must("VACUUM INTO '" + directory.path("alone.db") + "'");
    database.must("DELETE FROM t");
  }
  if (!std::filesystem::exists(path + "-spectra")) {
    expect(Database(directory.path("alone.db"), extension).text("SELECT group_concat(v) FROM t") == "one,two",
           "a copy by VACUUM INTO");
    std::filesystem::copy_file(copy, path, std::filesystem::copy_options::overwrite_existing);
    return test_memory_and_attached(extension, directory, path);
  }
  // A copy without its store is refused, and so is a copy with a newer store.
  expect_error(Database(directory.path("alone.db"), extension).run("SELECT * FROM t"), "alone.db-spectra");
  std::filesystem::copy(path + "-spectra", directory.path("alone.db-spectra"));
  expect(
      !Database(directory.path("alone.db"), extension).run("SELECT * FROM t").is_ok() ||
          Database(directory.path("alone.db"), extension).text("SELECT group_concat(v) FROM t") == "one,two",
      "a store that is newer than its database gives wrong rows");
  // The copy is put back in the place of the database.
  std::filesystem::remove_all(path + "-spectra");
  std::filesystem::copy_file(copy, path, std::filesystem::copy_options::overwrite_existing);
  std::filesystem::copy(copy + "-spectra", path + "-spectra");
  test_memory_and_attached(extension, directory, path);
}

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_text(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

size_t names_in(const fs::path& directory) {
  return static_cast<size_t>(std::distance(fs::directory_iterator(directory), {}));
}

// A refused backup changes nothing at its target, and leaves no file beside it.
void test_refusals(const std::string& extension, const std::string& journal) {
  const TemporaryDirectory directory;
  Database database(directory.path("x.db"), extension);
  database.must("PRAGMA journal_mode = " + journal);
  database.must("CREATE TABLE t (id INTEGER PRIMARY KEY) WITH SYSTEM VERSIONING; INSERT INTO t VALUES (1)");
  fs::create_directory(directory.path("to"));
  const auto in = [&](const std::string& name) { return directory.path("to/" + name); };
  const auto refused = [&](const std::string& name, const std::string& part) {
    const size_t names = names_in(directory.path("to"));
    const std::string before = fs::is_regular_file(in(name)) ? content_of(in(name)) : "";
    expect_error(database.run(backup_to(in(name))), part);
    expect(names_in(directory.path("to")) == names, "a refused backup to " + name + " leaves something");
    expect(before.empty() || content_of(in(name)) == before, "a refused backup changes " + name);
  };
  write_text(in("thesis.txt"), "my thesis");
  write_text(in("thesis.txt-wal"), "its journal");
  refused("thesis.txt", "no earlier backup");
  expect(content_of(in("thesis.txt-wal")) == "its journal", "a refused backup removes a journal");
  write_text(in("empty"), "");
  refused("empty", "no earlier backup");
  const bool has_directory = fs::exists(directory.path("x.db-spectra"));
  for (const std::string suffix : {"-wal", "-journal", "-spectra"}) {
    write_text(in("beside.db" + suffix), "of another database");
    refused("beside.db", "beside.db" + suffix);
    fs::remove(in("beside.db" + suffix));
  }
  fs::create_symlink(in("elsewhere"), in("link"));
  refused("link", "symbolic link");
  expect(mkfifo(in("fifo").c_str(), 0600) == 0, "mkfifo");
  refused("fifo", "not a file");
  refused(".", "not a file");
  fs::create_hard_link(directory.path("x.db"), in("hard.db"));
  refused("hard.db", "the database itself");
  {
    Database other(in("other.db"), extension);
    other.must("PRAGMA journal_mode = " + journal);
    other.must("CREATE TABLE precious (a); INSERT INTO precious VALUES (1)");
    refused("other.db", "no earlier backup");
    expect(other.integer("SELECT a FROM precious") == 1, "an ordinary database");
    other.must("CREATE TABLE q (id INTEGER PRIMARY KEY) WITH SYSTEM VERSIONING; INSERT INTO q VALUES (1)");
    other.close();
    refused("other.db", "no earlier backup");
  }
  write_text(in("made.db-unfinished"), "of somebody else");
  refused("made.db", "made.db-unfinished");
  fs::remove(in("made.db-unfinished"));
  // SQLite would take a copy of such a name for a journal, and the store one in it for a file of its own.
  for (const std::string suffix : {"-journal", "-wal", "-shm", "-spectra"}) {
    refused("thesis.txt" + suffix, "a file of");
    expect_error(database.run(backup_to(directory.path("x.db" + suffix))), "a file of");
  }
  if (has_directory) {
    fs::create_directory_symlink(directory.path("x.db-spectra"), in("into"));
    refused("into/copy.db", "the store of");
    expect_error(database.run(backup_to(directory.path("x.db-spectra/copy.db"))), "the store of");
    expect(!fs::exists(directory.path("x.db-spectra/copy.db")),
           "a refused backup into the store leaves something");
    fs::remove(in("into"));
  }
  expect_error(database.run("SELECT spectradb_backup('" + in("zero") + "' || char(0) || 'b')"), "zero byte");
  expect(!fs::exists(in("zero")), "a name with a zero byte makes a file");
  // Directories have no journals.
  fs::create_directory(in("folder"));
  fs::create_directory(in("folder-spectra"));
  database.must(backup_to(in("folder-spectra/copy.db")));
  database.must(backup_to(in("folder-wal")));
  expect(database.text("SELECT spectradb_check()") == "ok", "the check after refused backups");
  // A database without temporal tables has nothing by which it could recognize its backups.
  Database plain(directory.path("plain.db"), extension);
  plain.must("CREATE TABLE z (a)");
  plain.must(backup_to(in("plain.db")));
  expect_error(plain.run(backup_to(in("plain.db"))), "without temporal tables");
  std::printf("refusals: what is not an earlier backup stays as it is\n");
}

// A backup never replaces a database that has commits of its own, nor one that somebody has open.
void test_newer(const std::string& extension, const std::string& journal) {
  const TemporaryDirectory directory;
  const std::string path = directory.path("x.db");
  const std::string copy = directory.path("copy.db");
  Database database(path, extension);
  database.must("PRAGMA journal_mode = " + journal);
  database.must("CREATE TABLE t (id INTEGER PRIMARY KEY) WITH SYSTEM VERSIONING; INSERT INTO t VALUES (1)");
  database.must(backup_to(copy));
  database.must("INSERT INTO t VALUES (2)");
  database.close();
  {
    Database older(copy, extension);
    expect_error(older.run(backup_to(path)), "commit 2, which this database does not have");
  }
  database = Database(path, extension);
  {
    Database reader(copy, extension);
    reader.must("BEGIN; SELECT count(*) FROM t");
    expect_error(database.run(backup_to(copy)), "locked");
    reader.must("COMMIT");
  }
  database.must(backup_to(copy));
  expect(Database(copy, extension).integer("SELECT count(*) FROM t") == 2, "a repeated backup");
  Database(copy, extension).must("INSERT INTO t VALUES (3)");
  expect_error(database.run(backup_to(copy)), "commit 3, which this database does not have");
  database.must("INSERT INTO t VALUES (4)");
  expect_error(database.run(backup_to(copy)), "commit 3, which this database does not have");
  expect(Database(copy, extension).integer("SELECT max(id) FROM t") == 3, "what was written to a copy");
  // A host may stop asking for the steps of a backup: then nothing is left of it.
  const size_t names = names_in(directory.path());
  database.must("SELECT * FROM spectradb_backup('" + directory.path("cut.db") + "') LIMIT 1");
  // With the store in the database the first step is the last one.
  const size_t finished = fs::exists(path + "-spectra") ? 0 : 1;
  expect(names_in(directory.path()) == names + finished, "a backup that was not finished leaves something");
  std::printf("newer: copies do not replace what they do not have, nor what is open\n");
}

// Makes the states between two renamings in which a killed backup leaves its files.
void test_interrupted(const std::string& extension, const std::string& journal) {
  for (const bool has_both_names : {false, true}) {
    const TemporaryDirectory directory;
    const std::string copy = directory.path("copy.db");
    const std::string next = directory.path("next.db");
    const std::string folder = copy + "-unfinished";
    Database database(directory.path("x.db"), extension);
    database.must("PRAGMA journal_mode = " + journal);
    database.must("CREATE TABLE t (id INTEGER PRIMARY KEY) WITH SYSTEM VERSIONING; INSERT INTO t VALUES (1)");
    database.must(backup_to(copy));
    database.must("INSERT INTO t VALUES (2); SELECT spectradb_flush()");
    database.must(backup_to(next));
    fs::create_directory(folder);
    if (fs::exists(copy + "-spectra")) {
      fs::rename(copy + "-spectra", folder + "/earlier");
      fs::rename(next + "-spectra", has_both_names ? copy + "-spectra" : folder + "/store");
    }
    fs::rename(next, folder + "/database");
    write_text(folder + "/replacing",
               database.text("SELECT value FROM _spectradb_meta WHERE name = 'store_id'"));
    expect(Database(copy, extension).integer("SELECT sum(id) FROM t") == 1,
           "the backup before is not usable");
    database.must(backup_to(copy));
    expect(Database(copy, extension).integer("SELECT sum(id) FROM t") == 3, "the next backup");
    expect(!fs::exists(folder), "the folder of an interrupted backup stays");
    // Here no earlier backup was at the target.
    fs::create_directory(folder);
    fs::rename(copy, folder + "/database");
    write_text(folder + "/replacing",
               database.text("SELECT value FROM _spectradb_meta WHERE name = 'store_id'"));
    database.must(backup_to(copy));
    expect(Database(copy, extension).integer("SELECT sum(id) FROM t") == 3,
           "the backup after an interrupted one");
    expect(!fs::exists(folder), "the folder of an interrupted backup stays");
  }
  std::printf("interrupted: the backup before stays usable, the next one works\n");
}

// A connection that has the earlier backup open, and nothing to do, sees the next one, and what it then writes is
// not written over. With its store in a directory the backup is refused; in WAL mode SQLite has a lock for it.
void test_idle(const std::string& extension) {
  const TemporaryDirectory directory;
  const std::string copy = directory.path("copy.db");
  Database database(directory.path("x.db"), extension);
  database.must("CREATE TABLE t (id INTEGER PRIMARY KEY) WITH SYSTEM VERSIONING; INSERT INTO t VALUES (1)");
  database.must(backup_to(copy));
  Database idle(copy, extension);
  expect(idle.integer("SELECT sum(id) FROM t") == 1, "the first backup");
  database.must(
      "INSERT INTO t VALUES (2); CREATE TABLE u (a); INSERT INTO u VALUES (7); SELECT spectradb_flush()");
  if (fs::exists(copy + "-spectra")) return expect_error(database.run(backup_to(copy)), "locked");
  database.must(backup_to(copy));
  expect(!fs::exists(copy + "-journal") && !fs::exists(copy + "-unfinished"),
         "an updated backup leaves files");
  expect(idle.integer("SELECT sum(id) FROM t") == 3, "an open connection does not see the next backup");
  expect(idle.integer("SELECT a FROM u") == 7, "an open connection does not see a table of the next backup");
  expect(idle.integer("SELECT sum(id) FROM t AS OF 1") == 1, "an open connection does not see the past");
  idle.must("BEGIN; SELECT count(*) FROM t");
  expect_error(database.run(backup_to(copy)), "locked");
  idle.must("COMMIT; INSERT INTO t VALUES (4)");
  database.must("INSERT INTO t VALUES (8)");
  expect_error(database.run(backup_to(copy)), "commit 3, which this database does not have");
  expect(Database(copy, extension).integer("SELECT sum(id) FROM t") == 7,
         "what an open connection wrote is lost");
  const std::string beside = directory.path("beside.db");
  database.must("SELECT spectradb_backup('" + beside + "', 'main', 'directory')");
  Database reader(beside, extension);
  expect(reader.integer("SELECT count(*) FROM t") == 3, "a backup into a directory");
  expect_error(database.run("SELECT spectradb_backup('" + beside + "', 'main', 'directory')"), "locked");
  expect_error(database.run(backup_to(beside)), "locked");
  std::printf("idle: who has the earlier backup open sees the next one\n");
}

// Makes the state of a file that a killed backup has written half of, beside SQLite's journal.
void test_half_updated(const std::string& extension) {
  const TemporaryDirectory directory;
  const std::string copy = directory.path("copy.db");
  Database database(directory.path("x.db"), extension);
  database.must("CREATE TABLE t (id INTEGER PRIMARY KEY) WITH SYSTEM VERSIONING; INSERT INTO t VALUES (1)");
  database.must(backup_to(copy));
  if (fs::exists(copy + "-spectra")) return;  // files are renamed there
  Database half(copy, "");
  half.must(
      "PRAGMA cache_size = 1; BEGIN; DELETE FROM _spectradb_meta; CREATE TABLE much AS WITH RECURSIVE n(i) "
      "AS "
      "(VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 500) SELECT randomblob(2000) FROM n");
  for (const std::string suffix : {"", "-journal"})
    fs::copy_file(copy + suffix, directory.path("half.db" + suffix));
  half.must("ROLLBACK");
  half.close();
  for (const std::string suffix : {"", "-journal"}) {
    fs::remove(copy + suffix);
    fs::rename(directory.path("half.db" + suffix), copy + suffix);
  }
  database.must("INSERT INTO t VALUES (2)");
  expect_error(database.run(backup_to(copy)), "no earlier backup");  // nobody has announced this
  fs::create_directory(copy + "-unfinished");
  fs::copy_file(directory.path("x.db"), copy + "-unfinished/database");
  write_text(copy + "-unfinished/replacing",
             database.text("SELECT value FROM _spectradb_meta WHERE name = 'store_id'"));
  database.must(backup_to(copy));
  expect(Database(copy, extension).integer("SELECT sum(id) FROM t") == 3, "the backup after half of one");
  expect(!fs::exists(copy + "-journal") && !fs::exists(copy + "-unfinished"),
         "an updated backup leaves files");
  std::printf("half: what was half written is taken back first\n");
}

int back_up_until_killed(const std::string& path, const std::string& copy, const std::string& extension) {
  Database database(path, extension);
  database.must("PRAGMA busy_timeout = 60000");
  for (int64_t number = database.integer("SELECT count(*) FROM t"); number < 1'000'000; ++number) {
    database.must("INSERT INTO t SELECT 1 + count(*) FROM t");
    if (number % 3 == 0) database.must("SELECT spectradb_flush()");
    if (number % 7 == 0) database.must("SELECT spectradb_compact()");
    database.must(backup_to(copy));
    if (write(STDOUT_FILENO, ".", 1) != 1) return 3;
  }
  return 0;
}

void test_killed(const std::string& program, const std::string& extension, const std::string& journal,
                 int kills) {
  const TemporaryDirectory directory;
  const std::string path = directory.path("x.db");
  const std::string copy = directory.path("copy.db");
  {
    Database database(path, extension);
    database.must("PRAGMA journal_mode = " + journal);
    database.must("CREATE TABLE t (id INTEGER PRIMARY KEY) WITH SYSTEM VERSIONING; INSERT INTO t VALUES (1)");
    database.must(backup_to(copy));
  }
  std::mt19937_64 random(20);
  int64_t commits = 1;
  for (int kill_number = 0; kill_number < kills; ++kill_number) {
    int channel[2];
    expect(pipe2(channel, O_CLOEXEC) == 0, "pipe");
    const pid_t child = fork();
    if (child == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      dup2(channel[1], STDOUT_FILENO);
      execl(program.c_str(), program.c_str(), ("--extension=" + extension).c_str(),
            ("--child=" + path).c_str(), ("--copy=" + copy).c_str(), nullptr);
      _exit(3);
    }
    ::close(channel[1]);
    char done = 0;
    for (uint64_t backups = 1 + random() % 2; backups > 0; --backups)
      expect(::read(channel[0], &done, 1) == 1, "a backup that is to be killed fails");
    usleep(static_cast<useconds_t>(random() % 20'000));
    ::kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    ::close(channel[0]);
    if (kill_number % 2 == 1) Database(path, extension).must(backup_to(copy));  // nobody has opened it
    Database reader(copy, extension);
    expect(reader.text("SELECT spectradb_check()") == "ok", "the check of a copy after a kill");
    const int64_t now = reader.integer("SELECT spectradb_commit()");
    expect(now >= commits && reader.integer("SELECT count(*) FROM t") == now, "a copy after a kill");
    commits = now;
  }
  Database database(path, extension);
  database.must(backup_to(copy));
  expect(Database(copy, extension).integer("SELECT count(*) FROM t") ==
             database.integer("SELECT count(*) FROM t"),
         "the backup after the kills");
  expect(!fs::exists(copy + "-unfinished"), "the folder of a killed backup stays");
  std::printf("%s: %d backups onto an earlier one were killed: it was whole each time\n", journal.c_str(),
              kills);
}

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  const std::string extension = argument(argc, argv, "extension", "");
  if (extension.empty()) fail("usage: backup --extension=PATH --journal=DELETE|WAL [--backups=COUNT]");
  const std::string child = argument(argc, argv, "child", "");
  if (!child.empty()) return back_up_until_killed(child, argument(argc, argv, "copy", ""), extension);
  const std::string journal = argument(argc, argv, "journal", "WAL");
  test_killed(argv[0], extension, journal, std::atoi(argument(argc, argv, "kills", "60").c_str()));
  test_while_writing(extension, journal, std::atoi(argument(argc, argv, "backups", "30").c_str()));
  test_refusals(extension, journal);
  test_newer(extension, journal);
  test_interrupted(extension, journal);
  test_places(extension);
  test_idle(extension);
  test_half_updated(extension);
  return 0;
}
