// Runs one sqllogictest-style file: SQL, and the answers that it must give.
//
//   sqltest --mode=hook|api|shell --extension=PATH FILE.test
//
// The file is made of records, parted by blank lines. A line that starts with # is a comment.
//
//   statement ok
//       The SQL on the following lines (up to a blank line) runs without an error.
//   statement error TEXT
//       It fails, and the message contains TEXT; /regex/ instead of TEXT is searched for (case does not
//       count). A leading [SQLITE_BUSY] or the like also asks for the result code.
//   statement count N
//       It runs, and changes() is N afterwards.
//   query TYPES [nosort|rowsort|valuesort] [LABEL]
//       It runs; the lines behind `----` are the rows it must give, one a line, columns parted by | (or by
//       TAB); blanks around a value do not count. NULL is NULL, a blob X'01FF', an empty text (empty), a line
//       end inside a text \n; /regex/ matches any value in which it is found (case does not count). TYPES has
//       a letter a column, which the value must have unless it is NULL: I integer, R real, T text, B blob,
//       ? anything. Rows come in order (nosort, the default) or are sorted first, as rows or as single
//       values. Queries with the same LABEL must give the same rows; with a label `----` may be left out.
//   twin A B [nosort] [rowid]
//       The SQL runs twice, with ${T} standing for A, then for B, and both times it must end alike: the same
//       rows and types (in the same order with nosort), the same changes(), with rowid the same
//       last_insert_rowid(), or the same result code and, for violated constraints, the same message.
//       For: "behaves as an ordinary table does".
//   bind NAME LITERAL
//       A parameter of the next record: `bind ?1 5`, `bind :when '2026-01-01'`.
//   set NAME SQL
//       ${NAME} stands for the first value of that query from here on, in SQL and in rows. Always set: ${db}
//       (the database file), ${store} (its store), ${dir} (the directory of both).
//   connection NAME, disconnect NAME
//       The records that follow go through this connection, opened when first used; closes it.
//   reopen, close
//       Closes all connections; the next record opens again.
//   database PATH [readonly] [without-extension]
//       Closes all connections; from here on they open this database: `:memory:`, or a file in ${dir}. The
//       first one is `test.db`.
//   flush, compact
//       SELECT spectradb_flush(), SELECT spectradb_compact().
//   store save NAME, store put NAME
//       Copies the store of the database aside, and back (in place of what is there).
//   store remove|truncate|flip PATTERN
//       Hurts the files of the store whose names match the pattern (* and ?): removes them, cuts off their
//       last byte, or flips one bit in the middle. Must match a file. Close the database first.
//   onlyif MODE, skipif MODE
//       The next record is for this mode only, or not for it.
//
// New databases have their store inside of them, or in a directory where SPECTRADB_STORAGE=directory. A file that says
// `# The store of this file is a directory` has its stores there in any case.
//
// Modes: `hook` and `api` run in this process (see database.h); `shell` sends the same SQL to the stock
// sqlite3 shell after `.load`.
#include <regex.h>

#include <cstdio>
#include <map>
#include <memory>

#include "tests/database.h"
#include "tests/shell.h"
#include "tests/test_file.h"
#include "tests/test_rows.h"
#include "tests/test_session.h"

