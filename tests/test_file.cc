#include "tests/test_file.h"

#include <algorithm>
#include <cstdlib>

#include "tests/database.h"

namespace spectradb::tests {

namespace {

constexpr const char* kStorage = "SPECTRADB_STORAGE";

}  // namespace

std::string trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r") - first + 1));
}

std::string take_word(std::string& text) {
  text = trim(text);
  const size_t end = std::min(text.find_first_of(" \t"), text.size());
  std::string word = text.substr(0, end);
  text = trim(std::string_view(text).substr(end));
  return word;
}

std::string Record::sql() const {
  std::string sql;
  for (size_t i = 1; i < rule(); i++) sql += lines[i] + "\n";
  return sql;
}

size_t Record::rule() const {
  return static_cast<size_t>(std::find(lines.begin(), lines.end(), "----") - lines.begin());
}

TestFile::TestFile(const std::string& path) : in_(path) {
  if (!in_) fail("cannot read " + path);
}

bool TestFile::read(Record& record) {
  record = {};
  std::string line;
  while (std::getline(in_, line)) {
    line_number_++;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.starts_with("#")) continue;
    if (trim(line).empty()) {
      if (record.lines.empty()) continue;
      return true;
    }
    record.lines.push_back(line);
    if (record.lines.size() > 1) continue;
    record.line = line_number_;
    record.rest = line;
    record.word = take_word(record.rest);
    if (record.word != "statement" && record.word != "query" && record.word != "twin") return true;
  }
  return !record.lines.empty();
}

StorageOfFile::StorageOfFile(const std::string& path) {
  if (const char* storage = std::getenv(kStorage)) before_ = storage;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("# The store of this file is a directory")) setenv(kStorage, "directory", 1);
  }
}

StorageOfFile::~StorageOfFile() {
  if (before_) {
    setenv(kStorage, before_->c_str(), 1);
  } else {
    unsetenv(kStorage);
  }
}

}  // namespace spectradb::tests
