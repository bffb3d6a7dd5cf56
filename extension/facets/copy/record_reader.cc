#include "extension/facets/copy/record_reader.h"

#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <optional>

#include "base/hex.h"
#include "extension/facets/copy/well_formed.h"
#include "temporal/json.h"
#include "temporal/json_memory.h"

namespace spectradb::extension::copy {

using temporal::Value;

namespace {

constexpr size_t kLeastFillBytes = 1u << 18;
constexpr size_t kMostFillBytes = 1u << 24;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Empty where the text is well-formed.
std::string problem_of_encoding(std::string_view text) {
  const size_t wrong = find_ill_formed(text);
  return wrong == std::string_view::npos
             ? std::string()
             : "invalid byte sequence for encoding \"UTF8\": 0x" + hex_of(text.substr(wrong, 1));
}

// Returns how many bytes end a line at `at`: 0 for none.
size_t line_end_at(std::string_view bytes, size_t at) {
  if (bytes[at] == '\n') return 1;
  if (bytes[at] != '\r') return 0;
  return at + 1 < bytes.size() && bytes[at + 1] == '\n' ? 2 : 1;
}

// Gathers the bytes of fields that differ from those in the file; they become views once no more bytes are
// added.
class MadeFields {
 public:
  void clear() {
    bytes_.clear();
    places_.clear();
  }
  std::string& bytes() { return bytes_; }
  void add(size_t field, size_t begin) { places_.push_back({field, begin, bytes_.size()}); }
  void give(Record& record) const {
    for (const Place& place : places_)
      record.fields[place.field] =
          Value::text(std::string_view(bytes_).substr(place.begin, place.end - place.begin));
  }

 private:
  struct Place {
    size_t field;
    size_t begin;
    size_t end;
  };
  std::string bytes_;
  std::vector<Place> places_;
};

// Reads a record that is a line of fields with delimiters between them.
class LineReader : public RecordReader {
 protected:
  LineReader(std::unique_ptr<ByteSource> source, const CopyOptions& options)
      : RecordReader(std::move(source), options) {}

  // Ends a record after its last field: returns its size, or nothing where its end may not be there yet.
  std::optional<size_t> end_record(std::string_view bytes, size_t at, bool is_last, Record& record) const {
    if (at < bytes.size() && bytes[at] == '\r' && at + 1 >= bytes.size() && !is_last) return std::nullopt;
    made_.give(record);
    record.text = bytes.substr(0, at);
    return at < bytes.size() ? at + line_end_at(bytes, at) : at;
  }

  MadeFields made_;
};

class CsvReader final : public LineReader {
 public:
  CsvReader(std::unique_ptr<ByteSource> source, const CopyOptions& options)
      : LineReader(std::move(source), options) {}

 private:
  std::optional<size_t> read(std::string_view bytes, bool is_last, Record& record) override;
};

// As in PostgreSQL, quotes may be anywhere in a field, and a quoted field is never NULL.
std::optional<size_t> CsvReader::read(std::string_view bytes, bool is_last, Record& record) {
  made_.clear();
  size_t at = 0;
  for (;;) {
    const size_t begin = at;
    const size_t made_begin = made_.bytes().size();
    bool is_quoted = false;
    size_t copied = begin;  // made_ has a quoted field up to here
    while (at < bytes.size() && bytes[at] != options_.delimiter && line_end_at(bytes, at) == 0) {
      if (bytes[at] != options_.quote) {
        ++at;
        continue;
      }
      is_quoted = true;
      made_.bytes().append(bytes.substr(copied, at - copied));
      copied = ++at;
      for (;; ++at) {  // goes to the quote that ends it
        if (at >= bytes.size()) {
          if (!is_last) return std::nullopt;
          record.problem = "unterminated CSV quoted field";
          record.text = bytes;
          return bytes.size();
        }
        const bool may_escape = bytes[at] == options_.escape;
        if (may_escape && at + 1 >= bytes.size() && !is_last) return std::nullopt;
        const bool escapes = may_escape && at + 1 < bytes.size() &&
                             (bytes[at + 1] == options_.escape || bytes[at + 1] == options_.quote);
        if (escapes) {
          made_.bytes().append(bytes.substr(copied, at - copied));
          copied = ++at;
          continue;
        }
        if (bytes[at] == options_.quote) break;
      }
      made_.bytes().append(bytes.substr(copied, at - copied));
      copied = ++at;
    }
    if (at >= bytes.size() && !is_last) return std::nullopt;
    const std::string_view raw = bytes.substr(begin, at - begin);
    if (is_quoted) {
      made_.bytes().append(bytes.substr(copied, at - copied));
      made_.add(record.fields.size(), made_begin);
      record.fields.push_back(Value::null());
    } else {
      record.fields.push_back(raw == options_.null_text ? Value::null() : Value::text(raw));
    }
    if (at < bytes.size() && bytes[at] == options_.delimiter) {
      ++at;
      continue;
    }
    return end_record(bytes, at, is_last, record);
  }
}

class TextReader final : public LineReader {
 public:
  TextReader(std::unique_ptr<ByteSource> source, const CopyOptions& options)
      : LineReader(std::move(source), options) {}

