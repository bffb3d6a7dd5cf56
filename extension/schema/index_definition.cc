#include "extension/schema/index_definition.h"

#include "extension/host/query.h"
#include "extension/schema/twin.h"

namespace spectradb::extension {

using temporal::IndexPart;
using temporal::TableSchema;

namespace {

Result<std::vector<IndexPart>> parts_of(sqlite3* db, const TableSchema& schema, const std::string& index,
                                        const std::string& shown_name) {
  Query info(db, "SELECT cid, \"desc\", coll FROM pragma_index_xinfo(?1) WHERE key ORDER BY seqno");
  info.bind(1, std::string_view(index));
  std::vector<IndexPart> parts;
  for (;;) {
    Result<bool> row = info.step();
    if (!row) return row.status();
    if (!*row) return parts;
    const int64_t column = info.integer(0);
    if (column < 0 || column >= static_cast<int64_t>(schema.columns.size())) {
      return Status::invalid("index " + shown_name + " is on an expression, for which table " + schema.name +
                             " needs a column: say SELECT spectradb_alter('CREATE INDEX …')");
    }
    Result<temporal::Collation> collation = collation_named(info.text(2).c_str(), "index " + shown_name);
    if (!collation) return collation.status();
    parts.push_back({static_cast<int>(column), schema.columns[static_cast<size_t>(column)].affinity,
                     *collation, info.integer(1) != 0});
  }
}

}  // namespace

Result<std::vector<UniqueConstraint>> read_unique_constraints(sqlite3* db, const TableSchema& schema) {
  std::vector<UniqueConstraint> constraints;
  Query list(db, "SELECT name, origin FROM pragma_index_list(?1) WHERE origin IN ('pk', 'u') ORDER BY seq");
  list.bind(1, std::string_view(schema.name));
  for (;;) {
    Result<bool> row = list.step();
    if (!row) return row.status();
    if (!*row) break;
    UniqueConstraint constraint;
    constraint.name = list.text(0);
    constraint.is_primary = list.text(1) == "pk";
    constraints.push_back(std::move(constraint));
  }
  for (UniqueConstraint& constraint : constraints) {
    Result<std::vector<IndexPart>> parts = parts_of(db, schema, constraint.name, constraint.name);
    if (!parts) return parts.status();
    constraint.parts = std::move(*parts);
  }
  return constraints;
}

Result<std::vector<IndexPart>> read_index_parts(const Definition& definition, const std::string& name,
                                                bool is_unique, const std::string& text) {
  const TableSchema& schema = definition.schema;
  Result<Twin> twin = Twin::make(schema.name, definitions_with_document(definition));
  if (!twin) return twin.status();
  SPECTRADB_RETURN_IF_ERROR(
      execute(twin->db(), "CREATE INDEX " + quoted(name) + " ON " + quoted(schema.name) + text));
  Query partial(twin->db(), "SELECT partial FROM pragma_index_list(?1) WHERE name = ?2");
  partial.bind(1, std::string_view(schema.name)).bind(2, std::string_view(name));
  Result<bool> row = partial.step();
  if (!row) return row.status();
  if (*row && partial.integer(0) != 0 && is_unique) {
    return Status::invalid("index " + name + " is unique where a condition holds, for which table " +
                           schema.name +
                           " needs a column: say SELECT spectradb_alter('CREATE UNIQUE INDEX …')");
  }
  return parts_of(twin->db(), schema, name, name);
}

}  // namespace spectradb::extension