namespace spectradb::tests {
namespace {

struct Options {
  std::string mode;
  std::string extension;
  std::string file;
};

const std::map<std::string, int>& result_codes() {
  static const std::map<std::string, int> codes = {
      {"SQLITE_ERROR", SQLITE_ERROR},
      {"SQLITE_BUSY", SQLITE_BUSY},
      {"SQLITE_LOCKED", SQLITE_LOCKED},
      {"SQLITE_READONLY", SQLITE_READONLY},
      {"SQLITE_CORRUPT", SQLITE_CORRUPT},
      {"SQLITE_CONSTRAINT", SQLITE_CONSTRAINT},
      {"SQLITE_MISMATCH", SQLITE_MISMATCH},
      {"SQLITE_CANTOPEN", SQLITE_CANTOPEN},
      {"SQLITE_RANGE", SQLITE_RANGE},
      {"SQLITE_CONSTRAINT_UNIQUE", SQLITE_CONSTRAINT_UNIQUE},
      {"SQLITE_CONSTRAINT_FOREIGNKEY", SQLITE_CONSTRAINT_FOREIGNKEY},
      {"SQLITE_CONSTRAINT_PRIMARYKEY", SQLITE_CONSTRAINT_PRIMARYKEY},
      {"SQLITE_CONSTRAINT_NOTNULL", SQLITE_CONSTRAINT_NOTNULL},
      {"SQLITE_CONSTRAINT_CHECK", SQLITE_CONSTRAINT_CHECK}};
  return codes;
}

bool has_code(const Outcome& outcome, int wanted) {
  return wanted > 0xff ? outcome.code == wanted : (outcome.code & 0xff) == wanted;
}

std::vector<std::string> split_columns(const std::string& line) {
  const char separator = line.find('\t') != std::string::npos ? '\t' : '|';
  std::vector<std::string> columns;
  size_t start = 0;
  while (true) {
    const size_t end = line.find(separator, start);
    columns.push_back(trim(std::string_view(line).substr(start, end - start)));
    if (end == std::string::npos) return columns;
    start = end + 1;
  }
}

bool type_matches(char letter, int type) {
  switch (letter) {
    case '?':
      return true;
    case 'I':
      return type == SQLITE_INTEGER || type == SQLITE_NULL;
    case 'R':
      return type == SQLITE_FLOAT || type == SQLITE_NULL;
    case 'T':
      return type == SQLITE_TEXT || type == SQLITE_NULL;
    case 'B':
      return type == SQLITE_BLOB || type == SQLITE_NULL;
    default:
      return false;
  }
}

class InShell : public Host {
 public:
  explicit InShell(std::string extension) : extension_(std::move(extension)) {}

  Outcome run(const std::string& connection, const std::string& sql,
              const std::vector<Binding>& bindings) override {
    if (shell_ == nullptr) shell_ = std::make_unique<Shell>(extension_);
    return shell_->run(connection, path_, read_only_, load_, sql, bindings);
  }
  void disconnect(const std::string& connection) override {
    if (shell_ != nullptr) shell_->disconnect(connection);
  }
  void close() override { shell_.reset(); }
  void use(const std::string& path, bool read_only, bool load) override {
    close();
    path_ = path;
    read_only_ = read_only;
    load_ = load;
  }

