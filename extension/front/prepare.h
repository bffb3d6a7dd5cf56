// The front of sqlite3_prepare_v2 and its kin: temporal text in, prepared statements out. The C interface and
// the prepare hook share it.
#pragma once

#include <cstdint>
#include <string_view>

#include "extension/access/gate.h"
#include "extension/facet/module.h"

namespace spectradb::extension {

// SQLite's own sqlite3_prepare_v3().
using PrepareV3 = int (*)(sqlite3*, const char*, int, unsigned int, sqlite3_stmt**, const char**);

// How a text arrives: the host has called SQLite's own function, or the C interface.
enum class Way : uint8_t { kHook, kInterface };

// Does what sqlite3_prepare_v3() does; `original` gets the text that SQLite must see.
int prepare_temporal(PrepareV3 original, Way way, sqlite3* db, const char* sql, int bytes, unsigned int flags,
                     sqlite3_stmt** out, const char** tail);

// Returns what the rewriter makes of the user's statement, so that the authorizer is asked about the user's
// own words.
Gate::Rewritten kind_of_rewriting(std::string_view text);

// Call it before the first step of a run of `statement`. Returns SQLITE_OK, or the error that schema changes
// since its preparation cause.
int before_step(sqlite3_stmt* statement);

// Call it when the first step of a run of `statement` was its last, and has not failed.
void after_step(sqlite3_stmt* statement);

// Call it when the first step of a run of `statement` has failed with `code`. Steps again if the statement's
// text was older than the schema (kept_statements.h), or if SQLite could not prepare it again by an old
// schema, since it does not look for a newer one after every error. Otherwise returns the code. `steps` is
// how many steps SQLite's machine has made.
int step_again(sqlite3_stmt* statement, int code, int steps);

// The module of a table whose use fails with Connection::pending_error: so a rewriting error becomes an error
// of prepare.
const ModuleBuilder& raise_module();
const std::string& raise_table();  // the name of its table

}  // namespace spectradb::extension
