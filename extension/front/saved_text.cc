#include "extension/front/saved_text.h"

#include <cstddef>
#include <cstring>
#include <utility>

namespace spectradb::extension {

namespace {

// SQLite's struct Vdbe has about 300 bytes. The search stays inside: the text is always found, since
// sqlite3_sql() reads it from there.
constexpr size_t kMostWords = 64;

const char** place_of_text(sqlite3_stmt* statement) {
  const char* const text = sqlite3_sql(statement);
  if (text == nullptr) return nullptr;
  auto** words = reinterpret_cast<const char**>(statement);
  for (size_t i = 0; i < kMostWords; ++i) {
    if (words[i] == text) return words + i;
  }
  return nullptr;
}

}  // namespace

bool exchange_saved_texts(sqlite3_stmt* one, sqlite3_stmt* other) {
  const char* const first = sqlite3_sql(one);
  const char* const second = sqlite3_sql(other);
  const char** const place = place_of_text(one);
  const char** const other_place = place_of_text(other);
  if (place == nullptr || other_place == nullptr) return false;
  const auto offset = place - reinterpret_cast<const char**>(one);
  if (offset != other_place - reinterpret_cast<const char**>(other)) return false;
  std::swap(*place, *other_place);
  if (sqlite3_sql(one) == second && sqlite3_sql(other) == first) return true;
  std::swap(*place, *other_place);
  return false;
}

}  // namespace spectradb::extension
