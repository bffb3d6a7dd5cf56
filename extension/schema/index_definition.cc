#include "extension/schema/index_definition.h"

#include <algorithm>
#include <optional>

#include "extension/facet/index_kind.h"
#include "extension/facet/matcher.h"
#include "extension/host/query.h"
#include "extension/schema/erase_by.h"
#include "extension/schema/twin.h"
#include "sql/statements/index_statement.h"

namespace spectradb::extension {

using temporal::IndexPart;
using temporal::TableSchema;

namespace {

// For an index of a kind: reads the column that the call in its definition is on.
Status read_kind(Connection& connection, const TableSchema& schema, const std::string& text,
                 temporal::IndexSchema* index, std::string* remembered) {
  const std::string whole = "CREATE INDEX i ON t " + text;
  const sql::Reader reader(whole, sql::tokenize(whole));
  const std::optional<sql::IndexStatement> statement = sql::read_index_statement(reader, {0, reader.size()});
  std::optional<KindCall> call;
  for (const sql::IndexStatement::Part& part :
       statement ? statement->parts : std::vector<sql::IndexStatement::Part>()) {
    if (!call) call = read_kind_call(part.value);
  }
  if (!call) return Status::ok();
  const IndexKind& kind = *index_kinds()[static_cast<size_t>(call->kind) - 1];
  const std::string shown = "index " + index->name + " is on " + kind.function + "()";
  if (statement->parts.size() != 1 || !statement->parts.front().order.empty())
    return Status::invalid(shown + ", which can only stand alone: make an index of its own for the rest");
  if (index->is_unique || !statement->condition.empty())
    return Status::invalid(shown + ", which can neither be UNIQUE nor have a WHERE");
  std::vector<std::string> options;
  for (const std::string& argument : call->arguments) {
    if (kind.has_options() && argument.starts_with('\'')) {
      options.push_back(sql::unquote(argument));
      continue;
    }
    const auto column = std::find_if(schema.columns.begin(), schema.columns.end(), [&](const auto& each) {
      return sql::equals_word(sql::unquote(argument), each.name);
    });
    if (column == schema.columns.end() && kind.has_options())
      return Status::invalid("index " + index->name + ": table " + schema.name + " has no column " +
                             argument);
    if (column == schema.columns.end() || (!kind.has_options() && call->arguments.size() != 1)) {
      return Status::invalid(shown + " of an expression, for which table " + schema.name +
                             " needs a column: say SELECT spectradb_alter('CREATE INDEX …')");
    }
    index->parts.push_back(
        {static_cast<int>(column - schema.columns.begin()), column->affinity, column->collation, false});
  }
  if (index->parts.empty()) return Status::invalid(shown + " of nothing: it takes a column");
  SPECTRADB_ASSIGN_OR_RETURN(index->maker, kind.maker({connection, schema, *index, options}));
  index->kind = call->kind;
  if (remembered != nullptr && kind.matcher != nullptr) {
    SPECTRADB_ASSIGN_OR_RETURN(*remembered, kind.matcher->remembered({connection, schema, *index, options}));
  }
  return Status::ok();
}

Result<std::vector<IndexPart>> parts_of(sqlite3* db, const TableSchema& schema, const std::string& index,
                                        const std::string& shown_name) {
  Query info(db, "SELECT cid, \"desc\", coll FROM pragma_index_xinfo(?1) WHERE key ORDER BY seqno");
  info.bind(1, std::string_view(index));
  std::vector<IndexPart> parts;
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, info.step());
    if (!row) return parts;
    const int64_t column = info.integer(0);
    if (column < 0 || column >= static_cast<int64_t>(schema.columns.size())) {
      return Status::invalid("index " + shown_name + " is on an expression, for which table " + schema.name +
                             " needs a column: say SELECT spectradb_alter('CREATE INDEX …')");
    }
    SPECTRADB_ASSIGN_OR_RETURN(temporal::Collation collation,
                               collation_named(info.text(2).c_str(), "index " + shown_name));
    parts.push_back({static_cast<int>(column), schema.columns[static_cast<size_t>(column)].affinity,
                     collation, info.integer(1) != 0});
  }
}

