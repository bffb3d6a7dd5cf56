#include "temporal/fact_history.h"

#include <algorithm>
#include <iterator>

#include "base/assert.h"

namespace spectradb::temporal {
namespace {

constexpr size_t kLargeRowBytes = 1u << 20;
constexpr size_t kKeptRowBytesMax = 16u << 20;

// Which fact's row a key shows, and where on the valid axis, while its facts are walked from the oldest to the newest.
class ShownTime {
 public:
  struct Shown {
    Period valid;
    size_t fact;
  };

  // Appends to `covered`, in order, what the key shows in the period; from then on it shows nothing there.
  void clear(const Period& period, std::vector<Shown>& covered) {
    auto it = shown_.upper_bound(period.from.us);
    if (it != shown_.begin() && std::prev(it)->second.valid.to.us > period.from.us) --it;
    while (it != shown_.end() && it->first < period.to.us) {
      const Shown shown = it->second;
      it = shown_.erase(it);
      covered.push_back({intersect(period, shown.valid), shown.fact});
      if (shown.valid.from.us < period.from.us) put({shown.valid.from, period.from}, shown.fact);
      if (shown.valid.to.us > period.to.us) put({period.to, shown.valid.to}, shown.fact);
    }
  }
  // Shows a fact in a period in which nothing shows.
  void put(const Period& period, size_t fact) {
    const bool is_new = shown_.emplace(period.from.us, Shown{period, fact}).second;
    SPECTRADB_ASSERT(is_new);
  }

 private:
  std::map<int64_t, Shown> shown_;  // by start; disjoint
};

Status at_version(const Status& status, const lsm::VersionCursor& versions) {
  return {status.code(), "version " + std::to_string(versions.ordinal()) + " of commit " +
                             std::to_string(versions.commit()) + ": " + status.message()};
}

}  // namespace

// Returns false where the payload is small; it is kept among others then, for which memory moves as it grows.
bool FactHistory::keep_large(std::string_view payload, ToldFact& told) {
  if (payload.size() < kLargeRowBytes) return false;
  size_t kept_bytes = payload.size();
  for (const std::string& kept : large_) kept_bytes += kept.size();
  told.is_left_out = kept_bytes > kKeptRowBytesMax;
  if (!told.is_left_out) told.payload = large_.emplace_back(payload);
  return true;
}

Result<std::string_view> FactHistory::payload_of(const ToldFact& fact, lsm::VersionCursor& again) const {
  if (!fact.is_left_out) return fact.payload;
  if (!again.find_version(key_, fact.commit, fact.ordinal)) {
    SPECTRADB_RETURN_IF_ERROR(again.status());
    return Status::corrupt("a version that was there is not found again");
  }
  const Result<Fact> found = decode_fact(again.value());
  if (!found) return at_version(found.status(), again);
  return found->payload;
}

Status FactHistory::read(lsm::VersionCursor& versions, Payloads payloads) {
  facts_.clear();
  deleted_.clear();
  payload_ends_.clear();
  payloads_.clear();
  large_.clear();
  key_.assign(versions.user_key());
  recency_.begin_key();
  for (; versions.valid() && versions.user_key() == key_; versions.next()) {
    const Result<Fact> fact = decode_fact(versions.value());
    if (!fact) return at_version(fact.status(), versions);
    const uint64_t recency = recency_.add(versions.commit(), versions.value()).recency;
    facts_.push_back({versions.commit(),
                      versions.ordinal(),
                      fact->valid,
                      fact->operation == Operation::kDelete ? Change::kDelete : Change::kInsert,
                      recency == lsm::kNeverSuperseded ? 0 : recency,
                      {}});
    const bool is_wanted = payloads == Payloads::kWanted;
    if (is_wanted && !keep_large(fact->payload, facts_.back())) payloads_.append(fact->payload);
    payload_ends_.push_back(payloads_.size());
  }
  SPECTRADB_RETURN_IF_ERROR(versions.status());
  size_t begin = 0;
  for (size_t i = 0; i < facts_.size(); ++i) {
    if (payload_ends_[i] > begin)
      facts_[i].payload = std::string_view(payloads_).substr(begin, payload_ends_[i] - begin);
    begin = payload_ends_[i];
  }
  std::reverse(facts_.begin(), facts_.end());
  tell_changes();
  return Status::ok();
}

void FactHistory::tell_changes() {
  ShownTime shown;
  std::vector<ShownTime::Shown> covered;
  for (size_t i = 0; i < facts_.size(); ++i) {
    ToldFact& fact = facts_[i];
    covered.clear();
    shown.clear(fact.valid, covered);
    if (fact.change == Change::kDelete) {
      for (const auto& [valid, older] : covered)
        deleted_.push_back({i, valid, fact.superseded_by, older, facts_[older].payload});
      continue;
    }
    shown.put(fact.valid, i);
    if (!covered.empty()) fact.change = Change::kUpdate;
  }
  for (DeletedPiece& piece : deleted_) {
    if (piece.valid != facts_[piece.fact].valid) piece.superseded_by = superseded_by(piece);
  }
}

uint64_t FactHistory::superseded_by(const DeletedPiece& piece) const {
  CoveredTime covered;
  std::vector<Period> uncovered;
  for (size_t i = piece.fact + 1; i < facts_.size(); ++i) {
    const Period common = intersect(piece.valid, facts_[i].valid);
    if (common.is_empty()) continue;
    covered.add(common, uncovered);
    if (covered.covers(piece.valid)) return facts_[i].commit;
  }
  return 0;
}

Result<Change> change_of(lsm::VersionCursor& versions, std::string_view user_key, uint64_t commit,
                         uint32_t ordinal, const Fact& fact) {
  if (fact.operation == Operation::kDelete) return Change::kDelete;
  CoveredTime covered;
  std::vector<Period> uncovered;
  for (versions.seek_key_until(user_key, commit); versions.valid(); versions.next()) {
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
