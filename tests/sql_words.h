// Cuts SQL into words, so that tests can tell what a statement names. It knows no grammar.
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
  size_t begin = 0;  // place in the SQL
  size_t end = 0;

  bool is(std::string_view bare) const { return kind != WordKind::kQuoted && text == bare; }
  bool is_name() const { return kind == WordKind::kBare || kind == WordKind::kQuoted; }
};
using Words = std::vector<Word>;

Words words_of(const std::string& sql);

// Says whether these words follow one another from `at` on.
bool are_words(const Words& words, size_t at, const std::vector<std::string_view>& wanted);

// Returns where the words stand side by side outside of parentheses, or the number of words.
size_t find_outside(const Words& words, const std::vector<std::string_view>& wanted);

// Returns the statements of a script, without those that have no words.
std::vector<std::string> statements_of(const std::string& script);

std::string lower(std::string text);
std::string quoted_name(const std::string& name);

}  // namespace spectradb::tests
