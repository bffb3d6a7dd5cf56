// Reads a vector argument of an SQL function. Used by the thread that uses the connection.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "extension/facet/function.h"
#include "extension/facets/vector/vector.h"

namespace spectradb::extension {

// An argument of a function that returns NULL for NULL. A JSON text that is the same for all rows of a
// statement, such as a query vector, is read only once.
class GivenVector {
 public:
  // `keeps` is true for functions, false for aggregates.
  GivenVector(const FunctionCall& call, int argument, bool keeps = true)
      : context_(call.context), value_(call.arguments[argument]), argument_(argument), keeps_(keeps) {}
  ~GivenVector();
  GivenVector(const GivenVector&) = delete;
  GivenVector& operator=(const GivenVector&) = delete;

  // Returns the vector. The value must not be NULL. The view lives as long as this object and the argument.
  Result<VectorView> view();

 private:
  sqlite3_context* context_;
  sqlite3_value* value_;
  int argument_;
  bool keeps_;
  std::unique_ptr<std::vector<float>> parsed_;
};

}  // namespace spectradb::extension
