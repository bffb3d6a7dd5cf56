// Hybrid retrieval: a text and a vector each find rows of a temporal table, in an order of their own, and
// reciprocal rank fusion makes one list of both. Both search the rows that the times show and the filter
// leaves, before anything is cut off. Used by the thread that uses the connection.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "extension/session/database.h"
#include "temporal/schema.h"
#include "temporal/value.h"

namespace spectradb::extension {

// A value that keeps its bytes.
class KeptValue {
 public:
  KeptValue() = default;
  explicit KeptValue(const temporal::Value& value) : value_(value), bytes_(value.bytes) {}
  temporal::Value get() const {
    temporal::Value value = value_;
    value.bytes = bytes_;
    return value;
  }
  bool is_null() const { return value_.is_null(); }

 private:
  temporal::Value value_;
  std::string bytes_;
};

// Asks one table: words, a vector or both; which rows may answer; and how many are wanted.
struct Retrieval {
  std::string function;  // for messages
  std::shared_ptr<Database> database;
  temporal::TableSchema schema;
  std::vector<bool> hidden;  // as TemporalTable has it
  KeptValue text;
  KeptValue vector;
  KeptValue as_of;
  KeptValue valid_at;
  int64_t count = 0;   // k
  std::string filter;  // an expression with parameters of these names; empty: all rows
  std::vector<std::pair<std::string, KeptValue>> parameters;
  bool is_fts5 = false;  // true: the text is an FTS5 query; false: any of its words may match
  double text_weight = 1;
  double vector_weight = 1;
  double constant = 60;             // the constant of the fusion
  std::optional<int64_t> depth;     // the length of each list
  std::optional<double> half_life;  // in days: after so long a row counts half
  std::string importance;           // the column of importance; empty: none
  KeptValue space;                  // the space of the vectors
  bool wants_snippets = false;
};

struct Retrieved {
  std::vector<KeptValue> key;  // the values of the key's columns
  double score = 0;
  std::optional<int64_t> text_rank;
  std::optional<int64_t> vector_rank;
  std::optional<double> distance;
  std::optional<std::string> snippet;
  std::optional<double> age;  // in days, at the requested times
};

// Returns the best `count` rows, in order. kInvalid where text and vector are both NULL, unless
// `may_have_none`: then all rows form one list, which age and importance order.
Result<std::vector<Retrieved>> retrieve(const Retrieval& asked, bool may_have_none);

// Returns 0.5 ^ (age / half_life).
double decay_of(double age, double half_life);

// Returns the columns of the key; the rowid where there is no key.
std::vector<std::string> key_names(const temporal::TableSchema& schema);

}  // namespace spectradb::extension
