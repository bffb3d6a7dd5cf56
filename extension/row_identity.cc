#include "extension/row_identity.h"

#include "extension/values.h"

namespace spectradb::extension {

using temporal::Period;

namespace {

constexpr char kPastFlag = 1;
constexpr char kPortionFlag = 2;

}  // namespace

std::string encode_identity(const RowIdentity& identity) {
  std::string out(
      1, static_cast<char>((identity.is_past ? kPastFlag : 0) | (identity.is_portion ? kPortionFlag : 0)));
  out += encode_period(identity.piece);
  out += identity.user_key;
  return out;
}

std::optional<RowIdentity> decode_identity(std::string_view bytes) {
  if (bytes.size() < 1 + kEncodedPeriodBytes + sizeof(uint32_t) ||
      (bytes[0] & ~(kPastFlag | kPortionFlag)) != 0)
    return std::nullopt;
  std::optional<Period> piece = decode_period(bytes.substr(1, kEncodedPeriodBytes));
  if (!piece) return std::nullopt;
  return RowIdentity{*piece, (bytes[0] & kPastFlag) != 0, (bytes[0] & kPortionFlag) != 0,
                     bytes.substr(1 + kEncodedPeriodBytes)};
}

}  // namespace spectradb::extension
