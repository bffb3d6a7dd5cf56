#include "tests/ledger_model.h"

#include <algorithm>
#include <limits>

namespace spectradb::tests {

const LedgerFact* LedgerModel::winner(int key, int64_t as_of, int point) const {
  for (auto fact = facts_.rbegin(); fact != facts_.rend(); ++fact) {
    if (fact->key == key && fact->commit <= as_of && fact->valid.contains(point)) return &*fact;
  }
  return nullptr;
}

const LedgerFact* LedgerModel::shown_before(size_t fact, int point) const {
  for (size_t i = fact; i-- > 0;) {
    if (facts_[i].key != facts_[fact].key || !facts_[i].valid.contains(point)) continue;
    return facts_[i].is_delete ? nullptr : &facts_[i];
  }
  return nullptr;
}

const LedgerFact* LedgerModel::shown_at(int key, int64_t as_of, int point) const {
  const LedgerFact* fact = winner(key, as_of, point);
  return fact == nullptr || fact->is_delete ? nullptr : fact;
}

bool LedgerModel::is_visible(int key, Span valid) const {
  for (int point = valid.from; point < valid.to; point++) {
    const LedgerFact* fact = winner(key, own_commit(), point);
    if (fact != nullptr && !fact->is_delete) return true;
  }
  return false;
}

bool LedgerModel::is_taken(int key, Span valid) const { return unique_ && is_visible(key, valid); }

void LedgerModel::rollback() {
  while (has_own_facts()) facts_.pop_back();
}

// Returns the maximal runs of points at which the same fact is the newest.
void LedgerModel::read_now(std::vector<LedgerRow>& rows, int key, int64_t as_of,
                           std::optional<int> valid_at) const {
  int point = 0;
  while (point < kPoints) {
    const LedgerFact* fact = winner(key, as_of, point);
    int end = point + 1;
    while (end < kPoints && winner(key, as_of, end) == fact) end++;
    const Span run{point, end};
    if (fact != nullptr && !fact->is_delete && (!valid_at || run.contains(*valid_at))) {
      rows.push_back({key, fact->payload, run, fact->commit, 0});
    }
    point = end;
  }
}

// Returns each fact, cut into runs of points that the same newer fact covered first.
void LedgerModel::read_history(std::vector<LedgerRow>& rows, int key, std::optional<int> valid_at) const {
  for (size_t i = 0; i < facts_.size(); i++) {
    const LedgerFact& fact = facts_[i];
    if (fact.key != key || fact.is_delete) continue;
    const auto coverer = [&](int point) -> const LedgerFact* {
      for (size_t j = i + 1; j < facts_.size(); j++) {
        if (facts_[j].key == key && facts_[j].valid.contains(point)) return &facts_[j];
      }
      return nullptr;
    };
    int point = fact.valid.from;
    while (point < fact.valid.to) {
      const LedgerFact* newer = coverer(point);
      int end = point + 1;
      while (end < fact.valid.to && coverer(end) == newer) end++;
      const Span run{point, end};
      const bool was_visible = newer == nullptr || newer->commit != fact.commit;
      if (was_visible && (!valid_at || run.contains(*valid_at))) {
        rows.push_back({key, fact.payload, run, fact.commit, newer != nullptr ? newer->commit : 0});
      }
      point = end;
    }
  }
}

std::vector<LedgerRow> LedgerModel::read(const LedgerTimes& times, int key_count) const {
  std::vector<LedgerRow> rows;
  for (int key = 0; key < key_count; key++) {
    if (times.as_of) {
      read_now(rows, key, *times.as_of, times.valid_at);
    } else {
      read_history(rows, key, times.valid_at);
    }
  }
  std::stable_sort(rows.begin(), rows.end(), [](const LedgerRow& a, const LedgerRow& b) {
    if (a.key != b.key) return a.key < b.key;
    if (a.system_from != b.system_from) return a.system_from < b.system_from;
    return a.valid.from < b.valid.from;
  });
  return rows;
}

}  // namespace spectradb::tests
