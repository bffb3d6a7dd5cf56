// The plain SQL that temporal text stands for, for hosts that run it themselves. The connection's thread.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "extension/facet/function.h"

namespace spectradb::extension {

class Connection;

// Rewrites all statements of `text`; text that needs no rewriting comes back unchanged. kInvalid also for
// text of other systems that SQLite will not take, where it is known what to write instead.
Result<std::string> plain_sql(Connection& connection, std::string_view text);

// spectradb_sql(text)
Status sql_function(const FunctionCall& call);

}  // namespace spectradb::extension
