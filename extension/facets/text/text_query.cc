#include "extension/facets/text/text_query.h"

#include <algorithm>
#include <map>
#include <utility>

#include "sql/text/reader.h"

namespace spectradb::extension {

namespace {

constexpr int kMostHeight = 256;       // of the tree, as in FTS5
constexpr int kMostParentheses = 100;  // nested parentheses
constexpr int64_t kDefaultDistance = 10;

bool is_blank_of_query(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool is_bareword(char c) {
  constexpr char kSubstitute = 0x1A;
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         c == '_' || c == kSubstitute;
}

std::string spelled_query(std::string_view text) {
  constexpr size_t kMostShown = 60;
  std::string shown = "'";
  for (const char c : text.substr(0, kMostShown)) shown += c == '\n' || c == '\r' ? ' ' : c;
  return shown + (text.size() > kMostShown ? "…'" : "'");
}

}  // namespace

// Reads one query into the nodes of a TextQuery, by recursive descent.
class TextQueryReader {
 public:
  TextQueryReader(TextQuery& query, std::string_view text, TextTokenizer& tokenizer)
      : query_(query), text_(text), tokenizer_(tokenizer) {
    for (size_t i = 0; i < query.terms_.size(); ++i)
      interned_.try_emplace({query.terms_[i].text, query.terms_[i].is_prefix}, i);
  }

  // Returns the root.
  Result<size_t> read() {
    SPECTRADB_RETURN_IF_ERROR(advance());
    SPECTRADB_ASSIGN_OR_RETURN(const size_t root, read_or());
    if (token_.kind != Kind::kEnd) return wrong();
    return root;
  }

  Result<size_t> join(TextQuery::Node::Kind kind, size_t left, size_t right) {
    // AND and OR adopt their children's children, so that a long list is not a deep tree; the left one grows, so that a list
    // of n words takes n steps.
    const bool is_list = kind != TextQuery::Node::Kind::kNot;
    size_t joined = left;
    if (!is_list || query_.nodes_[left].kind != kind) {
      joined = query_.nodes_.size();
      query_.nodes_.emplace_back().kind = kind;
      adopt(joined, left);
    }
    if (is_list && query_.nodes_[right].kind == kind) {
      const std::vector<size_t> children = std::move(query_.nodes_[right].children);
      for (const size_t child : children) adopt(joined, child);
    } else {
      adopt(joined, right);
    }
    if (query_.nodes_[joined].height > kMostHeight)
      return Status::invalid("the query is nested too deeply, at most " + std::to_string(kMostHeight) +
                             " times");
    return joined;
  }

  void adopt(size_t parent, size_t child) {
    TextQuery::Node& node = query_.nodes_[parent];
    node.children.push_back(child);
    node.height = std::max(node.height, query_.nodes_[child].height + 1);
  }

  void restrict_columns(size_t root, const std::vector<int>& columns) {
    TextQuery::Node& node = query_.nodes_[root];
    for (const size_t child : node.children) restrict_columns(child, columns);
    if (node.kind != TextQuery::Node::Kind::kGroup) return;
    if (!node.columns) {
      node.columns = columns;
      return;
    }
    std::vector<int> both;
    std::set_intersection(node.columns->begin(), node.columns->end(), columns.begin(), columns.end(),
                          std::back_inserter(both));
    node.columns = std::move(both);
    if (node.columns->empty()) node.kind = TextQuery::Node::Kind::kNothing;
  }

 private:
  struct QueryToken {
    enum class Kind : uint8_t { kEnd, kString, kAnd, kOr, kNot, kSign };
    Kind kind = Kind::kEnd;
    char sign = 0;
    size_t begin = 0;
    size_t size = 0;
  };
  using Kind = QueryToken::Kind;

  // Returns kInvalid, because the text is wrong at the current token.
  Status wrong() const {
    if (token_.kind == Kind::kEnd)
      return Status::invalid("the query ends too early: " + spelled_query(text_));
    return Status::invalid("syntax error near \"" + std::string(text_.substr(token_.begin, token_.size)) +
                           "\" (byte " + std::to_string(token_.begin + 1) + ") of the query " +
                           spelled_query(text_));
  }

