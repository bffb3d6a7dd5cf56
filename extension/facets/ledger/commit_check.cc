#include "extension/facets/ledger/commit_check.h"

#include <utility>

namespace spectradb::extension::ledger {

CommitCheck::CommitCheck(CommitRecord record, Salts salts, std::vector<ErasedLeaf> erased)
    : record_(std::move(record)), salts_(std::move(salts)), erased_(std::move(erased)) {
  uint64_t place = 0;
  for (const TablePart& part : record_.tables) {
    found_.push_back({.first = place});
    place = part.facts > UINT64_MAX - place ? UINT64_MAX : place + part.facts;
  }
}

void CommitCheck::begin_part(size_t part) {
  part_ = part;
  tree_ = MerkleTree();
  leaves_.emplace(record_.commit, found_[part].first, record_.tables[part].facts, salts_, erased_);
}

void CommitCheck::end_part() {
  if (!leaves_) return;
  leaves_->finish([this](const Hash& leaf) { tree_.add(leaf); });
  keeps_salts_ = keeps_salts_ || leaves_->keeps_salts();
  leaves_.reset();
  Found& found = found_[part_];
  found.leaves = tree_.size();
  found.is_same = found.leaves == record_.tables[part_].facts && tree_.size() > 0 &&
                  tree_.root() == record_.tables[part_].root;
  ++part_;
}

bool CommitCheck::add(uint32_t id, uint32_t ordinal, std::string_view key, std::string_view value) {
  if (!leaves_ || record_.tables[part_].id != id) {
    end_part();
    size_t part = part_;
    while (part < record_.tables.size() && record_.tables[part].id != id) ++part;
    if (part == record_.tables.size()) return false;
    begin_part(part);
  }
  Found& found = found_[part_];
  ++found.stored;
  const uint64_t place =
      leaves_->place_of(ordinal, key, value, [this](const Hash& leaf) { tree_.add(leaf); });
  if (place >= leaves_->end()) return true;
  const Salt* const salt = salts_.at(place);
  if (salt == nullptr) {
    found.lacks_salt = true;
  } else {
    tree_.add(leaf_of_fact(*salt, record_.commit, ordinal, key, value));
  }
  return true;
}

std::optional<std::string> CommitCheck::finish(const std::function<bool(uint32_t id)>& is_live,
                                               const std::function<std::string(uint32_t id)>& name_of) {
  end_part();
  for (size_t part = 0; part < record_.tables.size(); ++part) {
    const TablePart& made = record_.tables[part];
    if (!is_live(made.id)) continue;
    if (found_[part].stored == 0) {
      begin_part(part);
      end_part();
    }
    const Found& found = found_[part];
    if (found.is_same) continue;
    if (found.lacks_salt) return " lacks salts of its facts of " + name_of(made.id);
    const uint64_t erased = found.leaves > found.stored ? found.leaves - found.stored : 0;
    if (found.stored + erased == made.facts) return " has other facts of " + name_of(made.id);
    return " has " + std::to_string(found.stored) + " facts of " + name_of(made.id) +
           (erased > 0 ? ", " + std::to_string(erased) + " are erased" : "") + ", and had " +
           std::to_string(made.facts);
  }
  return std::nullopt;
}

}  // namespace spectradb::extension::ledger
