// The functions that hosts call instead of SQLite's own where the prepare hook is active (prepare_hook.h).
// Any thread, as for SQLite's own.
#pragma once

#include <span>

namespace spectradb::extension {

// A function of SQLite's, and the one that hosts call instead. `original` is null where this SQLite lacks it.
struct Redirection {
  const char* name;
  const void* original;
  void* replacement;
};

// All functions that take a text, in UTF-8 and UTF-16, old and new, and those that the extension must hear
// of.
std::span<const Redirection> redirections();

// sqlite3_exec() and sqlite3_get_table(). Both call SQLite's own functions, so they are redirected only where
// the library was linked so that its inner calls do not pass the hook.
std::span<const Redirection> redirections_of_scripts();

}  // namespace spectradb::extension
