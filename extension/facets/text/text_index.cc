#include "extension/facets/text/text_index.h"

#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "extension/facets/text/text_match.h"
#include "extension/session/connection.h"
#include "lsm/base/coding.h"
#include "sql/text/reader.h"
#include "temporal/corruption.h"
#include "temporal/key_codec.h"

namespace spectradb::extension {

using temporal::IndexEntry;
using temporal::Value;

namespace {

constexpr size_t kMostPrefixes = 31;  // also the most characters of one, as in FTS5
constexpr size_t kMostPrefixLength = 999;
constexpr size_t kEndOfText = 2;  // bytes that end a text in a key

Result<std::vector<size_t>> read_prefixes(std::string_view text) {
  std::vector<size_t> lengths;
  const auto wrong = [text] {
    return Status::invalid("prefix is a list of numbers of characters from 1 to " +
                           std::to_string(kMostPrefixLength) + ", as in '2 3', not '" + std::string(text) +
                           "'");
  };
  for (size_t i = 0; i < text.size();) {
    if (text[i] == ' ' || text[i] == ',') {
      ++i;
      continue;
    }
    size_t length = 0;
    const std::from_chars_result read = std::from_chars(text.data() + i, text.data() + text.size(), length);
    if (read.ec != std::errc() || length == 0 || length > kMostPrefixLength) return wrong();
    lengths.push_back(length);
    i = static_cast<size_t>(read.ptr - text.data());
  }
  std::sort(lengths.begin(), lengths.end());
  lengths.erase(std::unique(lengths.begin(), lengths.end()), lengths.end());
  if (lengths.empty() || lengths.size() > kMostPrefixes) return wrong();
  return lengths;
}

Status set_text_option(std::string_view option, TextOptions* options) {
  const size_t equals = option.find('=');
  const std::string_view name = option.substr(0, equals);
  const std::string value(equals == std::string_view::npos ? "" : option.substr(equals + 1));
  if (sql::equals_word(name, "tokenizer") || sql::equals_word(name, "tokenize")) {
    options->tokenizer = value;
    return Status::ok();
  }
  if (sql::equals_word(name, "prefix")) {
    SPECTRADB_ASSIGN_OR_RETURN(options->prefixes, read_prefixes(value));
    return Status::ok();
  }
  if (sql::equals_word(name, "fingerprint")) {
    options->fingerprint = value;
    return Status::ok();
  }
  return Status::invalid("a full-text index has the options tokenizer and prefix, not '" + std::string(name) +
                         "'");
}

Result<TextOptions> read_text_options(const IndexKind::Definition& definition) {
  TextOptions options;
  for (const std::string& option : definition.options) {
    if (const Status status = set_text_option(option, &options); !status)
      return Status::invalid("index " + definition.index.name + ": " + status.message());
  }
  return options;
}

Result<std::shared_ptr<temporal::EntryMaker>> make_text_entries(const IndexKind::Definition& definition) {
  SPECTRADB_ASSIGN_OR_RETURN(TextOptions options, read_text_options(definition));
  const std::vector<temporal::IndexPart>& columns = definition.index.parts;
  for (size_t i = 0; i < columns.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (columns[i].column == columns[j].column)
        return Status::invalid("index " + definition.index.name + " names column " +
                               definition.table.columns[static_cast<size_t>(columns[i].column)].name +
                               " twice");
    }
  }
  return std::shared_ptr<temporal::EntryMaker>(std::make_shared<TextEntries>(
      definition.connection.handle(), definition.index.name, std::move(options)));
}

// Returns the tokenizer's fingerprint, as it is today.
Result<std::string> remembered_option(const IndexKind::Definition& definition) {
  SPECTRADB_ASSIGN_OR_RETURN(const TextOptions options, read_text_options(definition));
  const Result<std::unique_ptr<TextTokenizer>> opened =
      TextTokenizer::open(definition.connection.handle(), options.tokenizer);
  if (opened.status().code() == Code::kInvalid)
    return Status::invalid("index " + definition.index.name + ": " + opened.status().message());
  SPECTRADB_RETURN_IF_ERROR(opened.status());
  SPECTRADB_ASSIGN_OR_RETURN(const std::string fingerprint, (*opened)->fingerprint());
  return "fingerprint=" + fingerprint;
}

}  // namespace

std::optional<size_t> prefix_bytes(std::string_view word, size_t characters) {
  size_t at = 0;
  for (size_t i = 0; i < characters; ++i) {
    if (at == word.size()) return std::nullopt;
    ++at;
    while (at < word.size() && (static_cast<unsigned char>(word[at]) & 0xC0) == 0x80) ++at;
  }
  return at;
}

std::string encode_positions(const TextPositions& positions) {
  std::string payload;
  for (size_t i = 0; i < positions.size();) {
    const int column = column_of(positions[i]);
    size_t end = i;
    while (end < positions.size() && column_of(positions[end]) == column) ++end;
    lsm::put_varint(payload, static_cast<uint64_t>(column));
    lsm::put_varint(payload, end - i);
    TextPosition last = (static_cast<TextPosition>(column) << kTextColumnShift) - 1;
    for (; i < end; ++i) {
      lsm::put_varint(payload, static_cast<uint64_t>(positions[i] - last - 1));
      last = positions[i];
    }
  }
  return payload;
}

