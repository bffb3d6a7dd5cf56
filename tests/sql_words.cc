#include "tests/sql_words.h"

#include <sqlite3.h>

#include <algorithm>

namespace spectradb::tests {

namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Returns the place behind the quote that ends what begins at `at`; a doubled quote does not end it.
size_t behind_quote(const std::string& sql, size_t at) {
  const char quote = sql[at] == '[' ? ']' : sql[at];
  size_t i = at + 1;
  while (i < sql.size()) {
    if (sql[i++] != quote) continue;
    if (quote == ']' || i >= sql.size() || sql[i] != quote) return i;
    i++;
  }
  return i;
}

size_t behind_comment(const std::string& sql, size_t at) {
  const bool is_line = sql.compare(at, 2, "--") == 0;
  if (!is_line && sql.compare(at, 2, "/*") != 0) return at;
  const size_t end = is_line ? sql.find('\n', at) : sql.find("*/", at + 2);
  return end == std::string::npos ? sql.size() : end + (is_line ? 1 : 2);
}

std::string unquoted(const std::string& quoted) {
  std::string out;
  for (size_t i = 1; i + 1 < quoted.size(); i++) {
    out += quoted[i];
    if (quoted[0] != '[' && quoted[i] == quoted[0]) i++;
  }
  return out;
}

}  // namespace

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

std::string quoted_name(const std::string& name) {
  std::string out = "\"";
  for (const char c : name) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

Words words_of(const std::string& sql) {
  Words words;
  for (size_t i = 0; i < sql.size();) {
    const char c = sql[i];
    if (c == ' ' || (c >= '\t' && c <= '\r')) {
      i++;
      continue;
    }
    if (const size_t behind = behind_comment(sql, i); behind != i) {
      i = behind;
      continue;
    }
    Word word;
    word.begin = i;
    if (c == '\'' || c == '"' || c == '`' || c == '[') {
      i = behind_quote(sql, i);
      word.text = sql.substr(word.begin, i - word.begin);
      word.kind = c == '\'' ? WordKind::kText : WordKind::kQuoted;
      if (c != '\'') word.text = lower(unquoted(word.text));
    } else {
      i++;
      const bool is_word = is_letter(c) || is_digit(c) || c == '?' || c == ':' || c == '@' || c == '$';
      while (is_word && i < sql.size() && (is_letter(sql[i]) || is_digit(sql[i]) || sql[i] == '$')) i++;
      word.text = lower(sql.substr(word.begin, i - word.begin));
      if (is_letter(c)) word.kind = WordKind::kBare;
    }
    word.end = i;
    words.push_back(std::move(word));
  }
  return words;
}

bool are_words(const Words& words, size_t at, const std::vector<std::string_view>& wanted) {
  if (at + wanted.size() > words.size()) return false;
  for (size_t i = 0; i < wanted.size(); i++) {
    if (!words[at + i].is(wanted[i])) return false;
  }
  return true;
}

size_t find_outside(const Words& words, const std::vector<std::string_view>& wanted) {
  int depth = 0;
  for (size_t i = 0; i < words.size(); i++) {
    if (depth == 0 && are_words(words, i, wanted)) return i;
    if (words[i].is("(")) depth++;
    if (words[i].is(")")) depth--;
  }
  return words.size();
}

std::vector<std::string> statements_of(const std::string& script) {
  std::vector<std::string> statements;
  size_t begin = 0;
  for (size_t i = 0; i <= script.size(); i++) {
    const bool is_end = i == script.size();
    if (!is_end && script[i] != ';') continue;
    std::string statement = script.substr(begin, i - begin);
    if (!is_end && sqlite3_complete((statement + ";").c_str()) == 0) continue;
    begin = i + 1;
    if (!words_of(statement).empty()) statements.push_back(std::move(statement));
  }
  return statements;
}

}  // namespace spectradb::tests
