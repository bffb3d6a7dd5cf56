// Defines full-text indexes, and the entries that they make of a row.
//
//   CREATE INDEX notes_text ON notes (spectradb_fulltext_index(title, body, 'tokenizer=porter unicode61', 'prefix=2 3'))
//
//   entry   := index_id part key       key: of the row
//   part    := number 0                payload: of each column, how many words it has, in varints
//            | text of a word          payload: where it stands
//            | blob of its beginning   the same of all words that begin so; of the lengths that prefix says
//   payload := column*                 column := number:varint count:varint distance:varint …
//                                      each distance less 1: from the word before, or from word -1 of the column
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "extension/facet/index_kind.h"
#include "extension/facet/matcher.h"
#include "extension/facets/text/kept_postings.h"
#include "extension/facets/text/text_query.h"
#include "extension/facets/text/text_sizes.h"
#include "extension/facets/text/text_tokenizer.h"
#include "temporal/index_schema.h"

namespace spectradb::extension {

struct TextOptions {
  std::string tokenizer = "unicode61";
  std::vector<size_t> prefixes;  // in characters, ascending
  std::string fingerprint;       // of the tokenizer when the index was made
};

// Returns how many bytes the first `characters` characters of a word take; nothing when the word has fewer.
std::optional<size_t> prefix_bytes(std::string_view word, size_t characters);

std::string encode_positions(const TextPositions& positions);
Status decode_positions(std::string_view payload, TextPositions* positions);  // appends
Result<uint64_t> decode_word_count(std::string_view payload);                 // of all columns

// Returns the text that is indexed for a value. `scratch` may hold its bytes.
std::string_view text_of(const temporal::Value& value, std::string& scratch);

class TextEntries final : public temporal::EntryMaker {
 public:
  TextEntries(sqlite3* db, std::string index, TextOptions options)
      : db_(db), index_(std::move(index)), options_(std::move(options)) {}

  const TextOptions& options() const { return options_; }
  // kInvalid where the host has no tokenizer that makes the same words as when the index was made.
  Result<TextTokenizer*> tokenizer();

  TextSizes& sizes() { return sizes_; }
  KeptPostings& kept() { return kept_; }

  const std::vector<temporal::IndexPart>& parts() const override { return parts_; }
  Status make(temporal::EntrySpace* space, std::span<const temporal::Value> values,
              std::vector<temporal::IndexEntry>* entries) override;

  // These return how keys begin after the index's id.
  static std::string size_key();
  static std::string word_key(std::string_view word);
  static std::string prefix_key(std::string_view beginning);
  static std::string words_from(std::string_view beginning);  // of all words that begin so

 private:
  sqlite3* const db_;
  const std::string index_;
  const TextOptions options_;
  const std::vector<temporal::IndexPart> parts_{{temporal::IndexPart::kNoColumn}};
  std::unique_ptr<TextTokenizer> tokenizer_;
  TextSizes sizes_;
  KeptPostings kept_;
};

extern const IndexKind kTextIndex;
extern const Matcher kTextMatcher;

}  // namespace spectradb::extension
