// What other systems write for the same things, and what to write here: a hint for messages when SQLite
// cannot read a text. Any thread.
#pragma once

#include <string_view>

namespace spectradb::sql {

// Returns what to write instead of what made SQLite fail with `message` on the first statement of `text`, or
// null where no hint is known. Only failing statements are looked at, so nothing that works is mistaken for
// another system's.
const char* hint_for(std::string_view text, std::string_view message);

// Whether only such texts have this word: a cheap look at a text before SQLite sees it.
bool is_foreign_word(std::string_view word);

}  // namespace spectradb::sql
