#include "extension/facet/module.h"

#include "extension/host/author.h"
#include "extension/host/errors.h"
#include "extension/host/own_limits.h"
#include "extension/session/connection.h"

namespace spectradb::extension {

Status declare_columns(sqlite3* db, const std::string& declaration) {
  const AuthorScope ours(Author::kUs);
  const OwnLimits limits(db);
  return status_of_sqlite(db, sqlite3_declare_vtab(db, declaration.c_str()));
}

Status register_module(Connection& connection, const char* name, const ModuleBuilder& module, void* aux,
                       void (*destroy)(void*)) {
  // When the registration fails, `destroy` may already have destroyed the connection, so its handle is read
  // first.
  sqlite3* db = connection.handle();
  const int code =
      sqlite3_create_module_v2(db, name, &module.module_, aux == nullptr ? &connection : aux, destroy);
  return code == SQLITE_OK ? Status::ok() : status_of_sqlite(db, code);
}

}  // namespace spectradb::extension