 private:
  std::string extension_;
  std::string path_;
  bool read_only_ = false;
  bool load_ = true;
  std::unique_ptr<Shell> shell_;
};

// Uses POSIX extended expressions; with sanitizers GCC 12 warns inside the standard library's own ones.
bool contains_regex(const std::string& text, const std::string& pattern) {
  regex_t compiled;
  if (regcomp(&compiled, pattern.c_str(), REG_EXTENDED | REG_ICASE | REG_NOSUB) != 0)
    fail("bad regex " + pattern);
  const bool found = regexec(&compiled, text.c_str(), 0, nullptr, 0) == 0;
  regfree(&compiled);
  return found;
}

bool is_regex(const std::string& text) {
  return text.size() > 2 && text.front() == '/' && text.back() == '/';
}

bool lines_match(const Lines& expected, const Lines& actual) {
  if (expected.size() != actual.size()) return false;
  for (size_t i = 0; i < expected.size(); i++) {
    if (expected[i].size() != actual[i].size()) return false;
    for (size_t j = 0; j < expected[i].size(); j++) {
      const std::string& wanted = expected[i][j];
      if (wanted == actual[i][j]) continue;
      if (!is_regex(wanted) || !contains_regex(actual[i][j], wanted.substr(1, wanted.size() - 2)))
        return false;
    }
  }
  return true;
}

std::string with_name(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

class Runner {
 public:
  explicit Runner(Options options) : options_(std::move(options)), session_(host(options_)) {}

  int run() {
    TestFile file(options_.file);
    while (file.read(record_)) run_record();
    session_.host().close();
    std::printf("%s: %d of %d records as expected (mode %s)\n", options_.file.c_str(), records_ - failures_,
                records_, options_.mode.c_str());
    if (records_ == 0) fail("no records in " + options_.file);
    return failures_ == 0 ? 0 : 1;
  }

 private:
  static std::unique_ptr<Host> host(const Options& options) {
    if (options.mode == "shell") return std::make_unique<InShell>(options.extension);
    return std::make_unique<InProcess>(options.extension);
  }

  void run_record() {
    std::string head = record_.rest;
    const std::string& word = record_.word;
    if (word == "onlyif" || word == "skipif") {
      if ((head == options_.mode) != (word == "onlyif")) skip_ = true;
      return;
    }
    const bool skip = skip_;
    if (word != "bind") skip_ = false;
    if (skip) {
      bindings_.clear();
      return;
    }
    if (word == "bind") {
      const std::string name = take_word(head);
      bindings_.push_back({name, session_.substituted(head)});
      return;
    }
    records_++;
    if (word == "statement") {
      run_statement(head);
    } else if (word == "query") {
      run_query(head);
    } else if (word == "twin") {
      run_twin(head);
    } else if (const std::string wrong = session_.follow(word, head); !wrong.empty()) {
      report(wrong);
    }
    bindings_.clear();
  }

  Outcome run_sql(const std::string& sql) { return session_.run(sql, bindings_); }

  void run_statement(std::string head) {
    const std::string kind = take_word(head);
    const std::string sql = record_.sql();
    if (sql.empty()) return report("no SQL");
    const Outcome outcome = run_sql(sql);
    if (kind == "ok" || kind == "count") {
      if (!outcome.is_ok()) return report("fails: " + outcome.message);
      if (kind == "count" && std::to_string(outcome.changes) != session_.substituted(head)) {
        report("changes() is " + std::to_string(outcome.changes) + ", not " + head);
      }
    } else if (kind == "error") {
      check_error(outcome, session_.substituted(head));
    } else {
      report("unknown statement " + kind);
    }
  }

  void check_error(const Outcome& outcome, std::string wanted) {
    if (outcome.is_ok()) return report("succeeds, but must fail with: " + wanted);
    if (wanted.starts_with("[")) {
      const std::string name = wanted.substr(1, wanted.find(']') - 1);
      wanted = trim(wanted.substr(std::min(wanted.find(']') + 1, wanted.size())));
      const auto code = result_codes().find(name);
      if (code == result_codes().end()) return report("unknown result code " + name);
      if (options_.mode != "shell" && !has_code(outcome, code->second)) {
        report("result code " + std::to_string(outcome.code) + ", not " + name +
               "; message: " + outcome.message);
      }
    }
    if (outcome.message.empty()) return report("fails without a message");
    if (wanted.empty()) return report("says nothing of the message, which is: " + outcome.message);
    const bool matches = is_regex(wanted)
                             ? contains_regex(outcome.message, wanted.substr(1, wanted.size() - 2))
                             : outcome.message.find(wanted) != std::string::npos;
    if (!matches) report("fails with: " + outcome.message + "\n  but must say: " + wanted);
  }

  void run_query(std::string head) {
    const std::string types = take_word(head);
    std::string order = take_word(head);
    std::string label = head;
    if (order != "rowsort" && order != "valuesort" && order != "nosort") {
      label = order;
      order = "nosort";
    }
    const bool has_rows = record_.rule() < record_.lines.size();
    if (!has_rows && label.empty()) return report("neither ---- nor a label: nothing to compare with");
    const Outcome outcome = run_sql(record_.sql());
    if (!outcome.is_ok()) return report("fails: " + outcome.message);
    if (outcome.columns != static_cast<int>(types.size()) &&
        !(outcome.columns == 0 && outcome.rows.empty())) {
      return report(std::to_string(outcome.columns) + " columns, not " + std::to_string(types.size()));
    }
    Lines actual;
    for (const Row& row : outcome.rows) {
      std::vector<std::string> line;
      for (size_t i = 0; i < row.size(); i++) {
        if (i < types.size() && !type_matches(types[i], row[i].type)) {
          return report("column " + std::to_string(i + 1) + ": " + row[i].text + " is not of type " +
                        types[i]);
        }
        line.push_back(written(row[i]));
      }
      actual.push_back(std::move(line));
    }
    sort_lines(actual, order);
    if (has_rows) {
      Lines expected;
      for (size_t i = record_.rule() + 1; i < record_.lines.size(); i++)
        expected.push_back(split_columns(session_.substituted(record_.lines[i])));
      sort_lines(expected, order);
      if (!lines_match(expected, actual))
        report("expected:\n" + join(expected) + "  but got:\n" + join(actual));
    }
    if (label.empty()) return;
    const auto [known, is_new] = labels_.emplace(label, actual);
    if (!is_new && known->second != actual) {
      report("label " + label + " gave:\n" + join(known->second) + "  but here:\n" + join(actual));
    }
  }

  void run_twin(std::string head) {
    const std::string first = take_word(head);
    const std::string second = take_word(head);
    const std::string sql = record_.sql();
    if (second.empty() || sql.find("${T}") == std::string::npos)
      return report("twin A B, and ${T} in the SQL");
    session_.set_variable("T", first);
    const Outcome one = run_sql(sql);
    session_.set_variable("T", second);
    const Outcome two = run_sql(sql);
    session_.forget_variable("T");
    const std::string message = with_name(two.message, second, first);
    if ((one.code & 0xff) != (two.code & 0xff)) {
      return report(first + ": " + std::to_string(one.code) + " " + one.message + "\n  but " + second + ": " +
                    std::to_string(two.code) + " " + two.message);
    }
    if ((one.code & 0xff) == SQLITE_CONSTRAINT && one.message != message) {
      return report(first + ": " + one.message + "\n  but " + second + ": " + two.message);
    }
    if (!one.is_ok()) return;
    if (one.changes != two.changes) {
      report("changes() is " + std::to_string(one.changes) + " for " + first + ", but " +
             std::to_string(two.changes) + " for " + second);
    }
    if (head.find("rowid") != std::string::npos && one.last_insert_rowid != two.last_insert_rowid) {
      report("last_insert_rowid() is " + std::to_string(one.last_insert_rowid) + " for " + first + ", but " +
             std::to_string(two.last_insert_rowid) + " for " + second);
    }
    const std::string order = head.starts_with("nosort") ? "nosort" : "rowsort";
    Lines lines_one = typed_lines(one);
    Lines lines_two = typed_lines(two);
    sort_lines(lines_one, order);
    sort_lines(lines_two, order);
    if (lines_one != lines_two) {
      report(first + " gives:\n" + join(lines_one) + "  but " + second + ":\n" + join(lines_two));
    }
  }

  void report(const std::string& what) {
    failures_++;
    std::printf("%s:%d: %s\n", options_.file.c_str(), record_.line, what.c_str());
    for (const std::string& line : record_.lines) std::printf("  > %s\n", line.c_str());
    std::fflush(stdout);
  }

  Options options_;
  TestSession session_;
  Record record_;  // the record that is being run
  std::map<std::string, Lines> labels_;
  std::vector<Binding> bindings_;  // for the next record
  bool skip_ = false;              // the next record is not for this mode
  int records_ = 0;
  int failures_ = 0;
};

int run(int argc, char** argv) {
  Options options;
  options.mode = argument(argc, argv, "mode", "hook");
  options.extension = argument(argc, argv, "extension", "");
  for (int i = 1; i < argc; i++) {
    if (std::string_view(argv[i]).substr(0, 2) != "--") options.file = argv[i];
  }
  if (options.file.empty() || options.extension.empty()) {
    fail("usage: sqltest --mode=hook|api|shell --extension=PATH FILE.test");
  }
  if (options.mode != "hook" && options.mode != "api" && options.mode != "shell")
    fail("unknown mode " + options.mode);
  choose_mode(options.mode == "api" ? Mode::kApi : Mode::kHook);
  const StorageOfFile storage(options.file);
  return Runner(options).run();
}

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) { return spectradb::tests::run(argc, argv); }
