// Of the C interface: a function of the host that is called at each commit.
#include <map>
#include <memory>
#include <string>

#include "extension/host/errors.h"
#include "extension/host/second_sqlite.h"
#include "extension/session/commit_listeners.h"
#include "extension/session/connection.h"
#include "extension/spectradb.h"
#include "sql/text/tokenizer.h"

namespace spectradb::extension {

namespace {

// What the host has asked for by a connection, by schema in lower case. It ends with the connection.
struct HostListeners {
  std::map<std::string, std::unique_ptr<CommitListener>> by_schema;
};

}  // namespace

}  // namespace spectradb::extension

extern "C" __attribute__((visibility("default"))) int spectradb_on_commit(
    sqlite3* db, const char* zDb, void (*xCommit)(void*, sqlite3_int64), void* pArg) {
  namespace extension = spectradb::extension;
  if (const auto* copy = extension::copy_with(db); copy != nullptr)
    return copy->on_commit(db, zDb, xCommit, pArg);
  extension::Connection* const connection = extension::Connection::of(db);
  if (connection == nullptr) return SQLITE_MISUSE;
  char* message = nullptr;
  const int code = extension::guarded(&message, [&]() -> spectradb::Status {
    const std::string schema = spectradb::sql::lowered(zDb == nullptr ? "main" : zDb);
    if (sqlite3_db_filename(db, schema.c_str()) == nullptr)
      return spectradb::Status::invalid("there is no such database");
    auto& listeners = connection->part<extension::HostListeners>().by_schema;
    listeners.erase(schema);
    if (xCommit == nullptr) return spectradb::Status::ok();
    listeners[schema] = std::make_unique<extension::CommitListener>(
        extension::name_in_process(db, schema),
        [xCommit, pArg](uint64_t commit) { xCommit(pArg, static_cast<sqlite3_int64>(commit)); });
    return spectradb::Status::ok();
  });
  sqlite3_free(message);
  return code;
}
