// TextQuery: whether a row matches, and which phrases count there.
#include <algorithm>
#include <iterator>

#include "base/assert.h"
#include "extension/facets/text/text_query.h"

namespace spectradb::extension {

namespace {

std::vector<size_t> common(const std::vector<size_t>& a, const std::vector<size_t>& b) {
  std::vector<size_t> both;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
  return both;
}

std::vector<size_t> either(const std::vector<size_t>& a, const std::vector<size_t>& b) {
  std::vector<size_t> all;
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(all));
  return all;
}

}  // namespace

// Evaluates one row. FTS5 walks a tree of iterators, each of which is at the next row that it may have.
// Where a NEAR does not hold although its words are there, its iterators are at the row nevertheless, and
// bm25() counts the phrases before the one that is missing. So a node has two answers here, too.
class TextQuery::Evaluation {
 public:
  Evaluation(const TextQuery& query, std::span<const TextPositions* const> terms, Row* row)
      : query_(query), terms_(terms), row_(*row) {}

  void run() {
    // The lists keep their memory from row to row.
    row_.has_phrase.assign(query_.phrases_.size(), false);
    row_.counted.resize(query_.phrases_.size());
    row_.found.resize(query_.phrases_.size());
    for (size_t i = 0; i < query_.phrases_.size(); ++i) {
      row_.counted[i].clear();
      find(query_.phrases_[i], &row_.found[i]);
      row_.has_phrase[i] = !row_.found[i].empty();
    }
    row_.is_match = query_.root_ && evaluate(*query_.root_).is_match;
    if (!row_.is_match) return;
    for (const size_t group : standing_) count(query_.nodes_[group]);
  }

 private:
  const std::optional<std::vector<int>>& columns_of(const Phrase& phrase) const {
    return query_.nodes_[phrase.node].columns;
  }
  static bool admits(const std::optional<std::vector<int>>& columns, TextPosition position) {
    return !columns || std::binary_search(columns->begin(), columns->end(), column_of(position));
  }

  // Finds the places of a phrase, by its first word.
  void find(const Phrase& phrase, TextPositions* at) const {
    at->clear();
    TextPositions scratch;
    for (size_t i = 0; i < phrase.parts.size(); ++i) {
      const TextPositions& here = positions_of(phrase.parts[i], scratch);
      if (i == 0) {
        for (const TextPosition position : here) {
          constexpr TextPosition kTokenMask = (TextPosition{1} << kTextColumnShift) - 1;
          const bool is_placed = !phrase.is_first || (position & kTokenMask) == 0;
          if (is_placed && admits(columns_of(phrase), position)) at->push_back(position);
        }
      } else {
        std::erase_if(*at, [&](TextPosition position) {
          return !std::binary_search(here.begin(), here.end(), position + static_cast<TextPosition>(i));
        });
      }
      if (at->empty()) return;
    }
  }
  const TextPositions& positions_of(const PhrasePart& part, TextPositions& scratch) const {
    if (part.terms.size() == 1 && terms_[part.terms.front()] != nullptr) return *terms_[part.terms.front()];
    scratch.clear();
    for (const size_t term : part.terms) {
      if (terms_[term] != nullptr) scratch.insert(scratch.end(), terms_[term]->begin(), terms_[term]->end());
    }
    std::sort(scratch.begin(), scratch.end());
    scratch.erase(std::unique(scratch.begin(), scratch.end()), scratch.end());
    return scratch;
  }
  bool has(const Node& group, const PhrasePart& part) const {
    return std::any_of(part.terms.begin(), part.terms.end(), [&](size_t term) {
      const TextPositions* const positions = terms_[term];
      if (positions == nullptr || positions->empty()) return false;
      // FTS5 leaves out rows that have a prefix only in other columns.
      return !query_.terms_[term].is_prefix ||
             std::any_of(positions->begin(), positions->end(),
                         [&](TextPosition position) { return admits(group.columns, position); });
    });
  }

  State evaluate(size_t number) {
    const Node& node = query_.nodes_[number];
    const size_t standing = standing_.size();
    State state;
    switch (node.kind) {
      case Node::Kind::kNothing:
        return state;
      case Node::Kind::kGroup:
        state = evaluate_group(node);
        if (state.is_at) standing_.push_back(number);
        return state;
      case Node::Kind::kAnd:
        state = {true, true};
        for (const size_t child : node.children) {
          const State one = evaluate(child);
          state = {state.is_at && one.is_at, state.is_match && one.is_match};
          if (!state.is_at) break;
        }
        if (!state.is_match) standing_.resize(standing);
        break;
      case Node::Kind::kOr:
        for (const size_t child : node.children) {
          const State one = evaluate(child);
          state = {state.is_at || one.is_at, state.is_match || one.is_match};
        }
        break;
      case Node::Kind::kNot: {
        state = evaluate(node.children[0]);
        const State without = state.is_at ? evaluate(node.children[1]) : State{};
        if (without.is_match) state = {};
        break;
      }
    }
    if (!state.is_at) standing_.resize(standing);
    return state;
  }

  State evaluate_group(const Node& group) {
    for (const size_t phrase : group.phrases) {
      for (const PhrasePart& part : query_.phrases_[phrase].parts) {
        if (!has(group, part)) return {};
      }
    }
    const bool has_all = std::all_of(group.phrases.begin(), group.phrases.end(),
                                     [&](size_t phrase) { return row_.has_phrase[phrase]; });
    if (!has_all) return {true, false};
    if (group.phrases.size() == 1) return {true, true};
    return {true, !near(group).front().empty()};
  }

