// The facts of some tables in commit order. The store keeps them by key. So they are collected and sorted in
// windows of that order, one after the other, each by one pass over what was committed since the window
// before. A window holds a bounded number of bytes, few at first, so that a reader who stops early does not
// pay for the rest. Large values are not collected but read when they are asked for. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "extension/session/fact_reader.h"

namespace spectradb::extension {

class FactsInOrder {
 public:
  // Reads facts with min_commit <= commit <= max_commit of the tables with these ids. `reader` stays alive.
  void open(const FactReader& reader, std::vector<uint32_t> table_ids, uint64_t min_commit,
            uint64_t max_commit);
  Status next();  // the first call moves to the first fact
  bool at_end() const { return at_end_; }

  uint64_t commit() const { return facts_[place_].position.first; }
  uint32_t ordinal() const { return facts_[place_].position.second; }
  size_t table() const { return facts_[place_].table; }  // place in table_ids
  std::string_view user_key() const {
    return {bytes_.data() + facts_[place_].offset, facts_[place_].key_size};
  }
  Result<std::string_view> value();  // the view lives until next()

 private:
  using Position = std::pair<uint64_t, uint32_t>;  // commit, ordinal
  struct Fact {
    Position position;
    uint32_t table;
    uint32_t key_size;
    size_t offset;  // of key and value in bytes_
    size_t value_size;
    bool is_left_out;  // the value is not in bytes_
  };

  Status gather();
  Status gather_table(uint32_t table, lsm::VersionCursor& versions);
  void keep_earlier_half();

  const FactReader* reader_ = nullptr;
  std::vector<uint32_t> table_ids_;
  uint64_t min_commit_ = 0;
  uint64_t max_commit_ = 0;
  std::vector<Fact> facts_;  // of the current window
  std::string bytes_;
  size_t place_ = 0;
  bool at_end_ = true;
  bool is_begun_ = false;
  std::unique_ptr<lsm::VersionCursor> again_;  // reads values that were left out; made when needed
  Position done_;                              // everything up to here was shown
  Position bound_;                             // the window ends here …
  bool is_bounded_ = false;                    // … if is_bounded_
  uint64_t window_bytes_ = 0;
};

}  // namespace spectradb::extension
