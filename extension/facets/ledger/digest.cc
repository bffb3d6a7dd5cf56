#include "extension/facets/ledger/digest.h"

#include <charconv>

#include "base/hex.h"
#include "extension/host/values.h"

namespace spectradb::extension::ledger {

namespace {

constexpr std::string_view kDigestPrefix = "spectradb:";

// Takes a number and the colon behind it.
std::optional<uint64_t> take_digest_number(std::string_view* text) {
  const size_t colon = text->find(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + colon, number);
  if (error != std::errc() || end != text->data() + colon || number > INT64_MAX) return std::nullopt;
  text->remove_prefix(colon + 1);
  return number;
}

std::optional<Digest> read_digest(std::string_view text) {
  if (text.substr(0, kDigestPrefix.size()) != kDigestPrefix) return std::nullopt;
  text.remove_prefix(kDigestPrefix.size());
  const std::optional<uint64_t> commit = take_digest_number(&text);
  if (!commit) return std::nullopt;
  const std::optional<uint64_t> entries = take_digest_number(&text);
  if (!entries || *entries == 0) return std::nullopt;
  const std::optional<std::string> bytes = bytes_of_hex(text);
  if (!bytes) return std::nullopt;
  const std::optional<Hash> root = hash_of(*bytes);
  if (!root) return std::nullopt;
  return Digest{*commit, *entries, *root};
}

}  // namespace

std::string Digest::text() const {
  return std::string(kDigestPrefix) + std::to_string(commit) + ":" + std::to_string(entries) + ":" +
         hex_of(bytes_of(root));
}

Result<Digest> digest_of_argument(const temporal::Value& value, const char* function) {
  std::optional<Digest> digest;
  if (value.type == temporal::Value::Type::kText) digest = read_digest(value.bytes);
  if (digest) return *digest;
  return Status::invalid(
      std::string(function) +
      " takes a digest as spectradb_digest() gives it, spectradb:COMMIT:ENTRIES:ROOT, not " + spelled(value));
}

}  // namespace spectradb::extension::ledger
