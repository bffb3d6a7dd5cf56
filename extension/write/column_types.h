// The types that columns of our own ordinary tables have, so that SQLite compares what is in them as it compares the
// columns that they stand for.
#pragma once

#include "temporal/schema.h"

namespace spectradb::extension {

// Returns what stands behind a column's name: " TEXT", or nothing.
inline const char* type_of_affinity(temporal::Affinity affinity) {
  switch (affinity) {
    case temporal::Affinity::kInteger:
      return " INTEGER";
    case temporal::Affinity::kText:
      return " TEXT";
    case temporal::Affinity::kReal:
      return " REAL";
    case temporal::Affinity::kNumeric:
      return " NUMERIC";
    case temporal::Affinity::kBlob:
      return "";
  }
  return "";
}

}  // namespace spectradb::extension
