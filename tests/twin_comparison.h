// What a statement does to an ordinary table and to its twin, and whether that is the same.
#pragma once

#include <string>
#include <string_view>

#include "tests/database.h"
#include "tests/twin_queries.h"

namespace spectradb::tests {

struct TwinOutcome {
  Outcome ordinary;
  Outcome temporal;

  bool both_work() const { return ordinary.is_ok() && temporal.is_ok(); }
};

// Returns the statement for one of the sides: `@` stands for the letter of the side, `~` for the other's.
std::string sided(const std::string& sql, char side, char twin);

// Writes the names of the temporal tables into an ordinary one's message.
void name_twins(std::string& message);

// Both give the same rows, as far as the query promises them.
bool show_alike(const TwinOutcome& outcome, const TwinQuery& query);

// Both work, or fail with the same code and message. The statement is the one that they ran.
bool fail_alike(const TwinOutcome& outcome, std::string_view statement);

std::string shown(const Outcome& outcome);

}  // namespace spectradb::tests
