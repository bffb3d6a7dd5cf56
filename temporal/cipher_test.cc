// ChaCha20-Poly1305 gives what RFC 8439 says, opens what it sealed, and nothing else.
#include "temporal/cipher.h"

#include <doctest/doctest.h>

#include <numeric>
#include <string>

#include "base/hex.h"

namespace spectradb::temporal {
namespace {

constexpr std::string_view kSunscreen =
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen "
    "would "
    "be it.";

std::string sealed_text(const CipherKey& key, const CipherNonce& nonce, std::string_view with,
                        std::string_view plain) {
  std::string out;
  encrypt(out, key, nonce, with, plain);
  return out;
}

TEST_CASE("the block function gives that of RFC 8439, 2.3.2" * doctest::skip(!has_cipher())) {
  CipherKey key;
  std::iota(key.begin(), key.end(), static_cast<unsigned char>(0));
  const CipherNonce nonce = {0, 0, 0, 9, 0, 0, 0, 0x4a, 0, 0, 0, 0};
  const CipherBlock block = cipher_block(key, 1, nonce);
  CHECK(hex_of(std::string(block.begin(), block.end())) ==
        "10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e"
        "d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e");
}

TEST_CASE("encryption gives that of RFC 8439, 2.8.2" * doctest::skip(!has_cipher())) {
  CipherKey key;
  std::iota(key.begin(), key.end(), static_cast<unsigned char>(0x80));
  const CipherNonce nonce = {7, 0, 0, 0, 0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47};
  const std::string with("\x50\x51\x52\x53\xc0\xc1\xc2\xc3\xc4\xc5\xc6\xc7");
  const std::string sealed = sealed_text(key, nonce, with, kSunscreen);
  CHECK(hex_of(sealed.substr(0, 16)) == "d31a8d34648e60db7b86afbc53ef7ec2");
  CHECK(hex_of(sealed.substr(kSunscreen.size())) == "1ae10b594f09e26a7e902ecbd0600691");
}

TEST_CASE("what was encrypted comes back, of any size, and no changed byte passes" *
          doctest::skip(!has_cipher())) {
  CipherKey key{};
  key[3] = 7;
  const CipherNonce nonce{1, 2, 3};
  for (size_t size = 0; size < 200; ++size) {
    std::string plain;
    for (size_t i = 0; i < size; ++i) plain.push_back(static_cast<char>(i * size));
    const std::string sealed = sealed_text(key, nonce, "with", plain);
    REQUIRE(sealed.size() == size + kCipherTagBytes);
    std::string out = "before";
    REQUIRE(decrypt(out, key, nonce, "with", sealed));
    REQUIRE(out == "before" + plain);
    for (size_t at = 0; at < sealed.size(); ++at) {
      std::string changed = sealed;
      changed[at] = static_cast<char>(changed[at] ^ 1);
      REQUIRE_FALSE(decrypt(out, key, nonce, "with", changed));
    }
    REQUIRE_FALSE(decrypt(out, key, nonce, "wit", sealed));
    REQUIRE_FALSE(decrypt(out, key, CipherNonce{1, 2, 4}, "with", sealed));
    REQUIRE(out == "before" + plain);
  }
}

}  // namespace
}  // namespace spectradb::temporal
