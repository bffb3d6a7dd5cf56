#include "extension/facets/text/text_match.h"

#include <algorithm>

#include "base/assert.h"
#include "extension/facets/text/text_postings.h"
#include "extension/facets/text/text_row.h"
#include "extension/host/values.h"
#include "temporal/corruption.h"
#include "temporal/key_codec.h"
#include "temporal/row_cursor.h"

namespace spectradb::extension {

using temporal::Value;

namespace {

// A word with more than so many times as many entries as there are keys is sought key by key: a seek costs
// about as much as so many entries.
constexpr uint64_t kEntriesASeek = 4;

}  // namespace

TextMatch::Range TextMatch::range_of(const TextQuery::Term& term) const {
  if (!term.is_prefix) {
    const std::string key = TextEntries::word_key(term.text);
    return {key, temporal::after_prefix(key), false};
  }
  for (const size_t length : entries_.options().prefixes) {
    if (prefix_bytes(term.text, length) != term.text.size()) continue;
    const std::string key = TextEntries::prefix_key(term.text);
    return {key, temporal::after_prefix(key), false};
  }
  const std::string key = TextEntries::words_from(term.text);
  return {key, temporal::after_prefix(key), true};
}

// Counts row_ in, and returns whether it matches.
bool TextMatch::take() {
  for (size_t i = 0; i < rows_with_phrase_.size(); ++i) rows_with_phrase_[i] += row_.has_phrase[i] ? 1 : 0;
  if (!row_.is_match) return false;
  words_.push_back(0);
  for (const TextPositions& counted : row_.counted)
    occurrences_.push_back(static_cast<double>(counted.size()));
  return true;
}

// Whether a phrase may be one of those whose words are read only where its rarest word is.
bool TextMatch::is_plain(const TextQuery::Phrase& phrase) const {
  return phrase.parts.size() > 1 &&
         std::all_of(phrase.parts.begin(), phrase.parts.end(), [this](const TextQuery::PhrasePart& part) {
           return part.terms.size() == 1 && !range_of(query_.terms()[part.terms.front()]).is_merged;
         });
}

// Reads the entries of all terms. A word that is only in one phrase of several words is looked for where the
// phrase's rarer words are.
Status TextMatch::read_postings(const MatchSpace& space, PostingLists* lists) const {
  const std::vector<TextQuery::Term>& terms = query_.terms();
  std::vector<Range> ranges;
  for (const TextQuery::Term& term : terms) ranges.push_back(range_of(term));
  std::vector<int> uses(terms.size(), 0);
  for (const TextQuery::Phrase& phrase : query_.phrases()) {
    for (const TextQuery::PhrasePart& part : phrase.parts) {
      for (const size_t term : part.terms) ++uses[term];
    }
  }
  SPECTRADB_RETURN_IF_ERROR(entries_.kept().begin(space));
  PostingReader reader(space, entries_.kept());
  for (size_t i = 0; i < terms.size(); ++i) (*lists)[i] = reader.find_kept(ranges[i].from);
  const auto read = [&](size_t term) -> Status {
    SPECTRADB_ASSIGN_OR_RETURN((*lists)[term],
                               reader.read(ranges[term].from, ranges[term].to, ranges[term].is_merged));
    return Status::ok();
  };
  for (const TextQuery::Phrase& phrase : query_.phrases()) {
    if (!is_plain(phrase)) continue;
    std::vector<std::pair<uint64_t, size_t>> rarest;
    for (const TextQuery::PhrasePart& part : phrase.parts) {
      const size_t term = part.terms.front();
      const uint64_t size = (*lists)[term] != nullptr ? (*lists)[term]->size()
                                                      : reader.estimate(ranges[term].from, ranges[term].to);
      rarest.emplace_back(size, term);
    }
    std::sort(rarest.begin(), rarest.end());
    const Postings* last = nullptr;
    for (const auto& [size, term] : rarest) {
      std::shared_ptr<const Postings>& list = (*lists)[term];
      const uint64_t cost = last == nullptr ? UINT64_MAX : kEntriesASeek * (last->size() + 1);
      if (list == nullptr && uses[term] == 1 && size > cost &&
          !entries_.kept().is_sought_too_often(ranges[term].from, cost, size)) {
        SPECTRADB_ASSIGN_OR_RETURN(list, reader.seek(*last, ranges[term].from));
      } else if (list == nullptr) {
        SPECTRADB_RETURN_IF_ERROR(read(term));
      }
      last = list.get();
    }
  }
  for (size_t i = 0; i < terms.size(); ++i) {
    if ((*lists)[i] == nullptr) SPECTRADB_RETURN_IF_ERROR(read(i));
  }
  return Status::ok();
}

Status TextMatch::search(const MatchSpace& space, bool wants_ranks, std::vector<RankedRow>* rows) {
  PostingLists lists(query_.terms().size());
  SPECTRADB_RETURN_IF_ERROR(read_postings(space, &lists));
  std::vector<TextPositions> positions(lists.size());
  std::vector<const TextPositions*> terms(lists.size());
  for (KeysTogether keys(lists, query_.needed_terms(wants_ranks)); keys.next();) {
    if (!query_.could_match(keys.has()) && !(wants_ranks && query_.could_have_phrase(keys.has()))) continue;
    for (size_t i = 0; i < lists.size(); ++i) {
      terms[i] = nullptr;
      if (!keys.has()[i]) continue;
      positions[i].clear();
      SPECTRADB_RETURN_IF_ERROR(decode_positions(keys.payload(i), &positions[i]));
      terms[i] = &positions[i];
    }
    query_.evaluate(terms, &row_);
    if (take()) rows->push_back({0, std::string(keys.key()), 0});
  }
  if (!wants_ranks || rows->empty()) return Status::ok();
  for (size_t i = 0; i < rows_with_phrase_.size(); ++i) {
    const std::optional<size_t> word = query_.only_word(query_.phrases()[i]);
    if (word) rows_with_phrase_[i] = lists[*word]->size();
  }
  SPECTRADB_RETURN_IF_ERROR(count_sizes(space, *rows));
  for (size_t i = 0; i < rows->size(); ++i) (*rows)[i].distance = rank(i);
  return Status::ok();
}

// Counts how much text is visible in all, and in each row that was found.
Status TextMatch::count_sizes(const MatchSpace& space, const std::vector<RankedRow>& rows) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::shared_ptr<const CountedText> counted, entries_.sizes().at(space));
  all_ = counted->all();
  if (!counted->has_rows()) return find_sizes(space, rows);
  size_t place = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    const std::optional<uint64_t> words = counted->words_of(rows[i].key, &place);
    if (!words) return SPECTRADB_CORRUPT_BYTES("a full-text index has words of a row without a size");
    words_[i] = *words;
  }
  return Status::ok();
}