  Status scan(size_t from, QueryToken* token) const {
    while (from < text_.size() && is_blank_of_query(text_[from])) ++from;
    *token = {Kind::kEnd, 0, from, 0};
    if (from == text_.size()) return Status::ok();
    constexpr std::string_view kSigns = "(){}:,+*-^";
    const char c = text_[from];
    size_t end = from + 1;
    if (kSigns.find(c) != std::string_view::npos) {
      *token = {Kind::kSign, c, from, 1};
      return Status::ok();
    }
    if (c == '"') {
      for (;;) {  // two quotes stand for one
        end = text_.find('"', end);
        if (end == std::string_view::npos)
          return Status::invalid("unterminated string at byte " + std::to_string(from + 1) +
                                 " of the query " + spelled_query(text_));
        if (end + 1 == text_.size() || text_[end + 1] != '"') break;
        end += 2;
      }
      *token = {Kind::kString, 0, from, end + 1 - from};
      return Status::ok();
    }
    if (!is_bareword(c))
      return Status::invalid("syntax error near \"" + std::string(1, c) + "\" (byte " +
                             std::to_string(from + 1) + ") of the query " + spelled_query(text_) +
                             ": words with other signs stand in double quotes");
    while (end < text_.size() && is_bareword(text_[end])) ++end;
    const std::string_view word = text_.substr(from, end - from);
    const Kind kind = word == "AND"   ? Kind::kAnd
                      : word == "OR"  ? Kind::kOr
                      : word == "NOT" ? Kind::kNot
                                      : Kind::kString;
    *token = {kind, 0, from, end - from};
    return Status::ok();
  }
  Status advance() { return scan(token_.begin + token_.size, &token_); }
  Result<QueryToken> peek() const {
    QueryToken token;
    SPECTRADB_RETURN_IF_ERROR(scan(token_.begin + token_.size, &token));
    return token;
  }
  bool is_sign(char sign) const { return token_.kind == Kind::kSign && token_.sign == sign; }
  Status take_sign(char sign) { return is_sign(sign) ? advance() : wrong(); }

  // Returns the string of the current token, without its quotes.
  std::string string() const {
    std::string_view written = text_.substr(token_.begin, token_.size);
    if (written.front() != '"') return std::string(written);
    written = written.substr(1, written.size() - 2);
    std::string out;
    for (size_t i = 0; i < written.size(); ++i) {
      out += written[i];
      if (written[i] == '"') ++i;
    }
    return out;
  }

  template <typename ReadOne>
  Result<size_t> read_list(Kind word, TextQuery::Node::Kind kind, ReadOne read_one) {
    SPECTRADB_ASSIGN_OR_RETURN(size_t left, read_one());
    while (token_.kind == word) {
      SPECTRADB_RETURN_IF_ERROR(advance());
      SPECTRADB_ASSIGN_OR_RETURN(const size_t right, read_one());
      SPECTRADB_ASSIGN_OR_RETURN(left, join(kind, left, right));
    }
    return left;
  }
  Result<size_t> read_or() {
    return read_list(Kind::kOr, TextQuery::Node::Kind::kOr, [this] { return read_and(); });
  }
  Result<size_t> read_and() {
    return read_list(Kind::kAnd, TextQuery::Node::Kind::kAnd, [this] { return read_not(); });
  }
  Result<size_t> read_not() {
    return read_list(Kind::kNot, TextQuery::Node::Kind::kNot, [this] { return read_primary(); });
  }

  Result<size_t> read_primary() {
    std::optional<std::vector<int>> columns;
    SPECTRADB_ASSIGN_OR_RETURN(const bool has_columns, read_columns(&columns));
    if (!is_sign('(')) return read_groups(has_columns ? columns : std::nullopt);
    if (++parentheses_ > kMostParentheses)
      return Status::invalid("the query has more than " + std::to_string(kMostParentheses) +
                             " parentheses inside each other");
    SPECTRADB_RETURN_IF_ERROR(advance());
    SPECTRADB_ASSIGN_OR_RETURN(const size_t inner, read_or());
    SPECTRADB_RETURN_IF_ERROR(take_sign(')'));
    --parentheses_;
    if (has_columns) restrict_columns(inner, *columns);
    return inner;
  }

