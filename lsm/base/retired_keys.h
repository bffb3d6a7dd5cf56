// Ranges of keys that nobody reads any more, since their tables or indexes were dropped. Compactions leave
// their versions out. Sorted and disjoint; plain data.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace spectradb::lsm {

struct KeyRange {
  std::string from;
  std::string to;  // excluded

  bool operator==(const KeyRange&) const = default;
};

class RetiredKeys {
 public:
  // `range` must not be empty. Ranges that touch become one.
  void add(KeyRange range);

  const std::vector<KeyRange>& ranges() const { return ranges_; }
  bool contains(std::string_view key) const;
  bool contains(const KeyRange& range) const;
  // Whether any key, or every key, from `first` to `last` (included) is retired.
  bool overlaps(std::string_view first, std::string_view last) const;
  bool covers(std::string_view first, std::string_view last) const;

  bool operator==(const RetiredKeys&) const = default;

 private:
  const KeyRange* first_ending_behind(std::string_view key) const;  // null when no range does

  std::vector<KeyRange> ranges_;
};

}  // namespace spectradb::lsm
