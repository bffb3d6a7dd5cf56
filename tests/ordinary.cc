// Runs the statements of test files that use nothing temporal on temporal tables and on ordinary ones: both
// must answer alike.
//
//   ordinary --extension=PATH [--explain] FILE.test …
//
// Each file (sqltest.cc describes the form) is replayed on two databases. Where the first gets a temporal
// table, the second gets an ordinary one with the same columns and constraints. A statement without temporal
// words runs on both. Compared are rows and their types, changes(), result codes, messages of violated
// constraints, whether a transaction is open afterwards, and after a write all tables. Everything else runs
// on the first database only, and before the next comparison the second is given the same rows, so that
// comparisons go on after a temporal write. sqltest, not this program, checks what a record itself expects.
//
// INSERTs into tables that append are not compared either, nor writes of tables that hold rows which are not
// always valid: in both, what the tables are decides, and not the statement.
//
// Prints what was compared of each file. --explain also prints each statement that was not compared, and why.
// Fails on a difference that is not in kExcuses, on an excuse that nothing needs, and when too little was
// compared.
#include <algorithm>
#include <array>
#include <cstdio>

#include "tests/ordinary_excuses.h"
#include "tests/ordinary_tables.h"
#include "tests/sql_words.h"
#include "tests/test_file.h"
#include "tests/test_rows.h"
#include "tests/test_session.h"

namespace spectradb::tests {
namespace {

// For each statement that could not be compared, because the tables differed, so many must have been
// compared.
constexpr int kLeastShare = 10;

struct Counts {
  int compared = 0;   // statements on temporal tables, which ran on both
  int elsewhere = 0;  // statements on other tables only, which ran on both
  int temporal = 0;   // statements with a temporal word, or on tables where only time decides
  int unlike = 0;     // statements about tables that are not alike in both databases
  int differences = 0;
};

class Comparison {
 public:
  Comparison(const std::string& extension, std::string path, bool explains, std::vector<bool>& used)
      : path_(std::move(path)),
        file_(path_),
        temporal_(std::make_unique<InProcess>(extension, "PRAGMA synchronous = OFF")),
        // SQLite 3.40 does not always make automatic indexes for the collation that their join compares
        // with.
        ordinary_(
            std::make_unique<InProcess>(extension, "PRAGMA synchronous = OFF; PRAGMA automatic_index = OFF")),
        explains_(explains),
        used_(used) {}

  Counts run() {
    while (file_.read(record_)) run_record();
    for (TestSession* session : sessions()) session->host().close();
    return counts_;
  }

 private:
  enum class Part : unsigned char { kCompared, kTemporal, kUnlike };

  std::array<TestSession*, 2> sessions() { return {&temporal_, &ordinary_}; }
  static InProcess& host(TestSession& session) { return static_cast<InProcess&>(session.host()); }
  Database& database(TestSession& session) { return host(session).database(session.connection()); }

  void run_record() {
    const std::string& word = record_.word;
    if (word == "onlyif" || word == "skipif") {
      skips_ = (record_.rest == "hook") != (word == "onlyif");
      return;
    }
    const bool skips = skips_;
    if (word != "bind") skips_ = false;
    if (word == "bind" && !skips) {
      std::string literal = record_.rest;
      const std::string name = take_word(literal);
      bindings_.push_back({name, temporal_.substituted(literal)});
    }
    if (word == "bind") return;
    if (!skips) run_unskipped();
    bindings_.clear();
  }

  void run_unskipped() {
    std::string head = record_.rest;
    if (record_.word == "statement") return run_script("rowsort");
    if (record_.word == "query") {
      take_word(head);
      return run_script(head.find("sort") != std::string::npos && !head.starts_with("nosort") ? "rowsort"
                                                                                              : "nosort");
    }
    if (record_.word != "twin") return follow();
    std::string first = take_word(head);
    std::string second = take_word(head);
    for (const std::string& table : {first, second}) {
      for (TestSession* session : sessions()) session->set_variable("T", table);
      run_script(head.starts_with("nosort") ? "nosort" : "rowsort");
    }
  }