 private:
  std::optional<size_t> read(std::string_view bytes, bool is_last, Record& record) override;
  bool is_end_mark(const Record& record) const override { return record.text == "\\."; }
  void take_field(std::string_view raw, Record& record);
};

char letter_behind_backslash(char c) {
  switch (c) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'v':
      return '\v';
    default:
      return c;
  }
}

// Appends the byte of \x41 or \101, and returns how many letters behind the backslash said it: 0 for other ones.
size_t append_numbered(std::string& out, std::string_view behind) {
  const bool is_hex = behind.front() == 'x';
  const size_t begin = is_hex ? 1 : 0;
  constexpr size_t kMostLetters = 3;  // two digits behind x, or three
  unsigned number = 0;
  const char* const from = behind.data() + begin;
  const char* const end = behind.data() + std::min(kMostLetters, behind.size());
  const auto read = std::from_chars(from, end, number, is_hex ? 16 : 8);
  if (read.ec != std::errc() || read.ptr == from) return 0;
  out += static_cast<char>(number & 0xFFu);
  return static_cast<size_t>(read.ptr - behind.data());
}

void TextReader::take_field(std::string_view raw, Record& record) {
  if (raw == options_.null_text) {
    record.fields.push_back(Value::null());
    return;
  }
  if (raw.find('\\') == std::string_view::npos) {
    record.fields.push_back(Value::text(raw));
    return;
  }
  const size_t begin = made_.bytes().size();
  bool has_numbered = false;
  for (size_t i = 0; i < raw.size(); ++i) {
    const bool escapes = raw[i] == '\\' && i + 1 < raw.size();
    const size_t numbered = escapes ? append_numbered(made_.bytes(), raw.substr(i + 1)) : 0;
    i += numbered;
    has_numbered = has_numbered || numbered > 0;
    if (numbered == 0) made_.bytes() += escapes ? letter_behind_backslash(raw[++i]) : raw[i];
  }
  if (has_numbered && record.problem.empty())
    record.problem = problem_of_encoding(std::string_view(made_.bytes()).substr(begin));
  made_.add(record.fields.size(), begin);
  record.fields.push_back(Value::null());
}

std::optional<size_t> TextReader::read(std::string_view bytes, bool is_last, Record& record) {
  made_.clear();
  size_t at = 0;
  for (;;) {
    const size_t begin = at;
    while (at < bytes.size() && bytes[at] != options_.delimiter && line_end_at(bytes, at) == 0)
      at +=
          bytes[at] == '\\' && at + 1 < bytes.size() ? 2 : 1;  // a line end, too, is a part of the field then
    at = std::min(at, bytes.size());
    if (at >= bytes.size() && !is_last) return std::nullopt;
    take_field(bytes.substr(begin, at - begin), record);
    if (at < bytes.size() && bytes[at] == options_.delimiter) {
      ++at;
      continue;
    }
    return end_record(bytes, at, is_last, record);
  }
}

std::string_view number_at(std::string_view text, size_t begin) {
  const size_t end = text.find_first_not_of("+-.0123456789Ee", begin);
  return text.substr(begin, end == std::string_view::npos ? end : end - begin);
}

// RapidJSON takes no numbers beyond the range of a double, which JSON has and SQLite reads, and writes as its infinities.
// Puts zeros and blanks into their places.
std::string without_huge_numbers(std::string_view text) {
  std::string out(text);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') {
      for (++i; i < text.size() && text[i] != '"'; ++i) i += text[i] == '\\' ? 1 : 0;
    } else if (text[i] == '-' || (text[i] >= '0' && text[i] <= '9')) {
      const std::string_view number = number_at(text, i);
      const Value value = temporal::number_of_json(number);
      if (value.type == Value::Type::kReal && std::isinf(value.real)) {
        out.replace(i, number.size(), number.size(), ' ');
        out[i] = '0';
      }
      i += number.size() - 1;
    }
  }
  return out;
}

