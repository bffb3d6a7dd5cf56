#include "extension/schema/definition.h"

#include <algorithm>

#include "extension/host/errors.h"
#include "extension/schema/column_names.h"
#include "extension/schema/erase_by.h"
#include "extension/schema/hidden_columns.h"
#include "extension/schema/index_definition.h"
#include "extension/schema/twin.h"
#include "sql/shape/expression.h"
#include "sql/statements/foreign_forms.h"
#include "sql/text/reader.h"
#include "temporal/rowid_option.h"

namespace spectradb::extension {

using temporal::Affinity;
using temporal::Collation;
using temporal::Column;
using temporal::TableKind;
using temporal::TableSchema;
using temporal::Value;

namespace {

Result<Collation> collation_of(sqlite3* db, const std::string& table, const std::string& column) {
  const char* name = nullptr;
  sqlite3_table_column_metadata(db, "main", table.c_str(), column.c_str(), nullptr, &name, nullptr, nullptr,
                                nullptr);
  return collation_named(name, "column " + column);
}

// Reads what a column whose type belongs to a facet accepts.
Status read_type(const Column& column, Definition& definition) {
  Result<std::shared_ptr<const ColumnCheck>> check = find_column_check(column.declared_type);
  if (!check) return Status::invalid("column " + column.name + ": " + check.status().message());
  if (*check != nullptr)
    definition.checked_columns.push_back(
        {static_cast<int>(definition.schema.columns.size()), std::move(*check)});
  return Status::ok();
}

// Fills columns and key from PRAGMA table_xinfo.
Status read_columns(sqlite3* db, const std::string& table, Definition& definition) {
  TableSchema& schema = definition.schema;
  Query info(db, "SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo(?1)");
  info.bind(1, std::string_view(table));
  std::vector<std::pair<int, int>> key;  // (place in the key, column)
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, info.step());
    if (!row) break;
    Column column;
    column.name = info.text(0);
    column.declared_type = info.text(1);
    SPECTRADB_RETURN_IF_ERROR(read_type(column, definition));
    if (is_hidden_name(column.name)) {
      return Status::invalid("the column name " + column.name + " of table " + table +
                             " is one that temporal tables use themselves: choose another");
    }
    column.affinity = temporal::affinity_of_type(column.declared_type);
    SPECTRADB_ASSIGN_OR_RETURN(Collation collation, collation_of(db, table, column.name));
    column.collation = collation;
    column.not_null = info.integer(2) != 0;
    if (!info.is_null(3)) column.default_sql = info.text(3);
    column.is_generated = info.integer(5) >= 2;
    column.is_virtual = info.integer(5) == 2;
    column.is_hidden = column.is_generated && sql::is_made_by_index(column.name);
    if (sql::is_made_by_index(column.name) && !column.is_hidden) {
      return Status::invalid("the column name " + column.name + " of table " + table +
                             " is one that indexes on expressions use: choose another");
    }
    if (info.integer(4) > 0)
      key.emplace_back(static_cast<int>(info.integer(4)), static_cast<int>(schema.columns.size()));
    schema.columns.push_back(std::move(column));
  }
  std::sort(key.begin(), key.end());
  for (const auto& [place, column] : key) {
    schema.columns[static_cast<size_t>(column)].key_position = place - 1;
    schema.key_columns.push_back(column);
  }
  return Status::ok();
}

// The definition of a hidden column begins with its name.
std::vector<MadeColumn> read_made_columns(const Definition& definition, TableSchema& schema) {
  std::vector<MadeColumn> made(schema.columns.size());
  for (size_t i = 0; i < made.size(); ++i) {
    Column& column = schema.columns[i];
    if (!column.is_hidden) continue;
    for (const std::string& text : definition.columns) {
      const sql::Reader reader(text, sql::tokenize(text));
      if (reader.is_name(0) && sql::equals_word(reader.name(0), column.name))
        made[i].expression = sql::generated_expression(text).value_or("");
    }
    made[i].has_collation = column.collation != Collation::kBinary;
    column.collation = Collation::kBinary;
  }
  return made;
}

