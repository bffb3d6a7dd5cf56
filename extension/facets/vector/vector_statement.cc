#include "extension/facets/vector/vector_statement.h"

#include "extension/host/query.h"
#include "sql/statements/index_statement.h"

namespace spectradb::extension {

namespace {

using sql::Reader;
using sql::Span;

constexpr const char* kUsage =
    "CREATE VECTOR INDEX name ON table (column) [PARTITION BY (column, …)] [WITH (metric = cosine | l2, "
    "effort = 1.0)]";

Status not_so(const std::string& what) { return Status::invalid(what + ": write " + kUsage); }

std::string text_literal(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += c;
    out += c;
  }
  return out + "'";
}

class VectorIndexReader {
 public:
  VectorIndexReader(const Reader& reader, Span statement)
      : reader_(reader), at_(statement.begin), end_(statement.end) {}

  bool is_meant() const {
    return reader_.is_words(at_, "CREATE", "VECTOR") && reader_.is_word(at_ + 2, "INDEX");
  }

  // The text of the CREATE INDEX.
  Result<std::string> read() {
    at_ += 3;
    const bool may_exist = reader_.is_word(at_, "IF") && reader_.is_words(at_ + 1, "NOT", "EXISTS");
    if (may_exist) at_ += 3;
    std::string name;
    if (!reader_.take_name(at_, schema, name) || !reader_.is_word(at_, "ON") || !reader_.is_name(at_ + 1))
      return not_so("CREATE VECTOR INDEX has a name, and ON with a table");
    table = reader_.name(at_ + 1);
    at_ += 2;
    const size_t column = at_ + 1;
    if (!reader_.is_operator(at_, "(") || !reader_.is_name(column) || !reader_.is_operator(column + 1, ")"))
      return not_so("CREATE VECTOR INDEX is on one column");
    std::string arguments = quoted(reader_.name(column));
    at_ = column + 2;
    if (reader_.is_words(at_, "PARTITION", "BY")) SPECTRADB_RETURN_IF_ERROR(read_partition(arguments));
    if (reader_.is_word(at_, "WITH")) SPECTRADB_RETURN_IF_ERROR(read_options(arguments));
    arguments += ", 'nulls=listed'";
    if (at_ != end_) return not_so("CREATE VECTOR INDEX does not end with " + std::string(reader_.text(at_)));
    return std::string("CREATE INDEX ") + (may_exist ? "IF NOT EXISTS " : "") +
           (schema.empty() ? "" : quoted(schema) + ".") + quoted(name) + " ON " + quoted(table) +
           " (spectradb_vector_index(" + arguments + "))";
  }

  std::string schema;
  std::string table;

 private:
  Status read_partition(std::string& arguments) {
    at_ += 2;
    if (!reader_.is_operator(at_, "(")) return not_so("PARTITION BY has columns in parentheses");
    do {
      ++at_;
      if (!reader_.is_name(at_)) return not_so("PARTITION BY has columns in parentheses");
      arguments += ", " + quoted(reader_.name(at_++));
    } while (reader_.is_operator(at_, ","));
    return close();
  }
  Status read_options(std::string& arguments) {
    ++at_;
    if (!reader_.is_operator(at_, "(")) return not_so("WITH has options in parentheses");
    do {
      ++at_;
      const size_t value = at_ + 2;
      if (!reader_.is_name(at_) || !reader_.is_operator(at_ + 1, "=") || value >= end_)
        return not_so("WITH has options as name = value");
      const std::string given =
          reader_.is_name(value) ? reader_.name(value) : std::string(reader_.text(value));
      arguments += ", " + text_literal(reader_.name(at_) + "=" + given);
      at_ = value + 1;
    } while (reader_.is_operator(at_, ","));
    return close();
  }
  Status close() {
    if (!reader_.is_operator(at_, ")")) return not_so("a parenthesis is not closed");
    ++at_;
    return Status::ok();
  }

  const Reader& reader_;
  size_t at_;
  const size_t end_;
};

Result<std::optional<std::string>> rewrite_vector_index(const Reader& reader, Span statement,
                                                        sql::Catalog& catalog) {
  VectorIndexReader form(reader, statement);
  if (!form.is_meant()) return std::optional<std::string>();
  SPECTRADB_ASSIGN_OR_RETURN(std::string text, form.read());
  const sql::Relation relation = catalog.find(form.schema, form.table);
  if (relation.kind == sql::RelationKind::kNone) return Status::invalid("no such table: " + form.table);
  if (relation.kind != sql::RelationKind::kTemporal) {
    return Status::invalid("CREATE VECTOR INDEX: " + form.table + " is no temporal table: say ALTER TABLE " +
                           form.table + " ADD SYSTEM VERSIONING first");
  }
  const Reader plain(text, sql::tokenize(text));
  return sql::kIndexStatementForm.rewrite(plain, {0, plain.size()}, catalog);
}

constexpr std::string_view kFirstWordsOfVectorIndexForm[] = {"CREATE"};
constexpr std::string_view kWordsOfVectorIndexForm[] = {"VECTOR"};

}  // namespace

constinit const sql::StatementForm kVectorIndexForm{kFirstWordsOfVectorIndexForm, kWordsOfVectorIndexForm,
                                                    rewrite_vector_index};

}  // namespace spectradb::extension
