// Seals of those of our own tables that belong to no commit and no definition, such as holds and erasures: of each table
// the sum of checksums of its text and of its rows, in _spectradb_meta, written in the transaction that changes the table.
// A change subtracts and adds what it changes, so an older edit is not hidden. The seal of the catalog (catalog_seal.h)
// does not cover these: a table that has none, though sealed_from says that all have, is named. Used by the thread
// that uses the connection.
//
//   _spectradb_meta: seal/<table> = 16 hexadecimal digits
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "extension/host/api.h"

namespace spectradb::extension {

class Database;

// Makes one of these tables, or changes its rows for which `condition`, an expression in SQL, is true before or behind
// `change`, and seals it anew. The caller has a transaction open.
Status change_own_table(Database& database, const char* table, const std::string& condition,
                        const std::function<Status()>& change);
inline constexpr const char* kAllRows = "1";
// Returns conditions: for rows that are to come, whose numbers in `column` are greater than all that are there, and for
// those of one value or of two.
Result<std::string> new_rows(Database& database, const char* table, const std::string& column);
std::string rows_of(const char* column, std::string_view text);
std::string rows_of(const char* column, int64_t number);
std::string rows_of_key(int64_t table_id, std::string_view user_key);

Status seal_own_table(sqlite3* db, const std::string& schema, const std::string& table);
// Seals the tables that are there without one.
Status seal_unsealed_own_tables(sqlite3* db, const std::string& schema);

// Returns the names of tables that have other rows or another text than was sealed, or have gone.
Result<std::vector<std::string>> broken_own_tables(sqlite3* db, const std::string& schema);
// Returns what the seal of a table as it is now would be; empty: there is none.
Result<std::string> seal_of_own_table(sqlite3* db, const std::string& schema, const std::string& table);

}  // namespace spectradb::extension
