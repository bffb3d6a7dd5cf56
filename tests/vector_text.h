// Writes vectors as tests use them in SQL.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

namespace spectradb::tests {

// Returns JSON in quotes, with so many digits of each number.
inline std::string json_of(const std::vector<float>& floats, int digits) {
  std::string json;
  for (const float number : floats) {
    char text[32];
    std::snprintf(text, sizeof text, "%s%.*g", json.empty() ? "" : ",", digits, static_cast<double>(number));
    json += text;
  }
  return "'[" + json + "]'";
}

}  // namespace spectradb::tests