  // Follows a record that is no SQL. Only the first database has a store that can be damaged.
  void follow() {
    const std::string& word = record_.word;
    sql_ = record_.lines[0];
    if (const std::string wrong = temporal_.follow(word, record_.rest); !wrong.empty()) differ(wrong);
    if (word == "set") {
      std::string rest = record_.rest;
      const std::string name = take_word(rest);
      ordinary_.set_variable(name, temporal_.substituted("${" + name + "}"));
    } else if (word != "flush" && word != "compact" && word != "store") {
      ordinary_.follow(word, record_.rest);
    }
    if (word == "connection") are_many_ = true;
    if (word == "connection" || word == "database") is_stale_ = true;
    if (word == "database") is_alone_ = record_.rest.find("without-extension") != std::string::npos;
    if (word == "store" && !record_.rest.starts_with("save")) is_alone_ = true;
    const bool moves_rows = word == "flush" || word == "compact" || word == "reopen";
    if (!moves_rows || is_stale_ || is_alone_ || are_many_) return;
    const std::string found = OrdinaryTables(database(temporal_), database(ordinary_)).difference();
    if (!found.empty()) differ(found);
  }

  void run_script(const std::string& order) {
    for (const std::string& sql : statements_of(record_.sql())) {
      if (!run_statement(sql, order)) return;
    }
  }

  // Returns whether the statement worked.
  bool run_statement(const std::string& sql, const std::string& order) {
    sql_ = sql;
    words_ = words_of(temporal_.substituted(sql));
    std::string why;
    const Part part = part_of_statement(why);
    if (part != Part::kCompared) {
      if (explains_)
        std::printf("%s:%d: %s: %s\n", path_.c_str(), record_.line, why.c_str(), trim(sql).c_str());
      (part == Part::kTemporal ? counts_.temporal : counts_.unlike)++;
      const bool works = temporal_.run(sql, bindings_).is_ok();
      is_settled_ = false;
      is_stale_ = is_stale_ || is_write() || calls_ours();
      end_alike();
      return works;
    }
    const bool is_ordered = order == "nosort" && find_outside(words_, {"order", "by"}) < words_.size();
    return compare(is_ordered ? "nosort" : "rowsort");
  }

  // ---- what can be compared

  Part part_of_statement(std::string& why) {
    why = "temporal";
    if (has_temporal_words()) return Part::kTemporal;
    why = "nothing to compare with";
    if (is_alone_) return Part::kTemporal;
    Database& temporal = database(temporal_);
    Database& ordinary = database(ordinary_);
    if (!temporal.open_outcome().is_ok() || !ordinary.open_outcome().is_ok()) return Part::kUnlike;
    const Outcome times = temporal.run("SELECT spectradb_as_of() IS NULL AND spectradb_valid_at() IS NULL");
    why = "at the time of the session";
    if (!times.is_ok() || times.rows[0][0].text != "1") return Part::kTemporal;
    if (is_stale_ || are_many_) {
      why = OrdinaryTables(temporal, ordinary).follow();
      if (!why.empty()) return Part::kUnlike;
      is_settled_ = false;
      is_stale_ = false;
    }
    const OrdinaryTables tables(temporal, ordinary);
    why = "a view or trigger at a time";
    if (tables.touch_timed(words_)) return Part::kTemporal;
    why = "tables that are not the same";
    if (tables.touch_different(words_)) return Part::kUnlike;
    why = "temporal";
    if (has_times_as_arguments(tables)) return Part::kTemporal;
    why = "of the statement before";
    if (!is_settled_ && (names("changes") || names("last_insert_rowid"))) return Part::kUnlike;
    const bool makes_code = words_[0].is("create") && (names("view") || names("trigger"));
    if (!is_write() || makes_code) return Part::kCompared;
    for (const TableFound* table : tables.writable(words_)) {
      why = "INSERT appends to " + table->name;
      if (table->appends && appends()) return Part::kTemporal;
      why = "rows that are not valid always are in " + table->name;
      const Outcome bounded =
          temporal.run("SELECT 1 FROM " + table->quoted() +
                       " FOR VALID_TIME ALL WHERE _valid_from IS NOT NULL OR _valid_to IS "
                       "NOT NULL LIMIT 1");
      if (!bounded.rows.empty()) return Part::kTemporal;
    }
    return Part::kCompared;
  }

