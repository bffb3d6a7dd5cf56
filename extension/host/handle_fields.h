// The authorizer, the progress handler and the trace that a host has set on a connection. SQLite gives them to
// nobody, and whoever sets one takes the place of what was there: to stand in front of a host's authorizer
// instead of evicting it, or to tell that there is none, one must know it.
//
// They are read from where SQLite keeps them, in memory that is a connection's own. Where that is, is found out
// on a connection made for it: set to marks of ours, each must be found exactly once, and be gone after it was
// taken away. Where this does not succeed nothing is told. Any thread that holds the connection's mutex.
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
  int steps = 0;  // of SQLite's virtual machine between two calls
};

// Whether this SQLite has authorizers at all: it may be built without.
bool has_authorizers();

// nullopt: it cannot be told. A null callback: there is none.
std::optional<HostAuthorizer> authorizer_of(sqlite3* db);
std::optional<HostProgress> progress_of(sqlite3* db);
std::optional<bool> is_traced(sqlite3* db);  // by sqlite3_trace_v2()

}  // namespace spectradb::extension