// SQLite calls the key of a table without rowid NOT NULL, whatever its definition says.
bool is_document(const std::vector<std::string>& definitions, const TableSchema& schema, bool has_rowid) {
  if (definitions.size() != 1 || schema.columns.size() != 1) return false;
  const Column& column = schema.columns[0];
  return sqlite3_stricmp(column.name.c_str(), "pk") == 0 &&
         sqlite3_stricmp(column.declared_type.c_str(), "TEXT") == 0 && column.key_position == 0 &&
         !(column.not_null && has_rowid) && !column.default_sql && column.collation == Collation::kBinary;
}

// Recognizes "pk TEXT PRIMARY KEY", however it is spaced.
bool is_document_key(std::string_view text) {
  std::string squeezed;
  for (const char c : text) {
    const bool is_blank = c == ' ' || (c >= '\t' && c <= '\r');
    if (!is_blank) {
      squeezed += c;
    } else if (!squeezed.empty() && squeezed.back() != ' ') {
      squeezed += ' ';
    }
  }
  if (!squeezed.empty() && squeezed.back() == ' ') squeezed.pop_back();
  return sqlite3_stricmp(squeezed.c_str(), "pk TEXT PRIMARY KEY") == 0;
}

bool is_constraint(const std::string& definition) {
  static constexpr std::string_view kWords[] = {"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"};
  const sql::Reader reader(definition, sql::tokenize(definition));
  return reader.is_any_word(0, kWords);
}

// Puts the hidden columns that indexes made behind those of the user.
void put_made_columns_last(std::vector<std::string>& definitions) {
  const auto constraints = std::find_if(definitions.begin(), definitions.end(), is_constraint);
  std::stable_partition(definitions.begin(), constraints,
                        [](const std::string& definition) { return !sql::defines_made_column(definition); });
}

// Adds the document to a document table with further columns that are computed from it: `user TEXT AS (doc
// ->> '$.user')`. They read a column that nobody declared. Returns nothing when the definitions mean
// something else.
std::optional<std::vector<std::string>> with_document(const std::string& table,
                                                      const std::vector<std::string>& definitions,
                                                      sqlite3* host) {
  if (definitions.size() < 2 || !is_document_key(definitions[0])) return std::nullopt;
  std::vector<std::string> extended = definitions;
  extended.insert(extended.begin() + 1, "doc TEXT");
  Result<Twin> twin = Twin::make(table, extended, host);
  if (!twin) return std::nullopt;
  Query given(twin->db(), "SELECT count(*) FROM pragma_table_xinfo(?1) WHERE hidden < 2 AND cid > 1");
  given.bind(1, std::string_view(table));
  Result<bool> row = given.step();
  if (!row || given.integer(0) > 0) return std::nullopt;
  return extended;
}

// Reads an action as SQLite's pragma spells it.
KeyAction key_action(const std::string& text) {
  if (text == "RESTRICT") return KeyAction::kRestrict;
  if (text == "CASCADE") return KeyAction::kCascade;
  if (text == "SET NULL") return KeyAction::kSetNull;
  return text == "SET DEFAULT" ? KeyAction::kSetDefault : KeyAction::kNone;
}

// Whether DEFERRABLE INITIALLY DEFERRED follows the REFERENCES at i; no pragma tells that.
bool is_deferred_at(const sql::Reader& reader, size_t i) {
  for (++i; i < reader.size() && !reader.is_word(i, "REFERENCES"); ++i) {
    if (reader.is_word(i, "DEFERRABLE"))
      return !reader.is_word(i - 1, "NOT") && reader.is_words(i + 1, "INITIALLY", "DEFERRED");
  }
  return false;
}

