// spectradb_hooked(), which is true in a text that came through the prepare hook: only the text can tell. So the hook
// gives the call an argument that nobody else knows.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace spectradb::sql {

// Whether the text may call the function: a cheap look, no false negatives.
bool may_ask_whether_hooked(std::string_view text);

// The first statement of `text` with the argument in each of its calls, columns of results keeping their names.
// nullopt where it calls none, or only in what it stores: the text of a view or a trigger is asked by everybody.
std::optional<std::string> answered_hooked(std::string_view text, std::string_view argument);

}  // namespace spectradb::sql
