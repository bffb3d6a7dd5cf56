// Parts a text into SQL statements while it comes in. Each byte is looked at once; where one may end, SQLite is asked
// whether it does, since a trigger has semicolons inside. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace spectradb::extension::dump {

class StatementSplitter {
 public:
  void add(std::string_view text);
  // The next whole statement with its semicolon; nothing where it is not there yet.
  std::optional<std::string> take();
  // Whether what is left once all was added, an end of a line last, is blanks and comments; else a statement lacks its end.
  bool is_blank() const { return !has_words_; }

 private:
  bool ends_here(size_t at);

  enum class Inside : uint8_t { kNothing, kString, kName, kBacktick, kBracket, kLineComment, kComment };
  std::string text_;
  size_t begin_ = 0;  // of the statement, in text_
  size_t at_ = 0;     // of the next byte to be looked at
  Inside inside_ = Inside::kNothing;
  bool has_words_ = false;  // the statement, up to at_
};

}  // namespace spectradb::extension::dump