  // Reads groups side by side. A group without words is left out if there are others.
  Result<size_t> read_groups(std::optional<std::vector<int>> columns) {
    SPECTRADB_ASSIGN_OR_RETURN(size_t all, read_group(columns));
    while (token_.kind == Kind::kString || is_sign('^') || is_sign('{') || is_sign('-')) {
      columns.reset();
      SPECTRADB_RETURN_IF_ERROR(read_columns(&columns).status());
      SPECTRADB_ASSIGN_OR_RETURN(const size_t next, read_group(columns));
      if (is_nothing(next)) continue;
      if (is_nothing(all)) {
        all = next;
        continue;
      }
      SPECTRADB_ASSIGN_OR_RETURN(all, join(TextQuery::Node::Kind::kAnd, all, next));
    }
    return all;
  }
  bool is_nothing(size_t node) const { return query_.nodes_[node].kind == TextQuery::Node::Kind::kNothing; }

  // Reads columns ':'; returns false if none are here.
  Result<bool> read_columns(std::optional<std::vector<int>>* columns) {
    const bool is_all_but = is_sign('-');
    if (!is_all_but && !is_sign('{')) {
      if (token_.kind != Kind::kString) return false;
      SPECTRADB_ASSIGN_OR_RETURN(const QueryToken next, peek());
      if (next.kind != Kind::kSign || next.sign != ':') return false;
    }
    if (is_all_but) SPECTRADB_RETURN_IF_ERROR(advance());
    std::vector<int> named;
    const bool is_list = is_sign('{');
    if (is_list) SPECTRADB_RETURN_IF_ERROR(advance());
    do {
      if (token_.kind != Kind::kString) return wrong();
      SPECTRADB_ASSIGN_OR_RETURN(const int column, find_column(string()));
      if (std::find(named.begin(), named.end(), column) == named.end()) named.push_back(column);
      SPECTRADB_RETURN_IF_ERROR(advance());
    } while (is_list && !is_sign('}'));
    if (is_list) SPECTRADB_RETURN_IF_ERROR(advance());
    SPECTRADB_RETURN_IF_ERROR(take_sign(':'));
    std::sort(named.begin(), named.end());
    columns->emplace();
    for (int i = 0; i < static_cast<int>(query_.columns_.size()); ++i) {
      if (std::binary_search(named.begin(), named.end(), i) != is_all_but) (*columns)->push_back(i);
    }
    return true;
  }
  Result<int> find_column(const std::string& name) const {
    for (size_t i = 0; i < query_.columns_.size(); ++i) {
      if (sql::equals_word(name, query_.columns_[i])) return static_cast<int>(i);
    }
    std::string known;
    for (const std::string& column : query_.columns_) known += (known.empty() ? "" : ", ") + column;
    return Status::invalid("no such column: " + name + " (byte " + std::to_string(token_.begin + 1) +
                           ") of the query " + spelled_query(text_) + ": the index is on " + known);
  }

  Result<size_t> read_group(const std::optional<std::vector<int>>& columns) {
    TextQuery::Node node;
    node.kind = TextQuery::Node::Kind::kGroup;
    node.columns = columns;
    node.distance = kDefaultDistance;
    const bool is_first = is_sign('^');
    if (is_first) SPECTRADB_RETURN_IF_ERROR(advance());
    if (token_.kind != Kind::kString) return wrong();
    SPECTRADB_ASSIGN_OR_RETURN(const QueryToken next, peek());
    const bool is_near = !is_first && next.kind == Kind::kSign && next.sign == '(';
    std::vector<TextQuery::Phrase> phrases;
    if (is_near) {
      if (text_.substr(token_.begin, token_.size) != "NEAR") return wrong();
      SPECTRADB_RETURN_IF_ERROR(read_near(&phrases, &node.distance));
    } else {
      phrases.emplace_back();
      SPECTRADB_RETURN_IF_ERROR(read_phrase(&phrases.back()));
      phrases.back().is_first = is_first;
    }
    if (phrases.back().parts.empty()) node.kind = TextQuery::Node::Kind::kNothing;
    for (TextQuery::Phrase& phrase : phrases) {
      phrase.node = query_.nodes_.size();
      node.phrases.push_back(query_.phrases_.size());
      query_.phrases_.push_back(std::move(phrase));
    }
    query_.nodes_.push_back(std::move(node));
    return query_.nodes_.size() - 1;
  }

