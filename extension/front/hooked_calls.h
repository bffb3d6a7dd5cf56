// What hosts call instead of SQLite's own functions where the prepare hook is in the path (prepare_hook.h). Any
// thread, as SQLite's own.
#pragma once

#include <span>

namespace spectradb::extension {

// SQLite's own function, and what hosts call instead. `original` is null where this SQLite has none.
struct Redirection {
  const char* name;
  const void* original;
  void* replacement;
};

// All that take a text, in UTF-8 and UTF-16, of today and of former times; and what the extension must hear of.
std::span<const Redirection> redirections();

// sqlite3_exec() and sqlite3_get_table(). These call SQLite's own functions: they are redirected only where the
// library was linked so that those calls pass the hook by.
std::span<const Redirection> redirections_of_scripts();

}  // namespace spectradb::extension
