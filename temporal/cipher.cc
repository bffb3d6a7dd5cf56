#include "temporal/cipher.h"

#include "base/assert.h"

#ifdef SPECTRADB_HAS_MBEDTLS
#include <mbedtls/chacha20.h>
#include <mbedtls/chachapoly.h>
#endif

namespace spectradb::temporal {

#ifdef SPECTRADB_HAS_MBEDTLS

namespace {

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes_at(std::string& text, size_t place) {
  return reinterpret_cast<unsigned char*>(text.data() + place);
}

// A key as the library keeps it, which it wipes afterwards.
class KeyContext {
 public:
  explicit KeyContext(const CipherKey& key) {
    mbedtls_chachapoly_init(&context_);
    const int code = mbedtls_chachapoly_setkey(&context_, key.data());
    SPECTRADB_ASSERT(code == 0);  // it fails for null pointers alone
  }
  ~KeyContext() { mbedtls_chachapoly_free(&context_); }
  KeyContext(const KeyContext&) = delete;
  KeyContext& operator=(const KeyContext&) = delete;

  mbedtls_chachapoly_context* get() { return &context_; }

 private:
  mbedtls_chachapoly_context context_;
};

}  // namespace

bool has_cipher() { return true; }

CipherBlock cipher_block(const CipherKey& key, uint32_t counter, const CipherNonce& nonce) {
  const CipherBlock zeros{};
  CipherBlock block{};
  const int code =
      mbedtls_chacha20_crypt(key.data(), nonce.data(), counter, zeros.size(), zeros.data(), block.data());
  SPECTRADB_ASSERT(code == 0);
  return block;
}

void encrypt(std::string& out, const CipherKey& key, const CipherNonce& nonce, std::string_view associated,
             std::string_view plain) {
  KeyContext context(key);
  const size_t begin = out.size();
  out.resize(begin + plain.size() + kCipherTagBytes);
  const int code = mbedtls_chachapoly_encrypt_and_tag(
      context.get(), plain.size(), nonce.data(), bytes_of(associated), associated.size(), bytes_of(plain),
      bytes_at(out, begin), bytes_at(out, begin + plain.size()));
  SPECTRADB_ASSERT(code == 0);
}

bool decrypt(std::string& out, const CipherKey& key, const CipherNonce& nonce, std::string_view associated,
             std::string_view sealed) {
  if (sealed.size() < kCipherTagBytes) return false;
  const std::string_view text = sealed.substr(0, sealed.size() - kCipherTagBytes);
  KeyContext context(key);
  const size_t begin = out.size();
  out.resize(begin + text.size());
  const int code = mbedtls_chachapoly_auth_decrypt(
      context.get(), text.size(), nonce.data(), bytes_of(associated), associated.size(),
      bytes_of(sealed.substr(text.size())), bytes_of(text), bytes_at(out, begin));
  if (code == 0) return true;
  out.resize(begin);
  return false;
}

#else

bool has_cipher() { return false; }

CipherBlock cipher_block(const CipherKey&, uint32_t, const CipherNonce&) {
  SPECTRADB_ASSERT(has_cipher());
  return {};
}

void encrypt(std::string&, const CipherKey&, const CipherNonce&, std::string_view, std::string_view) {
  SPECTRADB_ASSERT(has_cipher());
}

bool decrypt(std::string&, const CipherKey&, const CipherNonce&, std::string_view, std::string_view) {
  SPECTRADB_ASSERT(has_cipher());
  return false;
}

#endif

}  // namespace spectradb::temporal
