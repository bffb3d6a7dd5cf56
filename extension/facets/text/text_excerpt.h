// Shows a column's text, whole or the excerpt with the most hits, and marks the words that a query found. It
// chooses and marks them as FTS5's highlight() and snippet() do.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "extension/facets/text/text_query.h"

namespace spectradb::extension {

// Holds a column's text, as its tokenizer splits it.
struct TextColumn {
  struct Word {
    size_t begin;  // as places of bytes in the text
    size_t end;
  };
  std::string text;
  std::vector<Word> words;
};
Result<TextColumn> read_text_column(TextTokenizer& tokenizer, std::string_view text);

// Holds one occurrence of a phrase.
struct Instance {
  size_t phrase;
  int column;
  int64_t first;  // number of its first word
  int64_t last;
};
// Returns the occurrences in the order of their places.
std::vector<Instance> instances_of(const TextQuery& query, const TextQuery::Row& row);

struct Marks {
  std::string open;
  std::string close;
  std::string ellipsis;  // what replaces the text outside an excerpt
};

std::string highlighted(const TextColumn& column, int number, std::span<const Instance> instances,
                        const Marks& marks);

// Returns an excerpt of so many words, from the column of that number, or from any column where it is
// negative.
std::string excerpt(std::span<const TextColumn> columns, int number, std::span<const Instance> instances,
                    int64_t words, const Marks& marks);

}  // namespace spectradb::extension