// Reads columns alone, as most definitions have them: (a, "b c"). Nothing where SQLite has to say what the text means.
std::optional<std::vector<IndexPart>> plain_parts(const TableSchema& schema, const std::string& text) {
  const sql::Reader reader(text, sql::tokenize(text));
  if (reader.size() < 3 || !reader.is_operator(0, "(")) return std::nullopt;
  std::vector<IndexPart> parts;
  for (size_t i = 1; i < reader.size(); i += 2) {
    if (!reader.is_name(i) || reader.kind(i) == sql::TokenKind::kString) return std::nullopt;
    const std::string name = reader.name(i);
    const auto column = std::find_if(schema.columns.begin(), schema.columns.end(),
                                     [&](const auto& each) { return sql::equals_word(name, each.name); });
    // Of a column that an index has made, the table forgets how it is compared.
    if (column == schema.columns.end() || column->is_hidden) return std::nullopt;
    parts.push_back(
        {static_cast<int>(column - schema.columns.begin()), column->affinity, column->collation, false});
    if (reader.is_operator(i + 1, ")") && i + 2 == reader.size()) return parts;
    if (!reader.is_operator(i + 1, ",")) return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

Result<std::vector<UniqueConstraint>> read_unique_constraints(sqlite3* db, const TableSchema& schema) {
  std::vector<UniqueConstraint> constraints;
  Query list(db, "SELECT name, origin FROM pragma_index_list(?1) WHERE origin IN ('pk', 'u') ORDER BY seq");
  list.bind(1, std::string_view(schema.name));
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, list.step());
    if (!row) break;
    UniqueConstraint constraint;
    constraint.name = list.text(0);
    constraint.is_primary = list.text(1) == "pk";
    constraints.push_back(std::move(constraint));
  }
  for (UniqueConstraint& constraint : constraints) {
    SPECTRADB_ASSIGN_OR_RETURN(std::vector<IndexPart> parts,
                               parts_of(db, schema, constraint.name, constraint.name));
    constraint.parts = std::move(parts);
  }
  return constraints;
}

Status read_known_index_definition(Connection& connection, const Definition& definition,
                                   const std::string& text, temporal::IndexSchema* index) {
  if (std::optional<std::vector<IndexPart>> parts = plain_parts(definition.schema, text); parts) {
    SPECTRADB_RETURN_IF_ERROR(check_erase_by_has_no_index(definition, index->name));
    index->parts = std::move(*parts);
    return Status::ok();
  }
  return read_index_definition(connection, definition, text, index);
}

Status read_index_definition(Connection& connection, const Definition& definition, const std::string& text,
                             temporal::IndexSchema* index, std::string* remembered) {
  const TableSchema& schema = definition.schema;
  SPECTRADB_RETURN_IF_ERROR(check_erase_by_has_no_index(definition, index->name));
  SPECTRADB_ASSIGN_OR_RETURN(Twin twin,
                             Twin::make(schema.name, definitions_with_document(definition), definition.host));
  SPECTRADB_RETURN_IF_ERROR(
      twin.run("CREATE INDEX " + quoted(index->name) + " ON " + quoted(schema.name) + text));
  SPECTRADB_RETURN_IF_ERROR(read_kind(connection, schema, text, index, remembered));
  if (index->maker != nullptr) return Status::ok();
  Query partial(twin.db(), "SELECT partial FROM pragma_index_list(?1) WHERE name = ?2");
  partial.bind(1, std::string_view(schema.name)).bind(2, std::string_view(index->name));
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, partial.step());
  if (row && partial.integer(0) != 0 && index->is_unique) {
    return Status::invalid("index " + index->name + " is unique where a condition holds, for which table " +
                           schema.name +
                           " needs a column: say SELECT spectradb_alter('CREATE UNIQUE INDEX …')");
  }
  SPECTRADB_ASSIGN_OR_RETURN(index->parts, parts_of(twin.db(), schema, index->name, index->name));
  return Status::ok();
}

}  // namespace spectradb::extension
