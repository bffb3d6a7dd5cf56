// Reads the target of a plain INSERT or REPLACE off the front of the text. It is a cheap look, so that
// inserts into ordinary tables need not be parsed again and again.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace spectradb::sql {

struct InsertTarget {
  std::string_view name;  // [schema .] name as written
  size_t end;             // offset behind it
};

// Returns nullopt when the text starts otherwise, or with more than a few hundred bytes of comment.
std::optional<InsertTarget> insert_target(std::string_view sql);

// Whether what stands behind the target of an INSERT gives its rows by a query, as far as its first words tell.
bool is_of_query(std::string_view behind_target);

}  // namespace spectradb::sql
