// Payloads of tables whose values are encrypted by subject: a row (row_codec.h) under the key of its subject. Any thread.
//
//   sealed := 0x0B epoch:varint nonce:12 ciphertext tag:16        ChaCha20-Poly1305; associated bytes: the user key
//
// Nonces are random: a key encrypts the facts of one subject, and two of 2^32 facts have the same nonce with a chance
// of less than one in 2^33.
#pragma once

#include <string>
#include <string_view>

#include "temporal/subject_keys.h"

namespace spectradb::temporal {

inline constexpr char kSealedRow = 0x0B;  // no value of a row begins so

// Appends.
void seal_row(std::string& out, const CipherKey& key, size_t epoch, const CipherNonce& nonce,
              std::string_view user_key, std::string_view row);

// The epoch of a sealed row; nothing: it is none.
std::optional<size_t> epoch_of_sealed(std::string_view payload);
// Appends the row. False, and nothing is appended, where it cannot be read by this key.
bool unseal_row(std::string& out, const CipherKey& key, std::string_view user_key, std::string_view payload);

}  // namespace spectradb::temporal
