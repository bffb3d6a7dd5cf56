// Declared types of columns that mean more than an affinity: VECTOR(384). A type says what a column of it
// takes, and each row that is written is checked against it; values are stored as they are given.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "base/status.h"
#include "temporal/value.h"

namespace spectradb::extension {

struct Ranking;

// What one column takes. Used by the thread that uses the connection.
class ColumnCheck {
 public:
  virtual ~ColumnCheck() = default;
  // `value` is not NULL, which every type takes. kInvalid says what is wrong with it, and nothing of its
  // place: the caller says whose value it is.
  virtual Status check(const temporal::Value& value) const = 0;
};

struct ColumnType {
  // One word. The declared type is that word in whatever case, with or without arguments behind it.
  const char* name;
  // `arguments` are what stands in the parentheses, empty without any. kInvalid where the type takes no such
  // ones.
  Result<std::shared_ptr<const ColumnCheck>> (*check)(std::string_view arguments);
  const Ranking* ranking = nullptr;  // column MATCH value, also without an index
};

// Of a declared type; null where it is none of a facet's. kInvalid of a facet's type with wrong arguments.
Result<std::shared_ptr<const ColumnCheck>> find_column_check(std::string_view declared_type);
const ColumnType* find_column_type(std::string_view declared_type);

}  // namespace spectradb::extension
