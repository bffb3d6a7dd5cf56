// A ledger table as the specification defines it, point by point: the valid axis has 18 points, a fact
// covers some of them, and what a key shows at a point is the newest fact that covers it. The model is
// slow, short, and independent of the code under test.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace spectradb::tests {

// Bounds of valid time are 0 … kPoints, where 0 and kPoints are unbounded; point i lies between bound i and
// bound i + 1. "Now" is the last point, because all finite bounds are long past.
inline constexpr int kPoints = 18;
inline constexpr int kNow = kPoints - 1;

struct Span {
  int from = 0;
  int to = kPoints;

  bool contains(int point) const { return from <= point && point < to; }
  bool overlaps(const Span& other) const { return from < other.to && other.from < to; }
  bool operator==(const Span&) const = default;
};

struct LedgerFact {
  int key = 0;  // index into the test's keys, in key order
  int64_t commit = 0;
  Span valid;
  bool is_delete = false;
  int64_t payload = 0;
};

struct LedgerRow {
  int key = 0;
  int64_t payload = 0;
  Span valid;
  int64_t system_from = 0;
  int64_t system_to = 0;  // 0 while the row still holds

  bool operator==(const LedgerRow&) const = default;
};

// An axis without a value is read over all its time.
struct LedgerTimes {
  std::optional<int64_t> as_of;  // a commit number
  std::optional<int> valid_at;   // a point
};

class LedgerModel {
 public:
  explicit LedgerModel(bool unique) : unique_(unique) {}

  // Returns rows by key, then system_from, then valid.from. For one instant of valid time and all system
  // time `valid` has no meaning.
  std::vector<LedgerRow> read(const LedgerTimes& times, int key_count) const;

  // Facts of the open transaction have the commit number last_commit() + 1.
  int64_t last_commit() const { return last_commit_; }
  int64_t own_commit() const { return last_commit_ + 1; }
  void put(int key, Span valid, int64_t payload) {
    facts_.push_back({key, own_commit(), valid, false, payload});
  }
  void remove(int key, Span valid) { facts_.push_back({key, own_commit(), valid, true, 0}); }
  bool is_taken(int key, Span valid) const;    // a visible row overlaps, and the table allows only one
  bool is_visible(int key, Span valid) const;  // a visible row overlaps

  // Returns the fact that a key shows at a point, just before the fact with that number, or at a commit;
  // null if none.
  const LedgerFact* shown_before(size_t fact, int point) const;
  const LedgerFact* shown_at(int key, int64_t as_of, int point) const;
  const std::vector<LedgerFact>& facts() const { return facts_; }

  size_t mark() const { return facts_.size(); }
  void rollback_to(size_t mark) { facts_.resize(mark); }
  void rollback();
  bool has_own_facts() const { return !facts_.empty() && facts_.back().commit == own_commit(); }
  void set_last_commit(int64_t commit) { last_commit_ = commit; }

 private:
  const LedgerFact* winner(int key, int64_t as_of, int point) const;
  void read_now(std::vector<LedgerRow>& rows, int key, int64_t as_of, std::optional<int> valid_at) const;
  void read_history(std::vector<LedgerRow>& rows, int key, std::optional<int> valid_at) const;

  bool unique_;
  int64_t last_commit_ = 0;
  std::vector<LedgerFact> facts_;  // in the order in which they were written
};

}  // namespace spectradb::tests