  // Sets what bm25() counts of a group that is at the row.
  void count(const Node& group) {
    for (const size_t phrase : group.phrases) {
      if (!row_.has_phrase[phrase]) return;
      row_.counted[phrase] = row_.found[phrase];
    }
    if (group.phrases.size() == 1) return;
    std::vector<TextPositions> kept = near(group);
    for (size_t i = 0; i < kept.size(); ++i) row_.counted[group.phrases[i]] = std::move(kept[i]);
  }

  // Returns for each phrase of a NEAR those places that are near to one of every other phrase.
  std::vector<TextPositions> near(const Node& group) const {
    const size_t count = group.phrases.size();
    std::vector<size_t> at(count, 0);
    std::vector<TextPositions> kept(count);
    const auto list = [&](size_t i) -> const TextPositions& { return row_.found[group.phrases[i]]; };
    for (;;) {
      TextPosition last = list(0)[at[0]];
      for (bool is_near = false; !is_near;) {
        is_near = true;
        for (size_t i = 0; i < count; ++i) {
          const auto size = static_cast<int64_t>(query_.phrases_[group.phrases[i]].parts.size());
          const TextPosition first = last - size - group.distance;
          if (list(i)[at[i]] >= first && list(i)[at[i]] <= last) continue;
          is_near = false;
          while (list(i)[at[i]] < first) {
            if (++at[i] == list(i).size()) return kept;
          }
          last = std::max(last, list(i)[at[i]]);
        }
      }
      size_t next = count;
      for (size_t i = 0; i < count; ++i) {
        const TextPosition position = list(i)[at[i]];
        if (kept[i].empty() || kept[i].back() != position) kept[i].push_back(position);
        const bool goes_on = at[i] + 1 < list(i).size();
        if (goes_on && (next == count || list(i)[at[i] + 1] < list(next)[at[next] + 1])) next = i;
      }
      if (next == count) return kept;
      ++at[next];
    }
  }

  const TextQuery& query_;
  const std::span<const TextPositions* const> terms_;
  Row& row_;
  std::vector<size_t> standing_;  // groups that are at the row
};

void TextQuery::evaluate(std::span<const TextPositions* const> terms, Row* row) const {
  SPECTRADB_ASSERT(terms.size() == terms_.size());
  Evaluation(*this, terms, row).run();
}

bool TextQuery::could_match(const std::vector<bool>& has_term) const {
  SPECTRADB_ASSERT(has_term.size() == terms_.size());
  return root_ && could_match(*root_, has_term);
}

bool TextQuery::has_words(const Phrase& phrase, const std::vector<bool>& has_term) {
  return std::all_of(phrase.parts.begin(), phrase.parts.end(), [&has_term](const PhrasePart& part) {
    return std::any_of(part.terms.begin(), part.terms.end(),
                       [&has_term](size_t term) { return has_term[term]; });
  });
}

std::optional<size_t> TextQuery::only_word(const Phrase& phrase) const {
  const bool is_anywhere = !phrase.is_first && !nodes_[phrase.node].columns;
  if (!is_anywhere || phrase.parts.size() != 1 || phrase.parts.front().terms.size() != 1) return std::nullopt;
  return phrase.parts.front().terms.front();
}

bool TextQuery::could_have_phrase(const std::vector<bool>& has_term) const {
  return std::any_of(phrases_.begin(), phrases_.end(),
                     [&](const Phrase& phrase) { return !only_word(phrase) && has_words(phrase, has_term); });
}

std::vector<size_t> TextQuery::words_of(const Phrase& phrase) {
  std::vector<size_t> words;
  for (const PhrasePart& part : phrase.parts) {
    if (part.terms.size() == 1) words.push_back(part.terms.front());
  }
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return words;
}

std::vector<size_t> TextQuery::needed_terms(bool counts_phrases) const {
  if (!root_) return {};
  std::vector<size_t> needed = needed_terms(*root_);
  if (!counts_phrases) return needed;
  for (const Phrase& phrase : phrases_) {
    if (!only_word(phrase)) needed = common(needed, words_of(phrase));
  }
  return needed;
}

std::vector<size_t> TextQuery::needed_terms(size_t number) const {
  const Node& node = nodes_[number];
  std::vector<size_t> needed;
  switch (node.kind) {
    case Node::Kind::kNothing:
      break;
    case Node::Kind::kGroup:
      for (const size_t phrase : node.phrases) needed = either(needed, words_of(phrases_[phrase]));
      break;
    case Node::Kind::kAnd:
      for (const size_t child : node.children) needed = either(needed, needed_terms(child));
      break;
    case Node::Kind::kOr:
      needed = needed_terms(node.children.front());
      for (const size_t child : node.children) needed = common(needed, needed_terms(child));
      break;
    case Node::Kind::kNot:
      return needed_terms(node.children.front());
  }
  return needed;
}

bool TextQuery::could_match(size_t number, const std::vector<bool>& has_term) const {
  const Node& node = nodes_[number];
  const auto could = [&](size_t child) { return could_match(child, has_term); };
  switch (node.kind) {
    case Node::Kind::kNothing:
      return false;
    case Node::Kind::kGroup:
      return std::all_of(node.phrases.begin(), node.phrases.end(),
                         [&](size_t phrase) { return has_words(phrases_[phrase], has_term); });
    case Node::Kind::kAnd:
      return std::all_of(node.children.begin(), node.children.end(), could);
    case Node::Kind::kOr:
      return std::any_of(node.children.begin(), node.children.end(), could);
    case Node::Kind::kNot:
      return could(node.children.front());
  }
  return false;
}

}  // namespace spectradb::extension
