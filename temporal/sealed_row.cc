#include "temporal/sealed_row.h"

#include <algorithm>

#include "temporal/varint.h"

namespace spectradb::temporal {
namespace {

struct Parts {
  size_t epoch = 0;
  CipherNonce nonce{};
  std::string_view sealed;
};

std::optional<Parts> parts_of(std::string_view payload) {
  if (payload.empty() || payload.front() != kSealedRow) return std::nullopt;
  payload.remove_prefix(1);
  Parts parts;
  uint64_t epoch = 0;
  if (!take_varint(payload, epoch) || payload.size() < kCipherNonceBytes + kCipherTagBytes)
    return std::nullopt;
  parts.epoch = static_cast<size_t>(epoch);
  std::copy_n(payload.begin(), kCipherNonceBytes, parts.nonce.begin());
  parts.sealed = payload.substr(kCipherNonceBytes);
  return parts;
}

}  // namespace

void seal_row(std::string& out, const CipherKey& key, size_t epoch, const CipherNonce& nonce,
              std::string_view user_key, std::string_view row) {
  out.push_back(kSealedRow);
  lsm::put_varint(out, epoch);
  out.append(nonce.begin(), nonce.end());
  encrypt(out, key, nonce, user_key, row);
}

std::optional<size_t> epoch_of_sealed(std::string_view payload) {
  const std::optional<Parts> parts = parts_of(payload);
  return parts ? std::optional(parts->epoch) : std::nullopt;
}

bool unseal_row(std::string& out, const CipherKey& key, std::string_view user_key, std::string_view payload) {
  const std::optional<Parts> parts = parts_of(payload);
  return parts && decrypt(out, key, parts->nonce, user_key, parts->sealed);
}

}  // namespace spectradb::temporal
