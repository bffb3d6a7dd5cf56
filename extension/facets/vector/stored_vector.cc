#include "extension/facets/vector/stored_vector.h"

#include "extension/facets/vector/vector.h"
#include "extension/facets/vector/vector_json.h"
#include "extension/host/values.h"

namespace spectradb::extension {

Result<std::vector<float>> floats_of(const temporal::Value& value) {
  if (value.type == temporal::Value::Type::kText) return read_json_vector(value.bytes);
  if (value.type != temporal::Value::Type::kBlob)
    return Status::invalid("a vector is a JSON array of numbers, or a BLOB of float32, not " +
                           spelled(value));
  SPECTRADB_ASSIGN_OR_RETURN(const VectorView vector, read_vector(value.bytes));
  if (vector.element == Element::kBit)
    return Status::invalid("an index compares vectors of numbers, and this is one of bits");
  SPECTRADB_RETURN_IF_ERROR(check_finite(vector));
  std::vector<float> floats(vector.dimensions);
  decode(vector, floats);
  return floats;
}

}  // namespace spectradb::extension
