// The numbers that SQLite gives to parameters: a '?' takes the number behind the largest so far, ?7 is 7, and
// a name takes the number behind the largest where it appears first.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sql/text/reader.h"

namespace spectradb::sql {

struct ParameterNumbers {
  std::map<size_t, long> anonymous;  // the number of each '?', by token
  std::map<std::string, long, std::less<>> named;
  long largest = 0;  // of all, 0 for none
};

// Beyond any limit that SQLite can be built with; a larger number reads as this one, and SQLite refuses both.
inline constexpr long kMostParameters = 1L << 30;

// 7 for ?7; 0 for a parameter that says no number.
long number_of_parameter(std::string_view text);

ParameterNumbers number_parameters(const Reader& reader, Span statement);

// Returns `statement` unchanged when its named parameters get these numbers and its largest number is the
// same. Otherwise puts a common table in front that nobody reads and that names the parameters in their old
// order, since SQLite numbers parameters as it parses them. So sqlite3_bind_*(s, 2, …) keeps its meaning, and
// the names and the count of parameters stay, even where the clause that had the last one binds nothing.
std::string keep_numbers(std::string statement, const ParameterNumbers& numbers);

// Writes '?' for these parameters (1 stands for ?1), if each occurs at most once and gets its number anyway:
// some hosts take ?1 for a name, and then want names for all.
std::string without_numbers(std::string statement, const std::set<long>& anonymous);

}  // namespace spectradb::sql
