// The temporal grammar: clauses that say at which time a table is read or written.
//
//   clause := AS OF [COMMIT | TIMESTAMP] expr | VALID AT expr
//           | FOR axis AS OF expr | FOR axis ALL | FOR ALL axis
//           | FOR axis FROM expr TO expr | FOR axis BETWEEN expr AND expr | FOR axis CONTAINED IN (expr,
//           expr)
//   axis   := SYSTEM_TIME | VALID_TIME | APPLICATION_TIME
//   portion := FOR PORTION OF axis FROM expr TO expr
#pragma once

#include <optional>
#include <string>

#include "lsm/status.h"
#include "sql/reader.h"

namespace spectradb::sql {

enum class Axis : uint8_t { kSystem, kValid };

// Which time a table is read at, on one axis.
struct Time {
  enum class Form : uint8_t { kAt, kAll, kFromTo, kBetween, kContained } form = Form::kAt;
  Span at;     // the expression, of a range its first bound; none for kAll
  Span until;  // the second bound of a range
};

struct Clause {
  Axis axis = Axis::kSystem;
  Span tokens;  // the whole clause
  Time time;
};

struct Portion {
  Span tokens;
  Span from;
  Span to;
};

// Whether a clause of a query starts at i. Cheap; AS OF and VALID AT count only where an expression follows,
// so that aliases named `of` and `valid` keep their meaning.
bool starts_clause(const Reader& reader, size_t i, size_t end);

// Reads the clause that starts at i. kInvalid when it is malformed, or a form that is not available.
Result<Clause> read_clause(const Reader& reader, size_t i, size_t end);

bool starts_portion(const Reader& reader, size_t i);
Result<Portion> read_portion(const Reader& reader, size_t i, size_t end);

}  // namespace spectradb::sql
