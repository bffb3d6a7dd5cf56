// The time of a commit, given by the user in place of the clock's: for facts that are brought in from elsewhere. It is
// said of the open transaction, goes away with it, and keeps the order of commits: it lies behind the commit before, and
// not in the future. Used by the thread that uses the connection.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "extension/facet/commit_part.h"
#include "extension/facet/function.h"

namespace spectradb::extension {

inline constexpr const char* kSystemTimeFunction = "spectradb_system_time";

// Refuses a COMMIT whose time is not one that it may have: others may have committed since it was given.
std::unique_ptr<CommitPart> make_given_time(Database& database);

// The commit that the next one of the database comes behind; the one that is being made does not count.
Result<uint64_t> commit_before(Database& database);

// kInvalid where a commit of the database may not have the time. In a replay (Annotation::Kind::kReplay) it may lie in
// the future, as it does where the clock of the other database was ahead.
Status check_given_time(Database& database, int64_t time_us, bool is_replay);

// Says of the open transaction that its facts are those of another database's commit, made at this time.
Status say_replay(Connection& connection, int64_t time_us);

// spectradb_system_time(time [, schema])
std::span<const Function> given_time_functions();

}  // namespace spectradb::extension
