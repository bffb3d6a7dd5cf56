#include "extension/facets/ledger/hash.h"

#include <cstdint>
#include <cstring>

#ifdef SPECTRADB_HAS_LIBCRYPTO
// The functions that hash in memory of ours are said to be old; those that follow them look algorithms up by name.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
#else
#include "base/sha256.h"
#endif

namespace spectradb::extension::ledger {

namespace {

std::optional<uint8_t> digit_of(char c) {
  if (c >= '0' && c <= '9') return static_cast<uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<uint8_t>(c - 'A' + 10);
  return std::nullopt;
}

}  // namespace

#ifdef SPECTRADB_HAS_LIBCRYPTO

struct HashOfPieces::State {
  State() { SHA256_Init(&context); }
  void add(std::string_view piece) { SHA256_Update(&context, piece.data(), piece.size()); }
  Hash end() {
    std::array<unsigned char, kHashBytes> digest;
    SHA256_Final(digest.data(), &context);
    Hash hash;
    std::memcpy(hash.data(), digest.data(), digest.size());
    return hash;
  }

  SHA256_CTX context;
};

#else

struct HashOfPieces::State {
  void add(std::string_view piece) { sum.add(piece); }
  Hash end() {
    const std::optional<std::string> digest = bytes_of_hex(sum.hex());
    Hash hash;
    std::memcpy(hash.data(), digest->data(), hash.size());
    return hash;
  }

  Sha256 sum;
};

#endif

HashOfPieces::HashOfPieces() : state_(std::make_unique<State>()) {}
HashOfPieces::~HashOfPieces() = default;
void HashOfPieces::add(std::string_view piece) { state_->add(piece); }
Hash HashOfPieces::so_far() const { return State(*state_).end(); }
Hash HashOfPieces::end() { return state_->end(); }

Hash sha256(std::initializer_list<std::string_view> parts) {
  HashOfPieces::State state;
  for (const std::string_view part : parts) state.add(part);
  return state.end();
}

std::optional<std::string> bytes_of_hex(std::string_view hex) {
  if (hex.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(hex.size() / 2);
  for (size_t i = 0; i < hex.size(); i += 2) {
    const std::optional<uint8_t> high = digit_of(hex[i]);
    const std::optional<uint8_t> low = digit_of(hex[i + 1]);
    if (!high || !low) return std::nullopt;
    bytes.push_back(static_cast<char>(*high << 4 | *low));
  }
  return bytes;
}

std::optional<Hash> hash_of(std::string_view bytes) {
  Hash hash;
  if (bytes.size() != hash.size()) return std::nullopt;
  std::memcpy(hash.data(), bytes.data(), hash.size());
  return hash;
}

void put_number(std::string& out, uint64_t number, size_t bytes) {
  for (size_t i = bytes; i-- > 0;) out.push_back(static_cast<char>(number >> (8 * i) & 0xFF));
}

uint64_t number_of(std::string_view bytes) {
  uint64_t number = 0;
  for (const char c : bytes) number = number << 8 | static_cast<uint8_t>(c);
  return number;
}

}  // namespace spectradb::extension::ledger
