#include "extension/times/time_collation.h"

#include <algorithm>
#include <new>
#include <string_view>

#include "extension/host/errors.h"
#include "extension/session/connection.h"
#include "temporal/time_order.h"

namespace spectradb::extension {

namespace {

constexpr const char* kTimeCollations[] = {SPECTRADB_TIME_COLLATION, "N TEXT", "IDDEN"};

// SQLite lets a comparison neither fail nor wait.
int compare(void* connection, int a_size, const void* a, int b_size, const void* b) noexcept {
  const std::string_view left(static_cast<const char*>(a), static_cast<size_t>(a_size));
  const std::string_view right(static_cast<const char*>(b), static_cast<size_t>(b_size));
  try {
    return temporal::compare_times(
        left, right, [connection] { return static_cast<Connection*>(connection)->statement_now(); });
  } catch (const std::bad_alloc&) {
    return left.compare(right);
  }
}

}  // namespace

bool is_time_collation(const char* name) {
  return std::any_of(std::begin(kTimeCollations), std::end(kTimeCollations),
                     [name](const char* known) { return sqlite3_stricmp(name, known) == 0; });
}

Status register_time_collation(Connection& connection) {
  for (const char* name : kTimeCollations) {
    const int code =
        sqlite3_create_collation_v2(connection.handle(), name, SQLITE_UTF8, &connection, compare, nullptr);
    if (code != SQLITE_OK) return status_of_sqlite(connection.handle(), code);
  }
  return Status::ok();
}

}  // namespace spectradb::extension
