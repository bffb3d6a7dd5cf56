#include "extension/facets/vector/vector_json.h"

#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>

#include <charconv>
#include <cmath>

#include "extension/facets/vector/vector.h"
#include "temporal/json.h"
#include "temporal/json_memory.h"
#include "temporal/real_text.h"

namespace spectradb::extension {

namespace {

// Takes the events of one array of numbers. Any other event ends the reading, so that it is at most two
// levels deep.
class NumbersHandler : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, NumbersHandler> {
 public:
  std::vector<float> floats;
  bool is_array = false;    // the array has begun
  bool is_too_far = false;  // the number at which the reading ended exceeds float32

  bool Default() { return false; }
  bool StartArray() { return !is_array && (is_array = true); }
  bool EndArray(rapidjson::SizeType) { return true; }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) {
    const temporal::Value number = temporal::number_of_json(std::string_view(text, size));
    const bool is_integer = number.type == temporal::Value::Type::kInteger;
    return add(is_integer ? static_cast<double>(number.integer) : number.real);
  }

 private:
  bool add(double number) {
    if (!is_array || floats.size() > kMostDimensions) return false;
    const auto rounded = static_cast<float>(number);
    is_too_far = !std::isfinite(rounded);
    if (!is_too_far) floats.push_back(rounded);
    return !is_too_far;
  }
};

Status what_is_wrong(const NumbersHandler& handler, const rapidjson::ParseResult& result) {
  const std::string element = "JSON element " + std::to_string(handler.floats.size());
  if (!handler.is_array) return Status::invalid("a vector is a JSON array of numbers, or a BLOB of float32");
  if (handler.floats.size() > kMostDimensions)
    return Status::invalid("a vector has at most " + std::to_string(kMostDimensions) + " elements");
  if (handler.is_too_far) return Status::invalid(element + " is beyond the range of float32");
  switch (result.Code()) {
    case rapidjson::kParseErrorTermination:
    case rapidjson::kParseErrorValueInvalid:  // for example NaN or Infinity
    case rapidjson::kParseErrorNumberTooBig:
      return Status::invalid(element + " is not a finite number");
    default:
      return Status::invalid(std::string("this is no JSON: ") + rapidjson::GetParseError_En(result.Code()) +
                             " at byte " + std::to_string(result.Offset()));
  }
}

}  // namespace

Result<std::vector<float>> read_json_vector(std::string_view text) {
  rapidjson::MemoryStream stream(text.data(), text.size());
  temporal::JsonReader reader;
  NumbersHandler handler;
  const rapidjson::ParseResult result = reader.Parse<rapidjson::kParseNumbersAsStringsFlag>(stream, handler);
  if (result.IsError() || handler.floats.size() > kMostDimensions) return what_is_wrong(handler, result);
  if (stream.Tell() != text.size())
    return Status::invalid("this is no JSON: there is more behind the array, at byte " +
                           std::to_string(stream.Tell()));
  if (handler.floats.empty()) return Status::invalid("a vector has at least one element");
  return std::move(handler.floats);
}

std::string json_of_vector(std::span<const float> floats) {
  std::string json = "[";
  for (const float number : floats) {
    if (json.size() > 1) json += ',';
    char text[32];
    const std::to_chars_result end = temporal::write_real(text, text + sizeof text, number);
    json.append(text, end.ptr);
  }
  return json + ']';
}

}  // namespace spectradb::extension