Status decode_positions(std::string_view payload, TextPositions* positions) {
  const auto wrong = [] { return SPECTRADB_CORRUPT_BYTES("the places of a word in a full-text index"); };
  const char* at = payload.data();
  const char* const end = at + payload.size();
  while (at != end) {
    uint64_t column = 0;
    uint64_t count = 0;
    at = lsm::decode_varint(at, end, &column);
    if (at == nullptr || column > INT32_MAX) return wrong();
    at = lsm::decode_varint(at, end, &count);
    if (at == nullptr || count > static_cast<uint64_t>(end - at)) return wrong();
    const auto base = static_cast<uint64_t>(column) << kTextColumnShift;
    uint64_t next = 0;
    for (; count > 0; --count) {
      uint64_t distance = 0;
      at = lsm::decode_varint(at, end, &distance);
      if (at == nullptr || distance > UINT32_MAX || next + distance > UINT32_MAX) return wrong();
      positions->push_back(static_cast<TextPosition>(base + next + distance));
      next += distance + 1;
    }
  }
  return Status::ok();
}

Result<uint64_t> decode_word_count(std::string_view payload) {
  uint64_t words = 0;
  const char* at = payload.data();
  const char* const end = at + payload.size();
  while (at != end) {
    uint64_t of_column = 0;
    at = lsm::decode_varint(at, end, &of_column);
    if (at == nullptr) return SPECTRADB_CORRUPT_BYTES("the size of a text in a full-text index");
    words += of_column;
  }
  return words;
}

std::string_view text_of(const Value& value, std::string& scratch) {
  if (value.is_null()) return {};
  return temporal::apply_affinity(value, temporal::Affinity::kText, scratch).bytes;
}

Result<TextTokenizer*> TextEntries::tokenizer() {
  if (tokenizer_ != nullptr) return tokenizer_.get();
  Result<std::unique_ptr<TextTokenizer>> opened = TextTokenizer::open(db_, options_.tokenizer);
  if (!opened) {
    if (opened.status().code() != Code::kInvalid) return opened.status();
    return Status::invalid("index " + index_ + ": " + opened.status().message());
  }
  SPECTRADB_ASSIGN_OR_RETURN(const std::string fingerprint, (*opened)->fingerprint());
  if (!options_.fingerprint.empty() && options_.fingerprint != fingerprint) {
    return Status::invalid("index " + index_ + ": tokenizer '" + options_.tokenizer +
                           "' makes other words of a text here than where the index was made: use that "
                           "build of SQLite, or say REINDEX " +
                           index_);
  }
  tokenizer_ = std::move(*opened);
  return tokenizer_.get();
}

std::string TextEntries::size_key() {
  std::string key;
  temporal::append_key_value(key, Value::of_integer(0), temporal::Collation::kBinary);
  return key;
}

std::string TextEntries::word_key(std::string_view word) {
  std::string key;
  temporal::append_key_value(key, Value::text(word), temporal::Collation::kBinary);
  return key;
}

std::string TextEntries::prefix_key(std::string_view beginning) {
  std::string key;
  temporal::append_key_value(key, Value::blob(beginning), temporal::Collation::kBinary);
  return key;
}

std::string TextEntries::words_from(std::string_view beginning) {
  std::string key = word_key(beginning);
  key.resize(key.size() - kEndOfText);
  return key;
}

Status TextEntries::make(temporal::EntrySpace* space, std::span<const Value> values,
                         std::vector<IndexEntry>* entries) {
  (void)space;
  SPECTRADB_ASSIGN_OR_RETURN(TextTokenizer* const tokenizer, this->tokenizer());
  std::unordered_map<std::string, TextPositions> words;
  std::unordered_map<std::string, TextPositions> beginnings;
  std::string sizes;
  std::string scratch;
  const auto add = [](TextPositions& positions, TextPosition position) {
    if (positions.empty() || positions.back() != position) positions.push_back(position);
  };
  for (size_t column = 0; column < values.size(); ++column) {
    TextPosition next = static_cast<TextPosition>(column) << kTextColumnShift;
    const TextPosition first = next;
    const auto take = [&](const TextTokenizer::Token& token) {
      const TextPosition position = token.is_synonym && next > first ? next - 1 : next++;
      add(words[std::string(token.text)], position);
      for (const size_t length : options_.prefixes) {
        const std::optional<size_t> bytes = prefix_bytes(token.text, length);
        if (bytes) add(beginnings[std::string(token.text.substr(0, *bytes))], position);
      }
      return Status::ok();
    };
    SPECTRADB_RETURN_IF_ERROR(
        tokenizer->tokenize(TextTokenizer::Purpose::kDocument, text_of(values[column], scratch), take));
    lsm::put_varint(sizes, static_cast<uint64_t>(next - first));
  }
  entries->reserve(entries->size() + 1 + words.size() + beginnings.size());
  entries->push_back({size_key(), std::move(sizes)});
  for (const auto& [word, positions] : words)
    entries->push_back({word_key(word), encode_positions(positions)});
  for (const auto& [beginning, positions] : beginnings)
    entries->push_back({prefix_key(beginning), encode_positions(positions)});
  return Status::ok();
}

constexpr Matcher kTextMatcher{match_text, remembered_option};
constexpr IndexKind kTextIndex{.function = "spectradb_fulltext_index",
                               .condition = nullptr,
                               .maker = make_text_entries,
                               .expression = nullptr,
                               .matcher = &kTextMatcher};

}  // namespace spectradb::extension
