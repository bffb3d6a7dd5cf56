// The seal of a temporal table's text in sqlite_master, and how seals of the catalog are named and written in
// _spectradb_meta (catalog_seal.h). Used by the thread that uses the connection.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "extension/host/api.h"

namespace spectradb::extension {

inline constexpr const char* kSealName = "seal";
inline constexpr const char* kSealedFromName = "sealed_from";  // the commit from which on each has a seal
std::string name_of_text(uint32_t table_id);                   // "seal/" and the id
std::string seal_digits(int64_t seal);                         // 16 hexadecimal ones

// Empty: the database has no such table. The connection need not have the module.
Result<std::string> seal_of_text(sqlite3* db, const std::string& schema, uint32_t table_id);
// Returns a value of _spectradb_meta; empty: there is none, or no such table.
Result<std::string> meta_of(sqlite3* db, const std::string& schema, std::string_view name);

}  // namespace spectradb::extension
