#include "extension/host/handle_fields.h"

#include <cstdint>
#include <cstring>
#include <mutex>

namespace spectradb::extension {

namespace {

constexpr size_t kNowhere = SIZE_MAX;
constexpr int kStepsMark = 0x5bec7a;

int authorizer_mark(void*, int, const char*, const char*, const char*, const char*) { return SQLITE_OK; }
int progress_mark(void*) { return 0; }
int trace_mark(unsigned int, void*, void*, void*) { return 0; }

// Marks: distinct addresses that nothing else in a connection holds.
char authorizer_argument_mark;
char progress_argument_mark;
char trace_argument_mark;

// Offsets into a connection, in bytes.
struct Fields {
  sqlite3_uint64 size_bytes = 0;  // zero: the offsets are unknown
  size_t authorizer = kNowhere;
  size_t authorizer_argument = kNowhere;
  size_t progress = kNowhere;
  size_t progress_argument = kNowhere;
  size_t progress_steps = kNowhere;
  size_t trace = kNowhere;
};

template <typename T>
T read(sqlite3* db, size_t offset) {
  T value;
  std::memcpy(&value, reinterpret_cast<const char*>(db) + offset, sizeof value);
  return value;
}

// Returns the only place in the connection that holds `value`.
template <typename T>
size_t find(sqlite3* db, sqlite3_uint64 size_bytes, T value) {
  size_t found = kNowhere;
  for (size_t offset = 0; offset + sizeof value <= size_bytes; offset += sizeof value) {
    if (read<T>(db, offset) != value) continue;
    if (found != kNowhere) return kNowhere;
    found = offset;
  }
  return found;
}

template <typename T>
bool is_zero(sqlite3* db, size_t offset) {
  return offset != kNowhere && read<T>(db, offset) == T{};
}

// An SQLite may be built without some features, as better-sqlite3's is without progress handlers: then the
// routine is missing.
bool has_progress_handlers() { return sqlite3_api->progress_handler != nullptr; }
bool has_traces() { return sqlite3_api->trace_v2 != nullptr; }

Fields read_marks(sqlite3* db) {
  Fields fields;
  const sqlite3_uint64 size_bytes = sqlite3_msize(db);
  if (size_bytes == 0 || !has_authorizers() || !has_traces()) return fields;
  sqlite3_set_authorizer(db, authorizer_mark, &authorizer_argument_mark);
  if (has_progress_handlers())
    sqlite3_progress_handler(db, kStepsMark, progress_mark, &progress_argument_mark);
  sqlite3_trace_v2(db, SQLITE_TRACE_ROW, trace_mark, &trace_argument_mark);
  fields.authorizer = find(db, size_bytes, &authorizer_mark);
  fields.authorizer_argument = find(db, size_bytes, &authorizer_argument_mark);
  fields.progress = find(db, size_bytes, &progress_mark);
  fields.progress_argument = find(db, size_bytes, &progress_argument_mark);
  fields.progress_steps = find(db, size_bytes, kStepsMark);
  fields.trace = find(db, size_bytes, &trace_mark);
  sqlite3_set_authorizer(db, nullptr, nullptr);
  if (has_progress_handlers()) sqlite3_progress_handler(db, 0, nullptr, nullptr);
  sqlite3_trace_v2(db, 0, nullptr, nullptr);
  const bool is_progress_right = !has_progress_handlers() || (is_zero<void*>(db, fields.progress) &&
                                                              is_zero<void*>(db, fields.progress_argument) &&
                                                              is_zero<int>(db, fields.progress_steps));
  const bool is_right = is_zero<void*>(db, fields.authorizer) &&
                        is_zero<void*>(db, fields.authorizer_argument) && is_progress_right &&
                        is_zero<void*>(db, fields.trace);
  if (is_right) fields.size_bytes = size_bytes;
  return fields;
}

thread_local bool is_finding_out = false;

const Fields& fields() {
  static std::once_flag once;
  static Fields known;
  std::call_once(once, [] {
    sqlite3* db = nullptr;
    is_finding_out = true;  // hosts that load extensions into each connection load us into this one, too
    if (sqlite3_open_v2(":memory:", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr) == SQLITE_OK)
      known = read_marks(db);
    sqlite3_close(db);
    is_finding_out = false;
  });
  return known;
}

bool may_read(sqlite3* db) {
  return !is_finding_out && fields().size_bytes != 0 && sqlite3_msize(db) == fields().size_bytes;
}

}  // namespace

bool has_authorizers() { return sqlite3_api->set_authorizer != nullptr; }

std::optional<HostAuthorizer> authorizer_of(sqlite3* db) {
  if (!may_read(db)) return std::nullopt;
  return HostAuthorizer{read<HostAuthorizer::Callback>(db, fields().authorizer),
                        read<void*>(db, fields().authorizer_argument)};
}

std::optional<HostProgress> progress_of(sqlite3* db) {
  if (!may_read(db)) return std::nullopt;
  if (!has_progress_handlers()) return HostProgress{};
  return HostProgress{read<HostProgress::Callback>(db, fields().progress),
                      read<void*>(db, fields().progress_argument), read<int>(db, fields().progress_steps)};
}

std::optional<bool> is_traced(sqlite3* db) {
  if (!may_read(db)) return std::nullopt;
  return read<void*>(db, fields().trace) != nullptr;
}

}  // namespace spectradb::extension
