// Histories that somebody has edited who can write every file and mend every checksum: bytes and numbers of the store, facts
// that change places, rows of SQLite's file, commits that are left out, made up or made again. spectradb_verify() of a
// digest that was taken before names each edit, or no answer is another one. With erasures rows were erased before the
// digest was taken and behind it; with retirements history was retired before and behind it, by system time and by valid
// time, beside a row that was held.
//
//   ledger_attacks --extension=PATH [--storage=directory|rows] [--erasures=none|both] [--retirements=none|both]
//                  [--step=N]
//       every N-th place of the store is edited; a store in rows is made of the edited directory, so that its seals are right
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <span>

#include "tests/database.h"
#include "tests/forge/store_files.h"

namespace spectradb::tests {
namespace {

namespace fs = std::filesystem;

const char* const kQuestions[] = {
    "SELECT spectradb_commit()",
    "SELECT id, v, n FROM t ORDER BY id",
    "SELECT id, v FROM t AS OF 2 ORDER BY id DESC",
    "SELECT id FROM t WHERE v = 'b' AS OF 3",
    "SELECT id FROM t WHERE n >= 2 ORDER BY n",
    "SELECT id, v, _system_from, _system_to, _committed_at FROM t FOR ALL SYSTEM_TIME ORDER BY 1, 3",
    "SELECT count(*) FROM t AS OF 'now -1 day'",
    "SELECT k, v, _valid_from, _valid_to FROM s FOR ALL VALID_TIME ORDER BY k, _valid_from",
    "SELECT k, v FROM s VALID AT '2026-03-15' ORDER BY k",
    "SELECT k, v FROM s VALID AT '2026-03-15' AS OF 5 ORDER BY k",
    "SELECT * FROM spectradb_history('t') ORDER BY commit_no, key",
    "SELECT commit_no, table_name, operation, key, row FROM spectradb_changes(NULL, 0)",
    "SELECT commit_no, committed_at, notes FROM spectradb_commits",
    "SELECT name, kind, key FROM spectradb_tables",
    "SELECT erasure_no, table_name, surrogate, facts, after_commit, begun_at, state, author, reason FROM "
    "spectradb_erasures",
    "SELECT * FROM spectradb_erased",
    "SELECT * FROM spectradb_retirements",
    "SELECT name, retention, horizon, valid_retention, valid_horizon FROM spectradb_tables",
    "SELECT k, v, _valid_from, _valid_to FROM h FOR ALL VALID_TIME ORDER BY k, _valid_from",
    "SELECT k, v FROM h VALID AT '2016-06-01' ORDER BY k",
    "SELECT k, v FROM h AS OF spectradb_commit() - 1 VALID AT '2016-06-01' ORDER BY k",
    "SELECT commit_no, operation, row, _valid_from, _valid_to FROM spectradb_history('h')",
};
// What is held, and so kept of a row behind a horizon, is not in the ledger: spectradb_check() names what somebody has
// changed of it, as long as no seals are mended.
const char* const kHeldQuestions[] = {
    "SELECT * FROM spectradb_holds",
    "SELECT commit_no, operation, row, _valid_from, _valid_to FROM spectradb_history('h', 'held')",
};

std::string doubled_quotes(const std::string& text) {
  std::string doubled;
  for (const char c : text) doubled.append(c == '\'' ? "''" : std::string(1, c));
  return doubled;
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void write_file(const fs::path& path, const std::string& bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

// Finds the n-th place of a store that can be edited, and edits it.
class Editor {
 public:
  explicit Editor(uint64_t place) : left_(place) {}

  // Returns what was edited; empty: there are not so many places.
  std::string edit(StoreFiles* files) {
    visit("manifest", &files->manifest);
    for (LogFile& log : files->logs) {
      visit("log", &log.header);
      for (Field& frame : log.frames) visit("log", &frame);
    }
    for (TableFile& table : files->tables) {
      for (StoredPart& block : table.blocks) visit("table", &block.content);
      visit("table", &table.filter.content);
      visit("table", &table.index.content);
      visit("table", &table.properties.content);
      visit("table", &table.footer);
    }
    return what_;
  }

 private:
  void visit(const std::string& file, Field* field) {
    if (!what_.empty()) return;
    if (field->is_number()) {
      if (left_-- > 0) return;
      field->number ^= 1;
      field->is_given = true;
      what_ = file + " " + field->name;
      return;
    }
    if (field->form == Form::kRaw) {
      if (left_ >= field->bytes.size()) {
        left_ -= field->bytes.size();
        return;
      }
      char& byte = field->bytes[static_cast<size_t>(left_)];
      byte = static_cast<char>(byte ^ 1);
      what_ = file + " " + field->name;
      return;
    }
    for (Field& part : field->parts) visit(file, &part);
  }

  uint64_t left_;
  std::string what_;
};

// A retirement, and what takes its record away.
struct Forgery {
  const char* table;
  const char* written;
  const char* retired;
  const char* record;
};
constexpr Forgery kForgeries[] = {
    {"t", "INSERT INTO t VALUES (40, 'z', 40, 'z'); UPDATE t SET v = 'y' WHERE id = 40",
     "SELECT spectradb_retire('t', spectradb_commit())", "_spectradb_retirements"},
    {"h", "INSERT INTO h VALUES ('late', 'z') VALID FROM '2016-06-01' TO '2017-01-01'",
     "SELECT spectradb_retire('h', '2018-01-01', NULL, NULL, 'valid')", "_spectradb_valid_retirements"},
};

class Attacks {
 public:
  Attacks(std::string extension, bool is_rows, bool has_erasures, bool has_retirements, uint64_t step)
      : extension_(std::move(extension)),
        is_rows_(is_rows),
        has_erasures_(has_erasures),
        has_retirements_(has_retirements),
        step_(step) {}
  void run();

 private:
  void make();
  std::vector<std::string> answers(Database& database, std::span<const char* const> questions) const;
  void put_directory();
  void put_back();
  void put_older();
  void make_rows();
  void put_store(StoreFiles& files);
  void mend_frames(const std::map<uint64_t, FrameOfCommit>& frames);
  void judge(const std::string& what);
  void edit_store();
  void swap_facts();
  void edit_rows();
  void attempt(const std::string& sql);
  void rewrite_history();
  void forge_retirement(const Forgery& forgery);

  const std::string extension_;
  const bool is_rows_;
  const bool has_erasures_;
  const bool has_retirements_;
  const uint64_t step_;
  TemporaryDirectory directory_;
  const std::string path_ = directory_.path("a.db");
  const std::string judged_ =
      is_rows_ ? directory_.path("rows.db") : path_;  // which spectradb_verify() is asked of
  const fs::path store_ = path_ + "-spectra";
  std::string database_;                      // the file
  std::map<std::string, std::string> files_;  // of the store
  std::string older_database_;                // the same, a commit earlier
  std::map<std::string, std::string> older_files_;
  std::string rows_;  // the file whose store is in rows, and the same a commit earlier
  std::string older_rows_;
  std::string digest_;
  std::string ok_ = "ok";  // what is said where nothing is edited
  std::vector<std::string> answers_;
  uint64_t named_ = 0;
  uint64_t harmless_ = 0;
  std::vector<std::string> held_;
  uint64_t named_by_check_ = 0;
  std::map<std::string, uint64_t> harmless_edits_;
};

void Attacks::make() {
  const auto keep = [&](std::string* database, std::map<std::string, std::string>* files) {
    *database = read_file(path_);
    for (const auto& entry : fs::directory_iterator(store_)) {
      const std::string name = entry.path().filename().string();
      if (!name.starts_with("LOCK") && name != "LAST") (*files)[name] = read_file(entry.path());
    }
  };
  {
    Database database(path_, extension_);
    database.must("SELECT spectradb_config('storage', 'directory'), spectradb_config('shard_count', 1)");
    database.must(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, n INTEGER UNIQUE) WITH SYSTEM VERSIONING;"
        "CREATE TABLE s (k TEXT PRIMARY KEY, v) WITH SYSTEM VERSIONING");
    database.must("SELECT spectradb_ledger('on')");
    database.must("INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 2), (3, 'b', 3)");             // 1
    database.must("UPDATE t SET v = 'c' WHERE id = 1");                                      // 2
    database.must("INSERT INTO s VALUES ('x', 1) VALID FROM '2026-01-01' TO '2027-01-01'");  // 3
    database.must("SELECT spectradb_compact()");
    database.must(
        "BEGIN; SELECT spectradb_annotate('author', 'alice'), spectradb_annotate('ticket', 17);"
        "UPDATE s FOR PORTION OF VALID_TIME FROM '2026-03-01' TO '2026-04-01' SET v = 2; COMMIT");  // 4
    database.must("SELECT spectradb_flush(); CREATE INDEX i ON t (v)");                             // 5
    database.must("ALTER TABLE t ADD COLUMN added TEXT DEFAULT 'seven'");
    if (has_erasures_) {
      // Of commits that have other facts, of such as have none, and of one with a note.
      database.must("INSERT INTO t VALUES (7, 'seven', 7, 'x'), (8, 'b', 8, 'y')");
      database.must("UPDATE t SET v = 'gone' WHERE id = 7");
      database.must("SELECT spectradb_erase('t', 7, 'article 17', 'clerk')");
      database.must("SELECT spectradb_erase('t', 2)");
    }
    database.must("DELETE FROM t WHERE id = 3; UPDATE s SET v = 'three'");  // 6, 7 without erasures
    // A commit of which all facts of the table go, others of which some do, and some of its indexes.
    if (has_retirements_) {
      database.must("SELECT spectradb_retire('t', 6, 'nobody asks', 'clerk')");
      database.must(
          "CREATE TABLE h (k TEXT PRIMARY KEY, v TEXT) WITH SYSTEM VERSIONING;"
          "INSERT INTO h VALUES ('held', 'a') VALID FROM '2010-01-01' TO '2012-01-01';"
          "INSERT INTO h VALUES ('gone', 'b') VALID FROM '2010-01-01' TO '2013-01-01';"
          "INSERT INTO h VALUES ('over', 'c') VALID FROM '2011-01-01';"
          "UPDATE h FOR PORTION OF VALID_TIME FROM '2015-01-01' TO '2016-01-01' SET v = 'd';"
          "SELECT spectradb_hold('h', 'held', 'case 12', 'counsel');"
          "SELECT spectradb_retire('h', '2014-01-01', 'too old', 'clerk', 'valid');"
          "UPDATE h SET v = 'e';"
          "SELECT spectradb_retire('h', spectradb_commit())");
    }
  }
  keep(&older_database_, &older_files_);
  {
    Database database(path_, extension_);
    database.must(
        "BEGIN; SELECT spectradb_annotate('author', 'bob'); INSERT INTO t VALUES (4, 'd', 4, 'e'); COMMIT");
    digest_ = database.text("SELECT spectradb_digest()");
    if (has_erasures_) {
      ok_ = "ok; facts that are erased: 7, since the digest: 2";
      database.must("INSERT INTO s VALUES ('later', 9)");
      database.must("SELECT spectradb_erase('s', 'later', 'article 17', 'clerk')");
      database.must("INSERT INTO s VALUES ('last', 10)");
    }
    const std::string said = database.text("SELECT spectradb_verify('" + digest_ + "')");
    if (has_retirements_) {
      database.must("DELETE FROM t WHERE id = 1");
      for (const char* table : {"t", "s"})
        database.must(std::string("SELECT spectradb_retire('") + table + "', spectradb_commit())");
      database.must("SELECT spectradb_retire('h', '2016-01-01', NULL, NULL, 'valid')");
      for (const char* table : {"_spectradb_kept", "_spectradb_valid_kept", "_spectradb_holds"})
        if (database.integer(std::string("SELECT count(*) FROM ") + table) == 0)
          fail(std::string(table) + " is empty");
      ok_ = database.text("SELECT spectradb_verify('" + digest_ + "')");
      if (ok_.find("facts that are retired") == std::string::npos ||
          ok_.find(", since the digest") == std::string::npos)
        fail("retirements are not told: " + ok_);
    } else if (said != ok_)
      fail("before any edit it says " + said);
    answers_ = answers(database, kQuestions);
    held_ = answers(database, kHeldQuestions);
  }
  keep(&database_, &files_);
  if (!is_rows_) return;
  put_older();
  older_rows_ = read_file(judged_);
  put_directory();
  make_rows();
  rows_ = read_file(judged_);
}

std::vector<std::string> Attacks::answers(Database& database, std::span<const char* const> questions) const {
  std::vector<std::string> all;
  for (const char* question : questions) {
    const Outcome outcome = database.run(question);
    all.push_back(outcome.message + "\n" + describe(outcome.rows));
  }
  return all;
}

// The directory that is there, if it can be read, becomes the rows of another file, with whatever is wrong in it.
void Attacks::make_rows() {
  for (const char* suffix : {"", "-journal", "-wal", "-shm"}) fs::remove(judged_ + suffix);
  Database database(path_, extension_);
  database.run("SELECT spectradb_backup('" + judged_ + "', 'main', 'rows')");
}

void Attacks::put_back() {
  if (!is_rows_) return put_directory();
  for (const char* suffix : {"-journal", "-wal", "-shm"}) fs::remove(judged_ + suffix);
  write_file(judged_, rows_);
}

void Attacks::put_older() {
  if (is_rows_ && !older_rows_.empty()) {
    put_back();
    return write_file(judged_, older_rows_);
  }
  put_directory();
  fs::remove_all(store_);
  fs::create_directory(store_);
  for (const auto& [name, bytes] : older_files_) write_file(store_ / name, bytes);
  write_file(path_, older_database_);
  if (is_rows_) make_rows();
}

void Attacks::put_directory() {
  fs::remove_all(store_);
  for (const char* suffix : {"-journal", "-wal", "-shm"}) fs::remove(path_ + suffix);
  fs::create_directory(store_);
  for (const auto& [name, bytes] : files_) write_file(store_ / name, bytes);
  write_file(path_, database_);
}

// SQLite's copies and tokens of frames are mended, too.
void Attacks::put_store(StoreFiles& files) {
  put_directory();
  std::map<uint64_t, FrameOfCommit> frames;
  for (const auto& [name, bytes] : files.write(&frames)) write_file(store_ / name, bytes);
  mend_frames(frames);
  if (is_rows_) make_rows();
}

void Attacks::mend_frames(const std::map<uint64_t, FrameOfCommit>& frames) {
  if (frames.empty()) return;
  Database plain(path_, "");
  plain.run("PRAGMA synchronous = OFF");
  for (const auto& [commit, frame] : frames) {
    const std::string token = std::to_string(static_cast<int64_t>(frame.token));
    const std::string where = " WHERE commit_no = " + std::to_string(static_cast<int64_t>(commit));
    std::string hex;
    for (const char c : frame.bytes) {
      constexpr std::string_view kDigits = "0123456789abcdef";
      hex += kDigits[static_cast<unsigned char>(c) >> 4];
      hex += kDigits[c & 15];
    }
    plain.run("UPDATE _spectradb_commits SET frame = " + token + where);
    plain.run("UPDATE _spectradb_recent SET facts = x'" + hex + "'" + where + " AND length(facts) > 0");
    plain.run("UPDATE _spectradb_recent SET frame = " + token + where);
  }
}

void Attacks::judge(const std::string& what) {
  if (!fs::exists(judged_)) {  // what was edited was named when its rows were to be made
    ++named_;
    return;
  }
  Database database(judged_, extension_);
  database.run("PRAGMA synchronous = OFF");
  const Outcome verified = database.run("SELECT spectradb_verify('" + digest_ + "')");
  if (!verified.is_ok() || verified.rows.size() != 1 || verified.rows[0][0].text != ok_) {
    ++named_;
    return;
  }
  const std::vector<std::string> now = answers(database, kQuestions);
  for (size_t i = 0; i < now.size(); ++i) {
    if (now[i] != answers_[i])
      fail("it says ok of\n" + what + "\nwhich changes the answer to\n" + kQuestions[i] + "\nfrom\n" +
           answers_[i] + "\nto\n" + now[i]);
  }
  if (answers(database, kHeldQuestions) != held_) {
    if (database.run("SELECT spectradb_check()").rows == std::vector<Row>{{{SQLITE_TEXT, "ok"}}})
      fail("nothing names\n" + what + "\nwhich changes what is held");
    ++named_by_check_;
    return;
  }
  ++harmless_;
  ++harmless_edits_[what.substr(0, what.find(" WHERE"))];
}

void Attacks::edit_store() {
  const StoreFiles whole(files_);
  uint64_t edits = 0;
  for (uint64_t place = 0;; place += step_, ++edits) {
    StoreFiles files(whole);
    const std::string what = Editor(place).edit(&files);
    if (what.empty()) break;
    put_store(files);
    judge(what);
  }
  std::printf("%llu edits of the store's bytes and numbers\n", static_cast<unsigned long long>(edits));
}

// Two facts of a commit, and facts of two keys, change their values.
void Attacks::swap_facts() {
  const StoreFiles whole(files_);
  const auto values_of = [](StoreFiles& files) {
    std::vector<Field*> values;
    const std::function<void(Field&)> gather = [&](Field& field) {
      if (field.is_content && field.form == Form::kRaw && field.name == "value") values.push_back(&field);
      for (Field& part : field.parts) gather(part);
    };
    for (LogFile& log : files.logs)
      for (Field& frame : log.frames) gather(frame);
    for (TableFile& table : files.tables)
      for (StoredPart& block : table.blocks) gather(block.content);
    return values;
  };
  StoreFiles counted(whole);
  const size_t count = values_of(counted).size();
  for (size_t i = 0; i + 1 < count; ++i) {
    StoreFiles files(whole);
    const std::vector<Field*> values = values_of(files);
    if (values[i]->bytes == values[i + 1]->bytes) continue;
    std::swap(values[i]->bytes, values[i + 1]->bytes);
    put_store(files);
    judge("the values of two facts change places");
  }
}

void Attacks::attempt(const std::string& sql) {
  put_back();
  {
    Database plain(judged_, "");
    plain.run("PRAGMA synchronous = OFF");
    if (!plain.run(sql).is_ok()) return;
  }
  judge(sql);
}

void Attacks::edit_rows() {
  std::vector<std::string> edits;
  put_back();
  {
    Database plain(judged_, "");
    for (const Row& table :
         plain
             .must("SELECT name, sql LIKE '%WITHOUT ROWID%' FROM sqlite_master WHERE name LIKE "
                   "'\\_spectradb\\_%' ESCAPE '\\' AND type = 'table' AND rootpage > 0")
             .rows) {
      const std::string& name = table[0].text;
      edits.push_back("DROP TABLE " + name);
      const std::vector<Row> columns =
          plain.must("SELECT name, pk FROM pragma_table_info('" + name + "')").rows;
      std::string key = "'rowid = ' || rowid";
      if (table[1].text == "1") {
        key = "'1'";
        for (const Row& column : columns)
          if (column[1].text != "0")
            key += " || ' AND ' || '" + column[0].text + " = ' || quote(" + column[0].text + ")";
      }
      for (const Row& row : plain.must("SELECT " + key + " FROM " + name).rows) {
        const std::string where = " WHERE " + row[0].text;
        for (const Row& column : columns) {
          const std::string& c = column[0].text;
          edits.push_back("UPDATE " + name + " SET " + c + " = CASE typeof(" + c + ") WHEN 'integer' THEN " +
                          c + " + 1 WHEN 'blob' THEN CAST(substr(" + c + ", 1, length(" + c +
                          ") - 1) || x'00' AS BLOB) "
                          "ELSE " +
                          c + " || 'x' END" + where);
          edits.push_back("UPDATE " + name + " SET " + c + " = NULL" + where);
        }
        edits.push_back("DELETE FROM " + name + where);
      }
    }
    for (const Row& table : plain.must("SELECT name FROM sqlite_master WHERE rootpage = 0").rows) {
      for (const char* change :
           {"replace(sql, 'TEXT', 'INTEGER')", "replace(sql, 'UNIQUE', '')", "replace(sql, 'v', 'vv')",
            "replace(sql, 'seven', 'nine')", "replace(sql, 'horizon = 1', 'horizon = ')",
            "replace(sql, 'horizon = ', 'horizon = 1')", "replace(sql, 'valid_horizon', 'valid_retention')"})
        edits.push_back("PRAGMA writable_schema = 1; UPDATE sqlite_master SET sql = " + std::string(change) +
                        " WHERE name = '" + table[0].text + "'");
    }
  }
  // Times and names that change places.
  for (const char* name : {"_spectradb_recent", "_spectradb_commits"}) {
    const std::string table = name;
    const std::string time_of = "(SELECT time_us FROM " + table + " WHERE commit_no = ";
    edits.push_back("UPDATE " + table + " SET time_us = CASE commit_no WHEN 2 THEN " + time_of + "3) ELSE " +
                    time_of + "2) END WHERE commit_no IN (2, 3)");
  }
  edits.push_back(
      "UPDATE _spectradb_tables SET name = name || '_'; UPDATE _spectradb_tables SET name = CASE name WHEN "
      "'t_' THEN "
      "'s' ELSE 't' END");
  for (const std::string& edit : edits) attempt(edit);
}

// The history ends earlier, or goes on in another way, by all the rules.
void Attacks::rewrite_history() {
  put_older();
  const uint64_t named = named_;
  judge("the history ends a commit earlier");
  for (const char* other : {"INSERT INTO t VALUES (4, 'd', 4, 'f')", "SELECT 1",
                            "INSERT INTO t VALUES (4, 'd', 4, 'e'); INSERT INTO t VALUES (5, 'd', 5, 'e')"}) {
    put_older();
    {
      Database database(judged_, extension_);
      database.must(other);
      // By itself it is whole.
      if (const std::string said = database.text("SELECT spectradb_verify()"); said.substr(0, 2) != "ok")
        fail(said);
    }
    judge("the history goes on in another way");
  }
  if (named_ != named + 4) fail("another history passes for that of the digest");
  // What is added is no edit.
  put_back();
  Database database(judged_, extension_);
  database.must("INSERT INTO t VALUES (5, 'e', 5, 'f')");
  const std::string said = database.text("SELECT spectradb_verify('" + digest_ + "')");
  if (said != ok_) fail("a later commit makes the digest fail: " + said);
}

// History is retired, and no entry tells it: facts are gone, with their salts, and the rows say so or do not.
void Attacks::forge_retirement(const Forgery& forgery) {
  const uint64_t named = named_;
  uint64_t attempts = 0;
  const std::string record = forgery.record;
  for (const std::string& edit :
       {std::string("SELECT 1"), std::string("DELETE FROM _spectradb_retired"),
        std::string("UPDATE _spectradb_retired SET hashes = x''"),
        std::string("UPDATE _spectradb_retired SET pending = x''"),
        std::string("UPDATE _spectradb_retired SET facts = facts + 1"),
        "DELETE FROM " + record + " WHERE retirement_no = (SELECT max(retirement_no) FROM " + record + ")"}) {
    for (const bool hides_horizon : {false, true}) {
      put_back();
      std::string entries;
      std::string text;
      const std::string where = std::string(" WHERE name = '") + forgery.table + "'";
      {
        Database database(judged_, extension_);
        database.must(forgery.written);
        entries = database.text("SELECT max(entry) FROM _spectradb_ledger");
        text = database.text("SELECT sql FROM sqlite_master" + where);
        database.must(forgery.retired);
        // By all the rules it is told.
        if (database.text("SELECT spectradb_verify('" + digest_ + "')") == ok_)
          fail("a retirement is not counted since the digest");
      }
      Database plain(judged_, "");
      plain.run("PRAGMA synchronous = OFF");
      plain.must("DELETE FROM _spectradb_ledger WHERE entry > " + entries);
      if (hides_horizon) {
        plain.must("PRAGMA writable_schema = ON");
        plain.must("UPDATE sqlite_master SET sql = '" + doubled_quotes(text) + "'" + where);
        plain.must("PRAGMA writable_schema = RESET");
      }
      plain.must(edit);
      plain = Database(":memory:", "");
      ++attempts;
      judge("a retirement of " + record + " that no entry tells, " + edit);
    }
  }
  if (named_ != named + attempts) fail("a retirement of " + record + " that no entry tells is not named");
}

void Attacks::run() {
  make();
  put_back();
  judge("nothing");
  if (harmless_ != 1) fail("an edit is named where there is none");
  edit_store();
  swap_facts();
  edit_rows();
  rewrite_history();
  if (has_retirements_) {
    for (const Forgery& forgery : kForgeries) forge_retirement(forgery);
  }
  for (const auto& [edit, count] : harmless_edits_)
    std::printf("%5llu times harmless: %s\n", static_cast<unsigned long long>(count), edit.c_str());
  std::printf("%llu attacks named, %llu that change no answer, %llu named by spectradb_check() alone\n",
              static_cast<unsigned long long>(named_), static_cast<unsigned long long>(harmless_),
              static_cast<unsigned long long>(named_by_check_));
  if (named_ < 200) fail("so few attacks were named");
}

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  const std::string extension = argument(argc, argv, "extension", "");
  if (extension.empty())
    fail(
        "usage: ledger_attacks --extension=PATH [--storage=directory|rows] [--erasures=none|both] "
        "[--retirements=none|both] [--step=N]");
  const bool is_rows = argument(argc, argv, "storage", "directory") == "rows";
  const bool has_erasures = argument(argc, argv, "erasures", "none") == "both";
  const bool has_retirements = argument(argc, argv, "retirements", "none") == "both";
  const long long step = std::atoll(argument(argc, argv, "step", "1").c_str());
  Attacks(extension, is_rows, has_erasures, has_retirements, step < 1 ? 1 : static_cast<uint64_t>(step))
      .run();
}
