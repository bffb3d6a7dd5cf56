#include "temporal/index_schema.h"

#include "temporal/corruption.h"
#include "temporal/key_codec.h"

namespace spectradb::temporal {
namespace {

void invert(std::string& bytes, size_t from) {
  for (size_t i = from; i < bytes.size(); ++i) bytes[i] = static_cast<char>(~bytes[i]);
}

}  // namespace

void append_index_part(std::string& out, const Value& value, const IndexPart& part) {
  const size_t start = out.size();
  append_key_value(out, value, part.collation);
  if (part.is_descending) invert(out, start);
}

Result<PartsExtent> extent_of_parts(std::string_view in, const std::vector<IndexPart>& parts) {
  PartsExtent extent;
  std::string scratch;
  std::string inverted;
  for (const IndexPart& part : parts) {
    std::string_view rest = in;
    if (part.is_descending) {
      inverted.assign(in);
      invert(inverted, 0);
      rest = inverted;
    }
    SPECTRADB_ASSIGN_OR_RETURN(const Value value, take_key_value(rest, scratch));
    extent.has_null = extent.has_null || value.is_null();
    extent.size += in.size() - rest.size();
    in.remove_prefix(in.size() - rest.size());
  }
  return extent;
}

}  // namespace spectradb::temporal
