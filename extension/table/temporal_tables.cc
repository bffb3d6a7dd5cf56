#include "extension/table/temporal_tables.h"

#include <algorithm>

#include "extension/access/gate.h"
#include "extension/host/shared_bytes.h"
#include "extension/host/values.h"
#include "extension/table/opened_table.h"
#include "extension/table/sql_catalog.h"
#include "extension/table/table.h"
#include "temporal/json.h"
#include "temporal/key_codec.h"
#include "temporal/row_json.h"

namespace spectradb::extension {

using temporal::TableSchema;
using temporal::Value;

namespace {

// Finds what has that name; connects it if it is a temporal table.
Result<sql::Relation> find_relation(Connection& connection, std::string_view name,
                                    const std::string& wanted) {
  SqlCatalog catalog(connection);
  sql::Relation relation = catalog.find(wanted, name);
  SPECTRADB_RETURN_IF_ERROR(catalog.failure());
  const size_t dot = name.find('.');
  if (relation.kind != sql::RelationKind::kNone || dot == std::string_view::npos) return relation;
  const std::string schema(name.substr(0, dot));
  if (!wanted.empty() && sqlite3_stricmp(wanted.c_str(), schema.c_str()) != 0) return relation;
  if (sqlite3_db_filename(connection.handle(), schema.c_str()) == nullptr) return relation;
  relation = catalog.find(schema, name.substr(dot + 1));
  SPECTRADB_RETURN_IF_ERROR(catalog.failure());
  return relation;
}

// Returns the advice that follows "… is no temporal table".
std::string way_to_a_temporal_one(Connection& connection, const sql::Relation& relation,
                                  std::string_view name) {
  if (relation.kind != sql::RelationKind::kOrdinary) return {};
  SqlCatalog catalog(connection);
  if (catalog.find(relation.schema, name).kind == sql::RelationKind::kNone)
    name.remove_prefix(std::min(name.find('.') + 1, name.size()));
  const std::string why = catalog.why_ordinary(relation.schema, name);
  return !why.empty() ? why : "; ALTER TABLE … ADD SYSTEM VERSIONING makes an ordinary one temporal";
}

// Whether the text has the form X'0102', which a blob has in JSON.
bool is_blob_text(std::string_view text) {
  constexpr size_t kQuotes = 3;
  return text.size() >= kQuotes && text.size() % 2 == 1 && text.substr(0, 2) == "X'" && text.back() == '\'' &&
         text.substr(2, text.size() - kQuotes).find_first_not_of("0123456789ABCDEFabcdef") ==
             std::string_view::npos;
}

std::string blob_of_text(std::string_view text) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
  std::string bytes;
  for (size_t i = 2; i + 1 < text.size(); i += 2)
    bytes += static_cast<char>(digit(text[i]) * 16 + digit(text[i + 1]));
  return bytes;
}

std::string key_of(const TableSchema& schema, const std::vector<Value>& key_values) {
  std::string key;
  temporal::append_table_id(key, schema.id);
  for (size_t i = 0; i < key_values.size(); ++i) {
    const temporal::Collation collation =
        schema.key_columns.empty() ? temporal::Collation::kBinary
                                   : schema.columns[static_cast<size_t>(schema.key_columns[i])].collation;
    temporal::append_key_value(key, key_values[i], collation);
  }
  return key;
}

temporal::Affinity key_affinity(const TableSchema& schema, size_t position) {
  return schema.key_columns.empty()
             ? temporal::Affinity::kInteger
             : schema.columns[static_cast<size_t>(schema.key_columns[position])].affinity;
}

// Whether only keys of the value's own class can equal it. If the value comes from a column, SQLite converts
// the key: to a number for a numeric column, and to a text for a text column.
bool compares_as_stored(const Value& value, temporal::Affinity key) {
  if (value.type == Value::Type::kText) return key == temporal::Affinity::kText;
  if (value.type == Value::Type::kBlob) return true;
  return key != temporal::Affinity::kText && key != temporal::Affinity::kBlob;
}

Result<TemporalTable> shown_table(Connection& connection, const std::string& schema, const Table& table) {
  TemporalTable shown{connection.database(schema), table.schema()};
  std::vector<std::string> names;
  std::vector<size_t> places;  // places of the names, among all columns
  for (size_t i = 0; i < shown.schema.columns.size(); ++i) {
    if (shown.schema.columns[i].is_hidden) continue;
    names.push_back(shown.schema.columns[i].name);
    places.push_back(i);
  }
  SPECTRADB_ASSIGN_OR_RETURN(std::vector<bool> hidden,
                             ask_to_read(connection.handle(), schema, shown.schema.name, names));
  if (hidden.empty()) return shown;
  shown.hidden.assign(shown.schema.columns.size(), true);
  for (size_t i = 0; i < places.size(); ++i) shown.hidden[places[i]] = hidden[i];
  return shown;
}

}  // namespace

