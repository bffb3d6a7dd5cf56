#include "tests/shell.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace spectradb::tests {

namespace {

constexpr int kSlots = 5;  // the shell's .connection knows 0 to 4; it starts with 0

std::string shell_quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

// Takes one value as `.mode quote` prints it; `at` is then behind it.
Cell take_value(const std::string& text, size_t& at) {
  Cell cell;
  const bool is_blob = text[at] == 'X' && at + 1 < text.size() && text[at + 1] == '\'';
  if (text[at] == '\'' || is_blob) {
    const size_t start = at;
    at += is_blob ? 2 : 1;
    std::string bytes;
    while (at < text.size()) {
      if (text[at] == '\'' && (at + 1 >= text.size() || text[at + 1] != '\'')) break;
      if (text[at] == '\'') at++;
      bytes += text[at++];
    }
    at++;
    cell.type = is_blob ? SQLITE_BLOB : SQLITE_TEXT;
    cell.text = is_blob ? text.substr(start, at - start) : bytes;
    if (is_blob) {
      for (char& c : cell.text) c = static_cast<char>(toupper(static_cast<unsigned char>(c)));
    }
    return cell;
  }
  const size_t end = std::min(text.find_first_of(",\n", at), text.size());
  cell.text = text.substr(at, end - at);
  at = end;
  if (cell.text == "NULL") return cell;
  cell.type = SQLITE_INTEGER;
  if (cell.text.find_first_not_of("-0123456789") != std::string::npos) {
    cell.type = SQLITE_FLOAT;
    std::array<char, 64> digits{};
    sqlite3_snprintf(static_cast<int>(digits.size()), digits.data(), "%!.15g",
                     std::strtod(cell.text.c_str(), nullptr));
    cell.text = digits.data();
  }
  return cell;
}

std::vector<Row> parse_rows(const std::string& text) {
  std::vector<Row> rows;
  size_t at = 0;
  while (at < text.size()) {
    Row row;
    while (true) {
      row.push_back(take_value(text, at));
      if (at >= text.size() || text[at] != ',') break;
      at++;
    }
    at++;  // the line end
    rows.push_back(std::move(row));
  }
  return rows;
}

void check(bool ok, const char* what) {
  if (!ok) fail(std::string("the shell: ") + what + ": " + std::strerror(errno));
}

}  // namespace

Shell::Shell(std::string extension) : extension_(std::move(extension)) {
  std::array<int, 2> input{};
  std::array<int, 2> output{};
  std::array<int, 2> errors{};
  check(pipe2(input.data(), O_CLOEXEC) == 0, "pipe");
  check(pipe2(output.data(), O_CLOEXEC) == 0, "pipe");
  check(pipe2(errors.data(), O_CLOEXEC) == 0, "pipe");
  const char* preload = getenv("SPECTRADB_TEST_PRELOAD");
  if (preload != nullptr) setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
  child_ = fork();
  check(child_ >= 0, "fork");
  if (child_ == 0) {
    dup2(input[0], STDIN_FILENO);
    dup2(output[1], STDOUT_FILENO);
    dup2(errors[1], STDERR_FILENO);
    if (preload != nullptr) setenv("LD_PRELOAD", preload, 1);
    // Lines must come as soon as they are printed, though the output is no terminal.
    execlp("stdbuf", "stdbuf", "-oL", "sqlite3", "-batch", "-init", "/dev/null", static_cast<char*>(nullptr));
    _exit(127);
  }
  ::close(input[0]);
  ::close(output[1]);
  ::close(errors[1]);
  input_ = input[1];
  output_ = output[0];
  errors_ = errors[0];
  check(fcntl(errors_, F_SETFL, O_NONBLOCK) == 0, "fcntl");
  signal(SIGPIPE, SIG_IGN);
  const Outcome outcome = talk(".mode quote\n.headers off\n");
  if (!outcome.is_ok()) fail("the shell does not start: " + outcome.message);
}

