// SELECT count(*) [[AS] name] FROM [schema.]table …: a statement that only counts, as far as the table's name.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sql/text/reader.h"

namespace spectradb::sql {

struct WholeCount {
  Span call;              // count(*)
  bool has_name = false;  // the result has an alias
  size_t from = 0;        // the token FROM
};

// Returns nothing where the tokens begin otherwise.
std::optional<WholeCount> read_whole_count(const Reader& reader, Span statement);

// The table of a statement that says nothing else, but EXPLAIN before and an alias behind.
struct CountedTable {
  std::string schema;  // empty when not named
  std::string name;
};
// Reads the first statement of a text. Nothing where it is another one: almost always after a word or two.
std::optional<CountedTable> counted_table(std::string_view sql);

}  // namespace spectradb::sql
