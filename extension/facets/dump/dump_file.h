// Has a dump as a file. COPY's rules say which files can be written and read
// (extension/facets/copy/file_access.h), and the file is compressed if its name ends in .gz or .zst. One
// thread.
#pragma once

#include <cstdint>
#include <string>

#include "base/status.h"
#include "extension/session/connection.h"

namespace spectradb::extension::dump {

// Writes a dump; returns the number of statements.
Result<int64_t> write_dump(Connection& connection, const std::string& schema, const std::string& file);

// Runs the statements of a file as the user's own, in an empty main database and outside of a transaction.
// When one fails, earlier commits stay. Returns the number of commits.
Result<int64_t> run_dump(Connection& connection, const std::string& file);

}  // namespace spectradb::extension::dump