  bool names(std::string_view name) const {
    return std::any_of(words_.begin(), words_.end(),
                       [&](const Word& word) { return word.is_name() && word.text == name; });
  }

  // True for words of the grammar in docs/sql.md, hidden columns and functions of the extension, and for
  // what may differ between any two runs.
  bool has_temporal_words() const {
    static constexpr std::string_view kNames[] = {"system_time",
                                                  "valid_time",
                                                  "application_time",
                                                  "versioning",
                                                  "overlaps",
                                                  "_as_of",
                                                  "_valid_at",
                                                  "_system_from",
                                                  "_system_to",
                                                  "_valid_from",
                                                  "_valid_to",
                                                  "_committed_at",
                                                  "_portion",
                                                  "_given",
                                                  "_upsert",
                                                  "_written",
                                                  "_define",
                                                  "_rowid",
                                                  "_key",
                                                  "_as_of_argument",
                                                  "_valid_at_argument",
                                                  "explain",
                                                  "sqlite_schema",
                                                  "sqlite_master",
                                                  "sqlite_temp_schema",
                                                  "current_timestamp",
                                                  "random",
                                                  "total_changes"};
    static const std::vector<std::vector<std::string_view>> kClauses = {
        {"as", "of"}, {"valid", "at"}, {"valid", "from"}, {"valid", "to"}, {"for", "all"}};
    for (size_t i = 0; i < words_.size(); i++) {
      const Word& word = words_[i];
      if (word.is("'now'") || (word.is_name() && word.text.find("spectradb") != std::string::npos))
        return true;
      if (word.is_name() && std::find(std::begin(kNames), std::end(kNames), word.text) != std::end(kNames))
        return true;
      if (word.is_name() && word.text.starts_with("pragma_")) return true;
      // This is a document table.
      if (are_words(words_, i, {"text", "primary", "key", ")"}) && i + 4 == words_.size() && i > 1 &&
          words_[i - 1].text == "pk" && words_[i - 2].is("("))
        return true;
      for (const auto& clause : kClauses) {
        if (are_words(words_, i, clause)) return true;
      }
    }
    return false;
  }

  bool calls_ours() const {
    return std::any_of(words_.begin(), words_.end(),
                       [](const Word& word) { return word.text.starts_with("spectradb_"); });
  }

  // A table may take times as arguments: t(system, valid).
  bool has_times_as_arguments(const OrdinaryTables& tables) const {
    for (size_t i = 0; i + 2 < words_.size(); i++) {
      const bool is_source = words_[i].is("from") || words_[i].is("join") || words_[i].is(",");
      if (is_source && words_[i + 2].is("(") && tables.touch_temporal({words_[i + 1]})) return true;
    }
    return false;
  }

  bool is_write() const {
    for (size_t i = 0; i < words_.size(); i++) {
      const bool is_call = i + 1 < words_.size() && words_[i + 1].is("(");
      for (const char* verb :
           {"insert", "update", "delete", "replace", "create", "drop", "alter", "reindex"}) {
        if (words_[i].is(verb) && !is_call) return true;
      }
    }
    return false;
  }
  bool changes_rows() const {
    const Word& verb = words_[0];
    return verb.is("with")
               ? is_write()
               : verb.is("insert") || verb.is("update") || verb.is("delete") || verb.is("replace");
  }
  bool appends() const {
    return (names("insert") || names("replace")) && !names("conflict") && !names("ignore");
  }

  // ---- both

