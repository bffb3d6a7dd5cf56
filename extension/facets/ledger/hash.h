// SHA-256 of bytes that lie in several places or arrive in pieces, by OpenSSL where the build found it, which
// has it from the processor where that can. Any thread.
#pragma once

#include <array>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace spectradb::extension::ledger {

inline constexpr size_t kHashBytes = 32;
using Hash = std::array<char, kHashBytes>;

class HashOfPieces {
 public:
  struct State;
  HashOfPieces();
  ~HashOfPieces();
  void add(std::string_view piece);
  Hash so_far() const;
  Hash end();  // nothing is added afterwards

 private:
  std::unique_ptr<State> state_;
};

Hash sha256(std::initializer_list<std::string_view> parts);

inline std::string_view bytes_of(const Hash& hash) { return {hash.data(), hash.size()}; }
std::optional<std::string> bytes_of_hex(std::string_view hex);
std::optional<Hash> hash_of(std::string_view bytes);  // nothing unless it has the size of one

// Numbers of a record are big-endian, as in user keys.
void put_number(std::string& out, uint64_t number, size_t bytes);
uint64_t number_of(std::string_view bytes);  // at most eight; 0 for none

}  // namespace spectradb::extension::ledger
