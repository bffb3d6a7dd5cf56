// A cursor over the tokens of one statement, with the words of SQL's grammar that the rewriter must tell
// apart.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sql/text/tokenizer.h"

namespace spectradb::sql {

// Half-open range of token indexes.
struct Span {
  size_t begin = 0;
  size_t end = 0;
  bool is_empty() const { return begin >= end; }
};

class Reader {
 public:
  Reader(std::string_view sql, std::vector<Token> tokens) : sql_(sql), tokens_(std::move(tokens)) {}

  size_t size() const { return tokens_.size(); }
  const Token& token(size_t i) const { return tokens_[i]; }
  TokenKind kind(size_t i) const { return i < tokens_.size() ? tokens_[i].kind : TokenKind::kSemicolon; }
  std::string_view text(size_t i) const {
    return i < tokens_.size() ? sql_.substr(tokens_[i].begin, tokens_[i].end - tokens_[i].begin)
                              : std::string_view();
  }
  std::string_view text(Span span) const {
    if (span.is_empty()) return {};
    return sql_.substr(tokens_[span.begin].begin, tokens_[span.end - 1].end - tokens_[span.begin].begin);
  }

  // Returns the tokens joined by blanks, without comments: these would end up inside SQLite's raw module
  // arguments.
  std::string joined(Span span) const;

  // Whether a keyword stands at i. What follows a '.' is a name, whatever it spells.
  bool is_word(size_t i, std::string_view word) const {
    return kind(i) == TokenKind::kWord && equals_word(text(i), word) && !(i > 0 && is_operator(i - 1, "."));
  }
  bool is_any_word(size_t i, std::span<const std::string_view> words) const {
    return kind(i) == TokenKind::kWord &&
           std::any_of(words.begin(), words.end(), [&](std::string_view word) { return is_word(i, word); });
  }
  bool is_words(size_t i, std::string_view first, std::string_view second) const {
    return is_word(i, first) && is_word(i + 1, second);
  }
  bool is_operator(size_t i, std::string_view op) const {
    return kind(i) == TokenKind::kOperator && text(i) == op;
  }

  // Whether a name can be read at i where one is expected: a word, or anything quoted.
  bool is_name(size_t i) const {
    const TokenKind k = kind(i);
    return i < size() && (k == TokenKind::kWord || k == TokenKind::kQuoted || k == TokenKind::kString);
  }
  std::string name(size_t i) const { return unquote(text(i)); }

  // Takes `name` or `schema.name` at i. Returns false when none stands there.
  bool take_name(size_t& i, std::string& schema, std::string& name) const;

  // Whether the word at i can neither be an alias nor start an expression where a table reference may end.
  bool is_reserved(size_t i) const;

  // Returns the token behind the ')' that closes the '(' at i, or `end` when none does.
  size_t behind_parenthesis(size_t i, size_t end) const;

  bool starts_query(size_t i) const {
    return is_word(i, "SELECT") || is_word(i, "WITH") || is_word(i, "VALUES");
  }

  // Whether an expression can start at i.
  bool starts_expression(size_t i, size_t end) const;

  // Returns the token behind an expression of operands and arithmetic operators at i (no AND, OR or
  // comparison outside parentheses); i itself when none starts there.
  size_t behind_expression(size_t i, size_t end) const;

  // Whether the expression reads a column, as far as the text tells (subqueries are not looked into). In a
  // trigger, new.x and old.x count as values, since they are known when the statement starts.
  bool names_column(Span expression, bool is_in_trigger = false) const;

  // Whether SQLite could read the tokens at all: none is illegal, every parenthesis has its other one, and the last
  // two are no comment that begins and does not go on.
  // All of the functions above, and what is built on them, may rely on it.
  bool is_sound() const;

 private:
  bool ends_in_open_comment() const;
  size_t behind_operand(size_t i, size_t end) const;

  std::string_view sql_;
  std::vector<Token> tokens_;
};

}  // namespace spectradb::sql
