#include "extension/facets/text/text_functions.h"

#include "extension/facets/text/text_excerpt.h"
#include "extension/facets/text/text_match.h"
#include "extension/facets/text/text_row.h"
#include "extension/host/values.h"

namespace spectradb::extension {

using temporal::Value;

namespace {

constexpr const char* kBm25Name = "spectradb_bm25";
constexpr const char* kHighlightName = "spectradb_highlight";
constexpr const char* kSnippetName = "spectradb_snippet";
constexpr int kHighlightArguments = 4;
constexpr int kSnippetArguments = 6;
constexpr int64_t kTextMostWords = 64;  // of an excerpt, as in FTS5

// Holds a row that MATCH found, tokenized again, for spectradb_bm25(), spectradb_snippet() and
// spectradb_highlight().
struct FoundRow {
  const MatchedRow* matched;
  TextMatch* match;
  TextTokenizer* tokenizer;
  TextRow texts;
  TextQuery::Row row;
};

Result<FoundRow> read_found_row(const FunctionCall& call, const char* name) {
  FoundRow found{};
  found.matched = static_cast<const MatchedRow*>(sqlite3_value_pointer(call.arguments[0], kMatchedRow));
  if (found.matched == nullptr || found.matched->matcher != &kTextMatcher)
    return Status::invalid(
        std::string(name) +
        "() is for rows that MATCH finds in a full-text index, while they are read: its first "
        "argument is the table, or its column _match");
  found.match = static_cast<TextMatch*>(found.matched->match.get());
  SPECTRADB_ASSIGN_OR_RETURN(found.tokenizer, found.match->entries().tokenizer());
  SPECTRADB_ASSIGN_OR_RETURN(found.texts,
                             read_text_row(found.match->query(), *found.tokenizer, found.matched->values));
  found.texts.evaluate(found.match->query(), &found.row);
  return found;
}

Status bm25(const FunctionCall& call) {
  if (call.count == 0)
    return Status::invalid("spectradb_bm25() takes the table, and a weight for each column");
  SPECTRADB_ASSIGN_OR_RETURN(const FoundRow found, read_found_row(call, kBm25Name));
  std::vector<double> occurrences;
  for (const TextPositions& positions : found.row.counted) {
    double& sum = occurrences.emplace_back(0);
    for (const TextPosition position : positions) {
      const int argument = 1 + column_of(position);
      sum += argument < call.count ? sqlite3_value_double(call.arguments[argument]) : 1;
    }
  }
  sqlite3_result_double(call.context, found.match->rank(occurrences, found.texts.words));
  return Status::ok();
}

std::string text_argument(sqlite3_value* value) {
  std::string scratch;
  return std::string(text_of(from_sqlite(value), scratch));
}

Status highlight(const FunctionCall& call) {
  SPECTRADB_ASSIGN_OR_RETURN(const FoundRow found, read_found_row(call, kHighlightName));
  const int number = sqlite3_value_int(call.arguments[1]);
  const std::vector<Value>& values = found.matched->values;
  if (number < 0 || number >= static_cast<int>(values.size()) ||
      values[static_cast<size_t>(number)].is_null())
    return Status::ok();
  std::string scratch;
  SPECTRADB_ASSIGN_OR_RETURN(
      const TextColumn column,
      read_text_column(*found.tokenizer, text_of(values[static_cast<size_t>(number)], scratch)));
  const std::string text =
      highlighted(column, number, instances_of(found.match->query(), found.row),
                  {text_argument(call.arguments[2]), text_argument(call.arguments[3]), {}});
  give(call.context, Value::text(text));
  return Status::ok();
}

Status snippet(const FunctionCall& call) {
  constexpr int kWords = 5;
  SPECTRADB_ASSIGN_OR_RETURN(const FoundRow found, read_found_row(call, kSnippetName));
  const int number = sqlite3_value_int(call.arguments[1]);
  const std::vector<Value>& values = found.matched->values;
  const int64_t words = sqlite3_value_int64(call.arguments[kWords]);
  if (words < 1 || words > kTextMostWords)
    return Status::invalid("spectradb_snippet() takes a number of words from 1 to " +
                           std::to_string(kTextMostWords) + ", not " +
                           spelled(from_sqlite(call.arguments[kWords])));
  if (number >= static_cast<int>(values.size()))
    return Status::invalid("spectradb_snippet(): the index has " + std::to_string(values.size()) +
                           " columns, which are counted from 0; a negative number means any");
  std::vector<TextColumn> columns;
  for (const Value& value : values) {
    std::string scratch;
    SPECTRADB_ASSIGN_OR_RETURN(TextColumn column,
                               read_text_column(*found.tokenizer, text_of(value, scratch)));
    columns.push_back(std::move(column));
  }
  const std::string text = excerpt(
      columns, number, instances_of(found.match->query(), found.row), words,
      {text_argument(call.arguments[2]), text_argument(call.arguments[3]), text_argument(call.arguments[4])});
  give(call.context, Value::text(text));
  return Status::ok();
}

constexpr Function kTextFunctions[] = {{kBm25Name, -1, SQLITE_INNOCUOUS, bm25},
                                       {kHighlightName, kHighlightArguments, SQLITE_INNOCUOUS, highlight},
                                       {kSnippetName, kSnippetArguments, SQLITE_INNOCUOUS, snippet}};

}  // namespace

std::span<const Function> text_functions() { return kTextFunctions; }

}  // namespace spectradb::extension
