// Runs one sqllogictest-style file of SQL and what it must answer.
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
// Modes: `hook` and `api` run in this process (see database.h); `shell` sends the same SQL to the stock
// sqlite3 shell after `.load`.
#include <fnmatch.h>
#include <regex.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <map>
#include <memory>

#include "tests/database.h"
#include "tests/shell.h"

namespace spectradb::tests {
namespace {

struct Options {
  std::string mode;
  std::string extension;
  std::string file;
};

std::string trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r") - first + 1));
}

// Takes the first word off the text.
std::string take_word(std::string& text) {
  text = trim(text);
  const size_t end = std::min(text.find_first_of(" \t"), text.size());
  std::string word = text.substr(0, end);
  text = trim(std::string_view(text).substr(end));
  return word;
}

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

// As rows are written in test files.
std::string written(const Cell& cell) {
  if (cell.type == SQLITE_TEXT && trim(cell.text).empty()) return "(empty)";
  std::string out;
  for (const char c : cell.text) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else {
      out += c;
    }
  }
  return trim(out);
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

using Lines = std::vector<std::vector<std::string>>;

void sort_lines(Lines& lines, const std::string& order) {
  if (order == "valuesort") {
    Lines values;
    for (const auto& line : lines) {
      for (const auto& value : line) values.push_back({value});
    }
    lines = std::move(values);
  }
  if (order != "nosort") std::sort(lines.begin(), lines.end());
}

std::string join(const Lines& lines) {
  std::string out;
  for (const auto& line : lines) {
    for (size_t i = 0; i < line.size(); i++) out += (i > 0 ? " | " : "    ") + line[i];
    out += '\n';
  }
  return out.empty() ? "    (no rows)\n" : out;
}

// Where a record's SQL goes: this process or the shell.
class Host {
 public:
  virtual ~Host() = default;
  virtual Outcome run(const std::string& connection, const std::string& sql,
                      const std::vector<Binding>& bindings) = 0;
  virtual void disconnect(const std::string& connection) = 0;
  virtual void close() = 0;
  virtual void use(const std::string& path, bool read_only, bool load) = 0;
};

class InProcess : public Host {
 public:
  explicit InProcess(std::string extension) : extension_(std::move(extension)) {}

  Outcome run(const std::string& connection, const std::string& sql,
              const std::vector<Binding>& bindings) override {
    auto found = connections_.find(connection);
    if (found == connections_.end()) {
      int flags =
          SQLITE_OPEN_URI | (read_only_ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
      Database database(path_, load_ ? extension_ : "", flags);
      if (!database.open_outcome().is_ok()) return database.open_outcome();
      found = connections_.emplace(connection, std::move(database)).first;
    }
    return found->second.run(sql, bindings);
  }
  void disconnect(const std::string& connection) override { connections_.erase(connection); }
  void close() override { connections_.clear(); }
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
  std::map<std::string, Database> connections_;
};

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

// POSIX extended; the standard library's makes GCC 12 warn of its own insides when sanitizers are on.
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
  explicit Runner(Options options) : options_(std::move(options)) {
    if (options_.mode == "shell") {
      host_ = std::make_unique<InShell>(options_.extension);
    } else {
      host_ = std::make_unique<InProcess>(options_.extension);
    }
    use_database("test.db", "");
  }

  int run() {
    std::ifstream in(options_.file);
    if (!in) fail("cannot read " + options_.file);
    while (read_record(in)) {
      if (!lines_.empty()) run_record();
    }
    host_->close();
    std::printf("%s: %d of %d records as expected (mode %s)\n", options_.file.c_str(), records_ - failures_,
                records_, options_.mode.c_str());
    if (records_ == 0) fail("no records in " + options_.file);
    return failures_ == 0 ? 0 : 1;
  }

 private:
  // Lines up to the next blank one. A record of one word (reopen, flush …) may be followed by the next
  // without a blank line.
  bool read_record(std::istream& in) {
    lines_.clear();
    std::string line;
    while (std::getline(in, line)) {
      line_number_++;
      if (!line.empty() && line.back() == '\r') line.pop_back();
      if (line.starts_with("#")) continue;
      if (trim(line).empty()) {
        if (lines_.empty()) continue;
        return true;
      }
      if (lines_.empty()) record_line_ = line_number_;
      lines_.push_back(line);
      if (is_single_line(line) && lines_.size() == 1) return true;
    }
    return !lines_.empty();
  }

  static bool is_single_line(std::string text) {
    const std::string word = take_word(text);
    return word != "statement" && word != "query" && word != "twin";
  }

  void run_record() {
    std::string head = lines_[0];
    const std::string word = take_word(head);
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
      bindings_.push_back({name, substituted(head)});
      return;
    }
    records_++;
    if (word == "statement") {
      run_statement(head);
    } else if (word == "query") {
      run_query(head);
    } else if (word == "twin") {
      run_twin(head);
    } else {
      run_directive(word, head);
    }
    bindings_.clear();
  }

  void run_directive(const std::string& word, std::string rest) {
    if (word == "set") {
      const std::string name = take_word(rest);
      const Outcome outcome = run_sql(rest);
      if (!outcome.is_ok() || outcome.rows.empty()) return report("set fails: " + outcome.message);
      variables_[name] = outcome.rows.front().front().text;
    } else if (word == "connection") {
      connection_ = rest;
    } else if (word == "disconnect") {
      host_->disconnect(rest);
    } else if (word == "reopen" || word == "close") {
      host_->close();
    } else if (word == "database") {
      const std::string name = take_word(rest);
      use_database(name, rest);
    } else if (word == "flush" || word == "compact") {
      const Outcome outcome = run_sql("SELECT spectradb_" + word + "()");
      if (!outcome.is_ok()) report(word + " fails: " + outcome.message);
    } else if (word == "store") {
      const std::string how = take_word(rest);
      change_store(how, rest);
    } else {
      report("unknown record: " + word);
    }
  }

