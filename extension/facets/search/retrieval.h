// Hybrid retrieval: the rows of a temporal table that a text and a vector find, each a list in its order, made one list
// by reciprocal rank fusion. What is looked through is what the times show and the filter leaves, before anything is
// cut. Used by the thread that uses the connection.
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

// A question to one table: words, a vector or both, what rows may answer it, and how many are wanted.
struct Retrieval {
  std::string function;  // for messages
  std::shared_ptr<Database> database;
  temporal::TableSchema schema;
  KeptValue text;
  KeptValue vector;
  KeptValue as_of;
  KeptValue valid_at;
  int64_t count = 0;   // k
  std::string filter;  // an expression, with parameters of these names; empty: all rows
  std::vector<std::pair<std::string, KeptValue>> parameters;
  bool is_fts5 = false;  // the text is a query in FTS5's language; else its words are, any of them
  double text_weight = 1;
  double vector_weight = 1;
  double constant = 60;             // of the fusion
  std::optional<int64_t> depth;     // of each list
  std::optional<double> half_life;  // in days: what is so old counts half
  std::string importance;           // a column; empty: none
  KeptValue space;                  // of the vectors
  bool wants_snippets = false;
};

struct Retrieved {
  std::vector<KeptValue> key;  // its columns
  double score = 0;
  std::optional<int64_t> text_rank;
  std::optional<int64_t> vector_rank;
  std::optional<double> distance;
  std::optional<std::string> snippet;
  std::optional<double> age;  // in days, at the times that are asked for
};

// The best `count`, in order. kInvalid where text and vector are NULL, unless `may_have_none`: then all rows are one list
// in which age and importance tell.
Result<std::vector<Retrieved>> retrieve(const Retrieval& asked, bool may_have_none);

// Of 0.5 ^ (age / half_life).
double decay_of(double age, double half_life);

// The columns of the key; the rowid where there are none.
std::vector<std::string> key_names(const temporal::TableSchema& schema);

}  // namespace spectradb::extension
