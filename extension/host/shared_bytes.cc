#include "extension/host/shared_bytes.h"

#include <cstring>
#include <utility>

namespace spectradb::extension {

// The string begins with a pointer to its owner, since SQLite returns nothing but the address of the bytes.
struct SharedBytes::Owned {
  std::string text;
  size_t users = 1;
};

namespace {

constexpr size_t kOwnerBytes = sizeof(void*);
constexpr size_t kMostTerminated = 1u << 30;  // beyond, older releases of SQLite cut off what strlen() says

}  // namespace

SharedBytes::SharedBytes(size_t size_bytes) : owned_(new Owned) {
  try {
    owned_->text.reserve(kOwnerBytes + size_bytes);
    owned_->text.append(reinterpret_cast<const char*>(&owned_), kOwnerBytes);
  } catch (...) {
    delete owned_;
    throw;
  }
}

SharedBytes::SharedBytes(std::string_view bytes) : SharedBytes(bytes.size()) { owned_->text.append(bytes); }

SharedBytes::SharedBytes(const SharedBytes& other) : owned_(other.owned_) {
  if (owned_ != nullptr) ++owned_->users;
}

SharedBytes::SharedBytes(SharedBytes&& other) noexcept : owned_(std::exchange(other.owned_, nullptr)) {}

SharedBytes& SharedBytes::operator=(SharedBytes other) noexcept {
  std::swap(owned_, other.owned_);
  return *this;
}

SharedBytes::~SharedBytes() {
  if (owned_ != nullptr && --owned_->users == 0) delete owned_;
}

std::string& SharedBytes::buffer() { return owned_->text; }

std::string_view SharedBytes::view() const {
  return owned_ == nullptr ? std::string_view() : std::string_view(owned_->text).substr(kOwnerBytes);
}

SharedBytes::Owned* SharedBytes::owner_of(const void* bytes) {
  Owned* owner = nullptr;
  std::memcpy(&owner, static_cast<const char*>(bytes) - kOwnerBytes, sizeof owner);
  return owner;
}

void SharedBytes::let_go(void* bytes) {
  Owned* const owner = owner_of(bytes);
  if (--owner->users == 0) delete owner;
}

void* SharedBytes::lend() const {
  ++owned_->users;
  return owned_->text.data() + kOwnerBytes;
}

// A length of -1 tells SQLite that the text ends with a zero byte.
void SharedBytes::give_text(sqlite3_context* context) const {
  const std::string_view text = view();
  const bool is_terminated =
      text.size() < kMostTerminated && std::memchr(text.data(), '\0', text.size()) == nullptr;
  if (is_terminated) return sqlite3_result_text(context, static_cast<char*>(lend()), -1, let_go);
  sqlite3_result_text64(context, static_cast<char*>(lend()), text.size(), let_go, SQLITE_UTF8);
}

void SharedBytes::give_blob(sqlite3_context* context) const {
  sqlite3_result_blob64(context, lend(), view().size(), let_go);
}

void give_large(sqlite3_context* context, const temporal::Value& value) {
  sqlite3_result_null(context);  // frees the last row's value before there is another one
  const SharedBytes copy(value.bytes);
  value.type == temporal::Value::Type::kText ? copy.give_text(context) : copy.give_blob(context);
}

}  // namespace spectradb::extension
