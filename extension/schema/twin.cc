#include "extension/schema/twin.h"

#include "extension/facet/index_kind.h"
#include "extension/host/query.h"

namespace spectradb::extension {

using temporal::Collation;

Result<Twin> Twin::make(const std::string& table, const std::vector<std::string>& columns, sqlite3* host,
                        std::string_view behind) {
  sqlite3* db = nullptr;
  const int code = sqlite3_open_v2(":memory:", &db,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  Twin twin(db, host);
  if (code != SQLITE_OK) return Status(Code::kNoMemory, "cannot open a private database");
  // Definitions and indexes of untrusted files run here, so they must not reach other files.
  sqlite3_limit(twin.db_, SQLITE_LIMIT_ATTACHED, 0);
  SPECTRADB_RETURN_IF_ERROR(declare_index_kinds(twin.db_));
  SPECTRADB_RETURN_IF_ERROR(twin.functions_.begin());
  std::string sql = "CREATE TABLE " + quoted(table) + "(";
  for (size_t i = 0; i < columns.size(); ++i) sql += (i == 0 ? "" : ",") + columns[i] + "\n";
  Status status = twin.run(sql.append(") ").append(behind));
  if (status.code() == Code::kNoMemory) return status;
  if (!status) return Status::invalid("table " + table + ": " + status.message());
  return twin;
}

Status Twin::run(const std::string& sql) {
  return functions_.with_functions([&] { return execute(db_, sql); });
}

Result<Collation> collation_named(const char* name, const std::string& of) {
  if (name == nullptr || sqlite3_stricmp(name, "BINARY") == 0) return Collation::kBinary;
  if (sqlite3_stricmp(name, "NOCASE") == 0) return Collation::kNoCase;
  if (sqlite3_stricmp(name, "RTRIM") == 0) return Collation::kRTrim;
  return Status::invalid("unknown collation " + std::string(name) + " of " + of +
                         ": temporal tables know BINARY, NOCASE and RTRIM, whose order is the same in every "
                         "program; leave it out, and write COLLATE " +
                         name + " in queries or in a view");
}

const char* collation_name(temporal::Collation collation) {
  switch (collation) {
    case temporal::Collation::kBinary:
      return "BINARY";
    case temporal::Collation::kNoCase:
      return "NOCASE";
    case temporal::Collation::kRTrim:
      return "RTRIM";
  }
  return "BINARY";
}

}  // namespace spectradb::extension
