#include "extension/facets/copy/copy_target.h"

#include <algorithm>

#include "base/hex.h"
#include "extension/facets/copy/well_formed.h"
#include "extension/host/query.h"
#include "extension/schema/hidden_columns.h"
#include "extension/table/sql_catalog.h"
#include "extension/table/table.h"

namespace spectradb::extension::copy {

namespace {

bool is_name(const std::string& a, const std::string& b) {
  return sqlite3_stricmp(a.c_str(), b.c_str()) == 0;
}

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

bool is_blob_column(const TargetColumn& column) {
  return sqlite3_stricmp(column.declared_type.c_str(), "BLOB") == 0 ||
         sqlite3_stricmp(column.declared_type.c_str(), "BYTEA") == 0;
}

// Reads bytes as PostgreSQL writes them: \x0102.
bool take_bytes(std::string_view text, std::string& bytes) {
  if (text.size() < 2 || text[0] != '\\' || text[1] != 'x' || text.size() % 2 != 0) return false;
  bytes.clear();
  for (size_t i = 2; i < text.size(); i += 2) {
    const int high = digit_of(text[i]);
    const int low = digit_of(text[i + 1]);
    if (high < 0 || low < 0) return false;
    bytes += static_cast<char>(high * 16 + low);
  }
  return true;
}

bool convert_cell(const TargetColumn& column, temporal::Value& value, std::string& made) {
  if (value.type != temporal::Value::Type::kText) return true;
  if (temporal::is_numeric(column.affinity)) {
    const temporal::Value number = temporal::apply_affinity(value, column.affinity, made);
    if (number.type == temporal::Value::Type::kText) return false;
    value = number;
  } else if (is_blob_column(column) && take_bytes(value.bytes, made)) {
    value = temporal::Value::blob(made);
  }
  return true;
}

Status check_header_names(const CopyTarget& target, const Record& header) {
  const auto refused = [&](const std::string& what) {
    return Status::invalid(what + "; COPY " + target.table + ", line 1: \"" + shortened(header.text) + "\"");
  };
  if (header.fields.size() != target.columns.size())
    return refused("wrong number of fields in header line: got " + std::to_string(header.fields.size()) +
                   ", expected " + std::to_string(target.columns.size()));
  for (size_t i = 0; i < header.fields.size(); ++i) {
    if (header.fields[i].bytes != target.columns[i].name)
      return refused("column name mismatch in header line field " + std::to_string(i + 1) + ": got \"" +
                     std::string(header.fields[i].bytes) + "\", expected \"" + target.columns[i].name + "\"");
  }
  return Status::ok();
}

// Hosts take messages for UTF-8, and some fail over others.
std::string shortened(std::string_view text) {
  constexpr size_t kQuotedBytes = 100;
  size_t end = text.size();
  if (end > kQuotedBytes) {
    end = kQuotedBytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u) --end;  // at a character
  }
  std::string shown;
  std::string_view rest = text.substr(0, end);
  for (size_t at = find_ill_formed(rest); at != std::string_view::npos; at = find_ill_formed(rest)) {
    shown.append(rest.substr(0, at)).append("\\x").append(hex_of(rest.substr(at, 1)));
    rest.remove_prefix(at + 1);
  }
  return shown.append(rest).append(end < text.size() ? "..." : "");
}

Result<std::string> schema_of_table(Connection& connection, const CopyStatement& statement) {
  SqlCatalog catalog(connection);
  const sql::Relation relation = catalog.find(statement.schema, statement.table);
  SPECTRADB_RETURN_IF_ERROR(catalog.failure());
  if (relation.kind == sql::RelationKind::kNone)
    return Status::invalid("relation \"" + statement.table + "\" does not exist");
  if (!relation.schema.empty()) return relation.schema;
  if (!statement.schema.empty()) return statement.schema;
  Query where(connection.handle(), "SELECT 1 FROM temp.sqlite_master WHERE name = ?1 COLLATE NOCASE");
  SPECTRADB_ASSIGN_OR_RETURN(const bool is_temporary,
                             where.bind(1, std::string_view(statement.table)).step());
  return std::string(is_temporary ? "temp" : "main");
}

Result<std::vector<TargetColumn>> columns_of(Connection& connection, const std::string& schema,
                                             const std::string& table) {
  std::vector<TargetColumn> columns;
  if (const Table* temporal = connection.find_table(schema, table); temporal != nullptr) {
    for (const temporal::Column& column : temporal->schema().columns) {
      if (!column.is_hidden)
        columns.push_back({column.name, column.declared_type, column.affinity, column.is_generated});
    }
    return columns;
  }
  // SQLite says 1 of hidden columns, and 2 or 3 of generated ones.
  Query query(connection.handle(),
              "SELECT name, type, hidden > 1 FROM pragma_table_xinfo(?1, ?2) WHERE hidden <> 1");
  query.bind(1, std::string_view(table)).bind(2, std::string_view(schema));
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.step());
    if (!row) return columns;
    const std::string type = query.text(1);
    columns.push_back({query.text(0), type, temporal::affinity_of_type(type), query.integer(2) != 0});
  }
}