Status TextMatch::find_sizes(const MatchSpace& space, const std::vector<RankedRow>& rows) {
  temporal::RowCursor cursor(space.store.new_cursor(space.options), space.times);
  const std::string key = key_under(space.index.id, TextEntries::size_key());
  for (size_t i = 0; i < rows.size(); ++i) {
    cursor.seek_point(key + rows[i].key);
    SPECTRADB_RETURN_IF_ERROR(cursor.status());
    if (!cursor.valid())
      return SPECTRADB_CORRUPT_BYTES("a full-text index has words of a row without a size");
    SPECTRADB_ASSIGN_OR_RETURN(words_[i], decode_word_count(cursor.row().payload));
  }
  return Status::ok();
}

Status TextMatch::find_candidates(IndexScan& entries, std::vector<std::string>* keys) {
  const std::vector<temporal::IndexPart>& parts = entries_.parts();
  const uint32_t id = entries.index().id;
  PostingLists lists;
  for (size_t i = 0; i < query_.terms().size(); ++i) {
    auto list = std::make_shared<Postings>();
    const Range range = range_of(query_.terms()[i]);
    for (entries.seek(key_under(id, range.from), key_under(id, range.to), false); entries.valid();
         entries.next()) {
      SPECTRADB_ASSIGN_OR_RETURN(const temporal::PartsExtent extent,
                                 temporal::extent_of_parts(entries.entry(), parts));
      list->add(entries.entry().substr(extent.size), {});
    }
    SPECTRADB_RETURN_IF_ERROR(entries.status());
    if (range.is_merged) SPECTRADB_RETURN_IF_ERROR(list->merge());
    lists.push_back(std::move(list));
  }
  for (KeysTogether together(lists, query_.needed_terms(false)); together.next();) {
    if (query_.could_match(together.has())) keys->emplace_back(together.key());
  }
  return Status::ok();
}

Result<bool> TextMatch::add(std::span<const Value> values) {
  SPECTRADB_ASSIGN_OR_RETURN(TextTokenizer* const tokenizer, entries_.tokenizer());
  SPECTRADB_ASSIGN_OR_RETURN(const TextRow row, read_text_row(query_, *tokenizer, values));
  row.evaluate(query_, &row_);
  ++all_.rows;
  all_.words += row.words;
  const bool is_match = take();
  if (is_match) words_.back() = row.words;
  return is_match;
}

double TextMatch::rank(size_t n) {
  SPECTRADB_ASSERT(n < words_.size());
  const size_t phrases = query_.phrases().size();
  return rank(std::span(occurrences_).subspan(n * phrases, phrases), words_[n]);
}

double TextMatch::rank(std::span<const double> occurrences, uint64_t words) {
  if (!ranks_) ranks_.emplace(all_.rows, all_.words, rows_with_phrase_);
  return ranks_->rank(occurrences, words);
}

Result<std::unique_ptr<Match>> match_text(const temporal::TableSchema& table,
                                          const temporal::IndexSchema& index,
                                          std::span<const MatchCondition> conditions) {
  TextEntries& entries = static_cast<TextEntries&>(*index.maker);
  SPECTRADB_ASSIGN_OR_RETURN(TextTokenizer* const tokenizer, entries.tokenizer());
  std::vector<std::string> columns;
  for (const temporal::IndexPart& part : index.parts)
    columns.push_back(table.columns[static_cast<size_t>(part.column)].name);
  TextQuery query(std::move(columns));
  std::string scratch;
  for (const MatchCondition& condition : conditions) {
    std::optional<int> column;
    if (condition.part) column = static_cast<int>(*condition.part);
    SPECTRADB_RETURN_IF_ERROR(query.add(text_of(condition.query, scratch), column, *tokenizer));
  }
  return std::unique_ptr<Match>(std::make_unique<TextMatch>(std::move(query), entries));
}

}  // namespace spectradb::extension
