// Finds the places of a query's terms in a row by reading its texts.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "extension/facets/text/text_query.h"
#include "temporal/value.h"

namespace spectradb::extension {

struct TextRow {
  std::vector<TextPositions> terms;        // the places of each term of the query
  std::vector<uint64_t> words_of_columns;  // how many words each column has
  uint64_t words = 0;                      // words of all columns

  void evaluate(const TextQuery& query, TextQuery::Row* row) const;
};

// Reads a row; `values` are those of the index's columns.
Result<TextRow> read_text_row(const TextQuery& query, TextTokenizer& tokenizer,
                              std::span<const temporal::Value> values);

}  // namespace spectradb::extension
