// A store as its database shows it, for what tells of it and reads no facts: knobs, figures, dropped tables.
#pragma once

#include "extension/session/database.h"

namespace spectradb::extension {

// Opens the store like Database::store(). One in the database then shows what its rows say now; one in a directory is what
// this process has of it.
inline Result<lsm::Store*> shown_store(Database& database) {
  SPECTRADB_RETURN_IF_ERROR(database.store().status());
  if (database.has_rows_store()) SPECTRADB_RETURN_IF_ERROR(database.snapshot().status());
  return database.store();
}

}  // namespace spectradb::extension