bool TemporalTable::hides_key() const {
  return !hidden.empty() && std::any_of(schema.key_columns.begin(), schema.key_columns.end(),
                                        [this](int column) { return hidden[static_cast<size_t>(column)]; });
}

Result<TemporalTable> find_temporal_table(Connection& connection, const Value& name,
                                          const std::string& schema, const char* function) {
  const std::string usage = std::string(function) + " takes the name of a temporal table as text";
  if (name.type != Value::Type::kText) return Status::invalid(usage + ", not " + spelled(name));
  SPECTRADB_ASSIGN_OR_RETURN(const sql::Relation relation, find_relation(connection, name.bytes, schema));
  if (relation.kind == sql::RelationKind::kNone) {
    return Status::invalid(std::string(function) + ": there is no table " + std::string(name.bytes) +
                           (schema.empty() ? "" : " in database " + schema) +
                           SqlCatalog(connection).why_ordinary(schema, name.bytes));
  }
  const size_t dot = name.bytes.find('.');
  const Table* table = connection.find_table(relation.schema, name.bytes);
  if (table == nullptr && dot != std::string_view::npos)
    table = connection.find_table(relation.schema, name.bytes.substr(dot + 1));
  if (table == nullptr && connection.database(relation.schema)->is_interrupted())
    return Status(Code::kInterrupted, "interrupted");
  if (relation.kind != sql::RelationKind::kTemporal || table == nullptr)
    return Status::invalid(std::string(function) + ": " + std::string(name.bytes) + " is no temporal table" +
                           way_to_a_temporal_one(connection, relation, name.bytes));
  return shown_table(connection, relation.schema, *table);
}

Result<std::vector<TemporalTable>> temporal_tables_of(Connection& connection, const std::string& schema) {
  std::vector<TemporalTable> tables;
  const std::shared_ptr<Database> database = connection.database(schema);
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_store, database->has_store());
  if (!has_store) return tables;
  Query query(connection.handle(), "SELECT name FROM " + quoted(schema) + "._spectradb_tables ORDER BY id");
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.step());
    if (!row) return tables;
    const std::string name = query.text(0);
    SqlCatalog catalog(connection);
    const sql::Relation relation = catalog.find(schema, name);
    SPECTRADB_RETURN_IF_ERROR(catalog.failure());
    if (relation.kind == sql::RelationKind::kNone)
      return Status::missing(
          "the temporal table " + name + " of " + schema +
          " is gone without DROP TABLE: .clone copies no virtual tables, spectradb_backup() does");
    if (relation.kind != sql::RelationKind::kTemporal)
      return Status::corrupt("table " + name + " of _spectradb_tables is not the temporal one");
    SPECTRADB_ASSIGN_OR_RETURN(const Table* const table, opened_table(*database, name));
    SPECTRADB_ASSIGN_OR_RETURN(TemporalTable shown, shown_table(connection, schema, *table));
    tables.push_back(std::move(shown));
  }
}

Status connect_sealed_tables(Database& database) {
  SPECTRADB_ASSIGN_OR_RETURN(const bool are_any, database.has_table(Subjects::kTable));
  return are_any ? temporal_tables_of(database.connection(), database.schema()).status() : Status::ok();
}

Result<std::string> schema_of_argument(Connection& connection, sqlite3_value* argument, const char* function,
                                       const std::string& called_in, const char* otherwise) {
  if (argument == nullptr || sqlite3_value_type(argument) == SQLITE_NULL)
    return called_in.empty() ? std::string(otherwise) : called_in;
  const Value name = from_sqlite(argument);
  std::string schema(name.bytes);
  if (name.type == Value::Type::kText &&
      sqlite3_db_filename(connection.handle(), schema.c_str()) != nullptr) {
    if (called_in.empty() || sqlite3_stricmp(called_in.c_str(), schema.c_str()) == 0) return schema;
    return Status::invalid(called_in + "." + function + " is given another database, " + spelled(name) +
                           ": say one of them");
  }
  return Status::invalid(std::string(function) + ": there is no database named " + spelled(name) +
                         " on this connection");
}

