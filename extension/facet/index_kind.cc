#include "extension/facet/index_kind.h"

#include <algorithm>

#include "extension/facet/facet.h"
#include "extension/facet/matcher.h"
#include "extension/host/errors.h"
#include "sql/shape/expression.h"
#include "sql/shape/nested_statement.h"
#include "sql/text/reader.h"

namespace spectradb::extension {

namespace {

std::vector<const IndexKind*> gather_kinds() {
  std::vector<const IndexKind*> all;
  for (const Facet* facet : facets())
    all.insert(all.end(), facet->index_kinds.begin(), facet->index_kinds.end());
  return all;
}

void x_never_called(sqlite3_context*, int, sqlite3_value**) {}

}  // namespace

std::span<const IndexKind* const> index_kinds() {
  static const std::vector<const IndexKind*> all = gather_kinds();
  return all;
}

const Ranking* ranking_of(const temporal::IndexSchema& index) {
  return index.kind == 0 ? nullptr : index_kinds()[static_cast<size_t>(index.kind) - 1]->ranking;
}

const Matcher* matcher_of(const temporal::IndexSchema& index) {
  return index.kind == 0 ? nullptr : index_kinds()[static_cast<size_t>(index.kind) - 1]->matcher;
}

std::string with_option(const std::string& definition, const std::string& option) {
  const sql::Reader reader(definition, sql::tokenize(definition));
  const std::string name = option.substr(0, option.find('=') + 1);
  size_t end = reader.size();  // end of the call's arguments
  for (size_t i = 0; i + 1 < reader.size() && end == reader.size(); ++i) {
    const bool is_call = reader.is_operator(i + 1, "(") &&
                         std::any_of(index_kinds().begin(), index_kinds().end(), [&](const IndexKind* kind) {
                           return reader.is_name(i) && sql::equals_word(reader.name(i), kind->function);
                         });
    if (is_call) end = reader.behind_parenthesis(i + 1, reader.size()) - 1;
  }
  std::string out;
  size_t copied = 0;
  const auto copy_to = [&](size_t until) {
    out += definition.substr(copied, until - copied);
    copied = until;
  };
  for (size_t i = 0; i < end; ++i) {
    const bool is_replaced = reader.is_operator(i, ",") && reader.text(i + 1).starts_with('\'') &&
                             sql::unquote(reader.text(i + 1)).starts_with(name);
    if (!is_replaced) continue;
    copy_to(reader.token(i).begin);
    copied = reader.token(i + 1).end;
  }
  if (end == reader.size()) return definition;
  copy_to(reader.token(end).begin);
  out += ", " + sql::string_literal(option);
  copy_to(definition.size());
  return out;
}

std::optional<KindCall> read_kind_call(std::string_view part) {
  const sql::Reader reader(part, sql::tokenize(part));
  const sql::Span call = sql::without_parentheses(reader, {0, reader.size()});
  if (call.end < call.begin + 3 || !reader.is_name(call.begin) || !reader.is_operator(call.begin + 1, "(") ||
      reader.behind_parenthesis(call.begin + 1, call.end) != call.end)
    return std::nullopt;
  KindCall read;
  const std::span<const IndexKind* const> kinds = index_kinds();
  for (size_t i = 0; i < kinds.size(); ++i) {
    if (sql::equals_word(reader.name(call.begin), kinds[i]->function)) read.kind = static_cast<int>(i) + 1;
  }
  if (read.kind == 0) return std::nullopt;
  const size_t end = call.end - 1;
  for (size_t i = call.begin + 2; i < end; ++i) {
    const size_t begin = i;
    while (i < end && !reader.is_operator(i, ","))
      i = reader.is_operator(i, "(") ? reader.behind_parenthesis(i, end) : i + 1;
    read.arguments.push_back(reader.joined({begin, i}));
  }
  return read;
}

Status declare_index_kinds(sqlite3* db) {
  for (const IndexKind* kind : index_kinds()) {
    const int code = sqlite3_create_function_v2(db, kind->function, -1, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                                                nullptr, x_never_called, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return status_of_sqlite(db, code);
  }
  return Status::ok();
}

}  // namespace spectradb::extension
