// Authenticated encryption: ChaCha20-Poly1305 of RFC 8439, and the block function of ChaCha20 by itself, which makes keys
// from keys. Mbed TLS's, where the build has its static library. Any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace spectradb::temporal {

inline constexpr size_t kCipherKeyBytes = 32;
inline constexpr size_t kCipherNonceBytes = 12;
inline constexpr size_t kCipherTagBytes = 16;
inline constexpr size_t kCipherBlockBytes = 64;
using CipherKey = std::array<unsigned char, kCipherKeyBytes>;
using CipherNonce = std::array<unsigned char, kCipherNonceBytes>;
using CipherBlock = std::array<unsigned char, kCipherBlockBytes>;

// Whether this build has the cipher: without it nothing below may be called.
bool has_cipher();

CipherBlock cipher_block(const CipherKey& key, uint32_t counter, const CipherNonce& nonce);

// Appends the encrypted text and its tag. A nonce must never come twice with a key.
void encrypt(std::string& out, const CipherKey& key, const CipherNonce& nonce, std::string_view associated,
             std::string_view plain);
// Appends what was encrypted. False, and nothing is appended: key, nonce or associated bytes are others, or bytes were changed.
bool decrypt(std::string& out, const CipherKey& key, const CipherNonce& nonce, std::string_view associated,
             std::string_view sealed);

}  // namespace spectradb::temporal
