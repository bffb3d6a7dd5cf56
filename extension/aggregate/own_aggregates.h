// Whether count(), sum() and their like are SQLite's own on a connection: a host may have put functions of its own
// in their place. One connection, its thread.
#pragma once

#include <optional>

#include "extension/host/api.h"

namespace spectradb::extension {

class Connection;

class OwnAggregates {
 public:
  explicit OwnAggregates(Connection& connection);

  bool are_own();

 private:
  sqlite3* const db_;
  std::optional<bool> are_listed_as_own_;
};

}  // namespace spectradb::extension
