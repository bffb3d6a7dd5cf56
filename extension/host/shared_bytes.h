// Text or a blob that SQLite takes as a result without copying it: it lives until SQLite and all owners have
// let go of it. Used by the thread that uses the connection.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "extension/host/api.h"
#include "temporal/value.h"

namespace spectradb::extension {

// From this size on a copy costs more than an allocation of its own.
inline constexpr size_t kSharedBytes = 64u << 10;

class SharedBytes {
 public:
  SharedBytes() = default;
  explicit SharedBytes(std::string_view bytes);  // copies them once
  SharedBytes(const SharedBytes& other);
  SharedBytes(SharedBytes&& other) noexcept;
  SharedBytes& operator=(SharedBytes other) noexcept;
  ~SharedBytes();

  // Runs `append(std::string&)`, which only appends; `size_bytes` is what it will need.
  template <typename Append>
  static auto made_by(size_t size_bytes, SharedBytes& made, Append append) {
    made = SharedBytes(size_bytes);
    return append(made.buffer());
  }

  std::string_view view() const;
  void give_text(sqlite3_context* context) const;
  void give_blob(sqlite3_context* context) const;

 private:
  struct Owned;
  explicit SharedBytes(size_t size_bytes);  // reserves this size
  std::string& buffer();
  static Owned* owner_of(const void* bytes);
  static void let_go(void* bytes);
  void* lend() const;

  Owned* owned_ = nullptr;
};

// Gives what is expected to be large: SQLite gets a copy that ends with a zero byte, so that it need not make
// another one for hosts that ask for a C string.
void give_large(sqlite3_context* context, const temporal::Value& value);

}  // namespace spectradb::extension
