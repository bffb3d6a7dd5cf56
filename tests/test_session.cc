#include "tests/test_session.h"

#include <fnmatch.h>

#include "tests/test_file.h"

namespace spectradb::tests {

Database& InProcess::database(const std::string& connection) {
  auto found = connections_.find(connection);
  if (found == connections_.end()) {
    const int flags =
        SQLITE_OPEN_URI | (read_only_ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    found = connections_.emplace(connection, Database(path_, load_ ? extension_ : "", flags)).first;
    if (found->second.open_outcome().is_ok()) (void)found->second.run(at_first_);
  }
  return found->second;
}

Outcome InProcess::run(const std::string& connection, const std::string& sql,
                       const std::vector<Binding>& bindings) {
  Database& opened = database(connection);
  if (opened.open_outcome().is_ok()) return opened.run(sql, bindings);
  Outcome outcome = opened.open_outcome();
  connections_.erase(connection);
  return outcome;
}

void InProcess::use(const std::string& path, bool read_only, bool load) {
  close();
  path_ = path;
  read_only_ = read_only;
  load_ = load;
}

TestSession::TestSession(std::unique_ptr<Host> host) : host_(std::move(host)) { use_database("test.db", ""); }

std::string TestSession::substituted(const std::string& text) const {
  std::string out = text;
  size_t at = 0;
  while ((at = out.find("${", at)) != std::string::npos) {
    const size_t end = out.find('}', at);
    if (end == std::string::npos) break;
    const auto found = variables_.find(out.substr(at + 2, end - at - 2));
    if (found == variables_.end()) fail("unknown variable in " + text);
    out.replace(at, end - at + 1, found->second);
    at += found->second.size();
  }
  return out;
}

std::string TestSession::follow(const std::string& word, std::string rest) {
  if (word == "set") return set_from_query(rest);
  if (word == "connection") {
    connection_ = rest;
  } else if (word == "disconnect") {
    host_->disconnect(rest);
  } else if (word == "reopen" || word == "close") {
    host_->close();
  } else if (word == "database") {
    const std::string name = take_word(rest);
    use_database(name, rest);
  } else if (word == "flush" || word == "compact") {
    const Outcome outcome = run("SELECT spectradb_" + word + "()", {});
    if (!outcome.is_ok()) return word + " fails: " + outcome.message;
  } else if (word == "store") {
    const std::string how = take_word(rest);
    return change_store(how, rest);
  } else {
    return "unknown record: " + word;
  }
  return {};
}

void TestSession::use_database(const std::string& name, const std::string& flags) {
  const bool in_memory = name == ":memory:" || name.starts_with("file:");
  const std::string path = in_memory ? name : directory_.path(name);
  variables_["dir"] = directory_.path().string();
  // COPY of this host reaches files only there.
  setenv("SPECTRADB_COPY_FOLDER", directory_.path().c_str(), 1);
  variables_["db"] = path;
  variables_["store"] = path + "-spectra";
  host_->use(path, flags.find("readonly") != std::string::npos,
             flags.find("without-extension") == std::string::npos);
}

std::string TestSession::set_from_query(std::string rest) {
  const std::string name = take_word(rest);
  const Outcome outcome = run(rest, {});
  if (!outcome.is_ok() || outcome.rows.empty()) return "set fails: " + outcome.message;
  variables_[name] = outcome.rows.front().front().text;
  return {};
}

std::string TestSession::change_store(const std::string& how, const std::string& what) {
  const std::filesystem::path store = variables_["store"];
  constexpr auto kAll = std::filesystem::copy_options::recursive;
  if (how == "save") {
    std::filesystem::copy(store, directory_.path(what), kAll);
  } else if (how == "put") {
    std::filesystem::remove_all(store);
    std::filesystem::copy(directory_.path(what), store, kAll);
  } else if (how == "remove" || how == "truncate" || how == "flip") {
    return hurt_store(store, how, what);
  } else {
    return "store: save, put, remove, truncate or flip, not " + how;
  }
  return {};
}

std::string TestSession::hurt_store(const std::filesystem::path& store, const std::string& how,
                                    const std::string& pattern) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(store)) {
    const std::string name = entry.path().lexically_relative(store).string();
    if (fnmatch(pattern.c_str(), name.c_str(), 0) != 0 || !entry.is_regular_file()) continue;
    if (how == "remove" || entry.file_size() > 0) files.push_back(entry.path());
  }
  if (files.empty()) return "store: no file matches " + pattern;
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
  return {};
}

}  // namespace spectradb::tests
