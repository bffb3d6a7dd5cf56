#include "extension/session/write_scope.h"

#include <utility>

#include "extension/facet/private_table.h"
#include "extension/host/query.h"
#include "extension/session/connection.h"
#include "extension/session/database.h"
#include "extension/session/lost_statements.h"
#include "extension/session/row_set.h"

namespace spectradb::extension {

WriteScope::WriteScope(Database& database)
    : database_(database),
      db_(database.connection().handle()),
      savepoint_(db_, database.schema(), "_spectradb_write"),
      rows_around_(std::exchange(database.connection().part<RowSets>().written, nullptr)) {}

WriteScope::~WriteScope() { database_.connection().part<RowSets>().written = std::move(rows_around_); }

Status WriteScope::begin() {
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_store, database_.has_store());
  SPECTRADB_RETURN_IF_ERROR(savepoint_.open());
  losses_ = database_.connection().part<LostStatements>().count();
  // The lock comes first: a snapshot read before it could be too old to write on.
  if (has_store)
    SPECTRADB_RETURN_IF_ERROR(
        execute(db_, "UPDATE " + database_.qualified("_spectradb_meta") + " SET value = value WHERE 0"));
  return savepoint_.guard();
}

Status WriteScope::annotate(std::string_view name, const temporal::Value& value) {
  Query query(db_, "INSERT INTO " + private_table("spectradb_annotations") + "(name, value) VALUES (?1, ?2)");
  return query.bind(1, name).bind(2, value).run();
}

Status WriteScope::check() const {
  const LostStatements& lost = database_.connection().part<LostStatements>();
  if (lost.count() == losses_) return Status::ok();
  return Status::invalid(std::string("a function of the application has ") + lost.last_act() +
                         ", and what was written is gone");
}

Status WriteScope::keep() {
  SPECTRADB_RETURN_IF_ERROR(check());
  return savepoint_.keep();
}

}  // namespace spectradb::extension