// Takes the members of one object: scalars as values, and what is inside of them as JSON text. RapidJSON's
// iterative reader is used, which reports a bracket while it is at it.
class ObjectHandler : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, ObjectHandler> {
 public:
  struct Member {
    std::string name;
    Value value;
    std::string bytes;
  };

  // Members of earlier lines are written over, so that their memory serves again.
  ObjectHandler(std::string_view text, const rapidjson::MemoryStream& stream, std::vector<Member>& members)
      : text_(text), stream_(stream), members_(members) {}

  size_t count() const { return count_; }

  bool Null() { return add(Value::null(), {}); }
  bool Bool(bool value) { return add(Value::of_integer(value ? 1 : 0), {}); }
  // The number stands before the stream's place; what was put in for one that is too large is shorter than that.
  bool RawNumber(const char*, rapidjson::SizeType size, bool) {
    return add(temporal::number_of_json(number_at(text_, stream_.Tell() - size)), {});
  }
  bool String(const char* text, rapidjson::SizeType size, bool) { return add(Value::text({}), {text, size}); }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    if (depth_ != 1) return true;
    if (count_ == members_.size()) members_.emplace_back();
    Member& member = members_[count_++];
    member.name.assign(text, size);
    member.bytes.clear();
    return true;
  }
  bool StartObject() { return start(); }
  bool EndObject(rapidjson::SizeType) { return end(); }
  bool StartArray() { return depth_ > 0 && start(); }
  bool EndArray(rapidjson::SizeType) { return end(); }

 private:
  bool start() {
    if (depth_++ == 1) begin_ = stream_.Tell();
    return true;
  }
  bool end() {
    if (--depth_ != 1) return true;
    return add(Value::text({}), text_.substr(begin_, stream_.Tell() + 1 - begin_));
  }
  bool add(const Value& value, std::string_view bytes) {
    if (depth_ == 0) return false;
    if (depth_ > 1) return true;
    Member& member = members_[count_ - 1];
    member.value = value;
    member.bytes.assign(bytes);
    return true;
  }

  std::string_view text_;
  const rapidjson::MemoryStream& stream_;
  std::vector<Member>& members_;
  size_t count_ = 0;  // of the members that this object has so far
  size_t begin_ = 0;
  int depth_ = 0;
};

class JsonLinesReader final : public RecordReader {
 public:
  JsonLinesReader(std::unique_ptr<ByteSource> source, const CopyOptions& options)
      : RecordReader(std::move(source), options) {}

 private:
  std::optional<size_t> read(std::string_view bytes, bool is_last, Record& record) override;
  void read_object(Record& record);

  temporal::JsonReader parser_;
  std::vector<ObjectHandler::Member> members_;
};

