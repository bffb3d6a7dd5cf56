#include "extension/facets/vector/given_vector.h"

#include "extension/facets/vector/vector_json.h"
#include "extension/host/values.h"

namespace spectradb::extension {

using temporal::Value;

// SQLite may delete auxiliary data as soon as it gets them, so it gets them when they are no longer needed.
GivenVector::~GivenVector() {
  if (parsed_ == nullptr || !keeps_) return;
  sqlite3_set_auxdata(context_, argument_, parsed_.release(),
                      [](void* floats) { delete static_cast<std::vector<float>*>(floats); });
}

Result<VectorView> GivenVector::view() {
  const Value value = from_sqlite(value_);
  if (value.type == Value::Type::kBlob) return read_vector(value.bytes);
  if (value.type != Value::Type::kText)
    return Status::invalid("a vector is a JSON array of numbers, or a BLOB of float32, not " +
                           spelled(value));
  if (keeps_) {
    const void* kept = sqlite3_get_auxdata(context_, argument_);
    if (kept != nullptr) return VectorView::of(*static_cast<const std::vector<float>*>(kept));
  }
  SPECTRADB_ASSIGN_OR_RETURN(std::vector<float> floats, read_json_vector(value.bytes));
  parsed_ = std::make_unique<std::vector<float>>(std::move(floats));
  return VectorView::of(*parsed_);
}

}  // namespace spectradb::extension
