#include "extension/facets/text/text_row.h"

#include "extension/facets/text/text_index.h"

namespace spectradb::extension {

void TextRow::evaluate(const TextQuery& query, TextQuery::Row* row) const {
  std::vector<const TextPositions*> there;
  for (const TextPositions& of_term : terms) there.push_back(of_term.empty() ? nullptr : &of_term);
  query.evaluate(there, row);
}

Result<TextRow> read_text_row(const TextQuery& query, TextTokenizer& tokenizer,
                              std::span<const temporal::Value> values) {
  TextRow row;
  row.terms.resize(query.terms().size());
  std::string scratch;
  for (size_t column = 0; column < values.size(); ++column) {
    const TextPosition first = static_cast<TextPosition>(column) << kTextColumnShift;
    TextPosition next = first;
    const auto visit = [&](const TextTokenizer::Token& token) {
      const TextPosition position = token.is_synonym && next > first ? next - 1 : next++;
      for (size_t i = 0; i < row.terms.size(); ++i) {
        const TextQuery::Term& term = query.terms()[i];
        const bool has = term.is_prefix ? token.text.starts_with(term.text) : token.text == term.text;
        if (has && (row.terms[i].empty() || row.terms[i].back() != position))
          row.terms[i].push_back(position);
      }
      return Status::ok();
    };
    SPECTRADB_RETURN_IF_ERROR(
        tokenizer.tokenize(TextTokenizer::Purpose::kDocument, text_of(values[column], scratch), visit));
    row.words_of_columns.push_back(static_cast<uint64_t>(next - first));
    row.words += row.words_of_columns.back();
  }
  return row;
}

}  // namespace spectradb::extension
