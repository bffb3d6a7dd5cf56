#include "sql/text/tokenizer.h"

#include <algorithm>

namespace spectradb::sql {

namespace {

bool starts_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r'; }
// A vertical tab starts no token, but may continue a blank.
bool is_blank(char c) { return starts_blank(c) || c == '\v'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_name(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
         static_cast<signed char>(c) < 0;
}
bool has_digits_around_underscores(std::string_view number) {
  for (size_t i = 0; i < number.size(); ++i) {
    const bool is_between =
        i > 0 && i + 1 < number.size() && is_digit(number[i - 1]) && is_digit(number[i + 1]);
    if (number[i] == '_' && !is_between) return false;
  }
  return true;
}
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

bool Tokenizer::next(Token* token) {
  while (at_ < sql_.size() && sql_[at_] != '\0') {
    const size_t begin = at_;
    if (skip_blank()) continue;
    const TokenKind kind = cut();
    *token = {kind, begin, at_};
    return true;
  }
  return false;
}

// Skips a blank or a comment; an unfinished comment reaches to the end, as in SQLite.
bool Tokenizer::skip_blank() {
  if (starts_blank(peek())) {
    take_while(is_blank);
    return true;
  }
  if (sql_.substr(at_, 3) == "\xef\xbb\xbf") {  // a byte order mark
    at_ += 3;
    return true;
  }
  if (peek() == '-' && peek(1) == '-') {
    take_while([](char c) { return c != '\n'; });
    return true;
  }
  if (peek() == '/' && peek(1) == '*' && at_ + 2 < sql_.size()) {
    const size_t end = sql_.find("*/", at_ + 2);
    at_ = end == std::string_view::npos ? sql_.size() : end + 2;
    return true;
  }
  return false;
}

TokenKind Tokenizer::cut() {
  const char c = peek();
  switch (c) {
    case '\'':
      return quoted('\'') ? TokenKind::kString : TokenKind::kIllegal;
    case '"':
    case '`':
      return quoted(c) ? TokenKind::kQuoted : TokenKind::kIllegal;
    case '[':
      return bracketed();
    case ';':
      ++at_;
      return TokenKind::kSemicolon;
    case '?':
      ++at_;
      take_while(is_digit);
      return TokenKind::kParameter;
    case '$':
    case '@':
    case '#':
    case ':':
      return parameter();
    default:
      break;
  }
  if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
  if ((c == 'x' || c == 'X') && peek(1) == '\'') return blob();
  if (is_name(c)) {
    take_while(is_name);
    return TokenKind::kWord;
  }
  return punctuation();
}

bool Tokenizer::quoted(char quote) {
  for (++at_; at_ < sql_.size(); ++at_) {
    if (sql_[at_] != quote) continue;
    if (peek(1) != quote) {
      ++at_;
      return true;
    }
    ++at_;
  }
  return false;
}

TokenKind Tokenizer::bracketed() {
  const size_t end = sql_.find(']', at_);
  at_ = end == std::string_view::npos ? sql_.size() : end + 1;
  return end == std::string_view::npos ? TokenKind::kIllegal : TokenKind::kQuoted;
}

// :name, @name, $name, #name and Tcl's $name::more(index).
TokenKind Tokenizer::parameter() {
  ++at_;
  size_t letters = 0;
  while (at_ < sql_.size()) {
    if (is_name(peek())) {
      ++letters;
      ++at_;
    } else if (peek() == '(' && letters > 0) {
      const size_t close = sql_.find_first_of(") \t\n\v\f\r", at_);
      if (close == std::string_view::npos || sql_[close] != ')') {
        at_ = std::min(close, sql_.size());
        return TokenKind::kIllegal;
      }
      at_ = close + 1;
      break;
    } else if (peek() == ':' && peek(1) == ':') {
      at_ += 2;
    } else {
      break;
    }
  }
  return letters > 0 ? TokenKind::kParameter : TokenKind::kIllegal;
}

// From 3.46 on SQLite takes an underscore between two digits, and no name right behind a hexadecimal number. What the
// SQLite that runs does not take, it refuses itself: the text of a number reaches it as it is.
TokenKind Tokenizer::number() {
  const size_t begin = at_;
  if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X') && is_hex(peek(2))) {
    at_ += 2;
    take_while(is_hex);
    while (peek() == '_' && is_hex(peek(1))) {
      ++at_;
      take_while(is_hex);
    }
    return TokenKind::kNumber;  // a name may follow at once
  }
  const auto is_part = [](char c) { return is_digit(c) || c == '_'; };
  take_while(is_part);
  if (peek() == '.') {
    ++at_;
    take_while(is_part);
  }
  const size_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
  if ((peek() == 'e' || peek() == 'E') && is_digit(peek(1 + sign))) {
    at_ += 1 + sign;
    take_while(is_part);
  }
  const bool is_legal = !is_name(peek()) && has_digits_around_underscores(sql_.substr(begin, at_ - begin));
  take_while(is_name);
  return is_legal ? TokenKind::kNumber : TokenKind::kIllegal;
}

TokenKind Tokenizer::blob() {
  const size_t begin = at_;
  at_ += 2;
  take_while(is_hex);
  const bool is_even = (at_ - begin) % 2 == 0;
  if (peek() == '\'' && is_even) {
    ++at_;
    return TokenKind::kBlob;
  }
  take_while([](char c) { return c != '\''; });
  if (at_ < sql_.size()) ++at_;
  return TokenKind::kIllegal;
}

TokenKind Tokenizer::punctuation() {
  static constexpr std::string_view kLong[] = {"->>", "->", "||", "<<", ">>", "<=", ">=", "<>", "!=", "=="};
  for (std::string_view op : kLong) {
    if (sql_.substr(at_, op.size()) == op) {
      at_ += op.size();
      return TokenKind::kOperator;
    }
  }
  const char c = sql_[at_++];
  return std::string_view("()+-*/%=<>,&|~.").find(c) != std::string_view::npos ? TokenKind::kOperator
                                                                               : TokenKind::kIllegal;
}

std::vector<Token> tokenize(std::string_view sql) {
  std::vector<Token> tokens;
  Tokenizer tokenizer(sql);
  for (Token token{}; tokenizer.next(&token);) tokens.push_back(token);
  return tokens;
}

std::string unquote(std::string_view token) {
  if (token.size() < 2) return std::string(token);
  const char open = token.front();
  if (open == '[') return std::string(token.substr(1, token.size() - 2));
  if (open != '"' && open != '`' && open != '\'') return std::string(token);
  std::string name;
  for (size_t i = 1; i + 1 < token.size(); ++i) {
    name += token[i];
    if (token[i] == open) ++i;
  }
  return name;
}

std::string lowered(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

bool equals_word(std::string_view text, std::string_view word) {
  return text.size() == word.size() && std::equal(text.begin(), text.end(), word.begin(),
                                                  [](char a, char b) { return lower(a) == lower(b); });
}

}  // namespace spectradb::sql
