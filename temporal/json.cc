// Checks JSON with RapidJSON's event reader. It is iterative, so depth costs heap and not stack. It reads a
// bounded stream, because SQLite's texts need no NUL at the end. Most texts are plain ASCII and have no
// encoding to check: they are copied, since RapidJSON steps through strings of a padded copy 16 bytes at
// once.
#include "temporal/json.h"

#if defined(__SSE2__)
#define RAPIDJSON_SSE2
#elif defined(__ARM_NEON)
#define RAPIDJSON_NEON
#endif
#include <rapidjson/error/en.h>

#include <charconv>
#include <cstring>
#include <string>

#include "temporal/json_memory.h"
#include "temporal/real_text.h"

namespace spectradb::temporal {
namespace {

// RapidJSON's input stream concept over a view. The end reads as NUL. A NUL byte inside the text stops the
// reader, too, and check_json() tells the two apart by the position.
class ViewStream {
 public:
  using Ch = char;

  explicit ViewStream(std::string_view text) : begin_(text.data()), at_(begin_), end_(begin_ + text.size()) {}

  Ch Peek() const { return at_ != end_ ? *at_ : '\0'; }
  Ch Take() { return at_ != end_ ? *at_++ : '\0'; }
  size_t Tell() const { return static_cast<size_t>(at_ - begin_); }

  // The writing half of the concept; the reader never calls it without in-situ parsing.
  Ch* PutBegin() { return nullptr; }
  void Put(Ch) {}
  void Flush() {}
  size_t PutEnd(Ch*) { return 0; }

 private:
  const char* begin_;
  const char* at_;
  const char* end_;
};

Status error_at(std::string_view what, size_t offset) {
  return Status::invalid(std::string(what) + " at byte " + std::to_string(offset));
}

// Takes the events of one array of scalars, and refuses all others.
class ArrayHandler : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, ArrayHandler> {
 public:
  std::vector<JsonScalar> scalars;

  bool Default() { return false; }  // refuses objects
  bool StartArray() { return depth_++ == 0; }
  bool EndArray(rapidjson::SizeType) { return true; }
  bool Null() { return add(Value::null()); }
  bool Bool(bool value) { return add(Value::of_integer(value ? 1 : 0)); }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) {
    return add(number_of_json(std::string_view(text, size)));
  }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    if (!add(Value::text({}))) return false;
    scalars.back().text.assign(text, size);
    return true;
  }

 private:
  bool add(const Value& value) {
    if (depth_ != 1) return false;
    scalars.push_back({value, {}});
    return true;
  }

  int depth_ = 0;  // how many arrays are open; a second one is refused, wherever it stands
};

}  // namespace

Value number_of_json(std::string_view number) {
  const char* end = number.data() + number.size();
  int64_t integer = 0;
  const auto [stop, error] = std::from_chars(number.data(), end, integer);
  if (error == std::errc() && stop == end) return Value::of_integer(integer);
  double real = 0;
  if (read_real(number.data(), end, real).ec == std::errc()) return Value::of_real(real);
  std::string scratch;  // stays empty: no text is made of a number beyond the range of a double
  return apply_affinity(Value::text(number), Affinity::kReal, scratch);
}

std::optional<std::vector<JsonScalar>> read_json_array(std::string_view text) {
  constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;
  ViewStream stream(text);
  JsonReader reader;
  ArrayHandler handler;
  if (reader.Parse<kFlags>(stream, handler).IsError() || stream.Tell() != text.size()) return std::nullopt;
  return std::move(handler.scalars);
}

namespace {

constexpr size_t kBytesAtOnce = 16;

bool is_ascii(std::string_view text) {
  uint64_t high_bits = 0;
  size_t at = 0;
  for (; at + sizeof high_bits <= text.size(); at += sizeof high_bits) {
    uint64_t word;
    std::memcpy(&word, text.data() + at, sizeof word);
    high_bits |= word;
  }
  for (; at < text.size(); ++at) high_bits |= static_cast<unsigned char>(text[at]);
  return (high_bits & 0x8080808080808080u) == 0;
}

// Stops at documents that are deeper than those that people write.
class ShallowHandler : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, ShallowHandler> {
 public:
  bool StartObject() { return ++depth_ <= kMostDepth; }
  bool EndObject(rapidjson::SizeType) { return --depth_ >= 0; }
  bool StartArray() { return ++depth_ <= kMostDepth; }
  bool EndArray(rapidjson::SizeType) { return --depth_ >= 0; }

 private:
  static constexpr int kMostDepth = 32;
  int depth_ = 0;
};

template <unsigned kFlags, typename Stream>
Status check_json(Stream&& stream, std::string_view text) {
  JsonReader reader;
  rapidjson::BaseReaderHandler<rapidjson::UTF8<>> handler;
  const rapidjson::ParseResult result =
      reader.Parse<kFlags | rapidjson::kParseIterativeFlag>(stream, handler);
  if (result.IsError()) return error_at(rapidjson::GetParseError_En(result.Code()), result.Offset());
  if (stream.Tell() != text.size()) {
    return error_at("The document root must not be followed by other values.", stream.Tell());
  }
  return Status::ok();
}

// Checks without the stack of states that deep documents need, which is a third of the work. Returns false
// for invalid JSON, too; then the full check says what is wrong, and where.
template <unsigned kFlags, typename Stream>
bool is_shallow_json(Stream&& stream, std::string_view text) {
  JsonReader reader;
  ShallowHandler handler;
  return !reader.Parse<kFlags>(stream, handler).IsError() && stream.Tell() == text.size();
}

}  // namespace

Status check_json(std::string_view text) {
  if (!is_ascii(text)) {
    constexpr unsigned kFlags = rapidjson::kParseValidateEncodingFlag;
    return is_shallow_json<kFlags>(ViewStream(text), text) ? Status::ok()
                                                           : check_json<kFlags>(ViewStream(text), text);
  }
  constexpr unsigned kFlags = rapidjson::kParseInsituFlag;
  std::string copy;
  copy.reserve(text.size() + 2 * kBytesAtOnce);  // vector reads pass the end by less than this
  copy.assign(text);
  if (is_shallow_json<kFlags>(rapidjson::InsituStringStream(copy.data()), text)) return Status::ok();
  copy.assign(text);
  return check_json<kFlags>(rapidjson::InsituStringStream(copy.data()), text);
}

}  // namespace spectradb::temporal
