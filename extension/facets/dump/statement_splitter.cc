#include "extension/facets/dump/statement_splitter.h"

#include "extension/host/api.h"

namespace spectradb::extension::dump {

// A doubled quote ends the text and begins it again, which comes to the same.
bool StatementSplitter::ends_here(size_t at) {
  const char c = text_[at];
  const char next = at + 1 < text_.size() ? text_[at + 1] : '\0';
  const char before = at > 0 ? text_[at - 1] : '\0';
  const auto ends_by = [&](char end) {
    if (c == end) inside_ = Inside::kNothing;
    return false;
  };
  switch (inside_) {
    case Inside::kString:
      return ends_by('\'');
    case Inside::kName:
      return ends_by('"');
    case Inside::kBacktick:
      return ends_by('`');
    case Inside::kBracket:
      return ends_by(']');
    case Inside::kLineComment:
      return ends_by('\n');
    case Inside::kComment:
      if (c == '/' && before == '*') inside_ = Inside::kNothing;
      return false;
    default:
      break;
  }
  if (c == '-' && next == '-') {
    inside_ = Inside::kLineComment;
    return false;
  }
  if (c == '/' && next == '*') {
    inside_ = Inside::kComment;
    ++at_;  // this asterisk does not end the comment
    return false;
  }
  if (c == '\'') inside_ = Inside::kString;
  if (c == '"') inside_ = Inside::kName;
  if (c == '`') inside_ = Inside::kBacktick;
  if (c == '[') inside_ = Inside::kBracket;
  has_words_ = has_words_ || (c != ' ' && c != '\t' && c != '\r' && c != '\n');
  return c == ';';
}

void StatementSplitter::add(std::string_view text) {
  text_.erase(0, begin_);
  at_ -= begin_;
  begin_ = 0;
  text_.append(text);
}

std::optional<std::string> StatementSplitter::take() {
  // The last byte waits for the next one, with which it may begin a comment.
  while (at_ < text_.size() && (text_[at_] == ';' || at_ + 1 < text_.size())) {
    if (!ends_here(at_++)) continue;
    std::string statement = text_.substr(begin_, at_ - begin_);
    if (sqlite3_complete(statement.c_str()) == 0) continue;
    begin_ = at_;
    has_words_ = false;
    return statement;
  }
  return std::nullopt;
}

}  // namespace spectradb::extension::dump
