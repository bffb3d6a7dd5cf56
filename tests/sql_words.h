// SQL cut into words, so that tests can tell what a statement names. Knows no grammar.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace spectradb::tests {

enum class WordKind : unsigned char {
  kBare,    // a keyword or a name, in lower case
  kQuoted,  // a name in "quotes", `quotes` or [brackets], in lower case and without them
  kText,    // 'text', with its quotes
  kOther,   // a number, a parameter, a mark
};

struct Word {
  WordKind kind = WordKind::kOther;
  std::string text;
  size_t begin = 0;  // in the SQL
  size_t end = 0;

  bool is(std::string_view bare) const { return kind != WordKind::kQuoted && text == bare; }
  bool is_name() const { return kind == WordKind::kBare || kind == WordKind::kQuoted; }
};
using Words = std::vector<Word>;

Words words_of(const std::string& sql);

// Whether these words stand one behind another from `at` on.
bool are_words(const Words& words, size_t at, const std::vector<std::string_view>& wanted);

// Where the words stand side by side outside of parentheses, or the number of words.
size_t find_outside(const Words& words, const std::vector<std::string_view>& wanted);

// The statements of a script; those without words are left out.
std::vector<std::string> statements_of(const std::string& script);

std::string lower(std::string text);
std::string quoted_name(const std::string& name);

}  // namespace spectradb::tests