// The keys stand in the order of the text, which is the reverse of the pragma's numbers.
void read_deferred(const std::vector<std::string>& definitions, std::vector<ForeignKey>& keys) {
  size_t next = 0;
  for (const std::string& text : definitions) {
    const sql::Reader reader(text, sql::tokenize(text));
    for (size_t i = 0; i < reader.size() && next < keys.size(); ++i)
      if (reader.is_word(i, "REFERENCES")) keys[next++].is_deferred = is_deferred_at(reader, i);
  }
}

Result<std::vector<ForeignKey>> read_foreign_keys(sqlite3* db, const TableSchema& schema) {
  std::vector<ForeignKey> keys;
  Query list(db,
             "SELECT id, \"table\", \"from\", \"to\", on_update, on_delete FROM "
             "pragma_foreign_key_list(?1) ORDER BY id DESC, seq");
  list.bind(1, std::string_view(schema.name));
  for (int64_t last = -1;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, list.step());
    if (!row) return keys;
    if (keys.empty() || list.integer(0) != last) {
      keys.emplace_back();
      keys.back().parent = list.text(1);
      keys.back().on_update = key_action(list.text(4));
      keys.back().on_delete = key_action(list.text(5));
    }
    last = list.integer(0);
    for (size_t i = 0; i < schema.columns.size(); ++i) {
      if (sqlite3_stricmp(schema.columns[i].name.c_str(), list.text(2).c_str()) == 0)
        keys.back().columns.push_back(static_cast<int>(i));
    }
    if (!list.is_null(3)) keys.back().parent_columns.push_back(list.text(3));
  }
}

// Removes SQL:2011's words that state what holds anyway: UNIQUE (a, VALID_TIME WITHOUT OVERLAPS), and FOREIGN
// KEY (a, PERIOD VALID_TIME) REFERENCES t (b, PERIOD VALID_TIME).
std::string without_periods(const std::string& definition) {
  const sql::Reader reader(definition, sql::tokenize(definition));
  const auto is_axis = [&](size_t i) {
    return reader.is_word(i, "VALID_TIME") || reader.is_word(i, "APPLICATION_TIME");
  };
  std::string out;
  size_t copied = 0;
  for (size_t i = 0; i < reader.size(); ++i) {
    if (!reader.is_operator(i, ",")) continue;
    const bool is_period = reader.is_word(i + 1, "PERIOD") && is_axis(i + 2);
    const bool is_key = is_axis(i + 1) && reader.is_words(i + 2, "WITHOUT", "OVERLAPS");
    const size_t behind = is_period ? i + 3 : i + 4;
    if ((!is_period && !is_key) || !reader.is_operator(behind, ")")) continue;
    out.append(definition, copied, reader.token(i).begin - copied);
    copied = reader.token(behind).begin;
  }
  return out + definition.substr(copied);
}

// No pragma lists CHECK constraints, so a definition that contains the word gets a judge; one that contains
// it by accident only costs a little.
bool mentions_check(const std::vector<std::string>& definitions) {
  return std::any_of(definitions.begin(), definitions.end(), [](const std::string& text) {
    return sqlite3_strlike("%check%", text.c_str(), 0) == 0;
  });
}

// The integer key answers to the name rowid, as in SQLite, unless a column of the user's has that name.
bool has_rowid_name(const TableSchema& schema) {
  return schema.has_integer_key && !has_column(schema, "rowid");
}

const char* collation_clause(Collation collation) {
  switch (collation) {
    case Collation::kBinary:
      return "";
    case Collation::kNoCase:
      return " COLLATE NOCASE";
    case Collation::kRTrim:
      return " COLLATE RTRIM";
  }
  return "";
}

}  // namespace

namespace {

// A text that SQLite cannot read may be another system's.
Status with_hint(const Status& status, const std::vector<std::string>& definitions) {
  for (const std::string& text : definitions) {
    if (const char* hint = sql::hint_for(text, status.message()); hint != nullptr)
      return Status(status.code(), status.message() + ": " + hint);
  }
  return status;
}

}  // namespace

