// The authorizer, the progress handler and the trace that a host has set on a connection. SQLite shows them
// to nobody, and setting one replaces the one before. To call a host's authorizer after our own, or to know
// that there is none, we must read it.
//
// They are read from where SQLite keeps them, in the connection's own memory. The place is found on a
// connection made for this: each is set to a mark of ours, must then be found exactly once, and must be gone
// once it is removed. Where this fails nothing is known. Any thread that holds the connection's mutex.
#pragma once

#include <optional>

#include "extension/host/api.h"

namespace spectradb::extension {

struct HostAuthorizer {
  using Callback = int (*)(void*, int, const char*, const char*, const char*, const char*);
  Callback callback = nullptr;
  void* argument = nullptr;
};

struct HostProgress {
  using Callback = int (*)(void*);
  Callback callback = nullptr;
  void* argument = nullptr;
  int steps = 0;  // steps of SQLite's virtual machine between two calls
};

// Whether this SQLite has authorizers at all: it may be built without them.
bool has_authorizers();

// Returns nullopt when it is unknown, and a null callback when there is none.
std::optional<HostAuthorizer> authorizer_of(sqlite3* db);
std::optional<HostProgress> progress_of(sqlite3* db);
std::optional<bool> is_traced(sqlite3* db);  // by sqlite3_trace_v2()

}  // namespace spectradb::extension
