#include "extension/facets/text/text_statement.h"

#include "extension/host/query.h"
#include "sql/statements/index_statement.h"

namespace spectradb::extension {

namespace {

using sql::Reader;
using sql::Span;

Status no_text_index(const std::string& what) {
  return Status::invalid(what +
                         ": write CREATE FULLTEXT INDEX name ON table (column, …) [WITH (tokenizer = 'porter "
                         "unicode61', prefix = '2 3')]");
}

std::string option_text(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += c;
    out += c;
  }
  return out + "'";
}

class TextIndexReader {
 public:
  TextIndexReader(const Reader& reader, Span statement)
      : reader_(reader), at_(statement.begin), end_(statement.end) {}

  bool is_meant() const {
    return reader_.is_words(at_, "CREATE", "FULLTEXT") && reader_.is_word(at_ + 2, "INDEX");
  }

  // The text of the CREATE INDEX.
  Result<std::string> read() {
    at_ += 3;
    const bool may_exist = reader_.is_word(at_, "IF") && reader_.is_words(at_ + 1, "NOT", "EXISTS");
    if (may_exist) at_ += 3;
    std::string name;
    if (!reader_.take_name(at_, schema, name) || !reader_.is_word(at_, "ON") || !reader_.is_name(at_ + 1))
      return no_text_index("CREATE FULLTEXT INDEX has a name, and ON with a table");
    table = reader_.name(at_ + 1);
    at_ += 2;
    std::string arguments;
    if (!reader_.is_operator(at_, "("))
      return no_text_index("CREATE FULLTEXT INDEX has columns in parentheses");
    do {
      ++at_;
      if (!reader_.is_name(at_)) return no_text_index("CREATE FULLTEXT INDEX is on columns");
      arguments += (arguments.empty() ? "" : ", ") + quoted(reader_.name(at_++));
    } while (reader_.is_operator(at_, ","));
    SPECTRADB_RETURN_IF_ERROR(close());
    if (reader_.is_word(at_, "WITH")) SPECTRADB_RETURN_IF_ERROR(read_options(arguments));
    if (at_ != end_)
      return no_text_index("CREATE FULLTEXT INDEX does not end with " + std::string(reader_.text(at_)));
    return std::string("CREATE INDEX ") + (may_exist ? "IF NOT EXISTS " : "") +
           (schema.empty() ? "" : quoted(schema) + ".") + quoted(name) + " ON " + quoted(table) +
           " (spectradb_fulltext_index(" + arguments + "))";
  }

  std::string schema;
  std::string table;

 private:
  Status read_options(std::string& arguments) {
    ++at_;
    if (!reader_.is_operator(at_, "(")) return no_text_index("WITH has options in parentheses");
    do {
      ++at_;
      const size_t value = at_ + 2;
      if (!reader_.is_name(at_) || !reader_.is_operator(at_ + 1, "=") || value >= end_)
        return no_text_index("WITH has options as name = value");
      const std::string given =
          reader_.is_name(value) ? reader_.name(value) : std::string(reader_.text(value));
      arguments += ", " + option_text(reader_.name(at_) + "=" + given);
      at_ = value + 1;
    } while (reader_.is_operator(at_, ","));
    return close();
  }
  Status close() {
    if (!reader_.is_operator(at_, ")")) return no_text_index("a parenthesis is not closed");
    ++at_;
    return Status::ok();
  }

  const Reader& reader_;
  size_t at_;
  const size_t end_;
};

Result<std::optional<std::string>> rewrite_text_index(const Reader& reader, Span statement,
                                                      sql::Catalog& catalog) {
  TextIndexReader form(reader, statement);
  if (!form.is_meant()) return std::optional<std::string>();
  SPECTRADB_ASSIGN_OR_RETURN(const std::string text, form.read());
  const sql::Relation relation = catalog.find(form.schema, form.table);
  if (relation.kind == sql::RelationKind::kNone) return Status::invalid("no such table: " + form.table);
  if (relation.kind != sql::RelationKind::kTemporal) {
    return Status::invalid("CREATE FULLTEXT INDEX: " + form.table +
                           " is no temporal table: say ALTER TABLE " + form.table +
                           " ADD SYSTEM VERSIONING first, or use FTS5");
  }
  const Reader plain(text, sql::tokenize(text));
  return sql::kIndexStatementForm.rewrite(plain, {0, plain.size()}, catalog);
}

constexpr std::string_view kFirstWordsOfTextIndexForm[] = {"CREATE"};
constexpr std::string_view kWordsOfTextIndexForm[] = {"FULLTEXT"};

}  // namespace

constinit const sql::StatementForm kTextIndexForm{kFirstWordsOfTextIndexForm, kWordsOfTextIndexForm,
                                                  rewrite_text_index};

}  // namespace spectradb::extension
