// Turns a Status into an SQLite result code and message, and stops exceptions: none passes a callback of
// SQLite's.
#pragma once

#include <exception>
#include <new>

#include "base/status.h"
#include "extension/host/api.h"

namespace spectradb::extension {

int sqlite_code(const Status& status);

// Makes a Status of a failed call on `db`, with SQLite's own message.
Status status_of_sqlite(sqlite3* db, int code);

// Sets the virtual table's message and returns the code.
int report(sqlite3_vtab* table, const Status& status);
int report(char** message, const Status& status);
void report(sqlite3_context* context, const Status& status);

// Runs a body that returns Status, and returns SQLite's code; `where` gets the message: a vtab, a message
// pointer or a function context.
template <typename Where, typename Body>
auto guarded(Where where, Body&& body) {
  try {
    return report(where, body());
  } catch (const std::bad_alloc&) {
    return report(where, Status(Code::kNoMemory, "out of memory"));
  } catch (const std::exception& error) {
    return report(where, Status::io(error.what()));
  }
}

}  // namespace spectradb::extension