Result<Definition> read_definition(const std::string& table_name, const std::vector<std::string>& arguments,
                                   sqlite3* host) {
  SPECTRADB_ASSIGN_OR_RETURN(temporal::TableOptions options, temporal::split_options(arguments));
  if (options.definitions.empty()) {
    return Status::invalid(
        "table " + table_name +
        " has no columns: say spectradb(pk TEXT PRIMARY KEY) for documents, or name typed columns");
  }
  Definition definition;
  for (const std::string& text : options.definitions) definition.columns.push_back(without_periods(text));
  put_made_columns_last(definition.columns);
  definition.options = options.texts;
  definition.form = options.form.value_or(temporal::DefinitionForm::kPlain);
  TableSchema& schema = definition.schema;
  schema.name = table_name;
  std::optional<std::vector<std::string>> document = with_document(table_name, definition.columns, host);
  if (document) definition.columns = std::move(*document);
  Result<Twin> twin = Twin::make(table_name, definition.columns, host, behind_columns(definition));
  if (!twin) return with_hint(twin.status(), definition.columns);
  definition.host = host;
  definition.missing_function = twin->missing_function();
  SPECTRADB_RETURN_IF_ERROR(read_columns(twin->db(), table_name, definition));
  SPECTRADB_ASSIGN_OR_RETURN(std::vector<ForeignKey> foreign_keys, read_foreign_keys(twin->db(), schema));
  read_deferred(definition.columns, foreign_keys);
  definition.foreign_keys = std::move(foreign_keys);
  SPECTRADB_ASSIGN_OR_RETURN(std::vector<UniqueConstraint> unique,
                             read_unique_constraints(twin->db(), schema));
  definition.unique_constraints = std::move(unique);
  if (is_document(definition.columns, schema, behind_columns(definition).empty())) {
    schema.kind = TableKind::kDocument;
    schema.on_insert = temporal::OnInsert::kAppend;
    Column doc;
    doc.name = "doc";
    doc.declared_type = "TEXT";
    doc.affinity = Affinity::kText;
    doc.is_json = true;
    schema.columns.push_back(doc);
  }
  if (document) {
    schema.kind = TableKind::kDocument;
    schema.on_insert = temporal::OnInsert::kAppend;
    schema.columns[1].is_json = true;
    definition.declares_document = true;
  }
  if (options.on_insert) schema.on_insert = *options.on_insert;
  if (options.valid_default) schema.valid_default = *options.valid_default;
  if (options.valid_form) schema.valid_form = *options.valid_form;
  definition.declares_form = options.valid_form.has_value();
  schema.says_integers = schema.valid_form == temporal::ValidForm::kInteger;
  // SQLite has no index for a key that is its rowid, but has one for INTEGER PRIMARY KEY DESC, which is a plain column.
  const bool has_key_index =
      std::any_of(definition.unique_constraints.begin(), definition.unique_constraints.end(),
                  [](const UniqueConstraint& constraint) { return constraint.is_primary; });
  const bool is_rowid =
      behind_columns(definition).empty() && schema.key_columns.size() == 1 && !has_key_index &&
      sqlite3_stricmp(schema.columns[static_cast<size_t>(schema.key_columns[0])].declared_type.c_str(),
                      "INTEGER") == 0;
  schema.has_integer_key = schema.key_columns.empty() || is_rowid;
  Query sequence(twin->db(), "SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'");
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_sequence, sequence.step());
  schema.is_autoincrement = has_sequence;
  for (int column : schema.key_columns) {
    if (schema.columns[static_cast<size_t>(column)].is_generated) {
      return Status::invalid("generated columns cannot be part of the PRIMARY KEY");
    }
  }
  definition.conflict_actions = read_conflict_actions(definition.columns, schema);
  for (UniqueConstraint& constraint : definition.unique_constraints) {
    std::vector<int> columns;
    for (const temporal::IndexPart& part : constraint.parts) columns.push_back(part.column);
    constraint.on_conflict = constraint.is_primary ? definition.conflict_actions.key
                                                   : definition.conflict_actions.of_unique(columns);
  }
  definition.made_columns = read_made_columns(definition, schema);
  definition.needs_judge = mentions_check(definition.columns) ||
                           std::any_of(schema.columns.begin(), schema.columns.end(),
                                       [](const Column& column) { return column.is_generated; });
  SPECTRADB_RETURN_IF_ERROR(check_erase_by(definition));
  return definition;
}

