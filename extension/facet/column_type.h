// Declared column types that mean more than an affinity, such as VECTOR(384). A type says which values its
// columns accept, and each row that is written is checked; values are stored as they are given.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "base/status.h"
#include "temporal/value.h"

namespace spectradb::extension {

struct Ranking;

// Which values one column accepts. Used by the thread that uses the connection.
class ColumnCheck {
 public:
  virtual ~ColumnCheck() = default;
  // `value` is not NULL, which every type accepts. kInvalid says what is wrong with the value; the caller
  // adds whose value it is.
  virtual Status check(const temporal::Value& value) const = 0;
};

struct ColumnType {
  // One word. A declared type matches it in any case, with or without arguments behind it.
  const char* name;
  // `arguments` is the text in the parentheses, empty without any. kInvalid for wrong arguments.
  Result<std::shared_ptr<const ColumnCheck>> (*check)(std::string_view arguments);
  const Ranking* ranking = nullptr;  // for column MATCH value, also without an index
};

// Finds the check of a declared type; null where no facet has the type. kInvalid for a facet's type with
// wrong arguments.
Result<std::shared_ptr<const ColumnCheck>> find_column_check(std::string_view declared_type);
const ColumnType* find_column_type(std::string_view declared_type);

}  // namespace spectradb::extension
