// A kind of statement that is ours as a whole, such as CREATE INDEX on a temporal table: the words that it
// starts with, the word by which a first look at a text finds it, and what it becomes. The rewriter asks the
// forms before it reads a statement as a query. Those of sql/ are in StatementForms::own(); facets bring
// theirs (extension/facet/facet.h).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "sql/shape/catalog.h"
#include "sql/text/reader.h"

namespace spectradb::sql {

struct StatementForm {
  std::span<const std::string_view> first_words;  // a statement of the form starts with one of these words
  // It also has one of these; rare words save reading texts in vain.
  std::span<const std::string_view> words;
  // Returns the text to prepare instead; nothing for every other statement, and where SQLite's own error is
  // better. kInvalid, with a sentence for the user, where the statement has this form and cannot be right.
  // `statement` has no EXPLAIN and no ';'.
  Result<std::optional<std::string>> (*rewrite)(const Reader& reader, Span statement, Catalog& catalog);
};

// A set of keywords; every word of every text that is prepared is looked up in it.
class Words {
 public:
  static constexpr size_t kLongest = 31;  // bytes of a word

  void add(std::string_view word);  // 1 to kLongest letters, which must outlive the set
  bool has(std::string_view word) const;

 private:
  // Both cases of a letter share one bit.
  static uint32_t initial(char c) { return 1u << (static_cast<unsigned char>(c) & 31u); }

  std::array<uint32_t, kLongest + 1> initials_{};  // by size
  std::array<std::vector<std::string_view>, kLongest + 1> of_size_;
};

// Immutable; any thread.
class StatementForms {
 public:
  // `more` is asked before the forms of sql/, which take any CREATE or ALTER. `words` are further words of
  // queries that may have to be rewritten.
  explicit StatementForms(std::span<const StatementForm* const> more,
                          std::span<const std::string_view> words = {});

  static const StatementForms& own();

  std::span<const StatementForm* const> all() const { return forms_; }
  // Whether a statement with this word may have to be rewritten, by a form or as a query or a write.
  bool has_word(std::string_view word) const { return words_.has(word); }

  // Calls StatementForm::rewrite of the first form that takes the statement.
  Result<std::optional<std::string>> rewrite(const Reader& reader, Span statement, Catalog& catalog) const;

 private:
  std::vector<const StatementForm*> forms_;
  Words words_;
};

}  // namespace spectradb::sql
