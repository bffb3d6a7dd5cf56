#include "extension/facet/index_form.h"

#include <algorithm>

#include "extension/host/query.h"
#include "sql/shape/nested_statement.h"
#include "sql/statements/index_statement.h"

namespace spectradb::extension {

Status IndexForm::wrong(const std::string& what) const {
  return Status::invalid(what + ": write " + std::string(usage_));
}

bool IndexForm::is_meant() const {
  return reader_.is_words(at_, "CREATE", word_) && reader_.is_word(at_ + 2, "INDEX");
}

Status IndexForm::read_beginning() {
  at_ += 3;
  may_exist_ = reader_.is_word(at_, "IF") && reader_.is_words(at_ + 1, "NOT", "EXISTS");
  if (may_exist_) at_ += 3;
  if (!reader_.take_name(at_, schema_, name_) || !reader_.is_word(at_, "ON") || !reader_.is_name(at_ + 1))
    return wrong(statement() + " has a name, and ON with a table");
  table_ = reader_.name(at_ + 1);
  at_ += 2;
  return Status::ok();
}

Status IndexForm::read_column() {
  const size_t column = at_ + 1;
  if (!reader_.is_operator(at_, "(") || !reader_.is_name(column) || !reader_.is_operator(column + 1, ")"))
    return wrong(statement() + " is on one column");
  add(quoted(reader_.name(column)));
  at_ = column + 2;
  return Status::ok();
}

Status IndexForm::read_columns(const std::string& no_parenthesis, const std::string& no_name) {
  if (!reader_.is_operator(at_, "(")) return wrong(no_parenthesis);
  do {
    ++at_;
    if (!reader_.is_name(at_)) return wrong(no_name);
    add(quoted(reader_.name(at_++)));
  } while (reader_.is_operator(at_, ","));
  return read_end();
}

bool IndexForm::take_words(std::string_view first, std::string_view second) {
  const bool are_there = reader_.is_words(at_, first, second);
  if (are_there) at_ += 2;
  return are_there;
}

void IndexForm::add(std::string argument) {
  arguments_ += (arguments_.empty() ? "" : ", ") + std::move(argument);
}

Status IndexForm::read_options() {
  if (!reader_.is_word(at_, "WITH")) return Status::ok();
  ++at_;
  if (!reader_.is_operator(at_, "(")) return wrong("WITH has options in parentheses");
  do {
    ++at_;
    const size_t value = at_ + 2;
    if (!reader_.is_name(at_) || !reader_.is_operator(at_ + 1, "=") || value >= end_)
      return wrong("WITH has options as name = value");
    const std::string given = reader_.is_name(value) ? reader_.name(value) : std::string(reader_.text(value));
    add(sql::string_literal(reader_.name(at_) + "=" + given));
    options_.push_back(reader_.name(at_));
    at_ = value + 1;
  } while (reader_.is_operator(at_, ","));
  return read_end();
}

bool IndexForm::says(std::string_view option) const {
  return std::any_of(options_.begin(), options_.end(),
                     [&](const std::string& one) { return sql::equals_word(one, option); });
}

Status IndexForm::read_end() {
  if (!reader_.is_operator(at_, ")")) return wrong("a parenthesis is not closed");
  ++at_;
  return Status::ok();
}

Result<std::optional<std::string>> IndexForm::rewrite(std::string_view function, sql::Catalog& catalog,
                                                      std::string_view way_out) const {
  if (at_ != end_) return wrong(statement() + " does not end with " + std::string(reader_.text(at_)));
  const sql::Relation relation = catalog.find(schema_, table_);
  if (relation.kind == sql::RelationKind::kNone) return Status::invalid("no such table: " + table_);
  if (relation.kind != sql::RelationKind::kTemporal) {
    return Status::invalid(statement() + ": " + table_ + " is no temporal table: say ALTER TABLE " + table_ +
                           " ADD SYSTEM VERSIONING first" + std::string(way_out));
  }
  const std::string text = std::string("CREATE INDEX ") + (may_exist_ ? "IF NOT EXISTS " : "") +
                           (schema_.empty() ? "" : quoted(schema_) + ".") + quoted(name_) + " ON " +
                           quoted(table_) + " (" + std::string(function) + "(" + arguments_ + "))";
  const sql::Reader plain(text, sql::tokenize(text));
  return sql::kIndexStatementForm.rewrite(plain, {0, plain.size()}, catalog);
}

}  // namespace spectradb::extension
