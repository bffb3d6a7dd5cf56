#include "temporal/row_json_writer.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>

#include "temporal/row_json.h"

namespace spectradb::temporal {

namespace {

constexpr size_t kLongestNumber = 32;
constexpr size_t kStep = 16;            // of bytes that are copied at once
constexpr size_t kShortText = 4096;     // longer ones are appended by append_json()
constexpr double kPlainReal = 100'000;  // below it no exponent is shorter
constexpr double kThousandths = 1000;

constexpr uint64_t kOnes = 0x0101010101010101;
constexpr uint64_t kHighs = 0x8080808080808080;

// Of eight bytes: whether one is below `least`, or is `byte`.
constexpr uint64_t has_less(uint64_t bytes, uint64_t least) {
  return (bytes - kOnes * least) & ~bytes & kHighs;
}
constexpr uint64_t has_byte(uint64_t bytes, uint64_t byte) { return has_less(bytes ^ kOnes * byte, 1); }

bool is_escaped_byte(char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; }

// Writes numbers of few decimals, as amounts are; nullptr: it is another one. A decimal of up to 15 digits that is read
// as this number is the shortest that is.
char* write_plain_real(char* at, double real) {
  if (!(std::fabs(real) < kPlainReal) || (real == 0 && std::signbit(real))) return nullptr;
  const auto thousandths = static_cast<int64_t>(std::nearbyint(real * kThousandths));
  if (static_cast<double>(thousandths) / kThousandths != real) return nullptr;
  const auto size = static_cast<uint64_t>(thousandths < 0 ? -thousandths : thousandths);
  if (thousandths < 0) *at++ = '-';
  at = std::to_chars(at, at + kLongestNumber, size / 1000).ptr;
  uint64_t rest = size % 1000;
  *at++ = '.';
  *at++ = static_cast<char>('0' + rest / 100);
  if (rest %= 100; rest == 0) return at;
  *at++ = static_cast<char>('0' + rest / 10);
  if (rest %= 10; rest == 0) return at;
  *at++ = static_cast<char>('0' + rest);
  return at;
}

}  // namespace

RowJsonWriter::RowJsonWriter(const TableSchema& schema, const std::vector<bool>& hidden)
    : walk_(schema), reader_(schema) {
  for (size_t index = 0; index < schema.columns.size(); ++index) {
    const Column& column = schema.columns[index];
    if (column.is_hidden) continue;
    std::string before = shown_.empty() ? "{" : ",";
    append_json(before, Value::text(column.name));
    before += ':';
    const size_t size = before.size();
    before.resize((size + kStep - 1) / kStep * kStep, ' ');
    shown_.push_back(
        {static_cast<int>(index), !hidden.empty() && hidden[index], column.is_json, size, std::move(before)});
  }
  if (shown_.empty()) buffer_ = "{";
}

Result<std::string_view> RowJsonWriter::write(std::string_view user_key, std::string_view payload) {
  user_key_ = user_key;
  payload_ = payload;
  is_bound_ = false;
  walk_.bind(user_key, payload);
  at_ = shown_.empty() ? 1 : 0;
  for (const Shown& shown : shown_) {
    put_before(shown);
    SPECTRADB_RETURN_IF_ERROR(write_value(shown));
  }
  put("}");
  return std::string_view(buffer_.data(), at_);
}

Status RowJsonWriter::write_value(const Shown& shown) {
  if (shown.is_hidden) {
    put("null");
    return Status::ok();
  }
  Value value;
  if (!walk_.find(shown.column, &value)) {
    if (!is_bound_) reader_.bind(user_key_, payload_);
    is_bound_ = true;
    SPECTRADB_ASSIGN_OR_RETURN(value, reader_.column(shown.column));
  }
  make_room(kLongestNumber);
  char* const at = buffer_.data() + at_;
  switch (value.type) {
    case Value::Type::kNull:
      put("null");
      break;
    case Value::Type::kInteger:
      at_ += static_cast<size_t>(std::to_chars(at, at + kLongestNumber, value.integer).ptr - at);
      break;
    case Value::Type::kReal:
      if (const char* const end = write_plain_real(at, value.real)) {
        at_ += static_cast<size_t>(end - at);
      } else {
        put_other(value);
      }
      break;
    case Value::Type::kText:
      if (shown.is_json) {
        put(value.bytes);
      } else if (value.bytes.size() > kShortText) {
        put_other(value);
      } else {
        put_text(value.bytes);
      }
      break;
    case Value::Type::kBlob:
      put_other(value);
      break;
  }
  return Status::ok();
}

// Most names are short, and copied with what is behind them in their string, by one load.
void RowJsonWriter::put_before(const Shown& shown) {
  make_room(shown.before.size());
  char* const at = buffer_.data() + at_;
  for (size_t done = 0; done < shown.before.size(); done += kStep)
    std::memcpy(at + done, &shown.before[done], kStep);
  at_ += shown.size;
}

void RowJsonWriter::put(std::string_view bytes) {
  make_room(bytes.size());
  if (!bytes.empty()) std::memcpy(buffer_.data() + at_, bytes.data(), bytes.size());
  at_ += bytes.size();
}

// Eight bytes at a time, up to the first that is escaped: from there on append_json() writes it.
void RowJsonWriter::put_text(std::string_view text) {
  make_room(text.size() + 2);
  char* const begin = buffer_.data() + at_;
  char* at = begin;
  *at++ = '"';
  size_t done = 0;
  for (; done + sizeof(uint64_t) <= text.size(); done += sizeof(uint64_t)) {
    uint64_t bytes = 0;
    std::memcpy(&bytes, text.data() + done, sizeof bytes);
    if ((has_less(bytes, 0x20) | has_byte(bytes, '"') | has_byte(bytes, '\\')) != 0)
      return put_other(Value::text(text));
    std::memcpy(at, &bytes, sizeof bytes);
    at += sizeof bytes;
  }
  for (; done < text.size(); ++done) {
    if (is_escaped_byte(text[done])) return put_other(Value::text(text));
    *at++ = text[done];
  }
  *at++ = '"';
  at_ += static_cast<size_t>(at - begin);
}

void RowJsonWriter::put_other(const Value& value) {
  other_.clear();
  append_json(other_, value);
  put(other_);
}

}  // namespace spectradb::temporal
