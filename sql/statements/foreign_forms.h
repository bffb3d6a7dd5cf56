// What other systems write for the same things, and what is written here: for the message where SQLite cannot read it.
// Thread-safe.
#pragma once

#include <string_view>

namespace spectradb::sql {

// What to write instead of what made SQLite fail with `message` on the first statement of `text`; null where nothing is
// known of it. Only asked of statements that fail: nothing that works is taken for one of another system.
const char* hint_for(std::string_view text, std::string_view message);

// Whether the word is one that only such texts have: a cheap look at a text before SQLite is asked.
bool is_foreign_word(std::string_view word);

}  // namespace spectradb::sql
