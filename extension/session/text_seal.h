// The seal of a temporal table's text in sqlite_master, and how seals of the catalog are named and written in
// _spectradb_meta (catalog_seal.h). Used by the thread that uses the connection.
#pragma once

#include <cstdint>
#include <string>

#include "base/status.h"

namespace spectradb::extension {

class Database;

inline constexpr const char* kSealName = "seal";
std::string name_of_text(uint32_t table_id);  // "seal/" and the id
std::string seal_digits(int64_t seal);        // 16 hexadecimal ones

// Empty: the database has no such table.
Result<std::string> seal_of_text(Database& database, uint32_t table_id);

}  // namespace spectradb::extension
