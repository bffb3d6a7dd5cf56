// SQL text as tokens, cut as SQLite's own tokenizer cuts it (tokenize.c describes the classes). Blanks and
// comments are left out; every token knows its place in the text. Never fails: a byte that starts no token
// becomes an illegal one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spectradb::sql {

enum class TokenKind : uint8_t {
  kWord,    // a keyword or a plain name
  kQuoted,  // "name", [name], `name`
  kString,  // 'text'
  kBlob,    // x'0f'
  kNumber,
  kParameter,  // ? ?7 :name @name $name #name
  kOperator,   // punctuation of one to three bytes, '(' ')' ',' '.' among it
  kSemicolon,
  kIllegal,  // an unfinished string or blob, or a byte SQLite knows no use for
};

struct Token {
  TokenKind kind;
  size_t begin;  // byte offset in the text
  size_t end;
};

// Cuts one token after the other, so that a long script is read no further than necessary.
class Tokenizer {
 public:
  explicit Tokenizer(std::string_view sql) : sql_(sql) {}

  // False at the end of the text, and at a NUL byte: SQLite reads no further.
  bool next(Token* token);

 private:
  char peek(size_t ahead = 0) const { return at_ + ahead < sql_.size() ? sql_[at_ + ahead] : '\0'; }
  template <typename Test>
  void take_while(Test test) {
    while (at_ < sql_.size() && test(sql_[at_])) ++at_;
  }
  bool skip_blank();
  TokenKind cut();
  bool quoted(char quote);
  TokenKind bracketed();
  TokenKind parameter();
  TokenKind number();
  TokenKind blob();
  TokenKind punctuation();

  std::string_view sql_;
  size_t at_ = 0;
};

std::vector<Token> tokenize(std::string_view sql);

// Returns the name that a kWord, kQuoted or kString token spells, without its quotes.
std::string unquote(std::string_view token);

// ASCII letters in lower case.
std::string lowered(std::string_view text);

// Compares ASCII letters without case.
bool equals_word(std::string_view text, std::string_view word);

}  // namespace spectradb::sql