Status check_key_collations(const Definition& definition) {
  for (const UniqueConstraint& constraint : definition.unique_constraints) {
    for (const temporal::IndexPart& part : constraint.parts) {
      const Column& column = definition.schema.columns[static_cast<size_t>(part.column)];
      if (!constraint.is_primary || part.collation == column.collation) continue;
      return Status::invalid("table " + definition.schema.name + ": its PRIMARY KEY says COLLATE " +
                             collation_name(part.collation) + " of column " + column.name +
                             ", which is under " + collation_name(column.collation) +
                             ": say COLLATE in the definition of the column instead");
    }
  }
  return Status::ok();
}

Status check_available(const Definition& definition) {
  if (!definition.missing_function.empty())
    return Status::invalid("table " + definition.schema.name +
                           ": no such function: " + definition.missing_function);
  const Result<std::optional<ConflictAction>> action = definition.conflict_actions.of_statement();
  return action ? Status::ok()
                : Status::invalid("table " + definition.schema.name + ": " + action.status().message());
}

namespace {

// Returns the type as SQLite accepts it behind a column's name: quoted, since the user may have quoted any
// text. A virtual table would hide a column whose type contains HIDDEN, so such a type is replaced by another
// one of the same affinity.
std::string type_to_declare(const Column& column) {
  if (column.declared_type.empty()) return {};
  const sql::Reader reader(column.declared_type, sql::tokenize(column.declared_type));
  for (size_t i = 0; i < reader.size(); ++i) {
    if (!reader.is_word(i, "HIDDEN")) continue;
    switch (column.affinity) {
      case Affinity::kInteger:
        return " INTEGER";
      case Affinity::kText:
        return " TEXT";
      case Affinity::kReal:
        return " REAL";
      case Affinity::kNumeric:
        return " NUMERIC";
      case Affinity::kBlob:
        return " BLOB";
    }
  }
  return " " + quoted(column.declared_type);
}

}  // namespace

std::string declaration(const Definition& definition) {
  std::string sql = "CREATE TABLE x(";
  for (const Column& column : definition.schema.columns) {
    if (column.is_hidden) continue;
    sql += quoted(column.name);
    sql += type_to_declare(column) + collation_clause(column.collation);
    // Key columns are never NULL: SQLite, when told so, lets min(key) read one row.
    sql += column.not_null || column.key_position >= 0 ? " NOT NULL, " : ", ";
  }
  for (int i = 0; i < kHiddenColumnCount; ++i) {
    sql += i == 0 ? "" : ", ";
    sql += hidden_declaration(static_cast<HiddenColumn>(i), has_rowid_name(definition.schema),
                              definition.schema);
  }
  for (const Column& column : definition.schema.columns) {
    if (!column.is_hidden) continue;
    // HIDDEN alone would be a type of numeric affinity.
    sql += ", " + quoted(column.name) + " " + (column.declared_type.empty() ? "BLOB" : column.declared_type) +
           " HIDDEN";
  }
  return sql + ") WITHOUT ROWID";
}

std::string_view behind_columns(const Definition& definition) {
  return temporal::says_without_rowid(definition.options) ? "WITHOUT ROWID" : "";
}

std::vector<std::string> definitions_with_document(const Definition& definition) {
  std::vector<std::string> columns = definition.columns;
  if (definition.schema.kind == TableKind::kDocument && !definition.declares_document)
    columns.insert(columns.begin() + 1, "doc TEXT");
  return columns;
}

}  // namespace spectradb::extension
