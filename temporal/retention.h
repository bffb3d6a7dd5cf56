// How long a temporal table keeps its history, and from where on: the table options retention and horizon.
// Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace spectradb::temporal {

inline constexpr std::string_view kRetentionOption = "retention";
inline constexpr std::string_view kHorizonOption = "horizon";
// The same of valid time; this horizon is an instant, in microseconds.
inline constexpr std::string_view kValidRetentionOption = "valid_retention";
inline constexpr std::string_view kValidHorizonOption = "valid_horizon";

// Reads a length of time: a whole number and a unit, from seconds to years. Returns it in one form, such as
// "7 years". kInvalid names the text and what is expected.
Result<std::string> read_retention(std::string_view text);

// When that much had not yet passed, at a given time. Before the year 0000 it may be earlier than was said. kInvalid: this
// is no length of time.
Result<int64_t> retained_since(std::string_view retention, int64_t now_us);

// What the options of a table, as written, say: empty, and 0, where they say nothing. What was superseded by
// the commit of the horizon is retired.
std::string retention_of(const std::vector<std::string>& options);
uint64_t horizon_of(const std::vector<std::string>& options);
// What had ended by the horizon of valid time may be retired; kBeginningOfTime: none is.
std::string valid_retention_of(const std::vector<std::string>& options);
int64_t valid_horizon_of(const std::vector<std::string>& options);

// The options of a table, as written, without those of this name.
std::vector<std::string> without_option(std::vector<std::string> options, std::string_view name);

}  // namespace spectradb::temporal
