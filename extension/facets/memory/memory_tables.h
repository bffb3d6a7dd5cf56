// Keeps what an agent remembers in two plain temporal tables that anybody may query, join and index:
//
//   CREATE TABLE mem (ns TEXT NOT NULL, key TEXT NOT NULL, value TEXT, kind TEXT, importance REAL DEFAULT 1, source TEXT,
//                     PRIMARY KEY (ns, key)) WITH SYSTEM VERSIONING (on_insert = append, valid_default = now)
//   CREATE TABLE mem_message (ns TEXT NOT NULL, session TEXT NOT NULL, seq INTEGER NOT NULL, role TEXT, content TEXT,
//                             tokens INTEGER, PRIMARY KEY (ns, session, seq)) WITH SYSTEM VERSIONING
//
// Facts have a full-text index where the host has FTS5. Used by the thread that uses the connection.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "extension/facet/function.h"

namespace spectradb::extension {

// Estimates how many tokens a language model makes of a text: one for four characters, one for each wide
// character.
int64_t estimated_tokens(std::string_view text);

// Returns spectradb_memory(name), spectradb_tokens(text), spectradb_decay(age, half_life),
// spectradb_prefix(text, prefix).
std::span<const Function> memory_functions();

}  // namespace spectradb::extension
