// Makes databases whose files are exchanged under open connections, and says what these must show then.
// The programs that include this run one thread.
#pragma once

#include <string>

#include "tests/database.h"
#include "tests/expect.h"

namespace spectradb::tests {

// These are set once, from the program's arguments.
extern std::string extension;
extern std::string journal;

inline constexpr const char* kRows = "SELECT group_concat(v) FROM t";
inline constexpr const char* kOrdinaryRows = "SELECT group_concat(v) FROM o";
inline constexpr const char* kTable =
    "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT) WITH SYSTEM VERSIONING";

// Reads --extension and --journal, or ends the program with its usage.
void read_arguments(int argc, char** argv, const std::string& program);

// Makes a temporal table with three rows of this value, one commit a row.
void make(Database& database, const std::string& value);

// Makes a database with equal rows in an ordinary and a temporal table, one commit a row.
void make_twins(const std::string& path, const std::string& value, int commits);

// Does what the shell's `.restore` does: writes another database's pages in the place of the file's, from a
// connection without the extension.
void restore(const std::string& from, const std::string& to);

// Return the bytes of the main database, and put others in the place of it.
std::string serialized(Database& database);
void deserialize(Database& database, const std::string& content);

void expect_rows(Database& database, const std::string& rows);

}  // namespace spectradb::tests
