#include "extension/facets/vector/vector_column.h"

#include <charconv>

#include "extension/facets/vector/vector.h"
#include "extension/facets/vector/vector_index.h"
#include "extension/facets/vector/vector_json.h"
#include "extension/host/values.h"

namespace spectradb::extension {

using temporal::Value;

namespace {

class VectorCheck : public ColumnCheck {
 public:
  explicit VectorCheck(size_t dimensions) : dimensions_(dimensions) {}  // 0 accepts any number

  Status check(const Value& value) const override {
    if (value.type == Value::Type::kBlob) {
      SPECTRADB_ASSIGN_OR_RETURN(const VectorView vector, read_vector(value.bytes));
      SPECTRADB_RETURN_IF_ERROR(check_finite(vector));
      return check_dimensions(vector.dimensions);
    }
    if (value.type != Value::Type::kText)
      return Status::invalid("a vector is a JSON array of numbers, or a BLOB of float32, not " +
                             spelled(value));
    const Result<std::vector<float>> floats = read_json_vector(value.bytes);
    return floats ? check_dimensions(floats->size()) : floats.status();
  }

 private:
  Status check_dimensions(size_t given) const {
    if (dimensions_ == 0 || given == dimensions_) return Status::ok();
    return Status::invalid("the column takes vectors of " + std::to_string(dimensions_) +
                           " dimensions, and this one has " + std::to_string(given));
  }

  const size_t dimensions_;
};

Result<std::shared_ptr<const ColumnCheck>> vector_check(std::string_view arguments) {
  size_t dimensions = 0;
  if (!arguments.empty()) {
    const char* const end = arguments.data() + arguments.size();
    const std::from_chars_result read = std::from_chars(arguments.data(), end, dimensions);
    if (read.ec != std::errc() || read.ptr != end || dimensions == 0 || dimensions > kMostDimensions) {
      return Status::invalid("VECTOR takes a number of dimensions from 1 to " +
                             std::to_string(kMostDimensions) + ", as in VECTOR(384), or none, not (" +
                             std::string(arguments) + ")");
    }
  }
  return std::shared_ptr<const ColumnCheck>(std::make_shared<VectorCheck>(dimensions));
}

}  // namespace

const ColumnType kVectorColumn{"VECTOR", vector_check, &kVectorRanking};

}  // namespace spectradb::extension
