// A vector as an SQL function is given it. Used by the thread that uses the connection.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "extension/facet/function.h"
#include "extension/facets/vector/vector.h"

namespace spectradb::extension {

// One argument of a function that gives NULL for NULL. A JSON text that is the same for all rows of a
// statement, as that of a query is, is read once.
class GivenVector {
 public:
  // `keeps`: for functions, not for aggregates.
  GivenVector(const FunctionCall& call, int argument, bool keeps = true)
      : context_(call.context), value_(call.arguments[argument]), argument_(argument), keeps_(keeps) {}
  ~GivenVector();
  GivenVector(const GivenVector&) = delete;
  GivenVector& operator=(const GivenVector&) = delete;

  // The value must not be NULL. Lives as long as this does, and the argument.
  Result<VectorView> view();

 private:
  sqlite3_context* context_;
  sqlite3_value* value_;
  int argument_;
  bool keeps_;
  std::unique_ptr<std::vector<float>> parsed_;
};

}  // namespace spectradb::extension