namespace {

std::string no_column(const std::string& name, const std::string& table) {
  return "column \"" + name + "\" of relation \"" + table + "\" does not exist";
}

std::string generated(const std::string& name) {
  return "column \"" + name + "\" is a generated column, which COPY leaves out: COPY (SELECT …) TO writes it";
}

const TargetColumn* find_column(const std::vector<TargetColumn>& columns, const std::string& name) {
  for (const TargetColumn& column : columns)
    if (is_name(column.name, name)) return &column;
  return nullptr;
}

Status check_named_once(const std::vector<std::string>& names) {
  for (auto name = names.begin(); name != names.end(); ++name)
    if (std::any_of(names.begin(), name, [&](const std::string& other) { return is_name(other, *name); }))
      return Status::invalid("column \"" + *name + "\" specified more than once");
  return Status::ok();
}

// Columns with bounds of system time are of the file, and not of the table.
bool is_system_bound(const CopyOptions& options, const std::string& name) {
  return (!options.system_from.empty() && is_name(name, options.system_from)) ||
         (!options.system_to.empty() && is_name(name, options.system_to));
}

}  // namespace

Result<std::vector<std::string>> columns_to_write(Connection& connection, const std::string& schema,
                                                  const CopyStatement& statement) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<TargetColumn> all,
                             columns_of(connection, schema, statement.table));
  for (const std::string& name : statement.columns) {
    const TargetColumn* const found = find_column(all, name);
    if (found != nullptr && found->is_generated) return Status::invalid(generated(name));
  }
  SPECTRADB_RETURN_IF_ERROR(check_named_once(statement.columns));
  std::vector<std::string> names = statement.columns;
  const bool has_generated =
      std::any_of(all.begin(), all.end(), [](const TargetColumn& column) { return column.is_generated; });
  if (!names.empty() || !has_generated) return names;
  for (const TargetColumn& column : all)
    if (!column.is_generated) names.push_back(column.name);
  return names;
}

Status check_columns(Connection& connection, const std::string& schema, const CopyStatement& statement) {
  Query column(connection.handle(),
               "SELECT 1 FROM pragma_table_xinfo(?1, ?2) WHERE name = ?3 COLLATE NOCASE LIMIT 1");
  column.bind(1, std::string_view(statement.table)).bind(2, std::string_view(schema));
  for (const std::string& name : statement.columns) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_there, column.bind(3, std::string_view(name)).step());
    if (!is_there) return Status::invalid(no_column(name, statement.table));
    column.reset();
  }
  return Status::ok();
}

std::string problem_of_name(const CopyTarget& target, const std::string& name) {
  const bool is_generated = std::any_of(target.generated.begin(), target.generated.end(),
                                        [&](const std::string& one) { return is_name(one, name); });
  return is_generated ? generated(name) : no_column(name, target.table);
}

Result<CopyTarget> find_target(Connection& connection, const CopyStatement& statement) {
  CopyTarget target;
  SPECTRADB_ASSIGN_OR_RETURN(target.schema, schema_of_table(connection, statement));
  target.table = statement.table;
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<TargetColumn> all,
                             columns_of(connection, target.schema, target.table));
  for (const TargetColumn& column : all)
    if (column.is_generated) target.generated.push_back(column.name);
  std::vector<std::string> names = statement.columns;
  if (names.empty()) {
    for (const TargetColumn& column : all)
      if (!column.is_generated) names.push_back(column.name);
    for (const std::string& bound : {statement.options.valid_from, statement.options.valid_to,
                                     statement.options.system_from, statement.options.system_to})
      if (!bound.empty()) names.push_back(bound);
  }
  SPECTRADB_RETURN_IF_ERROR(check_named_once(names));
  std::string list;
  std::string places;
  for (const std::string& name : names) {
    TargetColumn column{name, "", temporal::Affinity::kBlob};
    std::string written = name;
    if (is_system_bound(statement.options, name)) {
      target.columns.push_back(column);
      continue;
    }
    if (!statement.options.valid_from.empty() && is_name(name, statement.options.valid_from)) {
      written = hidden_name(kValidFrom);
    } else if (!statement.options.valid_to.empty() && is_name(name, statement.options.valid_to)) {
      written = hidden_name(kValidTo);
    } else {
      const TargetColumn* const found = find_column(all, name);
      const bool is_bound = is_name(name, hidden_name(kValidFrom)) || is_name(name, hidden_name(kValidTo));
      if (found == nullptr && !is_bound) return Status::invalid(no_column(name, target.table));
      if (found != nullptr && found->is_generated) return Status::invalid(generated(name));
      if (found != nullptr) column = *found;
    }
    target.columns.push_back(column);
    list += (list.empty() ? "" : ", ") + quoted(written);
    places += (places.empty() ? "?" : ", ?") + std::to_string(target.columns.size());
  }
  const CopyOptions::OnConflict on_conflict = statement.options.on_conflict;
  const char* const verb = on_conflict == CopyOptions::OnConflict::kIgnore    ? "INSERT OR IGNORE INTO "
                           : on_conflict == CopyOptions::OnConflict::kReplace ? "INSERT OR REPLACE INTO "
                                                                              : "INSERT INTO ";
  target.insert =
      verb + quoted(target.schema) + "." + quoted(target.table) + " (" + list + ") VALUES (" + places + ")";
  return target;
}

}  // namespace spectradb::extension::copy
