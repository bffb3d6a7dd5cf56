// Numbers of commits, and names, as sentences have them: not more than ten each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace spectradb::extension {

inline constexpr size_t kMostListed = 10;

inline std::string joined_names(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < names.size() && i < kMostListed; ++i) text += (i == 0 ? "" : ", ") + names[i];
  return names.size() > kMostListed ? text + ", …" : text;
}

// "3, 5 to 7": each stretch of numbers that follow one another is a part. The numbers ascend.
inline std::string commit_ranges(const std::vector<uint64_t>& numbers) {
  std::vector<std::string> parts;
  for (size_t i = 0; i < numbers.size() && parts.size() <= kMostListed;) {
    size_t end = i + 1;
    while (end < numbers.size() && numbers[end] == numbers[end - 1] + 1) ++end;
    const std::string last = end - i > 1 ? " to " + std::to_string(numbers[end - 1]) : std::string();
    parts.push_back(std::to_string(numbers[i]) + last);
    i = end;
  }
  return joined_names(parts);
}

}  // namespace spectradb::extension
