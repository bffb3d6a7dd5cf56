// The temporal grammar: clauses that say at which time a table is read or written.
//
//   clause := AS OF time | VALID AT time
//           | FOR axis AS OF time | FOR axis ALL | FOR ALL axis
//           | FOR axis [ONLY] overlap | FOR axis CONTAINED IN (time, time)
//   overlap := FROM time TO time | BETWEEN [SYMMETRIC | ASYMMETRIC] time AND time
//   axis    := SYSTEM_TIME | VALID_TIME | APPLICATION_TIME
//   time    := [COMMIT | TIMESTAMP] expr | DATE text
//   portion := FOR PORTION OF axis FROM time TO time
#pragma once

#include <optional>
#include <string>

#include "base/status.h"
#include "sql/text/reader.h"

namespace spectradb::sql {

enum class Axis : uint8_t { kSystem, kValid };

// How an instant was qualified: AS OF COMMIT 5, AS OF TIMESTAMP '2026-01-31'. Matters only for system time,
// which has both.
enum class Unit : uint8_t { kNone, kCommit, kTimestamp };

struct Instant {
  Span expression;
  Unit unit = Unit::kNone;
};

// Which time a table is read at, on one axis.
struct Time {
  enum class Form : uint8_t { kAt, kAll, kFromTo, kBetween, kSymmetric, kContained } form = Form::kAt;
  Instant at;            // for a range, its first bound; empty for kAll
  Instant until;         // the second bound of a range
  bool is_only = false;  // ONLY: periods are clipped to the range
};

struct Clause {
  Axis axis = Axis::kSystem;
  Span tokens;  // the whole clause
  Time time;
};

// Reads the time of `axis` at i; its `expression` is empty when none stands there. kInvalid when the unit
// does not belong to the axis.
Result<Instant> read_instant(const Reader& reader, size_t i, size_t end, Axis axis);

struct Portion {
  Span tokens;
  Span from;
  Span to;
};

// Whether a clause of a query starts at i. Cheap. AS OF and VALID AT count only where an expression follows,
// so that `of` and `valid` can still be aliases.
bool starts_clause(const Reader& reader, size_t i, size_t end);

// AS OF or VALID AT with nothing behind it that could be a time.
bool misses_time(const Reader& reader, size_t i, size_t end);

// Reads the clause that starts at i. kInvalid when it is malformed, or a form that is not available.
Result<Clause> read_clause(const Reader& reader, size_t i, size_t end);

bool starts_portion(const Reader& reader, size_t i);
Result<Portion> read_portion(const Reader& reader, size_t i, size_t end);

}  // namespace spectradb::sql
