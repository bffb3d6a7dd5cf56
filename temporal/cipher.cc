#include "temporal/cipher.h"

#include <algorithm>
#include <bit>

#include "base/assert.h"

namespace spectradb::temporal {
namespace {

constexpr size_t kWords = 16;
constexpr std::array<uint32_t, 4> kSigma = {0x61707865, 0x3320646e, 0x79622d32,
                                            0x6b206574};  // "expand 32-byte k"
constexpr size_t kPolyBytes = 16;
constexpr uint32_t kLimbMask = 0x3ffffff;  // 26 bits

uint32_t word_at(const unsigned char* bytes) {
  return static_cast<uint32_t>(bytes[0]) | static_cast<uint32_t>(bytes[1]) << 8 |
         static_cast<uint32_t>(bytes[2]) << 16 | static_cast<uint32_t>(bytes[3]) << 24;
}

void put_word(unsigned char* bytes, uint32_t word) {
  for (size_t i = 0; i < sizeof word; ++i) bytes[i] = static_cast<unsigned char>(word >> (8 * i));
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

void quarter(std::array<uint32_t, kWords>& x, size_t a, size_t b, size_t c, size_t d) {
  x[a] += x[b];
  x[d] = std::rotl(x[d] ^ x[a], 16);
  x[c] += x[d];
  x[b] = std::rotl(x[b] ^ x[c], 12);
  x[a] += x[b];
  x[d] = std::rotl(x[d] ^ x[a], 8);
  x[c] += x[d];
  x[b] = std::rotl(x[b] ^ x[c], 7);
}

// Poly1305 in five limbs of 26 bits (RFC 8439, 2.5): products of limbs fit 64 bits on every machine.
class Poly1305 {
 public:
  explicit Poly1305(const unsigned char* key) {
    r_ = {word_at(key) & 0x3ffffff, word_at(key + 3) >> 2 & 0x3ffff03, word_at(key + 6) >> 4 & 0x3ffc0ff,
          word_at(key + 9) >> 6 & 0x3f03fff, word_at(key + 12) >> 8 & 0x00fffff};
    for (size_t i = 0; i < pad_.size(); ++i) pad_[i] = word_at(key + 16 + 4 * i);
  }

  // Bytes up to a multiple of 16 count as zeros, as the construction of RFC 8439, 2.8 wants.
  void add_padded(std::string_view bytes) {
    while (!bytes.empty()) {
      std::array<unsigned char, kPolyBytes> block{};
      const size_t taken = std::min(bytes.size(), kPolyBytes);
      std::copy_n(bytes_of(bytes), taken, block.data());
      add_block(block.data());
      bytes.remove_prefix(taken);
    }
  }

  void add_sizes(uint64_t associated, uint64_t sealed) {
    std::array<unsigned char, kPolyBytes> block{};
    for (size_t i = 0; i < sizeof associated; ++i) {
      block[i] = static_cast<unsigned char>(associated >> (8 * i));
      block[8 + i] = static_cast<unsigned char>(sealed >> (8 * i));
    }
    add_block(block.data());
  }

  std::array<unsigned char, kCipherTagBytes> tag() {
    carry();
    carry();
    // h + 5 - 2^130, if that is not negative.
    std::array<uint32_t, 5> less{};
    uint32_t over = 5;
    for (size_t i = 0; i < less.size(); ++i) {
      less[i] = h_[i] + over;
      over = less[i] >> 26;
      less[i] &= kLimbMask;
    }
    const uint32_t keeps = over == 0 ? 0xffffffff : 0;
    for (size_t i = 0; i < less.size(); ++i) h_[i] = (h_[i] & keeps) | (less[i] & ~keeps);
    const std::array<uint32_t, 4> words = {h_[0] | h_[1] << 26, h_[1] >> 6 | h_[2] << 20,
                                           h_[2] >> 12 | h_[3] << 14, h_[3] >> 18 | h_[4] << 8};
    std::array<unsigned char, kCipherTagBytes> tag{};
    uint64_t sum = 0;
    for (size_t i = 0; i < words.size(); ++i) {
      sum = uint64_t{words[i]} + pad_[i] + (sum >> 32);
      put_word(tag.data() + 4 * i, static_cast<uint32_t>(sum));
    }
    return tag;
  }

 private:
  void add_block(const unsigned char* block) {
    h_[0] += word_at(block) & kLimbMask;
    h_[1] += word_at(block + 3) >> 2 & kLimbMask;
    h_[2] += word_at(block + 6) >> 4 & kLimbMask;
    h_[3] += word_at(block + 9) >> 6 & kLimbMask;
    h_[4] += word_at(block + 12) >> 8 | 1u << 24;
    std::array<uint64_t, 5> product{};
    for (size_t i = 0; i < product.size(); ++i) {
      for (size_t j = 0; j < product.size(); ++j) {
        const uint64_t one = uint64_t{h_[j]} * r_[(i + 5 - j) % 5];
        product[i] += j <= i ? one : 5 * one;  // 2^130 is 5
      }
    }
    uint64_t over = 0;
    for (size_t i = 0; i < product.size(); ++i) {
      product[i] += over;
      over = product[i] >> 26;
      h_[i] = static_cast<uint32_t>(product[i]) & kLimbMask;
    }
    const uint64_t first = h_[0] + 5 * over;
    h_[0] = static_cast<uint32_t>(first) & kLimbMask;
    h_[1] += static_cast<uint32_t>(first >> 26);
  }

  void carry() {
    uint32_t over = 0;
    for (uint32_t& limb : h_) {
      limb += over;
      over = limb >> 26;
      limb &= kLimbMask;
    }
    h_[0] += 5 * over;
  }

  std::array<uint32_t, 5> r_{};
  std::array<uint32_t, 5> h_{};
  std::array<uint32_t, 4> pad_{};
};

void append_mixed(std::string& out, const CipherKey& key, const CipherNonce& nonce, std::string_view text) {
  const size_t begin = out.size();
  out.append(text);
  for (size_t at = begin; at < out.size(); at += kCipherBlockBytes) {
    const auto counter = static_cast<uint32_t>((at - begin) / kCipherBlockBytes + 1);
    const CipherBlock block = cipher_block(key, counter, nonce);
    const size_t count = std::min(kCipherBlockBytes, out.size() - at);
    for (size_t i = 0; i < count; ++i)
      out[at + i] = static_cast<char>(static_cast<unsigned char>(out[at + i]) ^ block[i]);
  }
}

std::array<unsigned char, kCipherTagBytes> tag_of(const CipherKey& key, const CipherNonce& nonce,
                                                  std::string_view associated, std::string_view sealed) {
  const CipherBlock first = cipher_block(key, 0, nonce);
  Poly1305 sum(first.data());
  sum.add_padded(associated);
  sum.add_padded(sealed);
  sum.add_sizes(associated.size(), sealed.size());
  return sum.tag();
}

}  // namespace

CipherBlock cipher_block(const CipherKey& key, uint32_t counter, const CipherNonce& nonce) {
  constexpr int kDoubleRounds = 10;
  std::array<uint32_t, kWords> begin{};
  std::copy(kSigma.begin(), kSigma.end(), begin.begin());
  for (size_t i = 0; i < 8; ++i) begin[4 + i] = word_at(key.data() + 4 * i);
  begin[12] = counter;
  for (size_t i = 0; i < 3; ++i) begin[13 + i] = word_at(nonce.data() + 4 * i);
  std::array<uint32_t, kWords> x = begin;
  for (int round = 0; round < kDoubleRounds; ++round) {
    for (size_t i = 0; i < 4; ++i) quarter(x, i, 4 + i, 8 + i, 12 + i);
    for (size_t i = 0; i < 4; ++i) quarter(x, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4);
  }
  CipherBlock block;
  for (size_t i = 0; i < kWords; ++i) put_word(block.data() + 4 * i, x[i] + begin[i]);
  return block;
}

void encrypt(std::string& out, const CipherKey& key, const CipherNonce& nonce, std::string_view associated,
             std::string_view plain) {
  const size_t begin = out.size();
  append_mixed(out, key, nonce, plain);
  for (const unsigned char byte : tag_of(key, nonce, associated, std::string_view(out).substr(begin)))
    out.push_back(static_cast<char>(byte));
}

bool decrypt(std::string& out, const CipherKey& key, const CipherNonce& nonce, std::string_view associated,
             std::string_view sealed) {
  if (sealed.size() < kCipherTagBytes) return false;
  const std::string_view text = sealed.substr(0, sealed.size() - kCipherTagBytes);
  const auto tag = tag_of(key, nonce, associated, text);
  if (!std::equal(tag.begin(), tag.end(), bytes_of(sealed.substr(text.size())))) return false;
  append_mixed(out, key, nonce, text);
  return true;
}

}  // namespace spectradb::temporal
