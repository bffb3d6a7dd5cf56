// Finds the embedding space in which a table is searched when a statement names none. It is a row of a
// temporal table in the same database,
//
//   CREATE TABLE spectradb_spaces (name TEXT PRIMARY KEY COLLATE NOCASE, space) WITH SYSTEM VERSIONING
//
// so that changing the space is one commit, and a search AS OF a time is in the space of that time. Used by
// the thread that uses the connection.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/status.h"
#include "extension/session/database.h"
#include "temporal/value.h"

namespace spectradb::extension {

// A value that keeps its bytes.
class Space {
 public:
  Space() = default;
  explicit Space(const temporal::Value& value) : value_(value), bytes_(value.bytes) {}
  temporal::Value value() const {
    temporal::Value value = value_;
    value.bytes = bytes_;
    return value;
  }

 private:
  temporal::Value value_;
  std::string bytes_;
};

// Returns the space at a commit; without one, the present space, with the open transaction's own setting.
// Nothing where none was set, or NULL.
Result<std::optional<Space>> current_space(Database& database, const std::string& table,
                                           std::optional<uint64_t> commit);
Status set_current_space(Database& database, const std::string& table, const temporal::Value& space);

}  // namespace spectradb::extension
