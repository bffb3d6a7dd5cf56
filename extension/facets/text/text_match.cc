#include "extension/facets/text/text_match.h"

#include <algorithm>

#include "base/assert.h"
#include "extension/facets/text/text_row.h"
#include "extension/host/values.h"
#include "temporal/corruption.h"
#include "temporal/key_codec.h"
#include "temporal/row_cursor.h"

namespace spectradb::extension {

using temporal::Value;

namespace {

constexpr size_t kTextIdBytes = sizeof(uint32_t);

// Holds the entries of one term: keys of rows, ascending and each once, and where the term is in each row.
class Postings {
 public:
  size_t size() const { return list_.size(); }
  std::string_view key(size_t i) const { return view(list_[i].key, list_[i].key_size); }
  std::string_view payload(size_t i) const { return view(list_[i].payload, list_[i].payload_size); }
  void add(std::string_view key, std::string_view payload) {
    list_.push_back({bytes_.size(), bytes_.size() + key.size(), key.size(), payload.size()});
    bytes_.append(key).append(payload);
  }
  // Merges the entries of several words, which come word after word: makes one of those that have the same
  // key.
  Status merge() {
    std::stable_sort(list_.begin(), list_.end(),
                     [this](const Posting& a, const Posting& b) { return key_of(a) < key_of(b); });
    Postings merged;
    TextPositions positions;
    for (size_t i = 0; i < list_.size();) {
      const std::string_view first = key(i);
      size_t end = i + 1;
      while (end < list_.size() && key(end) == first) ++end;
      if (end == i + 1) {
        merged.add(first, payload(i));
      } else {
        positions.clear();
        for (size_t j = i; j < end; ++j) SPECTRADB_RETURN_IF_ERROR(decode_positions(payload(j), &positions));
        std::sort(positions.begin(), positions.end());
        positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
        merged.add(first, encode_positions(positions));
      }
      i = end;
    }
    *this = std::move(merged);
    return Status::ok();
  }

 private:
  struct Posting {
    size_t key;
    size_t payload;
    size_t key_size;
    size_t payload_size;
  };
  std::string_view view(size_t begin, size_t size) const {
    return std::string_view(bytes_).substr(begin, size);
  }
  std::string_view key_of(const Posting& posting) const { return view(posting.key, posting.key_size); }

  std::vector<Posting> list_;
  std::string bytes_;
};

// Walks several lists of keys in parallel, key by key.
class KeysTogether {
 public:
  explicit KeysTogether(const std::vector<Postings>& lists) : lists_(lists), at_(lists.size(), 0) {}

  // Returns false at the end.
  bool next() {
    bool is_any = false;
    for (size_t i = 0; i < lists_.size(); ++i) {
      if (is_begun_ && has(i)) ++at_[i];
    }
    for (size_t i = 0; i < lists_.size(); ++i) {
      if (at_[i] == lists_[i].size()) continue;
      const std::string_view key = lists_[i].key(at_[i]);
      if (!is_any || key < next_) next_ = key;
      is_any = true;
    }
    key_ = next_;
    is_begun_ = true;
    return is_any;
  }
  std::string_view key() const { return key_; }
  bool has(size_t list) const {
    return at_[list] < lists_[list].size() && lists_[list].key(at_[list]) == key_;
  }
  std::string_view payload(size_t list) const { return lists_[list].payload(at_[list]); }

 private:
  const std::vector<Postings>& lists_;
  std::vector<size_t> at_;
  std::string_view next_;
  std::string_view key_;
  bool is_begun_ = false;
};

std::string under(uint32_t id, std::string_view key) {
  std::string whole;
  temporal::append_table_id(whole, id);
  return whole.append(key);
}

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

Status TextMatch::search(const MatchSpace& space, bool wants_ranks, std::vector<RankedRow>* rows) {
  const std::vector<temporal::IndexPart>& parts = entries_.parts();
  temporal::RowCursor cursor(space.store.new_cursor(space.options), space.times);
  std::vector<Postings> lists(query_.terms().size());
  for (size_t i = 0; i < lists.size(); ++i) {
    const Range range = range_of(query_.terms()[i]);
    for (cursor.seek(under(space.index.id, range.from), under(space.index.id, range.to), false);
         cursor.valid(); cursor.next()) {
      const std::string_view entry = cursor.row().user_key.substr(kTextIdBytes);
      size_t size = range.from.size();
      if (range.is_merged) {
        SPECTRADB_ASSIGN_OR_RETURN(const temporal::PartsExtent extent,
                                   temporal::extent_of_parts(entry, parts));
        size = extent.size;
      }
      lists[i].add(entry.substr(size), cursor.row().payload);
    }
    SPECTRADB_RETURN_IF_ERROR(cursor.status());
    if (range.is_merged) SPECTRADB_RETURN_IF_ERROR(lists[i].merge());
  }
  std::vector<TextPositions> positions(lists.size());
  std::vector<const TextPositions*> terms(lists.size());
  for (KeysTogether keys(lists); keys.next();) {
    for (size_t i = 0; i < lists.size(); ++i) {
      terms[i] = nullptr;
      if (!keys.has(i)) continue;
      positions[i].clear();
      SPECTRADB_RETURN_IF_ERROR(decode_positions(keys.payload(i), &positions[i]));
      terms[i] = &positions[i];
    }
    query_.evaluate(terms, &row_);
    if (take()) rows->push_back({0, std::string(keys.key()), 0});
  }
  if (!wants_ranks || rows->empty()) return Status::ok();
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
  const std::string key = under(space.index.id, TextEntries::size_key());
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
  std::vector<Postings> lists(query_.terms().size());
  for (size_t i = 0; i < lists.size(); ++i) {
    const Range range = range_of(query_.terms()[i]);
    for (entries.seek(under(id, range.from), under(id, range.to), false); entries.valid(); entries.next()) {
      SPECTRADB_ASSIGN_OR_RETURN(const temporal::PartsExtent extent,
                                 temporal::extent_of_parts(entries.entry(), parts));
      lists[i].add(entries.entry().substr(extent.size), {});
    }
    SPECTRADB_RETURN_IF_ERROR(entries.status());
    if (range.is_merged) SPECTRADB_RETURN_IF_ERROR(lists[i].merge());
  }
  std::vector<bool> has_term(lists.size());
  for (KeysTogether together(lists); together.next();) {
    for (size_t i = 0; i < lists.size(); ++i) has_term[i] = together.has(i);
    if (query_.could_match(has_term)) keys->emplace_back(together.key());
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
