#include "extension/facets/ledger/commit_check.h"

#include <utility>

namespace spectradb::extension::ledger {

CommitCheck::CommitCheck(CommitRecord record, Salts salts, KeptHashes kept)
    : record_(std::move(record)), salts_(std::move(salts)), kept_(std::move(kept)) {
  uint64_t place = 0;
  for (const TablePart& part : record_.tables) {
    found_.push_back({.first = place});
    place = part.facts > UINT64_MAX - place ? UINT64_MAX : place + part.facts;
  }
}

void CommitCheck::begin_part(size_t part) {
  part_ = part;
  tree_ = MerkleTree();
  leaves_.emplace(record_.commit, found_[part].first, record_.tables[part].facts, salts_, kept_.hashes);
}

void CommitCheck::end_part() {
  if (!leaves_) return;
  leaves_->finish([this](const KeptHash& kept) { add_kept(&tree_, kept); });
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
      leaves_->place_of(ordinal, key, value, [this](const KeptHash& kept) { add_kept(&tree_, kept); });
  if (place >= leaves_->end()) return true;
  const Salt* const salt = salts_.at(place);
  if (salt == nullptr) {
    found.lacks_salt = true;
  } else {
    tree_.add(leaf_of_fact(*salt, record_.commit, ordinal, key, value));
  }
  return true;
}

// Says what differs in a part, which has ended.
std::optional<std::string> CommitCheck::difference(size_t part, const std::string& name) {
  const TablePart& made = record_.tables[part];
  if (const auto whole = kept_.whole.find(made.id); whole != kept_.whole.end()) {
    if (found_[part].stored > 0)
      return " has " + std::to_string(found_[part].stored) + " facts of " + name +
             ", all of which are retired";
    if (whole->second == made.facts) return std::nullopt;
    return " has " + std::to_string(whole->second) + " facts of " + name + " that are retired, and had " +
           std::to_string(made.facts);
  }
  if (found_[part].stored == 0) {
    begin_part(part);
    end_part();
  }
  const Found& found = found_[part];
  if (found.is_same) return std::nullopt;
  if (found.lacks_salt) return " lacks salts of its facts of " + name;
  const uint64_t gone = found.leaves > found.stored ? found.leaves - found.stored : 0;
  if (found.stored + gone == made.facts) return " has other facts of " + name;
  return " has " + std::to_string(found.stored) + " facts of " + name +
         (gone > 0 ? ", " + std::to_string(gone) + " are erased or retired" : "") + ", and had " +
         std::to_string(made.facts);
}

std::optional<std::string> CommitCheck::finish(const std::function<bool(uint32_t id)>& is_live,
                                               const std::function<std::string(uint32_t id)>& name_of) {
  end_part();
  for (size_t part = 0; part < record_.tables.size(); ++part) {
    const uint32_t id = record_.tables[part].id;
    if (!is_live(id)) continue;
    std::optional<std::string> found = difference(part, name_of(id));
    if (found) return found;
  }
  return std::nullopt;
}

}  // namespace spectradb::extension::ledger
