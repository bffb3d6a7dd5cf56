#include "sql/statements/statement_form.h"

#include <algorithm>

#include "base/assert.h"
#include "sql/rewrite/statement_rewriter.h"
#include "sql/statements/alter_statement.h"
#include "sql/statements/create_table.h"
#include "sql/statements/index_statement.h"

namespace spectradb::sql {

void Words::add(std::string_view word) {
  SPECTRADB_ASSERT(!word.empty() && word.size() <= kLongest);
  if (has(word)) return;
  initials_[word.size()] |= initial(word.front());
  of_size_[word.size()].push_back(word);
}

bool Words::has(std::string_view word) const {
  if (word.empty() || word.size() > kLongest || (initials_[word.size()] & initial(word.front())) == 0)
    return false;
  const std::vector<std::string_view>& same_size = of_size_[word.size()];
  return std::any_of(same_size.begin(), same_size.end(),
                     [&](std::string_view known) { return equals_word(word, known); });
}

StatementForms::StatementForms(std::span<const StatementForm* const> more,
                               std::span<const std::string_view> words)
    : forms_(more.begin(), more.end()) {
  for (std::string_view word : words) words_.add(word);
  for (const StatementForm* form : {&kIndexStatementForm, &kAlterStatementForm, &kCreateTableForm})
    forms_.push_back(form);
  for (const StatementForm* form : forms_) {
    SPECTRADB_ASSERT(!form->first_words.empty() && !form->words.empty());
    for (std::string_view word : form->words) words_.add(word);
  }
  for (std::string_view word : StatementRewriter::words()) words_.add(word);
}

const StatementForms& Catalog::forms() const { return StatementForms::own(); }

const StatementForms& StatementForms::own() {
  static const StatementForms forms({});
  return forms;
}

Result<std::optional<std::string>> StatementForms::rewrite(const Reader& reader, Span statement,
                                                           Catalog& catalog) const {
  for (const StatementForm* form : forms_) {
    if (!reader.is_any_word(statement.begin, form->first_words)) continue;
    Result<std::optional<std::string>> text = form->rewrite(reader, statement, catalog);
    if (!text || text->has_value()) return text;
  }
  return std::optional<std::string>();
}

}  // namespace spectradb::sql
