// The front of sqlite3_prepare_v2 and its kin: temporal text in, prepared statements out. Shared by the C
// interface and the prepare hook.
#pragma once

#include <cstdint>
#include <string_view>

#include "extension/access/gate.h"
#include "extension/facet/module.h"

namespace spectradb::extension {

// SQLite's own sqlite3_prepare_v3().
using PrepareV3 = int (*)(sqlite3*, const char*, int, unsigned int, sqlite3_stmt**, const char**);

// How a text comes in: the host has called SQLite's own function, or the C interface.
enum class Way : uint8_t { kHook, kInterface };

// As sqlite3_prepare_v3(); `original` is called with what SQLite shall see.
int prepare_temporal(PrepareV3 original, Way way, sqlite3* db, const char* sql, int bytes, unsigned int flags,
                     sqlite3_stmt** out, const char** tail);

// What the rewriter makes of the user's statement, so that the host is asked about that one.
Gate::Rewritten kind_of_rewriting(std::string_view text);

// Before the first step of a run of `statement`: SQLITE_OK, or what it fails with because of what the schema has
// become since it was prepared.
int before_step(sqlite3_stmt* statement);

// After the first step of a run of `statement` failed with `code`: steps again where it failed because its text
// was older than the schema (kept_statements.h), or because SQLite could not prepare it again by the schema that
// it knew: it does not ask for a newer one after every error. Else gives back the code. `steps` were made in
// SQLite's machine.
int step_again(sqlite3_stmt* statement, int code, int steps);

// The module whose use fails with Connection::pending_error: how a rewriting error becomes the error of a
// prepare.
const ModuleBuilder& raise_module();
const std::string& raise_table();  // the name of its table

}  // namespace spectradb::extension
