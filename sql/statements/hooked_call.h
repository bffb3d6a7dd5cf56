// spectradb_hooked() is true in a text that came through the prepare hook. Only the text can tell that, so
// the hook gives the call an argument that nobody else knows.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace spectradb::sql {

// Whether the text may call the function: a cheap look without false negatives.
bool may_ask_whether_hooked(std::string_view text);

// Returns the first statement of `text` with the argument in each of its calls; result columns keep their
// names. Returns nullopt where it calls none, or only in a view or trigger that it stores, since any host may
// run those.
std::optional<std::string> answered_hooked(std::string_view text, std::string_view argument);

}  // namespace spectradb::sql
