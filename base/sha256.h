// SHA-256 (FIPS 180-4) of bytes that arrive in pieces.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace spectradb {

class Sha256 {
 public:
  void add(std::string_view bytes);
  std::string hex();  // 64 lower-case digits; ends the hash: add() must not be called afterwards

 private:
  static constexpr size_t kBlockBytes = 64;

  void add_block(const unsigned char* block);

  std::array<uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<unsigned char, kBlockBytes> open_{};  // bytes that do not fill a block yet
  size_t open_bytes_ = 0;
  uint64_t size_bytes_ = 0;
};

std::string sha256_hex(std::string_view bytes);

}  // namespace spectradb
