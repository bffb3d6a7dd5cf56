// Parses a query in FTS5's language, and evaluates it for a row.
//
//   query   := or                                      or      := and (OR and)*
//   and     := not (AND not)*                          not     := primary (NOT primary)*
//   primary := [columns ':'] '(' or ')' | ([columns ':'] group)+          groups side by side: all of them
//   group   := ['^'] phrase | NEAR '(' phrase+ [',' n] ')'
//   phrase  := string ['*'] ('+' string ['*'])*        columns := ['-'] (string | '{' string+ '}')
//   string  := bareword | '"' … '"'                    AND, OR, NOT and NEAR in capitals
//
// The index's tokenizer splits strings. Occurrences count where they count for FTS5, including those that its
// bm25() counts in a part of the query that does not hold (see `evaluate`), but for those that FTS5 loses to an earlier row:
// where an AND inside a query does not hold, it empties what iterators of terms below it hold of a later one. Used by one
// thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "extension/facets/text/text_tokenizer.h"

namespace spectradb::extension {

// The place of a token in a row: its column << 32 | its number in that column.
using TextPosition = int64_t;
using TextPositions = std::vector<TextPosition>;  // ascending
inline constexpr int kTextColumnShift = 32;
inline int column_of(TextPosition position) { return static_cast<int>(position >> kTextColumnShift); }

class TextQuery {
 public:
  struct Term {
    std::string text;
    bool is_prefix = false;
    bool operator==(const Term&) const = default;
  };
  struct PhrasePart {
    std::vector<size_t> terms;  // any of these may match: a word and its synonyms
  };
  struct Phrase {
    std::vector<PhrasePart> parts;
    bool is_first = false;  // must be at the beginning of a column
    size_t node = 0;
  };
  struct Node {
    enum class Kind : uint8_t { kGroup, kAnd, kOr, kNot, kNothing };
    Kind kind = Kind::kNothing;
    std::vector<size_t> children;             // nodes
    std::vector<size_t> phrases;              // phrases of a group
    int64_t distance = 0;                     // distance of NEAR
    std::optional<std::vector<int>> columns;  // ascending; none: all columns
    int height = 0;
  };

  explicit TextQuery(std::vector<std::string> columns) : columns_(std::move(columns)) {}

  // Adds one more query; a row must match all of them. `column` restricts it to one column. kInvalid quotes
  // what is wrong.
  Status add(std::string_view text, std::optional<int> column, TextTokenizer& tokenizer);

  // Returns the distinct terms of all phrases.
  const std::vector<Term>& terms() const { return terms_; }
  const std::vector<Phrase>& phrases() const { return phrases_; }
  size_t column_count() const { return columns_.size(); }

  // Says whether a row matches, and where its columns have the query's phrases, which bm25 counts.
  struct Row {
    bool is_match = false;
    std::vector<bool> has_phrase;        // in any column where the phrase is allowed
    std::vector<TextPositions> counted;  // for each phrase, the places that count
    std::vector<TextPositions> found;    // all of its places, by its first word
  };
  // Evaluates the query. `terms` gives the places of each term; null for terms that the row lacks.
  void evaluate(std::span<const TextPositions* const> terms, Row* row) const;
  // Says whether rows could match that have these terms at some time, each of them somewhere.
  bool could_match(const std::vector<bool>& has_term) const;
  // Returns the terms that each row to be looked at has: each that could match, and with `counts_phrases`
  // each that may have a phrase, unless only_word() tells of that. Empty where there is no such term.
  std::vector<size_t> needed_terms(bool counts_phrases) const;
  // Returns the term whose rows are those with the phrase; nothing where only the places of terms tell.
  std::optional<size_t> only_word(const Phrase& phrase) const;
  // Says whether a row that has these terms may have a phrase of which only the places of the terms tell.
  bool could_have_phrase(const std::vector<bool>& has_term) const;

 private:
  friend class TextQueryReader;
  struct State {
    bool is_at = false;  // FTS5's node would be at the row
    bool is_match = false;
  };
  class Evaluation;
  bool could_match(size_t node, const std::vector<bool>& has_term) const;
  static bool has_words(const Phrase& phrase, const std::vector<bool>& has_term);
  static std::vector<size_t> words_of(const Phrase& phrase);  // ascending: those that it cannot do without
  std::vector<size_t> needed_terms(size_t node) const;        // ascending

  const std::vector<std::string> columns_;
  std::vector<Term> terms_;
  std::vector<Phrase> phrases_;
  std::vector<Node> nodes_;
  std::optional<size_t> root_;  // nothing: no query was added
};

}  // namespace spectradb::extension
