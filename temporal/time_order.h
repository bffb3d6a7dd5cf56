// The order of texts of times: by the instants that they name, whatever their spelling. For texts that
// format_instant() writes this is the order of their bytes.
//
// A text that names an instant, or is an integer (microseconds), is ordered as its shortest form is. All
// other texts, and years of four digits, with which people compare dates, are ordered by their own bytes, so
// that '2024' <= '2024-01-01' < '2025' holds as between any texts.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace spectradb::temporal {

// Whether format_instant() writes this very text, for a day up to the 28th (which every month has).
bool is_shortest_form(std::string_view text);

// Whether the text is four digits, which sort before the dates of that year.
bool is_year(std::string_view text);

// Returns the bytes by which the text is ordered. `now` is called for texts that name the present.
std::string time_order_key(std::string_view text, const std::function<int64_t()>& now);

// Negative, 0 or positive.
int compare_times(std::string_view a, std::string_view b, const std::function<int64_t()>& now);

}  // namespace spectradb::temporal
