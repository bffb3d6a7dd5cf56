// Statements with aggregates that were looked at closely and stay as they are. That look takes longer than to prepare
// a short statement, so such a text is looked at again only now and then: its table may have grown meanwhile. Nothing
// but time is lost where a text is found here that would be changed by now. One connection, its thread.
#pragma once

#include <functional>
#include <string_view>
#include <unordered_map>

namespace spectradb::extension {

class UnchangedTexts {
 public:
  // Whether the text need not be looked at this time.
  bool passes(std::string_view text) {
    const auto found = times_.find(std::hash<std::string_view>()(text));
    if (found == times_.end()) return false;
    if (--found->second > 0) return true;
    times_.erase(found);
    return false;
  }
  void add(std::string_view text) {
    if (times_.size() >= kMost) times_.clear();
    times_[std::hash<std::string_view>()(text)] = kTimes;
  }

 private:
  static constexpr size_t kMost = 1000;
  static constexpr int kTimes = 200;

  std::unordered_map<size_t, int> times_;  // by the hash of the text: how often it still passes
};

}  // namespace spectradb::extension
