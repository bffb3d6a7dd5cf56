#include "extension/facets/text/text_excerpt.h"

#include <algorithm>
#include <optional>
#include <set>

namespace spectradb::extension {

namespace {

// These are the scores of a part of a text: for the first and each further occurrence of a phrase, and for
// a part that begins the text, or a sentence.
constexpr int64_t kNewPhrase = 1000;
constexpr int64_t kSamePhrase = 1;
constexpr int64_t kBeginsText = 120;
constexpr int64_t kBeginsSentence = 100;

struct WordRange {
  int64_t first;
  int64_t last;
};

// Returns the marked ranges of a column; overlapping ones become one.
std::vector<WordRange> marked_ranges(int column, std::span<const Instance> instances) {
  std::vector<WordRange> ranges;
  for (const Instance& instance : instances) {
    if (instance.column != column) continue;
    if (!ranges.empty() && instance.first <= ranges.back().last) {
      ranges.back().last = std::max(ranges.back().last, instance.last);
    } else {
      ranges.push_back({instance.first, instance.last});
    }
  }
  return ranges;
}

// Returns the words [first, last] of a text, with what precedes the first word of all and follows the last
// one.
std::string marked(const TextColumn& column, std::span<const WordRange> ranges, WordRange shown,
                   const Marks& marks) {
  const auto count = static_cast<int64_t>(column.words.size());
  const auto word = [&column](int64_t i) -> const TextColumn::Word& {
    return column.words[static_cast<size_t>(i)];
  };
  std::string out;
  size_t at = shown.first == 0 || count == 0 ? 0 : word(shown.first).begin;
  const auto copy_to = [&](size_t end) {
    if (end > at) out.append(column.text, at, end - at);
    at = std::max(at, end);
  };
  for (const WordRange& range : ranges) {
    if (range.first < shown.first || range.first > shown.last || range.first >= count) continue;
    copy_to(word(range.first).begin);
    out += marks.open;
    copy_to(word(std::min({range.last, shown.last, count - 1})).end);
    out += marks.close;
  }
  copy_to(shown.last >= count - 1 ? column.text.size() : word(shown.last).end);
  return out;
}

// Returns the words that begin a sentence, the first word included.
std::vector<int64_t> sentences_of(const TextColumn& column) {
  std::vector<int64_t> first;
  for (size_t i = 0; i < column.words.size(); ++i) {
    const size_t begin = column.words[i].begin;
    size_t before = begin;
    while (before > 0 && std::string_view(" \t\n\r").find(column.text[before - 1]) != std::string_view::npos)
      --before;
    const bool is_parted =
        before != begin && before > 0 && (column.text[before - 1] == '.' || column.text[before - 1] == ':');
    if (i == 0 || is_parted) first.push_back(static_cast<int64_t>(i));
  }
  return first;
}

struct Score {
  int64_t score = 0;
  int64_t first = 0;  // the first word, such that the hit is in the middle
};

Score score_of(std::span<const Instance> instances, int column, int64_t from, int64_t words,
               int64_t column_words) {
  std::set<size_t> seen;
  Score score;
  std::optional<int64_t> first;
  int64_t behind_last = 0;
  for (const Instance& instance : instances) {
    if (instance.column != column || instance.first < from || instance.first >= from + words) continue;
    score.score += seen.insert(instance.phrase).second ? kNewPhrase : kSamePhrase;
    if (!first) first = instance.first;
    behind_last = instance.last + 1;
  }
  const int64_t start = first.value_or(-1);
  score.first = start - (words - (behind_last - start)) / 2;
  if (score.first + words > column_words) score.first = column_words - words;
  score.first = std::max<int64_t>(score.first, 0);
  return score;
}

}  // namespace

Result<TextColumn> read_text_column(TextTokenizer& tokenizer, std::string_view text) {
  TextColumn column{std::string(text), {}};
  SPECTRADB_RETURN_IF_ERROR(
      tokenizer.tokenize(TextTokenizer::Purpose::kDocument, text, [&](const TextTokenizer::Token& token) {
        const size_t end = std::min(token.end, text.size());
        if (!token.is_synonym) column.words.push_back({std::min(token.begin, end), end});
        return Status::ok();
      }));
  return column;
}

std::vector<Instance> instances_of(const TextQuery& query, const TextQuery::Row& row) {
  constexpr TextPosition kWordMask = (TextPosition{1} << kTextColumnShift) - 1;
  std::vector<Instance> instances;
  for (size_t i = 0; i < row.counted.size(); ++i) {
    const auto size = static_cast<int64_t>(query.phrases()[i].parts.size());
    for (const TextPosition position : row.counted[i]) {
      const int64_t first = position & kWordMask;
      instances.push_back({i, column_of(position), first, first + size - 1});
    }
  }
  std::stable_sort(instances.begin(), instances.end(), [](const Instance& a, const Instance& b) {
    return a.column != b.column ? a.column < b.column : a.first < b.first;
  });
  return instances;
}

std::string highlighted(const TextColumn& column, int number, std::span<const Instance> instances,
                        const Marks& marks) {
  const auto last = static_cast<int64_t>(column.words.size()) - 1;
  return marked(column, marked_ranges(number, instances), {0, std::max<int64_t>(last, 0)}, marks);
}

std::string excerpt(std::span<const TextColumn> columns, int number, std::span<const Instance> instances,
                    int64_t words, const Marks& marks) {
  int64_t best = 0;
  int best_column = std::max(number, 0);
  int64_t start = 0;
  const auto consider = [&](int64_t score, int column, int64_t first) {
    if (score <= best) return;
    best = score;
    best_column = column;
    start = first;
  };
  for (int i = 0; i < static_cast<int>(columns.size()); ++i) {
    if (number >= 0 && number != i) continue;
    const auto count = static_cast<int64_t>(columns[static_cast<size_t>(i)].words.size());
    const std::vector<int64_t> sentences = sentences_of(columns[static_cast<size_t>(i)]);
    for (const Instance& instance : instances) {
      if (instance.column != i) continue;
      const Score here = score_of(instances, i, instance.first, words, count);
      consider(here.score, i, here.first);
      if (sentences.empty() || count <= words) continue;
      const auto behind = std::upper_bound(sentences.begin() + 1, sentences.end(), instance.first);
      const int64_t sentence = *std::prev(behind);
      if (sentence >= instance.first) continue;
      const int64_t score = score_of(instances, i, sentence, words, count).score;
      consider(score + (sentence == 0 ? kBeginsText : kBeginsSentence), i, sentence);
    }
  }
  const TextColumn& column = columns[static_cast<size_t>(best_column)];
  const auto count = static_cast<int64_t>(column.words.size());
  const int64_t last = start + words - 1;
  return (start > 0 ? marks.ellipsis : "") +
         marked(column, marked_ranges(best_column, instances), {start, last}, marks) +
         (last >= count - 1 ? "" : marks.ellipsis);
}

}  // namespace spectradb::extension