  void use_database(const std::string& name, const std::string& flags) {
    const bool in_memory = name == ":memory:" || name.starts_with("file:");
    const std::string path = in_memory ? name : directory_.path(name);
    variables_["dir"] = directory_.path().string();
    variables_["db"] = path;
    variables_["store"] = path + "-spectra";
    host_->use(path, flags.find("readonly") != std::string::npos,
               flags.find("without-extension") == std::string::npos);
  }

  void change_store(const std::string& how, const std::string& what) {
    const std::filesystem::path store = variables_["store"];
    constexpr auto kAll = std::filesystem::copy_options::recursive;
    if (how == "save") {
      std::filesystem::copy(store, directory_.path(what), kAll);
    } else if (how == "put") {
      std::filesystem::remove_all(store);
      std::filesystem::copy(directory_.path(what), store, kAll);
    } else if (how == "remove" || how == "truncate" || how == "flip") {
      hurt_store(store, how, what);
    } else {
      report("store: save, put, remove, truncate or flip, not " + how);
    }
  }

  void hurt_store(const std::filesystem::path& store, const std::string& how, const std::string& pattern) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(store)) {
      const std::string name = entry.path().lexically_relative(store).string();
      if (fnmatch(pattern.c_str(), name.c_str(), 0) != 0 || !entry.is_regular_file()) continue;
      if (how == "remove" || entry.file_size() > 0) files.push_back(entry.path());
    }
    if (files.empty()) return report("store: no file matches " + pattern);
    for (const auto& file : files) {
      const uintmax_t size = std::filesystem::file_size(file);
      if (how == "remove") {
        std::filesystem::remove(file);
      } else if (how == "truncate") {
        std::filesystem::resize_file(file, size - 1);
      } else {
        flip_bit(file, size / 2);
      }
    }
    if (how == "remove" && pattern == "*") std::filesystem::remove_all(store);
  }

  std::string substituted(const std::string& text) const {
    std::string out = text;
    size_t at = 0;
    while ((at = out.find("${", at)) != std::string::npos) {
      const size_t end = out.find('}', at);
      if (end == std::string::npos) break;
      const auto found = variables_.find(out.substr(at + 2, end - at - 2));
      if (found == variables_.end())
        fail("line " + std::to_string(record_line_) + ": unknown variable in " + text);
      out.replace(at, end - at + 1, found->second);
      at += found->second.size();
    }
    return out;
  }

  Outcome run_sql(const std::string& sql) { return host_->run(connection_, substituted(sql), bindings_); }

  std::string sql_of_record(size_t end) const {
    std::string sql;
    for (size_t i = 1; i < end; i++) sql += lines_[i] + "\n";
    return sql;
  }

  void run_statement(std::string head) {
    const std::string kind = take_word(head);
    const std::string sql = sql_of_record(lines_.size());
    if (sql.empty()) return report("no SQL");
    const Outcome outcome = run_sql(sql);
    if (kind == "ok" || kind == "count") {
      if (!outcome.is_ok()) return report("fails: " + outcome.message);
      if (kind == "count" && std::to_string(outcome.changes) != substituted(head)) {
        report("changes() is " + std::to_string(outcome.changes) + ", not " + head);
      }
    } else if (kind == "error") {
      check_error(outcome, substituted(head));
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
    const size_t rule = static_cast<size_t>(std::find(lines_.begin(), lines_.end(), "----") - lines_.begin());
    const bool has_rows = rule < lines_.size();
    if (!has_rows && label.empty()) return report("neither ---- nor a label: nothing to compare with");
    const Outcome outcome = run_sql(sql_of_record(rule));
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
      for (size_t i = rule + 1; i < lines_.size(); i++)
        expected.push_back(split_columns(substituted(lines_[i])));
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
    const std::string sql = sql_of_record(lines_.size());
    if (second.empty() || sql.find("${T}") == std::string::npos)
      return report("twin A B, and ${T} in the SQL");
    variables_["T"] = first;
    const Outcome one = run_sql(sql);
    variables_["T"] = second;
    const Outcome two = run_sql(sql);
    variables_.erase("T");
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

  static Lines typed_lines(const Outcome& outcome) {
    constexpr std::array<const char*, 6> kTypes = {"", "I ", "R ", "T ", "B ", ""};
    Lines lines;
    for (const Row& row : outcome.rows) {
      std::vector<std::string> line;
      for (const Cell& cell : row) line.push_back(kTypes[static_cast<size_t>(cell.type)] + written(cell));
      lines.push_back(std::move(line));
    }
    return lines;
  }

  void report(const std::string& what) {
    failures_++;
    std::printf("%s:%d: %s\n", options_.file.c_str(), record_line_, what.c_str());
    for (const std::string& line : lines_) std::printf("  > %s\n", line.c_str());
    std::fflush(stdout);
  }

  Options options_;
  TemporaryDirectory directory_;
  std::unique_ptr<Host> host_;
  std::string connection_ = "main";
  std::map<std::string, std::string> variables_;
  std::map<std::string, Lines> labels_;
  std::vector<std::string> lines_;  // of the record at hand
  std::vector<Binding> bindings_;   // for the next record
  bool skip_ = false;               // the next record is not for this mode
  int line_number_ = 0;
  int record_line_ = 0;
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
  return Runner(options).run();
}

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) { return spectradb::tests::run(argc, argv); }