  bool compare(const std::string& order) {
    Database& temporal = database(temporal_);
    Database& ordinary = database(ordinary_);
    const bool touches = OrdinaryTables(temporal, ordinary).touch_temporal(words_);
    (touches ? counts_.compared : counts_.elsewhere)++;
    const Outcome one = temporal_.run(sql_, bindings_);
    if (!one.is_ok() && is_excused(one.message)) {
      is_stale_ = true;
      end_alike();
      return false;
    }
    const Outcome two = ordinary_.run(sql_, bindings_);
    is_settled_ = true;
    std::string found = difference(one, two, order);
    if (found.empty() &&
        sqlite3_get_autocommit(temporal.handle()) != sqlite3_get_autocommit(ordinary.handle()))
      found = "a transaction is open on one side only";
    const bool shows_more = !are_many_ && (words_[0].is("commit") || words_[0].is("rollback"));
    if (found.empty() && (is_write() || shows_more)) found = OrdinaryTables(temporal, ordinary).difference();
    if (!found.empty()) {
      if (!is_excused("")) differ(found);
      is_stale_ = true;
      end_alike();
    }
    return one.is_ok() && two.is_ok();
  }

  std::string difference(const Outcome& one, const Outcome& two, const std::string& order) const {
    std::string both = "temporal: " + shown(one) + "  ordinary: " + shown(two);
    // SQLite applies OR … to a virtual table only where the result code is the plain one, not an extended
    // one.
    const bool is_plain = (two.code & 0xff) != SQLITE_CONSTRAINT || names("or") || names("replace");
    const int mask = is_plain ? 0xff : -1;
    if ((one.code & mask) != (two.code & mask)) return both;
    if ((one.code & 0xff) == SQLITE_CONSTRAINT) {
      // The message of a foreign key begins with SQLite's and says more.
      const bool is_foreign = two.code == SQLITE_CONSTRAINT_FOREIGNKEY;
      return is_foreign                   ? (one.message.starts_with(two.message) ? "" : both)
             : one.message == two.message ? ""
                                          : both;
    }
    if (!one.is_ok()) return {};
    if (changes_rows() && one.changes != two.changes) return both;
    Lines rows_one = typed_lines(loose(one));
    Lines rows_two = typed_lines(loose(two));
    sort_lines(rows_one, order);
    sort_lines(rows_two, order);
    // A statement that runs in the place of one of another kind may have columns, but has no rows.
    const bool has_rows = changes_rows() || words_[0].is("select") || words_[0].is("values");
    return (one.columns == two.columns || !has_rows) && rows_one == rows_two ? std::string() : both;
  }

  // In RETURNING, SQLite still shows a whole number for a REAL column as an integer.
  Outcome loose(Outcome outcome) const {
    if (!names("returning")) return outcome;
    for (Row& row : outcome.rows) {
      for (Cell& cell : row) {
        if (cell.type == SQLITE_FLOAT && cell.text.ends_with(".0"))
          cell = {SQLITE_INTEGER, cell.text.substr(0, cell.text.size() - 2)};
      }
    }
    return outcome;
  }

  static std::string shown(const Outcome& outcome) {
    if (!outcome.is_ok()) return outcome.message + " (" + std::to_string(outcome.code) + ")\n";
    Lines rows = typed_lines(outcome);
    return "ok, " + std::to_string(outcome.changes) + " changes\n" + join(rows);
  }

  // When the temporal side has ended its transaction, the other side ends its own, too.
  void end_alike() {
    if (is_alone_ || !database(ordinary_).open_outcome().is_ok() ||
        !database(temporal_).open_outcome().is_ok())
      return;
    const bool one_is_open = sqlite3_get_autocommit(database(temporal_).handle()) == 0;
    const bool two_is_open = sqlite3_get_autocommit(database(ordinary_).handle()) == 0;
    if (two_is_open && !one_is_open) ordinary_.run("ROLLBACK", {});
    if (one_is_open && !two_is_open) ordinary_.run("BEGIN", {});
    // A transaction that has read keeps its snapshot, so the other side must read as well.
    const bool has_read = sqlite3_txn_state(database(temporal_).handle(), "main") != SQLITE_TXN_NONE;
    if (one_is_open && has_read) ordinary_.run("SELECT count(*) FROM sqlite_schema", {});
  }