  // Reads NEAR. A phrase without words is left out if there are others.
  Status read_near(std::vector<TextQuery::Phrase>* phrases, int64_t* distance) {
    SPECTRADB_RETURN_IF_ERROR(advance());
    SPECTRADB_RETURN_IF_ERROR(take_sign('('));
    do {
      TextQuery::Phrase phrase;
      SPECTRADB_RETURN_IF_ERROR(read_phrase(&phrase));
      if (!phrases->empty() && phrase.parts.empty()) continue;
      if (!phrases->empty() && phrases->back().parts.empty()) phrases->pop_back();
      phrases->push_back(std::move(phrase));
    } while (token_.kind == Kind::kString);
    if (is_sign(',')) {
      SPECTRADB_RETURN_IF_ERROR(advance());
      const std::string_view number = text_.substr(token_.begin, token_.size);
      constexpr size_t kMostDigits = 9;
      const bool is_number = token_.kind == Kind::kString && number.size() <= kMostDigits &&
                             number.find_first_not_of("0123456789") == std::string_view::npos;
      if (!is_number)
        return Status::invalid("NEAR takes a number of words behind its comma, not \"" + std::string(number) +
                               "\" (byte " + std::to_string(token_.begin + 1) + ") of the query " +
                               spelled_query(text_));
      *distance = std::stoll(std::string(number));
      SPECTRADB_RETURN_IF_ERROR(advance());
    }
    return take_sign(')');
  }

  Status read_phrase(TextQuery::Phrase* phrase) {
    for (;;) {
      if (token_.kind != Kind::kString) return wrong();
      const std::string words = string();
      SPECTRADB_RETURN_IF_ERROR(advance());
      const bool is_prefix = is_sign('*');
      if (is_prefix) SPECTRADB_RETURN_IF_ERROR(advance());
      SPECTRADB_RETURN_IF_ERROR(add_words(words, is_prefix, phrase));
      if (!is_sign('+')) break;
      SPECTRADB_RETURN_IF_ERROR(advance());
    }
    for (TextQuery::PhrasePart& part : phrase->parts) {
      for (size_t& term : part.terms) term = intern(raw_[term]);
    }
    raw_.clear();
    return Status::ok();
  }

  // Terms are kept apart until the phrase ends, because the last one may still become a prefix.
  Status add_words(const std::string& words, bool is_prefix, TextQuery::Phrase* phrase) {
    const auto purpose = is_prefix ? TextTokenizer::Purpose::kPrefixQuery : TextTokenizer::Purpose::kQuery;
    bool is_begun = false;
    SPECTRADB_RETURN_IF_ERROR(tokenizer_.tokenize(purpose, words, [&](const TextTokenizer::Token& token) {
      raw_.push_back({std::string(token.text), false});
      if (!token.is_synonym || !is_begun) phrase->parts.emplace_back();
      phrase->parts.back().terms.push_back(raw_.size() - 1);
      is_begun = true;
      return Status::ok();
    }));
    if (phrase->parts.empty()) return Status::ok();
    for (const size_t term : phrase->parts.back().terms) raw_[term].is_prefix = is_prefix;
    return Status::ok();
  }
  size_t intern(const TextQuery::Term& term) {
    const auto [known, is_new] = interned_.try_emplace({term.text, term.is_prefix}, query_.terms_.size());
    if (is_new) query_.terms_.push_back(term);
    return known->second;
  }

  TextQuery& query_;
  const std::string_view text_;
  TextTokenizer& tokenizer_;
  QueryToken token_;
  int parentheses_ = 0;
  std::vector<TextQuery::Term> raw_;  // terms of the current phrase
  std::map<std::pair<std::string, bool>, size_t>
      interned_;  // text and is_prefix of terms_, and the place there
};

Status TextQuery::add(std::string_view text, std::optional<int> column, TextTokenizer& tokenizer) {
  TextQueryReader reader(*this, text, tokenizer);
  SPECTRADB_ASSIGN_OR_RETURN(size_t root, reader.read());
  if (column) reader.restrict_columns(root, {*column});
  if (root_) {
    SPECTRADB_ASSIGN_OR_RETURN(root, reader.join(Node::Kind::kAnd, *root_, root));
  }
  root_ = root;
  return Status::ok();
}

}  // namespace spectradb::extension
