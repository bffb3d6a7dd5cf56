#include "extension/front/saved_text.h"

#include <cstddef>
#include <cstring>
#include <utility>

namespace spectradb::extension {

namespace {

// SQLite's struct Vdbe has about 300 bytes. The search stays inside: the text is always found, since
// sqlite3_sql() reads it from there.
constexpr size_t kMostWords = 64;

const char** words_of(sqlite3_stmt* statement) { return reinterpret_cast<const char**>(statement); }

}  // namespace

// Words before the text's may hold what was in that memory earlier, and by chance the same address. So the place is
// where both statements have their own, and where sqlite3_sql() follows an exchange.
bool exchange_saved_texts(sqlite3_stmt* one, sqlite3_stmt* other) {
  const char* const first = sqlite3_sql(one);
  const char* const second = sqlite3_sql(other);
  if (first == nullptr || second == nullptr) return false;
  for (size_t i = 0; i < kMostWords; ++i) {
    const char*& of_one = words_of(one)[i];
    if (of_one != first) continue;
    const char*& of_other = words_of(other)[i];
    if (of_other != second) continue;
    std::swap(of_one, of_other);
    if (sqlite3_sql(one) == second && sqlite3_sql(other) == first) return true;
    std::swap(of_one, of_other);
  }
  return false;
}

}  // namespace spectradb::extension
