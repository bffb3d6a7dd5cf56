// Splits a text into SQL statements while it comes in. It looks at each byte once; where a statement may
// end, it asks SQLite, because a trigger has semicolons inside. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace spectradb::extension::dump {

class StatementSplitter {
 public:
  void add(std::string_view text);
  // Returns the next whole statement with its semicolon; nothing where it is not complete yet.
  std::optional<std::string> take();
  // Says whether the rest is only blanks and comments, once everything was added and a line end last; if
  // not, a statement lacks its end.
  bool is_blank() const { return !has_words_; }

 private:
  bool ends_here(size_t at);

  enum class Inside : uint8_t { kNothing, kString, kName, kBacktick, kBracket, kLineComment, kComment };
  std::string text_;
  size_t begin_ = 0;  // where the statement begins in text_
  size_t at_ = 0;     // the next byte to look at
  Inside inside_ = Inside::kNothing;
  bool has_words_ = false;  // the statement has words before at_
};

}  // namespace spectradb::extension::dump