Shell::~Shell() {
  ::close(input_);
  ::close(output_);
  ::close(errors_);
  int status = 0;
  waitpid(child_, &status, 0);
}

void Shell::write_all(const std::string& input) {
  size_t written = 0;
  while (written < input.size()) {
    const ssize_t n = write(input_, input.data() + written, input.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("the shell has died; its last words: " + read_errors());
    written += static_cast<size_t>(n);
  }
}

std::string Shell::read_until(const std::string& mark) {
  while (true) {
    const size_t end = unread_.starts_with(mark + "\n") ? 0 : unread_.find("\n" + mark + "\n");
    if (end != std::string::npos) {
      const size_t lines = end == 0 && unread_.starts_with(mark + "\n") ? 0 : end + 1;
      std::string text = unread_.substr(0, lines);
      unread_.erase(0, lines + mark.size() + 1);
      return text;
    }
    std::array<char, 65536> bytes{};
    const ssize_t n = read(output_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) fail("the shell has died; its last words: " + read_errors());
    unread_.append(bytes.data(), static_cast<size_t>(n));
  }
}

std::string Shell::read_errors() {
  std::string text;
  std::array<char, 4096> bytes{};
  ssize_t n = 0;
  while ((n = read(errors_, bytes.data(), bytes.size())) > 0)
    text.append(bytes.data(), static_cast<size_t>(n));
  return text;
}

Outcome Shell::talk(const std::string& input) {
  write_all(
      input +
      "\n.print spectradb-rows-end\nSELECT changes(), last_insert_rowid();\n.print spectradb-changes-end\n");
  const std::string rows = read_until("spectradb-rows-end");
  const std::string changes = read_until("spectradb-changes-end");
  Outcome outcome;
  outcome.message = read_errors();
  if (!outcome.message.empty()) {
    outcome.code = SQLITE_ERROR;
    return outcome;
  }
  outcome.rows = parse_rows(rows);
  if (!outcome.rows.empty()) outcome.columns = static_cast<int>(outcome.rows.back().size());
  char* comma = nullptr;
  outcome.changes = std::strtoll(changes.c_str(), &comma, 10);
  outcome.last_insert_rowid = *comma == ',' ? std::strtoll(comma + 1, nullptr, 10) : 0;
  return outcome;
}

Outcome Shell::run(const std::string& connection, const std::string& path, bool read_only, bool load,
                   const std::string& sql, const std::vector<Binding>& bindings) {
  std::string input;
  const auto known = slots_.find(connection);
  if (known == slots_.end()) {
    const int slot = static_cast<int>(slots_.size()) + 1;
    if (slot >= kSlots) fail("the shell has no more connections");
    std::string open = ".connection " + std::to_string(slot) + "\n.open " + (read_only ? "--readonly " : "") +
                       shell_quoted(path) + "\n";
    if (load) open += ".load " + shell_quoted(extension_) + "\n";
    slots_[connection] = slot;
    active_ = connection;
    const Outcome opened = talk(open);
    if (!opened.is_ok()) return opened;
  } else if (active_ != connection) {
    input += ".connection " + std::to_string(known->second) + "\n";
    active_ = connection;
  }
  for (const Binding& binding : bindings) {
    input += ".parameter set " + binding.name + " " + shell_quoted(binding.literal) + "\n";
  }
  const Outcome outcome = talk(input + sql + ";\n");
  if (!bindings.empty()) talk(".parameter clear\n");
  return outcome;
}

void Shell::disconnect(const std::string& connection) {
  const auto known = slots_.find(connection);
  if (known == slots_.end()) return;
  if (known->second != static_cast<int>(slots_.size()))
    fail("the shell disconnects the last connection first");
  talk(".connection 0\n.connection close " + std::to_string(known->second) + "\n");
  active_.clear();
  slots_.erase(known);
}

}  // namespace spectradb::tests