  bool is_excused(const std::string& message) {
    for (size_t i = 0; i < std::size(kExcuses); i++) {
      const Excuse& excuse = kExcuses[i];
      if (excuse.message.empty() != message.empty()) continue;
      if (!path_.ends_with("/" + std::string(excuse.file)) ||
          sql_.find(excuse.statement) == std::string::npos)
        continue;
      if (message.find(excuse.message) == std::string::npos) continue;
      used_[i] = true;
      if (explains_) {
        std::printf("%s:%d: %.*s: %s\n", path_.c_str(), record_.line, static_cast<int>(excuse.why.size()),
                    excuse.why.data(), trim(sql_).c_str());
      }
      return true;
    }
    return false;
  }

  void differ(const std::string& what) {
    counts_.differences++;
    std::printf("%s:%d: %s\n  %s\n", path_.c_str(), record_.line, trim(sql_).c_str(), what.c_str());
    std::fflush(stdout);
  }

  std::string path_;
  TestFile file_;
  TestSession temporal_;
  TestSession ordinary_;
  bool explains_;
  std::vector<bool>& used_;  // which of kExcuses were needed
  Counts counts_;
  Record record_;
  std::vector<Binding> bindings_;
  std::string sql_;  // the statement that is being run
  Words words_;
  bool skips_ = false;
  bool is_stale_ = true;     // the ordinary database may have other rows
  bool is_settled_ = false;  // the statement before ran on both
  bool is_alone_ = false;    // true until another database is opened
  bool are_many_ = false;    // several connections, each of which sees others' commits later
};

int run(int argc, char** argv) {
  const std::string extension = argument(argc, argv, "extension", "");
  std::vector<std::string> files;
  bool explains = false;
  for (int i = 1; i < argc; i++) {
    const std::string_view given = argv[i];
    if (given == "--explain") explains = true;
    if (!given.starts_with("--")) files.emplace_back(given);
  }
  if (extension.empty() || files.empty()) fail("usage: ordinary --extension=PATH [--explain] FILE.test …");
  choose_mode(Mode::kHook);
  std::vector<bool> used(std::size(kExcuses));
  Counts sum;
  for (const std::string& file : files) {
    const StorageOfFile storage(file);
    const Counts counts = Comparison(extension, file, explains, used).run();
    std::printf("%-28s %4d compared, %4d elsewhere, %4d temporal, %3d unlike, %d differences\n",
                file.substr(file.rfind('/') + 1).c_str(), counts.compared, counts.elsewhere, counts.temporal,
                counts.unlike, counts.differences);
    sum.compared += counts.compared;
    sum.elsewhere += counts.elsewhere;
    sum.temporal += counts.temporal;
    sum.unlike += counts.unlike;
    sum.differences += counts.differences;
    if (counts.compared == 0 && counts.unlike > 0) {
      std::printf("%s: nothing was compared, though something could be\n", file.c_str());
      sum.differences++;
    }
  }
  std::printf("in all: %d compared, %d elsewhere, %d temporal, %d unlike, %d differences\n", sum.compared,
              sum.elsewhere, sum.temporal, sum.unlike, sum.differences);
  if (sum.compared < kLeastShare * sum.unlike) {
    std::printf("too much was not compared for want of equal tables\n");
    return 1;
  }
  for (size_t i = 0; i < std::size(kExcuses); i++) {
    const bool is_asked = std::any_of(files.begin(), files.end(), [i](const std::string& file) {
      return file.ends_with(kExcuses[i].file);
    });
    if (used[i] || !is_asked) continue;
    std::printf("nothing needs this excuse: %.*s\n", static_cast<int>(kExcuses[i].statement.size()),
                kExcuses[i].statement.data());
    return 1;
  }
  return sum.differences == 0 ? 0 : 1;
}

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) { return spectradb::tests::run(argc, argv); }