void JsonLinesReader::read_object(Record& record) {
  size_t count = 0;
  const auto parse = [&](std::string_view text) {
    rapidjson::MemoryStream stream(text.data(), text.size());
    ObjectHandler handler(record.text, stream, members_);
    constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;
    rapidjson::ParseResult parsed = parser_.Parse<kFlags>(stream, handler);
    count = handler.count();
    return parsed;
  };
  rapidjson::ParseResult result = parse(record.text);
  if (result.Code() == rapidjson::kParseErrorNumberTooBig) result = parse(without_huge_numbers(record.text));
  if (result.IsError()) {
    const bool is_no_object = result.Code() == rapidjson::kParseErrorTermination;
    record.problem = is_no_object
                         ? "a line is a JSON object, and this is none"
                         : std::string("invalid JSON: ") + rapidjson::GetParseError_En(result.Code()) +
                               " at byte " + std::to_string(result.Offset());
    return;
  }
  for (size_t i = 0; i < count; ++i) {
    ObjectHandler::Member& member = members_[i];
    member.value.bytes = member.bytes;
    record.names.push_back(member.name);
    record.fields.push_back(member.value);
  }
}

std::optional<size_t> JsonLinesReader::read(std::string_view bytes, bool is_last, Record& record) {
  const size_t end = bytes.find('\n');
  if (end == std::string_view::npos && !is_last) return std::nullopt;
  record.text = bytes.substr(0, end);
  if (!record.text.empty() && record.text.back() == '\r') record.text.remove_suffix(1);
  if (record.text.find_first_not_of(" \t") != std::string_view::npos) read_object(record);
  return end == std::string_view::npos ? bytes.size() : end + 1;
}

}  // namespace

std::unique_ptr<RecordReader> RecordReader::make(std::unique_ptr<ByteSource> source,
                                                 const CopyOptions& options) {
  if (options.format == CopyOptions::Format::kJsonLines)
    return std::make_unique<JsonLinesReader>(std::move(source), options);
  if (options.format == CopyOptions::Format::kText)
    return std::make_unique<TextReader>(std::move(source), options);
  return std::make_unique<CsvReader>(std::move(source), options);
}

// Doubles the buffer whenever a single record exceeds it, so that long records are not read again and
// again.
Status RecordReader::fill() {
  buffer_.erase(0, at_);
  at_ = 0;
  const size_t wanted = std::clamp(buffer_.size(), kLeastFillBytes, kMostFillBytes);
  SPECTRADB_ASSIGN_OR_RETURN(const bool more, source_->read(buffer_, wanted));
  is_last_ = !more;
  return Status::ok();
}

Result<bool> RecordReader::next(Record& record) {
  if (!has_begun_) {
    while (!is_last_ && buffer_.size() < kByteOrderMark.size()) SPECTRADB_RETURN_IF_ERROR(fill());
    has_begun_ = true;
    if (std::string_view(buffer_).substr(0, kByteOrderMark.size()) == kByteOrderMark) {
      at_ = kByteOrderMark.size();
      byte_ = static_cast<int64_t>(at_);
    }
  }
  for (;;) {
    record.fields.clear();
    record.names.clear();
    record.problem.clear();
    record.line = line_;
    record.byte = byte_;
    const std::string_view bytes = std::string_view(buffer_).substr(at_);
    if (bytes.empty() && is_last_) return false;
    const std::optional<size_t> taken = bytes.empty() ? std::nullopt : read(bytes, is_last_, record);
    if (!taken) {
      SPECTRADB_RETURN_IF_ERROR(fill());
      continue;
    }
    at_ += *taken;
    byte_ += static_cast<int64_t>(*taken);
    line_ +=
        std::max<int64_t>(1, std::count(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(*taken), '\n'));
    if (is_end_mark(record)) {
      at_ = buffer_.size();
      while (!is_last_) SPECTRADB_RETURN_IF_ERROR(fill());
      at_ = buffer_.size();
      return false;
    }
    if (std::string problem = problem_of_encoding(record.text); !problem.empty())
      record.problem = std::move(problem);
    if (!record.problem.empty()) {
      record.fields.clear();
      record.names.clear();
    }
    return true;
  }
}

}  // namespace spectradb::extension::copy
