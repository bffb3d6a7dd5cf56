#include "sql/rewriter.h"

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

}  // namespace

bool may_be_temporal(std::string_view sql, const StatementForms& forms) {
  Tokenizer tokenizer(sql);
  bool has_words = false;
  bool may_be_trigger = false;
  bool is_behind_dot = false;
  for (Token token{}; tokenizer.next(&token);) {
    if (token.kind == TokenKind::kIllegal) return false;  // SQLite will report it
    if (token.kind == TokenKind::kSemicolon && has_words && !may_be_trigger) return false;
    const std::string_view word = sql.substr(token.begin, token.end - token.begin);
    if (std::exchange(is_behind_dot, word == ".") && is_function_name(word)) return true;
    if (token.kind == TokenKind::kQuoted &&
        (is_time_column_text(word) || equals_word(unquote(word), "spectradb_hooked")))
      return true;
    if (token.kind != TokenKind::kWord) continue;
    if (forms.has_word(word)) return true;
    may_be_trigger = may_be_trigger || equals_word(word, "CREATE");
    has_words = true;
  }
  return false;
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
