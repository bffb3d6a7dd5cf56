// Uses SQLite's own FTS5 tokenizers, through fts5_api: unicode61, porter, ascii, trigram, and what the host
// has registered. Used by the thread that uses the connection, and not after that is closed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"
#include "extension/host/api.h"

namespace spectradb::extension {

class TextTokenizer {
 public:
  // FTS5 tells tokenizers what a text is for.
  enum class Purpose : uint8_t { kDocument, kQuery, kPrefixQuery };
  struct Token {
    std::string_view text;
    size_t begin;  // bytes of the text that the token covers
    size_t end;
    bool is_synonym;  // it is in the same place as the token before it
  };
  using Visit = std::function<Status(const Token& token)>;

  // Opens a tokenizer. `definition` is what FTS5 takes as tokenize: 'porter unicode61', "unicode61
  // tokenchars '-_'". kInvalid where the host has no FTS5, or no such tokenizer.
  static Result<std::unique_ptr<TextTokenizer>> open(sqlite3* db, const std::string& definition);
  ~TextTokenizer();
  TextTokenizer(const TextTokenizer&) = delete;
  TextTokenizer& operator=(const TextTokenizer&) = delete;

  Status tokenize(Purpose purpose, std::string_view text, const Visit& visit);
  // Returns a fingerprint of what the tokenizer makes of a fixed text in several languages, which
  // distinguishes tokenizers of the same name.
  Result<std::string> fingerprint();

 private:
  struct Functions;
  explicit TextTokenizer(std::unique_ptr<Functions> functions);

  std::unique_ptr<Functions> functions_;
};

}  // namespace spectradb::extension
