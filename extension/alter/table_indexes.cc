// CREATE INDEX, DROP INDEX and REINDEX on a temporal table.
#include "extension/alter/ask_index.h"
#include "extension/facet/index_kind.h"
#include "extension/facet/matcher.h"
#include "extension/host/values.h"
#include "extension/index/index_writer.h"
#include "extension/schema/hidden_columns.h"
#include "extension/schema/index_catalog.h"
#include "extension/schema/index_definition.h"
#include "extension/schema/schema_text.h"
#include "extension/session/connection.h"
#include "extension/session/outlived_readers.h"
#include "extension/table/table.h"
#include "sql/statements/index_statement.h"

namespace spectradb::extension {

using sql::IndexStatement;
using temporal::IndexSchema;

namespace {

Status ask(Table& table, const IndexStatement& statement) {
  return ask_to_index(table.connection().handle(), table.database().schema(), table.schema().name, statement);
}

Status build(Table& table, const IndexSchema& index) {
  // A function of the application, in the expression of a generated column, may end the transaction.
  const OutlivedReaders::Writing keeping(table.connection().part<OutlivedReaders>());
  const std::shared_ptr<lsm::WriteBatch> batch = table.database().batch();
  const uint32_t mark = batch->mark();
  Status status = IndexWriter(table.database(), table.schema()).build(index);
  if (!status) batch->rollback_to(mark);
  return status;
}

// Reads the definition of an index that is about to be built, and returns it with what it must remember.
Result<std::string> read_new_definition(Table& table, const std::string& given, IndexSchema& index) {
  std::string remembered;
  index.parts.clear();
  SPECTRADB_RETURN_IF_ERROR(
      read_index_definition(table.connection(), table.definition(), given, &index, &remembered));
  if (remembered.empty()) return given;
  const std::string definition = with_option(given, remembered);
  index.parts.clear();
  SPECTRADB_RETURN_IF_ERROR(
      read_index_definition(table.connection(), table.definition(), definition, &index));
  return definition;
}

// REINDEX: makes the definition remember today's host.
Status remember_anew(Table& table, IndexSchema& index) {
  if (matcher_of(index) == nullptr) return Status::ok();
  IndexCatalog catalog(table.database());
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<IndexCatalog::Named> named, catalog.named(table.schema().id));
  for (const IndexCatalog::Named& each : named) {
    if (each.name != index.name) continue;
    SPECTRADB_ASSIGN_OR_RETURN(const std::string definition,
                               read_new_definition(table, each.definition, index));
    return catalog.redefine(table.schema().id, index.name, definition);
  }
  return Status::ok();
}

Status create(Table& table, const IndexStatement& statement) {
  Database& database = table.database();
  SPECTRADB_ASSIGN_OR_RETURN(const bool is_taken, IndexCatalog(database).is_taken(statement.name));
  if (is_taken) {
    return statement.if_not_exists ? Status::ok()
                                   : Status::invalid("index " + statement.name + " already exists");
  }
  SPECTRADB_RETURN_IF_ERROR(ask(table, statement));
  IndexSchema index;
  index.name = statement.name;
  index.is_unique = statement.is_unique;
  index.since = database.own_commit();
  SPECTRADB_ASSIGN_OR_RETURN(const std::string definition,
                             read_new_definition(table, statement.definition, index));
  SPECTRADB_RETURN_IF_ERROR(IndexCatalog(database).add(table.schema().id, definition, index));
  return build(table, index);
}

Status drop(Table& table, const IndexStatement& statement) {
  IndexCatalog catalog(table.database());
  SPECTRADB_ASSIGN_OR_RETURN(std::optional<IndexCatalog::Place> place, catalog.find(statement.name));
  if (!place.has_value()) return Status::invalid("no such index: " + statement.name);
  SPECTRADB_RETURN_IF_ERROR(ask(table, statement));
  return catalog.remove(place->id);
}

Status rebuild(Table& table, const IndexStatement& statement) {
  const bool is_table = sqlite3_stricmp(statement.name.c_str(), table.schema().name.c_str()) == 0;
  for (IndexSchema index : table.indexes()) {
    if (!is_table && sqlite3_stricmp(statement.name.c_str(), index.name.c_str()) != 0) continue;
    IndexStatement one = statement;
    one.name = index.name;
    SPECTRADB_RETURN_IF_ERROR(ask(table, one));
    const uint32_t old_id = index.id;
    index.since = table.database().own_commit();
    SPECTRADB_RETURN_IF_ERROR(remember_anew(table, index));
    SPECTRADB_RETURN_IF_ERROR(IndexCatalog(table.database()).replace(old_id, index));
    SPECTRADB_RETURN_IF_ERROR(build(table, index));
  }
  return Status::ok();
}

}  // namespace

Status Table::define(const temporal::Value& text) {
  if (text.type != temporal::Value::Type::kText)
    return Status::invalid("_define of table " + schema().name + " takes the text of a CREATE INDEX");
  // SQLite has not called xBegin of a table that this transaction made (extension/session/transaction.h).
  if (database_->batch() == nullptr &&
      sqlite3_txn_state(connection_.handle(), database_->schema().c_str()) == SQLITE_TXN_WRITE)
    SPECTRADB_RETURN_IF_ERROR(database_->begin());
  if (database_->batch() == nullptr)
    return Status::invalid("_define of table " + schema().name + " is for DELETE, not for SELECT");
  // Untrusted views and triggers may read and write the table; only statements may change its indexes.
  Status called = check_called_by_statement(connection_.handle(), hidden_name(kDefine));
  if (called.code() == Code::kInvalid)
    return Status::invalid("unsafe use of _define of table " + schema().name +
                           ": no trigger of a database may change indexes");
  if (!called) return called;
  const sql::Reader reader(text.bytes, sql::tokenize(text.bytes));
  const std::optional<IndexStatement> statement = sql::read_index_statement(reader, {0, reader.size()});
  if (!reader.is_sound() || !statement) {
    return Status::invalid("_define of table " + schema().name +
                           " takes the text of a CREATE INDEX, DROP INDEX or REINDEX, not " + spelled(text));
  }
  switch (statement->kind) {
    case IndexStatement::Kind::kCreate:
      SPECTRADB_RETURN_IF_ERROR(create(*this, *statement));
      break;
    case IndexStatement::Kind::kDrop:
      SPECTRADB_RETURN_IF_ERROR(drop(*this, *statement));
      break;
    case IndexStatement::Kind::kReindex:
      SPECTRADB_RETURN_IF_ERROR(rebuild(*this, *statement));
      break;
  }
  return reload_indexes();
}

}  // namespace spectradb::extension