Result<KeyWanted> key_of_argument(const TableSchema& schema, const Value& value) {
  if (value.is_null()) return KeyWanted{};
  if (schema.key_columns.size() <= 1) {
    std::string scratch;
    const Value key = temporal::apply_affinity(value, key_affinity(schema, 0), scratch);
    if (schema.has_integer_key && key.type != Value::Type::kInteger) return KeyWanted{};
    return KeyWanted{key_of(schema, {key})};
  }
  const auto scalars =
      value.type == Value::Type::kText ? temporal::read_json_array(value.bytes) : std::nullopt;
  if (!scalars || scalars->size() != schema.key_columns.size()) {
    return Status::invalid(
        "the key of table " + schema.name + " has " + std::to_string(schema.key_columns.size()) +
        " columns: give it as a JSON array of them, such as json_array(1, 'a'), not " + spelled(value));
  }
  std::vector<std::string> texts(scalars->size());
  std::vector<Value> values;
  for (size_t i = 0; i < scalars->size(); ++i) {
    const temporal::JsonScalar& scalar = (*scalars)[i];
    const temporal::Affinity affinity = key_affinity(schema, i);
    Value part = scalar.value;
    part.bytes = scalar.text;
    if (part.type == Value::Type::kText && affinity == temporal::Affinity::kBlob &&
        is_blob_text(part.bytes)) {
      texts[i] = blob_of_text(part.bytes);
      values.push_back(Value::blob(texts[i]));
    } else {
      values.push_back(temporal::apply_affinity(part, affinity, texts[i]));
    }
  }
  return KeyWanted{key_of(schema, values)};
}

std::optional<KeyWanted> key_of_comparison(const TableSchema& schema, const Value& value) {
  if (value.is_null()) return KeyWanted{};
  if (schema.key_columns.size() <= 1) {
    if (!compares_as_stored(value, key_affinity(schema, 0))) return std::nullopt;
    return KeyWanted{key_of(schema, {value})};
  }
  if (value.type != Value::Type::kText) return KeyWanted{};
  const auto scalars = temporal::read_json_array(value.bytes);
  if (!scalars || scalars->size() != schema.key_columns.size()) return KeyWanted{};
  std::vector<Value> values;
  for (const temporal::JsonScalar& scalar : *scalars) {
    if (scalar.value.type == Value::Type::kText && is_blob_text(scalar.text)) return std::nullopt;
    values.push_back(scalar.value);
    values.back().bytes = scalar.text;
  }
  return KeyWanted{key_of(schema, values)};
}

Status RowCells::give_key(sqlite3_context* context, std::string_view user_key) {
  reader_.bind(user_key, {});
  if (schema_.key_columns.empty()) {
    SPECTRADB_ASSIGN_OR_RETURN(const int64_t key, reader_.hidden_key());
    sqlite3_result_int64(context, key);
    return Status::ok();
  }
  if (schema_.key_columns.size() == 1) {
    if (!hidden_.empty() && hidden_[static_cast<size_t>(schema_.key_columns[0])]) return Status::ok();
    SPECTRADB_ASSIGN_OR_RETURN(Value key, reader_.column(schema_.key_columns[0]));
    give(context, key);
    return Status::ok();
  }
  text_.clear();
  SPECTRADB_RETURN_IF_ERROR(temporal::append_key_json(text_, schema_, reader_, hidden_));
  sqlite3_result_text64(context, text_.data(), text_.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return Status::ok();
}

Status RowCells::give_row(sqlite3_context* context, std::string_view user_key, std::string_view payload) {
  if (payload.size() >= kSharedBytes) {
    reader_.bind(user_key, payload);
    constexpr size_t kBesides = 4096;  // for names, the key and short values
    sqlite3_result_null(context);      // frees the last row's text before there is another one
    SharedBytes made;
    const Status status = SharedBytes::made_by(payload.size() + kBesides, made, [&](std::string& text) {
      return temporal::append_row_json(text, schema_, reader_, hidden_);
    });
    if (status) made.give_text(context);
    return status;
  }
  SPECTRADB_ASSIGN_OR_RETURN(const std::string_view text, json_.write(user_key, payload));
  sqlite3_result_text64(context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return Status::ok();
}

}  // namespace spectradb::extension
