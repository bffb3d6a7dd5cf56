// The order of texts of times: by the instants that they say, whatever their spelling. Of texts that are written
// as format_instant() writes them it is the order of their bytes.
//
// A text that says an instant, or is an integer (microseconds), stands where its shortest form stands. All other
// texts, and the years of four digits that people compare dates with, stand where their own bytes stand, so that
// '2024' <= '2024-01-01' < '2025' as between any texts.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace spectradb::temporal {

// Whether the text is one that format_instant() writes, of a day up to the 28th (which every month has).
bool is_shortest_form(std::string_view text);

// Whether the text is four digits: before the dates of that year, as texts.
bool is_year(std::string_view text);

// What the text is ordered by, as bytes. `now` is asked for texts that name it.
std::string time_order_key(std::string_view text, const std::function<int64_t()>& now);

// Negative, 0 or positive.
int compare_times(std::string_view a, std::string_view b, const std::function<int64_t()>& now);

}  // namespace spectradb::temporal
