#include "extension/schema/row_identity.h"

#include "extension/host/values.h"
#include "temporal/big_endian.h"

namespace spectradb::extension {

using temporal::Period;

namespace {

constexpr char kPastFlag = 1;
constexpr char kPortionFlag = 2;
constexpr size_t kCommitBytes = 8;
constexpr size_t kOrdinalBytes = 4;

}  // namespace

void encode_identity(const RowIdentity& identity, std::string* out) {
  out->assign(
      1, static_cast<char>((identity.is_past ? kPastFlag : 0) | (identity.is_portion ? kPortionFlag : 0)));
  append_period(identity.piece, out);
  if (identity.is_past) {
    temporal::append_big_endian(*out, identity.system_from, kCommitBytes);
    temporal::append_big_endian(*out, identity.ordinal, kOrdinalBytes);
  }
  *out += identity.user_key;
}

std::optional<RowIdentity> decode_identity(std::string_view bytes) {
  if (bytes.size() < 1 + kEncodedPeriodBytes + sizeof(uint32_t) ||
      (bytes[0] & ~(kPastFlag | kPortionFlag)) != 0)
    return std::nullopt;
  std::optional<Period> piece = decode_period(bytes.substr(1, kEncodedPeriodBytes));
  if (!piece) return std::nullopt;
  RowIdentity identity;
  identity.piece = *piece;
  identity.is_past = (bytes[0] & kPastFlag) != 0;
  identity.is_portion = (bytes[0] & kPortionFlag) != 0;
  bytes.remove_prefix(1 + kEncodedPeriodBytes);
  if (identity.is_past) {
    if (bytes.size() < kCommitBytes + kOrdinalBytes + sizeof(uint32_t)) return std::nullopt;
    identity.system_from = temporal::read_big_endian(bytes.substr(0, kCommitBytes));
    identity.ordinal =
        static_cast<uint32_t>(temporal::read_big_endian(bytes.substr(kCommitBytes, kOrdinalBytes)));
    bytes.remove_prefix(kCommitBytes + kOrdinalBytes);
  }
  identity.user_key = bytes;
  return identity;
}

}  // namespace spectradb::extension
