#include "temporal/fact_history.h"

#include <algorithm>
#include <iterator>

namespace spectradb::temporal {
namespace {

// Where on the valid axis a key shows a row, while its facts are walked from the oldest to the newest.
class ShownTime {
 public:
  // Whether the key shows a row anywhere in the period; from then on it does everywhere there, or nowhere.
  bool set(const Period& period, bool shows) {
    bool showed = false;
    auto it = intervals_.upper_bound(period.from.us);
    if (it != intervals_.begin() && std::prev(it)->second > period.from.us) --it;
    while (it != intervals_.end() && it->first < period.to.us) {
      showed = true;
      const auto [from, to] = *it;
      it = intervals_.erase(it);
      if (from < period.from.us) intervals_.emplace_hint(it, from, period.from.us);
      if (to > period.to.us) it = intervals_.emplace_hint(it, period.to.us, to);
    }
    if (shows) intervals_.emplace_hint(it, period.from.us, period.to.us);
    return showed;
  }

 private:
  std::map<int64_t, int64_t> intervals_;  // from -> to, microseconds; disjoint
};

Status at_version(const Status& status, const lsm::VersionCursor& versions) {
  return {status.code(), "version " + std::to_string(versions.ordinal()) + " of commit " +
                             std::to_string(versions.commit()) + ": " + status.message()};
}

}  // namespace

Status FactHistory::read(lsm::VersionCursor& versions) {
  facts_.clear();
  payload_ends_.clear();
  payloads_.clear();
  key_.assign(versions.user_key());
  recency_.begin_key();
  for (; versions.valid() && versions.user_key() == key_; versions.next()) {
    const Result<Fact> fact = decode_fact(versions.value());
    if (!fact) return at_version(fact.status(), versions);
    const uint64_t recency = recency_.add(versions.commit(), versions.value()).recency;
    payloads_.append(fact->payload);
    payload_ends_.push_back(payloads_.size());
    facts_.push_back({versions.commit(),
                      versions.ordinal(),
                      fact->valid,
                      fact->operation == Operation::kDelete ? Change::kDelete : Change::kInsert,
                      recency == lsm::kNeverSuperseded ? 0 : recency,
                      {}});
  }
  SPECTRADB_RETURN_IF_ERROR(versions.status());
  size_t begin = 0;
  for (size_t i = 0; i < facts_.size(); ++i) {
    facts_[i].payload = std::string_view(payloads_).substr(begin, payload_ends_[i] - begin);
    begin = payload_ends_[i];
  }
  std::reverse(facts_.begin(), facts_.end());
  tell_changes();
  return Status::ok();
}

void FactHistory::tell_changes() {
  ShownTime shown;
  for (ToldFact& fact : facts_) {
    const bool is_put = fact.change != Change::kDelete;
    if (shown.set(fact.valid, is_put) && is_put) fact.change = Change::kUpdate;
  }
}

Result<Change> change_of(lsm::VersionCursor& versions, std::string_view user_key, uint64_t commit,
                         uint32_t ordinal, const Fact& fact) {
  if (fact.operation == Operation::kDelete) return Change::kDelete;
  CoveredTime covered;
  std::vector<Period> uncovered;
  for (versions.seek_key(user_key); versions.valid(); versions.next()) {
    const bool is_older =
        versions.commit() < commit || (versions.commit() == commit && versions.ordinal() < ordinal);
    if (!is_older) continue;
    const Result<Fact> older = decode_fact(versions.value());
    if (!older) return at_version(older.status(), versions);
    const Period common = intersect(older->valid, fact.valid);
    if (common.is_empty()) continue;
    uncovered.clear();
    covered.add(common, uncovered);
    if (uncovered.empty()) continue;
    if (older->operation == Operation::kPut) return Change::kUpdate;
    if (covered.covers(fact.valid)) break;
  }
  SPECTRADB_RETURN_IF_ERROR(versions.status());
  return Change::kInsert;
}

}  // namespace spectradb::temporal
