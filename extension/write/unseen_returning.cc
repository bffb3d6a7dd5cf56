#include "extension/write/unseen_returning.h"

#include <string>

#include "extension/table/sql_catalog.h"
#include "extension/table/table.h"
#include "sql/shape/shape.h"
#include "sql/text/splitter.h"

namespace spectradb::extension {

namespace {

// Whether the text itself, and not a trigger, returns what it inserts into this table.
bool returns_rows_of(const Table& table, std::string_view text) {
  sql::Statement statement = sql::first_statement(text);
  const sql::Reader reader(text, std::move(statement.tokens));
  if (reader.size() == 0 || !reader.is_sound()) return false;
  const Result<sql::Shape> shape = sql::read_shape(reader, {0, reader.size()});
  if (!shape || shape->writes.empty()) return false;
  const sql::Write& write = shape->writes.front();
  if (write.kind != sql::Write::Kind::kInsert || !write.returning ||
      !sql::equals_word(write.name, table.schema().name))
    return false;
  SqlCatalog catalog(table.connection());
  const sql::Relation target = catalog.find(write.schema, write.name);
  const std::string& schema = target.schema.empty() ? write.schema : target.schema;
  return target.kind == sql::RelationKind::kTemporal &&
         sql::equals_word(schema.empty() ? "main" : schema, table.database().schema());
}

}  // namespace

Status refuse_unseen_returning(const Table& table) {
  sqlite3* const db = table.connection().handle();
  for (sqlite3_stmt* each = sqlite3_next_stmt(db, nullptr); each != nullptr;
       each = sqlite3_next_stmt(db, each)) {
    if (!sqlite3_stmt_busy(each) || sqlite3_column_count(each) == 0 || sqlite3_stmt_readonly(each)) continue;
    const char* const text = sqlite3_sql(each);
    if (text == nullptr || !returns_rows_of(table, text)) continue;
    return Status::invalid(
        "INSERT … RETURNING on temporal table " + table.schema().name +
        " without the prepare hook: SQLite would return what the statement gives, not what "
        "the table stores; run what spectradb_sql('INSERT …') gives, or prepare it by "
        "spectradb_prepare_v2()");
  }
  return Status::ok();
}

}  // namespace spectradb::extension
