#include <algorithm>
#include <cstdio>

#include "base/hex.h"
#include "extension/facets/inspect/inspection.h"
#include "extension/host/values.h"
#include "temporal/key_codec.h"

namespace spectradb::extension::inspect {

namespace {

constexpr size_t kMostBytesShown = 64;  // of one value, or of bytes that have no meaning
constexpr int kMostColumnsShown = 16;   // of one key
constexpr size_t kTableIdBytes = 4;

std::string hexadecimal(std::string_view bytes) {
  std::string text = "x'";
  append_hex(text, bytes.substr(0, kMostBytesShown));
  return text + (bytes.size() > kMostBytesShown ? "…'" : "'");
}

bool is_inside_character(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }  // in UTF-8

std::string cut(std::string_view text) {
  if (text.size() <= kMostBytesShown) return std::string(text);
  size_t end = kMostBytesShown;
  while (end > 0 && is_inside_character(text[end])) --end;
  return std::string(text.substr(0, end)) + "…";
}

std::string readable_column(temporal::Value value) {
  if (value.type == temporal::Value::Type::kBlob) return hexadecimal(value.bytes);
  if (value.type != temporal::Value::Type::kText) return spelled(value);
  const std::string text = cut(value.bytes);
  value.bytes = text;
  return spelled(value);
}

// A column in descending order has all its bits inverted. Its first byte shows that, because no ascending
// column begins with such a byte.
std::string take_readable_column(std::string_view& rest) {
  std::string scratch;
  const std::string_view whole = rest;
  if (const Result<temporal::Value> value = temporal::take_key_value(rest, scratch); value)
    return readable_column(*value);
  std::string inverted(whole);
  for (char& byte : inverted) byte = static_cast<char>(~byte);
  rest = inverted;
  const Result<temporal::Value> value = temporal::take_key_value(rest, scratch);
  const size_t taken = inverted.size() - rest.size();
  rest = value ? whole.substr(taken) : std::string_view();
  return value ? readable_column(*value) + " descending" : hexadecimal(whole);
}

std::string readable_bound(const temporal::Bound& bound) {
  return bound.as_text ? temporal::format_instant(bound.us) : std::to_string(bound.us);
}

std::string readable_period(const temporal::Period& period) {
  const bool has_beginning = period.from.us != temporal::kBeginningOfTime;
  const bool has_end = period.to.us != temporal::kEndOfTime;
  if (!has_beginning && !has_end) return "always valid";
  std::string text = "valid";
  if (has_beginning) text += " from " + readable_bound(period.from);
  if (has_end) text += " to " + readable_bound(period.to);
  return text;
}

}  // namespace

std::string readable_key(std::string_view user_key) {
  if (user_key.size() < kTableIdBytes) return hexadecimal(user_key);
  std::string text = std::to_string(temporal::table_id_of(user_key)) + ":";
  std::string_view rest = user_key.substr(kTableIdBytes);
  for (int column = 0; !rest.empty(); ++column) {
    text += column == 0 ? " " : ", ";
    if (column == kMostColumnsShown) return text + "…";
    text += take_readable_column(rest);
  }
  return text;
}

std::string readable_value(std::string_view value) {
  const Result<temporal::Fact> fact = temporal::decode_fact(value);
  if (!fact) return "no fact: " + hexadecimal(value);
  const std::string when = readable_period(fact->valid);
  if (fact->operation == temporal::Operation::kDelete) return "delete, " + when;
  if (fact->payload.empty()) return "put, " + when + ", no row: an index entry";
  return "put, " + when + ", a row of " + counted(fact->payload.size(), "byte");
}

std::string readable_meta(const lsm::FileMeta& meta) {
  std::string text = counted(meta.version_count, "version") + " of " + counted(meta.key_count, "key") +
                     ", commits " + std::to_string(meta.bounds.min_commit) + " to " +
                     std::to_string(meta.bounds.max_commit);
  if (meta.is_history())
    text += ", superseded by commits " + std::to_string(meta.bounds.min_recency) + " to " +
            std::to_string(meta.bounds.max_recency);
  return text + ", keys from " + readable_key(meta.first_key) + " to " + readable_key(meta.last_key);
}

std::string readable_number(uint64_t number) {
  char text[2 * sizeof number + 1];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(number));
  return text;
}

std::string counted(uint64_t count, const char* noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace spectradb::extension::inspect
