// A view that is read at a time becomes its query, with its tables read at that time.
#include <algorithm>

#include "sql/rewrite/statement_rewriter.h"

namespace spectradb::sql {

namespace {

constexpr int kMaxViews = 10000;  // a bound: views that refer to others twice grow exponentially

// The parts of a CREATE VIEW statement.
struct ViewDefinition {
  Span columns;  // with parentheses, or empty
  Span query;    // empty: no view
};

ViewDefinition read_view(const Reader& view) {
  ViewDefinition definition;
  size_t i = 0;
  while (i < view.size() && !view.is_word(i, "VIEW")) ++i;
  ++i;
  if (view.is_word(i, "IF") && view.is_words(i + 1, "NOT", "EXISTS")) i += 3;
  if (view.is_operator(i + 1, ".")) i += 2;
  ++i;
  if (view.is_operator(i, "(")) {
    definition.columns = {i, view.behind_parenthesis(i, view.size())};
    i = definition.columns.end;
  }
  if (!view.is_word(i, "AS")) return definition;
  definition.query = {i + 1, view.size()};
  while (!definition.query.is_empty() && view.kind(definition.query.end - 1) == TokenKind::kSemicolon)
    --definition.query.end;
  return definition;
}

}  // namespace

// Names inside a view belong to the view's own schema; names inside a temp view may belong to any.
std::string StatementRewriter::schema_of(const TableReference& view, const Relation& relation) {
  std::string schema = relation.schema;
  if (schema.empty()) schema = view.schema.empty() ? view_schema_ : view.schema;
  if (schema.empty()) schema = kept_schema_;
  for (const char* candidate : {"temp", "main"}) {
    if (schema.empty() && catalog_.find(candidate, view.name).kind != RelationKind::kNone) schema = candidate;
  }
  return equals_word(schema, "temp") ? std::string() : schema;
}

Status StatementRewriter::inline_view(const TableReference& table, const Relation& relation,
                                      const std::string (&times)[2]) {
  const std::vector<std::string>& around = views_.definitions;
  if (std::find(around.begin(), around.end(), relation.view_select) != around.end())
    return Status::invalid("view " + table.name + " refers to itself");
  if (++views_.inlined > kMaxViews)
    return Status::invalid("view " + table.name + " reads too many other views to be read at a time");
  const Reader view(relation.view_select, tokenize(relation.view_select));
  const ViewDefinition definition = view.is_sound() ? read_view(view) : ViewDefinition();
  if (definition.query.is_empty()) return Status::invalid("cannot read the definition of view " + table.name);
  const std::string schema = schema_of(table, relation);

  views_.definitions.push_back(relation.view_select);
  StatementRewriter inner(relation.view_select, view, catalog_, views_, schema);
  inner.is_stored_ = is_stored_ || is_trigger_;
  inner.is_kept_ = is_kept_;
  inner.kept_schema_ = kept_schema_;
  Status status = inner.rewrite_view(definition.query, OuterTimes{{times[0], times[1]}});
  views_.definitions.pop_back();
  if (!status) return status;
  if (!inner.reads_temporal()) {
    if (!table.is_direct) return qualify(table, relation);
    return Status::invalid("view " + table.name +
                           " reads no temporal table: it has no history to read AS OF or VALID AT");
  }
  for (const BoundClause* clause : table.clauses) {
    if (clause == nullptr || !(reader_.names_column(clause->clause.time.at.expression) ||
                               reader_.names_column(clause->clause.time.until.expression)))
      continue;
    return Status::invalid("view " + table.name + " cannot be read at the time of another table's column ('" +
                           std::string(reader_.text(clause->clause.tokens)) +
                           "'): join the tables that it reads instead");
  }
  SPECTRADB_RETURN_IF_ERROR(catalog_.check_stored(schema, relation.view_select, "view " + table.name));
  if (around.empty()) SPECTRADB_RETURN_IF_ERROR(catalog_.check_view(schema, table.name));
  reads_temporal_ = true;
  temporal_.push_back(&table);
  std::string text = inner.render(definition.query);
  if (!definition.columns.is_empty()) {
    const std::string name = quoted(table.name);
    text = "WITH " + name + std::string(view.text(definition.columns)) + " AS (" + text + ") SELECT * FROM " +
           name;
  }
  text = "(" + text + ")";
  if (!table.needs_no_alias) text += " AS " + quoted(table.name);
  edits_.replace(begin_of(table.tokens.begin), end_of(table.tokens.end - 1), text);
  return Status::ok();
}

}  // namespace spectradb::sql
