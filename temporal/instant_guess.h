// What a text that is no instant may have meant: a form that can be read, for an error to name.
//
//   3 days ago        now -3 days           2026-06       2026-06-01
//   now - 1 day       now -1 day            2026/6/1      2026-06-01
//   yesterday 18:00   yesterday +18:00      next tuesday  tomorrow weekday 2
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace spectradb::temporal {

// Empty when nothing is near. What is returned can be read at `now_us`. Any thread.
std::string guess_instant(std::string_view text, int64_t now_us);

}  // namespace spectradb::temporal
