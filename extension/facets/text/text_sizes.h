// Counts how much text an index shows, and remembers the length of each row: what ranks need beside the
// entries of a query's words.
//
// A count holds at its commit, and in valid time from the last bound before the instant of the question to
// the next one. A question at a later commit reads what was written since; one that a kept count answers
// reads only whether something was erased. Own writes are added for the statement alone. Used by the thread that uses the connection.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "extension/facet/matcher.h"
#include "extension/session/erasure_mark.h"
#include "temporal/instant.h"

namespace spectradb::extension {

// Counts the text in one row, or in many.
struct TextSize {
  uint64_t rows = 0;
  uint64_t words = 0;
};

// The sizes of all rows at one commit.
class CountedText {
 public:
  // Counts all rows.
  static Result<std::shared_ptr<const CountedText>> count(const MatchSpace& space);
  // Carries this count on to the commit of `space`, with its own writes. Returns null where it is less work to
  // count all rows.
  Result<std::shared_ptr<const CountedText>> carried_on(const MatchSpace& space) const;

  const TextSize& all() const { return all_; }
  uint64_t commit() const { return commit_; }
  bool holds_at(const MatchSpace& space) const;  // at its instant of valid time
  // False where there are too many rows: then only all() is known.
  bool has_rows() const { return rows_ != nullptr; }
  // Returns how many words a row has; nothing where there is no such row. Keys that ascend from call to call
  // are found fastest: `place`, 0 for the first, remembers where.
  std::optional<uint64_t> words_of(std::string_view key, size_t* place) const;
  size_t bytes() const;  // of memory, about

 private:
  friend class TextSizes;
  struct Rows {
    std::string keys;            // ascending, one behind the other
    std::vector<uint32_t> ends;  // of each key
    std::vector<uint32_t> words;
    size_t size() const { return ends.size(); }
    std::string_view key(size_t i) const;
  };

  uint64_t commit_ = 0;
  temporal::Period valid_;
  TextSize all_;
  std::shared_ptr<const Rows> rows_;
  std::map<std::string, std::optional<uint64_t>, std::less<>> changes_;  // of rows_; nothing: no such row
};

class TextSizes {
 public:
  // Returns the sizes that `space` shows.
  Result<std::shared_ptr<const CountedText>> at(const MatchSpace& space);

 private:
  using Counted = std::shared_ptr<const CountedText>;
  Result<Counted> committed(const MatchSpace& space);
  Counted take(const MatchSpace& space);
  void keep(Counted counted);

  std::vector<Counted> kept_;  // the one used last is the last
  ErasureMark erasures_;
};

}  // namespace spectradb::extension
