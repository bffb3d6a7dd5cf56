#include "sql/rewriter.h"

#include <cstdint>
#include <utility>

#include "sql/rewrite/statement_rewriter.h"
#include "sql/rewrite/time_column.h"
#include "sql/statements/foreign_forms.h"
#include "sql/text/reader.h"
#include "sql/text/splitter.h"

namespace spectradb::sql {

namespace {

// Whether the word is spectradb_…, quoted or not: behind a dot it may be a table-valued function, which needs
// its schema.
bool is_function_name(std::string_view word) {
  static constexpr std::string_view kOurs = "spectradb_";
  const size_t begin = !word.empty() && (word[0] == '"' || word[0] == '[' || word[0] == '`') ? 1 : 0;
  return word.size() > kOurs.size() && equals_word(word.substr(begin, kOurs.size()), kOurs);
}

// Looks for one SELECT with an aggregate, and for the name behind its FROM.
class AggregateLook {
 public:
  void take(TokenKind kind, std::string_view word) {
    if (!may_add_up_) return;
    const bool is_name = kind == TokenKind::kWord || kind == TokenKind::kQuoted;
    if (place_ == Place::kBehindFrom) {
      name_ = word;
      place_ = is_name ? Place::kBehindName : Place::kDone;
      may_add_up_ = is_name;
    } else if (place_ == Place::kBehindName) {
      place_ = word == "." ? Place::kBehindDot : Place::kDone;
    } else if (place_ == Place::kBehindDot) {
      schema_ = std::exchange(name_, word);
      place_ = Place::kDone;
    }
    if (kind != TokenKind::kWord) return;
    switch (word.size()) {
      case 3:
        has_aggregate_ = has_aggregate_ || equals_word(word, "SUM") || equals_word(word, "AVG") ||
                         equals_word(word, "MAX") || equals_word(word, "MIN");
        break;
      case 4:
        if (place_ == Place::kBeforeFrom && equals_word(word, "FROM")) place_ = Place::kBehindFrom;
        break;
      case 5:
        has_aggregate_ = has_aggregate_ || equals_word(word, "COUNT") || equals_word(word, "TOTAL");
        break;
      case 6:
        if (equals_word(word, "SELECT")) may_add_up_ = ++selects_ == 1;
        break;
      default:
        break;
    }
    // EXPLAIN [QUERY PLAN] may stand before SELECT.
    if (++words_ > 3 && selects_ == 0) may_add_up_ = false;
  }

  bool may_add_up() const {
    return may_add_up_ && selects_ == 1 && has_aggregate_ && place_ > Place::kBehindFrom;
  }
  std::string_view schema() const { return schema_; }
  std::string_view name() const { return name_; }

 private:
  enum class Place : uint8_t { kBeforeFrom, kBehindFrom, kBehindName, kBehindDot, kDone };
  Place place_ = Place::kBeforeFrom;
  bool may_add_up_ = true;
  bool has_aggregate_ = false;
  int selects_ = 0;
  int words_ = 0;
  std::string_view schema_;
  std::string_view name_;
};

}  // namespace

bool may_be_temporal(std::string_view sql, const StatementForms& forms) {
  return look_at_statement(sql, forms).may_be_temporal;
}

StatementLook look_at_statement(std::string_view sql, const StatementForms& forms) {
  Tokenizer tokenizer(sql);
  StatementLook look;
  AggregateLook aggregates;
  bool has_words = false;
  bool may_be_trigger = false;
  bool is_behind_dot = false;
  const auto temporal = [] {
    StatementLook found;
    found.may_be_temporal = true;
    return found;
  };
  for (Token token{}; tokenizer.next(&token);) {
    if (token.kind == TokenKind::kIllegal) return look;  // SQLite will report it
    if (token.kind == TokenKind::kSemicolon && has_words && !may_be_trigger) break;
    const std::string_view word = sql.substr(token.begin, token.end - token.begin);
    if (std::exchange(is_behind_dot, word == ".") && is_function_name(word)) return temporal();
    aggregates.take(token.kind, word);
    if (token.kind == TokenKind::kQuoted &&
        (is_time_column_text(word) || equals_word(unquote(word), "spectradb_hooked")))
      return temporal();
    if (token.kind != TokenKind::kWord) continue;
    if (forms.has_word(word)) return temporal();
    may_be_trigger = may_be_trigger || equals_word(word, "CREATE");
    has_words = true;
  }
  if (aggregates.may_add_up()) {
    look.may_add_up = true;
    look.schema = aggregates.schema();
    look.name = aggregates.name();
  }
  return look;
}

bool adds_up(std::string_view rewritten) {
  return rewritten.find("\"_given\" = '") != std::string_view::npos;
}

ScriptLook look_at_script(std::string_view script, const StatementForms& forms) {
  Tokenizer tokenizer(script);
  ScriptLook look;
  bool is_behind_dot = false;
  for (Token token{}; tokenizer.next(&token) && token.kind != TokenKind::kIllegal;) {
    const std::string_view word = script.substr(token.begin, token.end - token.begin);
    look.may_be_temporal =
        look.may_be_temporal || (std::exchange(is_behind_dot, word == ".") && is_function_name(word));
    look.may_be_temporal =
        look.may_be_temporal || (token.kind == TokenKind::kQuoted && is_time_column_text(word));
    if (token.kind != TokenKind::kWord) continue;
    look.may_be_temporal = look.may_be_temporal || forms.has_word(word);
    look.may_be_foreign = look.may_be_foreign || is_foreign_word(word);
  }
  return look;
}

Result<Rewritten> rewrite_statement(std::string_view sql, Catalog& catalog, bool may_rank) {
  Statement statement = first_statement(sql);
  Rewritten result;
  result.consumed = statement.consumed;
  const Reader reader(sql, std::move(statement.tokens));
  if (reader.size() == 0 || !reader.is_sound())
    return result;  // nothing to do, or a syntax error that SQLite reports
  const Span whole{0, reader.size()};
  ViewStack views;
  views.may_rank = may_rank;
  StatementRewriter rewriter(sql, reader, catalog, views);
  SPECTRADB_RETURN_IF_ERROR(rewriter.rewrite(whole));
  if (!rewriter.is_changed()) return result;
  result.changed = true;
  result.ranks = views.ranks;
  result.begin = reader.token(0).begin;
  result.end = reader.token(reader.size() - 1).end;
  result.text = rewriter.render(whole);
  return result;
}

Result<std::string> rewrite_script(std::string_view sql, Catalog& catalog) {
  std::string out;
  sql = sql.substr(0, sql.find('\0'));  // SQLite reads no further
  while (!sql.empty()) {
    SPECTRADB_ASSIGN_OR_RETURN(Rewritten one, rewrite_statement(sql, catalog));
    if (one.changed) {
      out.append(sql.substr(0, one.begin))
          .append(one.text)
          .append(sql.substr(one.end, one.consumed - one.end));
    } else {
      out.append(sql.substr(0, one.consumed));
    }
    sql.remove_prefix(one.consumed);
  }
  return out;
}

}  // namespace spectradb::sql
