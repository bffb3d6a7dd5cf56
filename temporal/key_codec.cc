// User keys.
//
//   key    := table_id column*            table_id: 4 bytes, big-endian
//   column := 0x10                                            NULL
//           | 0x20 real8 ( 0x00 | 0x01 residual2 )            number
//           | 0x30 escaped 0x00 0x00                          text
//           | 0x40 escaped 0x00 0x00                          blob
//
//   real8      the largest double that is not greater than the number, 8 bytes, big-endian, all bits inverted
//              when it is negative and the sign bit set otherwise, so that memcmp sorts it; zero is +0.0
//   residual2  what an integer exceeds that double by, 1 to 1023, big-endian (doubles are at most 1024 apart
//              below 2^63)
//   escaped    the bytes, 0x00 written as 0x00 0xFF. NOCASE text has ASCII letters in lower case, RTRIM text
//              no trailing blanks
//
// No column is a prefix of another: numbers end by their ninth byte, texts and blobs by 0x00 0x00, which
// occurs nowhere inside.
#include "temporal/key_codec.h"

#include <bit>
#include <cmath>

#include "base/assert.h"
#include "temporal/big_endian.h"
#include "temporal/corruption.h"
#include "temporal/plain_integer.h"

namespace spectradb::temporal {
namespace {

constexpr size_t kTableIdBytes = 4;
constexpr uint8_t kNullTag = 0x10;
constexpr uint8_t kTextTag = 0x30;
constexpr uint8_t kBlobTag = 0x40;
constexpr uint8_t kResidual = 0x01;
constexpr char kEscapedZero = '\xFF';  // behind 0x00: a zero byte of the text
constexpr uint64_t kSignBit = uint64_t{1} << 63;
constexpr size_t kResidualBytes = 2;

uint64_t sortable_bits(double real) {
  const uint64_t bits = std::bit_cast<uint64_t>(real);
  return (bits & kSignBit) != 0 ? ~bits : bits | kSignBit;
}

double largest_double_up_to(int64_t integer) {
  const auto nearest = static_cast<double>(integer);
  const bool is_greater = nearest >= kTwoTo63 || static_cast<int64_t>(nearest) > integer;
  return is_greater ? std::nextafter(nearest, -kTwoTo63 * 2) : nearest;
}

// Appends an integer that a double has exactly, with its tag, at once: most keys have nothing else. False for others.
bool append_plain_integer(std::string& out, int64_t integer) {
  constexpr int64_t kExactUpTo = int64_t{1} << 53;
  if (integer < -kExactUpTo || integer > kExactUpTo) return false;
  char bytes[kPlainIntegerBytes];
  bytes[0] = static_cast<char>(kNumberTag);
  write_eight_bytes(bytes + 1, sortable_bits(static_cast<double>(integer)));
  bytes[1 + kRealBytes] = static_cast<char>(kNoResidual);
  out.append(bytes, sizeof bytes);
  return true;
}

void append_real(std::string& out, double real) {
  SPECTRADB_ASSERT(!std::isnan(real));
  append_big_endian(out, sortable_bits(real == 0 ? 0.0 : real), kRealBytes);
}

void append_integer(std::string& out, int64_t integer) {
  const double base = largest_double_up_to(integer);
  append_real(out, base);
  const int64_t residual = integer - static_cast<int64_t>(base);
  SPECTRADB_ASSERT(residual >= 0 && residual < 1024);
  if (residual == 0) {
    out.push_back(static_cast<char>(kNoResidual));
  } else {
    out.push_back(static_cast<char>(kResidual));
    append_big_endian(out, static_cast<uint64_t>(residual), kResidualBytes);
  }
}

void append_escaped(std::string& out, std::string_view bytes) {
  for (size_t zero = bytes.find('\0'); zero != std::string_view::npos; zero = bytes.find('\0')) {
    out.append(bytes.substr(0, zero + 1)).push_back(kEscapedZero);
    bytes.remove_prefix(zero + 1);
  }
  out.append(bytes).append(2, '\0');
}

void append_text(std::string& out, std::string_view text, Collation collation) {
  if (collation == Collation::kRTrim) {
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  }
  const size_t start = out.size();
  append_escaped(out, text);
  if (collation != Collation::kNoCase) return;
  for (size_t i = start; i < out.size(); ++i) {
    if (out[i] >= 'A' && out[i] <= 'Z') out[i] = static_cast<char>(out[i] + ('a' - 'A'));
  }
}

Result<Value> take_number(std::string_view& in) {
  if (in.size() <= kRealBytes) return SPECTRADB_CORRUPT_BYTES("a key ends inside a number");
  const double base = real_of_sortable(read_eight_bytes(in.data()));
  const auto marker = static_cast<uint8_t>(in[kRealBytes]);
  in.remove_prefix(kRealBytes + 1);
  if (std::isnan(base) || (base == 0 && std::signbit(base))) {
    return SPECTRADB_CORRUPT_BYTES("a key holds a number that no value has");
  }
  const bool is_integer = base >= -kTwoTo63 && base < kTwoTo63 && std::trunc(base) == base;
  if (marker == kNoResidual) {
    return is_integer ? Value::of_integer(static_cast<int64_t>(base)) : Value::of_real(base);
  }
  if (marker != kResidual || !is_integer || in.size() < kResidualBytes) {
    return SPECTRADB_CORRUPT_BYTES("a key number ends in a wrong way");
  }
  const uint64_t residual = read_big_endian(in.substr(0, kResidualBytes));
  in.remove_prefix(kResidualBytes);
  // In unsigned arithmetic the sum wraps instead of overflowing; a wrapped sum fails the check below.
  const auto integer = static_cast<int64_t>(static_cast<uint64_t>(static_cast<int64_t>(base)) + residual);
  if (residual == 0 || largest_double_up_to(integer) != base) {
    return SPECTRADB_CORRUPT_BYTES("a key number has a wrong residual");
  }
  return Value::of_integer(integer);
}

// Bytes without escapes stay in `in`, others are copied to `scratch`.
Status take_escaped(std::string_view& in, std::string& scratch, std::string_view* taken) {
  for (bool is_escaped = false;; is_escaped = true) {
    const size_t zero = in.find('\0');
    if (zero == std::string_view::npos || zero + 1 >= in.size()) {
      return SPECTRADB_CORRUPT_BYTES("a key ends inside a text or blob");
    }
    *taken = in.substr(0, zero);
    const char marker = in[zero + 1];
    in.remove_prefix(zero + 2);
    if (!is_escaped && marker == '\0') return Status::ok();
    if (!is_escaped) scratch.clear();
    scratch.append(*taken);
    *taken = scratch;
    if (marker == '\0') return Status::ok();
    if (marker != kEscapedZero) return SPECTRADB_CORRUPT_BYTES("a key holds an unescaped zero byte");
    scratch.push_back('\0');
  }
}

}  // namespace

void append_table_id(std::string& out, uint32_t table_id) { append_big_endian(out, table_id, kTableIdBytes); }

uint32_t table_id_of(std::string_view user_key) {
  SPECTRADB_ASSERT(user_key.size() >= kTableIdBytes);
  return static_cast<uint32_t>(read_big_endian(user_key.substr(0, kTableIdBytes)));
}

void append_key_value(std::string& out, const Value& value, Collation collation) {
  switch (value.type) {
    case Value::Type::kNull:
      out.push_back(static_cast<char>(kNullTag));
      return;
    case Value::Type::kInteger:
      if (append_plain_integer(out, value.integer)) return;
      out.push_back(static_cast<char>(kNumberTag));
      append_integer(out, value.integer);
      return;
    case Value::Type::kReal:
      out.push_back(static_cast<char>(kNumberTag));
      append_real(out, value.real);
      out.push_back(static_cast<char>(kNoResidual));
      return;
    case Value::Type::kText:
      out.push_back(static_cast<char>(kTextTag));
      append_text(out, value.bytes, collation);
      return;
    case Value::Type::kBlob:
      out.push_back(static_cast<char>(kBlobTag));
      append_escaped(out, value.bytes);
      return;
  }
}

Status take_key_value(std::string_view& in, std::string& scratch, Value* value) {
  if (in.empty()) return SPECTRADB_CORRUPT_BYTES("a key ends before its last column");
  const auto tag = static_cast<uint8_t>(in.front());
  in.remove_prefix(1);
  if (tag == kTextTag || tag == kBlobTag) {
    value->type = tag == kTextTag ? Value::Type::kText : Value::Type::kBlob;
    return take_escaped(in, scratch, &value->bytes);
  }
  if (tag == kNullTag) {
    *value = Value::null();
    return Status::ok();
  }
  if (tag != kNumberTag) return SPECTRADB_CORRUPT_BYTES("a key column has an unknown tag");
  SPECTRADB_ASSIGN_OR_RETURN(Value number, take_number(in));
  *value = number;
  return Status::ok();
}

Result<Value> take_key_value(std::string_view& in, std::string& scratch) {
  Value value;
  if (Status taken = take_key_value(in, scratch, &value); !taken) return taken;
  return value;
}

std::optional<int64_t> take_plain_integer(std::string_view& in) {
  int64_t integer = 0;
  if (in.size() < kPlainIntegerBytes || !read_plain_integer(in.data(), &integer)) return std::nullopt;
  in.remove_prefix(kPlainIntegerBytes);
  return integer;
}

std::string after_prefix(std::string_view prefix) {
  std::string after;
  append_after_prefix(after, prefix);
  return after;
}

void append_after_prefix(std::string& out, std::string_view prefix) {
  const size_t last = prefix.find_last_not_of('\xFF');
  if (last == std::string_view::npos) {
    out.append(prefix).push_back('\xFF');
    return;
  }
  out.append(prefix.substr(0, last + 1));
  out.back() = static_cast<char>(static_cast<unsigned char>(out.back()) + 1);
}

}  // namespace spectradb::temporal
