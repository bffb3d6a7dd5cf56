#include "extension/host/retreat.h"

#include "extension/host/author.h"
#include "extension/host/query.h"

namespace spectradb::extension {

namespace {

// SQLite's parser notices an interrupt at a blank, and at the end behind no semicolon.
constexpr const char* kWriteWithoutBlanks = "PRAGMA\"user_version\"=0;";

}  // namespace

void retreat(sqlite3* db) {
  if (sqlite3_get_autocommit(db) != 0 || execute(db, "ROLLBACK").code() != Code::kInterrupted) return;
  // Where SQLite interrupts a statement that writes, it rolls everything back itself. It looks before the first step, so
  // this one writes nothing.
  const AuthorScope ours(Author::kUs);
  sqlite3_stmt* write = nullptr;
  if (sqlite3_prepare_v2(db, kWriteWithoutBlanks, -1, &write, nullptr) == SQLITE_OK) sqlite3_step(write);
  sqlite3_finalize(write);
  if (sqlite3_get_autocommit(db) == 0) static_cast<void>(execute(db, "ROLLBACK"));
}

}  // namespace spectradb::extension
