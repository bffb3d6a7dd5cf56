#include "sql/shape/expression.h"

#include <algorithm>

namespace spectradb::sql {

namespace {

constexpr int kTightest = 11;

bool has_number_behind(std::string_view name, std::string_view prefix) {
  if (name.size() <= prefix.size() || !equals_word(name.substr(0, prefix.size()), prefix)) return false;
  return std::all_of(name.begin() + static_cast<std::ptrdiff_t>(prefix.size()), name.end(),
                     [](char c) { return c >= '0' && c <= '9'; });
}

bool is_plain_name(const Reader& reader, size_t i) {
  return reader.kind(i) == TokenKind::kWord || reader.kind(i) == TokenKind::kQuoted;
}

std::string_view one_spelling(std::string_view op) {
  if (op == "==") return "=";
  return op == "<>" ? "!=" : op;
}

bool is_same_token(const Reader& a, size_t i, const Reader& b, size_t j) {
  if (is_plain_name(a, i) && is_plain_name(b, j)) return equals_word(a.name(i), b.name(j));
  if (a.kind(i) != b.kind(j)) return false;
  if (a.kind(i) == TokenKind::kOperator) return one_spelling(a.text(i)) == one_spelling(b.text(j));
  return a.text(i) == b.text(j);
}

// Whether a clause, an element of a list, a branch, or a side of AND begins behind token i.
bool begins_term(const Reader& reader, size_t i) {
  static constexpr std::string_view kWords[] = {"SELECT", "DISTINCT", "ALL",  "WHERE", "ON",  "HAVING", "BY",
                                                "CASE",   "WHEN",     "THEN", "ELSE",  "SET", "AND",    "OR"};
  return reader.is_operator(i, "(") || reader.is_operator(i, ",") || reader.is_any_word(i, kWords);
}

// Whether the function returns NULL for a NULL argument.
bool is_strict_function(const Reader& reader, size_t i) {
  static constexpr std::string_view kNames[] = {"lower", "upper", "length", "abs",    "round",
                                                "trim",  "ltrim", "rtrim",  "substr", "json_extract"};
  return reader.is_any_word(i, kNames);
}

}  // namespace

bool is_condition_column(std::string_view name) { return has_number_behind(name, kConditionPrefix); }
bool is_made_by_index(std::string_view name) {
  return has_number_behind(name, kExpressionPrefix) || is_condition_column(name);
}

bool defines_made_column(std::string_view definition) {
  const Reader reader(definition, tokenize(definition));
  return reader.is_name(0) && is_made_by_index(reader.name(0));
}

std::string condition_value(std::string_view condition) {
  return "CASE WHEN (" + std::string(condition) + ") THEN 1 END";
}

std::optional<std::string> generated_expression(std::string_view definition) {
  const Reader reader(definition, tokenize(definition));
  if (!reader.is_sound()) return std::nullopt;
  for (size_t i = 1; i < reader.size(); ++i) {
    if (!reader.is_word(i, "AS") || !reader.is_operator(i + 1, "(")) continue;
    return reader.joined({i + 2, reader.behind_parenthesis(i + 1, reader.size()) - 1});
  }
  return std::nullopt;
}

Span without_parentheses(const Reader& reader, Span span) {
  while (!span.is_empty() && reader.is_operator(span.begin, "(") &&
         reader.behind_parenthesis(span.begin, span.end) == span.end)
    span = {span.begin + 1, span.end - 1};
  return span;
}

bool is_same_expression(std::string_view a, std::string_view b) {
  const Reader left(a, tokenize(a));
  const Reader right(b, tokenize(b));
  if (!left.is_sound() || !right.is_sound()) return false;
  const Span x = without_parentheses(left, {0, left.size()});
  const Span y = without_parentheses(right, {0, right.size()});
  if (x.end - x.begin != y.end - y.begin) return false;
  for (size_t i = 0; i < x.end - x.begin; ++i) {
    if (!is_same_token(left, x.begin + i, right, y.begin + i)) return false;
  }
  return true;
}

int precedence(const Reader& reader, size_t i) {
  struct Operators {
    int precedence;
    std::string_view texts[4];
  };
  static constexpr Operators kOperators[] = {{4, {"=", "==", "<>", "!="}}, {5, {"<", "<=", ">", ">="}},
                                             {6, {"&", "|", "<<", ">>"}},  {7, {"+", "-", "", ""}},
                                             {8, {"*", "/", "%", ""}},     {9, {"||", "->", "->>", ""}}};
  static constexpr std::string_view kComparing[] = {"IS",      "IN",      "LIKE",    "GLOB",
                                                    "MATCH",   "REGEXP",  "NOT",     "ISNULL",
                                                    "NOTNULL", "BETWEEN", "COLLATE", "ESCAPE"};
  if (reader.kind(i) == TokenKind::kOperator) {
    for (const Operators& each : kOperators) {
      for (const std::string_view text : each.texts) {
        if (reader.text(i) == text) return each.precedence;
      }
    }
    return 0;
  }
  if (reader.is_word(i, "OR")) return 1;
  if (reader.is_word(i, "AND")) return 2;
  if (reader.is_word(i, "COLLATE")) return 10;
  return reader.is_any_word(i, kComparing) ? 4 : 0;
}

IndexedExpression::IndexedExpression(const std::string& text, const std::vector<ColumnInfo>& columns)
    : text_(std::make_unique<const std::string>(text)), reader_(*text_, tokenize(*text_)) {
  if (!reader_.is_sound()) return;
  whole_ = without_parentheses(reader_, {0, reader_.size()});
  columns_.resize(reader_.size());
  is_null_of_nulls_ = true;
  for (size_t i = whole_.begin; i < whole_.end; ++i) {
    if (!is_plain_name(reader_, i)) {
      is_null_of_nulls_ = is_null_of_nulls_ && reader_.kind(i) != TokenKind::kParameter;
      continue;
    }
    if (reader_.is_operator(i + 1, "(")) {
      is_null_of_nulls_ = is_null_of_nulls_ && is_strict_function(reader_, i);
      continue;
    }
    columns_[i] = std::any_of(columns.begin(), columns.end(), [&](const ColumnInfo& column) {
      return equals_word(column.name, reader_.name(i));
    });
    is_null_of_nulls_ = is_null_of_nulls_ && columns_[i];
    if (columns_[i]) named_.push_back(reader_.name(i));
  }
  is_null_of_nulls_ = is_null_of_nulls_ && !named_.empty();
  static constexpr std::string_view kPrefixes[] = {"-", "+", "~"};
  const bool has_prefix = reader_.is_word(whole_.begin, "NOT") ||
                          std::any_of(std::begin(kPrefixes), std::end(kPrefixes), [&](std::string_view op) {
                            return reader_.is_operator(whole_.begin, op);
                          });
  loosest_ = has_prefix ? 0 : kTightest;
  size_t cases = 0;
  for (size_t i = whole_.begin; i < whole_.end;) {
    if (reader_.is_word(i, "CASE")) ++cases;
    if (reader_.is_word(i, "END") && cases > 0) --cases;
    if (cases == 0 && precedence(reader_, i) > 0) loosest_ = std::min(loosest_, precedence(reader_, i));
    i = reader_.is_operator(i, "(") ? reader_.behind_parenthesis(i, whole_.end) : i + 1;
  }
}

bool IndexedExpression::stands_alone(const Reader& reader, size_t i, size_t behind, size_t end) const {
  const size_t before = i - 1;
  // '+' and '-' may be signs, which bind more tightly than everything else.
  const bool may_be_sign = reader.is_operator(before, "+") || reader.is_operator(before, "-");
  const int left = precedence(reader, before);
  if (left > 0 ? left >= loosest_ || may_be_sign : !begins_term(reader, before)) return false;
  if (behind >= end) return true;
  const int right = precedence(reader, behind);
  if (right > 0) return right <= loosest_;
  return is_plain_name(reader, behind) || reader.is_operator(behind, ")") || reader.is_operator(behind, ",");
}

std::optional<IndexedExpression::Occurrence> IndexedExpression::at(const Reader& reader, size_t i,
                                                                   size_t end) const {
  if (whole_.is_empty() || i == 0) return std::nullopt;
  Occurrence found{i, std::nullopt};
  bool is_first = true;
  for (size_t k = whole_.begin; k < whole_.end; ++k) {
    if (!columns_[k]) {
      if (found.end >= end || !is_same_token(reader_, k, reader, found.end)) return std::nullopt;
      ++found.end;
      continue;
    }
    std::optional<std::string> qualifier;
    if (is_plain_name(reader, found.end) && reader.is_operator(found.end + 1, ".")) {
      qualifier = lowered(reader.name(found.end));
      found.end += 2;
    }
    if (found.end >= end || !is_plain_name(reader, found.end) ||
        !equals_word(reader.name(found.end), reader_.name(k)))
      return std::nullopt;
    if (!is_first && qualifier != found.qualifier) return std::nullopt;
    is_first = false;
    found.qualifier = std::move(qualifier);
    ++found.end;
  }
  if (reader.is_operator(found.end, ".") || reader.is_operator(found.end, "(")) return std::nullopt;
  return stands_alone(reader, i, found.end, end) ? std::optional(std::move(found)) : std::nullopt;
}

}  // namespace spectradb::sql
