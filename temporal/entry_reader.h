// Reads an index entry: the values of its parts and of the row's key, as far as their encodings tell them.
// Encodings hold what is compared, not what was stored: NOCASE text without its case, RTRIM text without its
// blanks, 1 and 1.0 alike. The column's affinity and the value itself often leave one possibility only;
// otherwise the row must be read. A reader is reused from entry to entry. One thread at a time.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "temporal/index_schema.h"
#include "temporal/schema.h"
#include "temporal/value.h"

namespace spectradb::temporal {

class EntryReader {
 public:
  EntryReader(const TableSchema& schema, const IndexSchema& index);

  // Binds an entry without its index id; the bytes stay where they are until the next bind.
  void bind(std::string_view entry);
  // Finds the value of a column of the table; null when the entry does not tell it. Lives until the next
  // bind.
  Status find(int column, const Value** value);
  // Returns the row's key without its table id, which follows the parts.
  Result<std::string_view> key();

  // Whether entries tell the values of this column, with few exceptions.
  bool covers(int column) const;

 private:
  struct Slot {  // a part of the index, then a column of the key
    int column;
    Affinity affinity;
    Collation collation;
    bool is_descending;
    bool is_integer_key;
  };
  static bool is_telling(const Slot& slot);
  static bool tells(const Slot& slot, const Value& canonical);
  Status decode_through(size_t slot);

  std::vector<Slot> slots_;
  size_t part_count_;
  std::vector<std::vector<size_t>> slots_of_;  // the slots of each column; empty for most
  std::vector<Value> values_;                  // of the slots decoded so far
  std::vector<std::string> scratch_;           // bytes of such values
  std::string inverted_;                       // scratch
  std::string_view entry_;
  std::string_view rest_;  // what follows the decoded slots
  size_t decoded_ = 0;
  std::string_view key_;  // known once the parts are decoded
};

}  // namespace spectradb::temporal
