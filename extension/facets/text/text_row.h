// Where the terms of a query stand in a row, found by reading its texts.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "extension/facets/text/text_query.h"
#include "temporal/value.h"

namespace spectradb::extension {

struct TextRow {
  std::vector<TextPositions> terms;        // for each term of the query, where it stands
  std::vector<uint64_t> words_of_columns;  // how many there are
  uint64_t words = 0;                      // in all columns

  void evaluate(const TextQuery& query, TextQuery::Row* row) const;
};

// `values` are those of the index's columns.
Result<TextRow> read_text_row(const TextQuery& query, TextTokenizer& tokenizer,
                              std::span<const temporal::Value> values);

}  // namespace spectradb::extension
