#include "extension/facets/ledger/gone_facts_check.h"

#include <set>

#include "extension/facets/ledger/erased_facts.h"
#include "extension/facets/ledger/retired_facts.h"
#include "extension/facets/retention/retirement.h"
#include "extension/session/database.h"
#include "extension/session/erasures.h"

namespace spectradb::extension::ledger {

namespace {

std::string commit_named(uint64_t commit) { return "commit " + std::to_string(commit); }

}  // namespace

Status GoneFactsCheck::check(uint64_t begin, uint64_t last, const Differ& differ) {
  begin_ = begin;
  last_ = last;
  differ_ = differ;
  SPECTRADB_RETURN_IF_ERROR(check_erasures());
  SPECTRADB_RETURN_IF_ERROR(check_erased_facts());
  return check_retirements();
}

std::string GoneFactsCheck::text(const std::optional<Digest>& digest) const {
  return erased_text(digest) + retired_text(digest);
}

Result<std::string> GoneFactsCheck::unfinished() {
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<std::string> erasures, Erasures::problems(database_));
  if (!erasures.empty()) return erasures.front();
  return retention::unfinished_retirement(database_);
}

// Which erasures there were, and that nothing was said to be erased by anybody else.
Status GoneFactsCheck::check_erasures() {
  size_t told = 0;  // of erasures_
  SPECTRADB_RETURN_IF_ERROR(visit_erasures(
      database_, [&](uint64_t count, const MerkleTree& tree, uint64_t after_commit, int64_t stage) {
        const std::string erasure = "erasure " + std::to_string(count);
        using Stage = Erasures::Stage;
        if (stage < static_cast<int64_t>(Stage::kBegun) || stage > static_cast<int64_t>(Stage::kUnwiped))
          differ_(after_commit, erasure + " is in a state that there is not");
        if (told == erasures_.size()) {
          // One that was made before the ledger, or has not come to its facts yet.
          if (after_commit >= begin_ && stage != static_cast<int64_t>(Stage::kBegun) &&
              stage != static_cast<int64_t>(Stage::kShredding))
            differ_(after_commit, erasure + " is not in the ledger");
          return Status::ok();
        }
        for (; told < erasures_.size() && erasures_[told].second.erasures == count; ++told) {
          if (erasures_[told].second.erasures_root != tree.root())
            differ_(after_commit, "what is said of " + erasure + ", or one before it, is not what it was");
        }
        return Status::ok();
      }));
  if (told < erasures_.size())
    differ_(erasures_[told].second.commit,
            "an erasure is missing that entry " + std::to_string(erasures_[told].first) + " tells of");
  return Status::ok();
}

Status GoneFactsCheck::check_erased_facts() {
  SPECTRADB_ASSIGN_OR_RETURN(const auto all, ErasedFacts(database_).told());
  std::set<uint64_t> entries;
  for (const auto& [number, record] : erasures_) {
    entries.insert(number);
    const auto found = all.find(number);
    if (found == all.end() || found->second.tree.size() != record.facts ||
        found->second.tree.root() != record.facts_root)
      differ_(record.commit, "entry " + std::to_string(number) + " tells of other facts that are erased");
    if (found != all.end()) erased_rows_[number] = found->second.rows;
  }
  for (const auto& [number, told] : all) {
    if (entries.find(number) != entries.end()) continue;
    // What was erased before the ledger has no entry that tells it.
    if (number != 0 || told.has_leaves || told.last_commit > begin_)
      differ_(begin_, "facts are said to be erased of which no entry tells");
  }
  return Status::ok();
}

// What is said of retirements is what the last entry of one tells.
Status GoneFactsCheck::check_retirements() {
  SPECTRADB_ASSIGN_OR_RETURN(const RetirementRecord now, RetiredFacts(database_).record(last_));
  if (retirements_.empty()) {
    if (now.parts > 0) differ_(begin_, "facts are said to be retired of which no entry tells");
    SPECTRADB_ASSIGN_OR_RETURN(const retention::Furthest furthest, retention::furthest_retirement(database_));
    if (furthest.horizon > begin_) differ_(begin_, "a retirement is not in the ledger");
    return Status::ok();
  }
  const RetirementRecord* before = nullptr;
  for (const auto& [number, told] : retirements_) {
    const uint64_t facts = before == nullptr ? 0 : before->facts;
    if (told.facts < facts) {
      differ_(told.commit, "entry " + std::to_string(number) + " tells of fewer facts that are retired");
    } else if (before != nullptr && told.facts == facts &&
               (told.parts != before->parts || told.parts_root != before->parts_root)) {
      differ_(told.commit,
              "entry " + std::to_string(number) +
                  " tells of as many facts that are retired as the one before, but of other ones");
    }
    before = &told;
  }
  const auto& [number, told] = retirements_.back();
  const std::string entry = "entry " + std::to_string(number);
  if (now.retirements != told.retirements || now.retirements_root != told.retirements_root)
    differ_(told.commit, entry + " tells of other retirements");
  if (now.parts != told.parts || now.facts != told.facts || now.parts_root != told.parts_root)
    differ_(told.commit, entry + " tells of other facts that are retired");
  return check_retired_rows();
}

// Hashes that are pending are of the same facts, so that they have the same hashes above them.
Status GoneFactsCheck::check_retired_rows() {
  return RetiredFacts(database_).visit(0, UINT64_MAX, [this](const RetiredPart& part) {
    if (part.pending && !part.hashes.empty() && !are_joined_of(part.hashes, *part.pending))
      differ_(part.commit, commit_named(part.commit) + " has pending hashes of other facts that are retired");
    return Status::ok();
  });
}

// Says, behind 'ok', how many facts are retired.
std::string GoneFactsCheck::retired_text(const std::optional<Digest>& digest) const {
  if (retirements_.empty() || retirements_.back().second.facts == 0) return {};
  const uint64_t all = retirements_.back().second.facts;
  uint64_t before = 0;
  for (const auto& [number, told] : retirements_)
    if (digest && number <= digest->entries) before = told.facts;
  std::string text = "; facts that are retired: " + std::to_string(all);
  if (digest && all > before) text += ", since the digest: " + std::to_string(all - before);
  return text;
}

// Says, behind 'ok', how many facts are erased.
std::string GoneFactsCheck::erased_text(const std::optional<Digest>& digest) const {
  uint64_t all = 0;
  uint64_t later = 0;
  for (const auto& [number, rows] : erased_rows_) {
    all += rows;
    later += digest && number > digest->entries ? rows : 0;
  }
  if (all == 0) return {};
  std::string text = "; facts that are erased: " + std::to_string(all);
  if (later > 0) text += ", since the digest: " + std::to_string(later);
  return text;
}

}  // namespace spectradb::extension::ledger
