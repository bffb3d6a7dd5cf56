#include "extension/facets/ledger/erased_leaves.h"

#include <algorithm>
#include <map>
#include <memory>
#include <tuple>
#include <utility>

#include "extension/facets/ledger/ledger_format.h"
#include "extension/facets/ledger/part_leaves.h"
#include "extension/session/database.h"
#include "extension/session/fact_reader.h"
#include "extension/session/formats.h"
#include "temporal/key_codec.h"

namespace spectradb::extension::ledger {

namespace {

// What is known of a commit that has facts of the keys.
struct LosingCommit {
  Entry entry;
  CommitRecord record;
  Salts salts;
  KeptHashes kept;                     // before this erasure
  std::unique_ptr<PartLeaves> leaves;  // of the part that is walked; null: none
  bool is_whole = true;                // all facts of the parts are there, or told to be erased
};

class LeafFinder {
 public:
  LeafFinder(std::shared_ptr<Database> database, const std::vector<std::string>& keys,
             std::vector<ErasedFact>* facts)
      : database_(std::move(database)), keys_(keys), facts_(*facts) {}

  Status find();

 private:
  Status read_commits();
  Status walk(uint32_t id);
  Status give_up_broken();
  void see(const lsm::VersionCursor& version);

  const std::shared_ptr<Database> database_;
  const std::vector<std::string>& keys_;
  std::vector<ErasedFact>& facts_;
  std::map<std::tuple<uint64_t, uint32_t, uint32_t>, size_t> places_;    // in facts_
  std::unordered_map<uint64_t, std::unique_ptr<LosingCommit>> commits_;  // that have entries
  uint64_t first_commit_ = UINT64_MAX;
  uint64_t last_commit_ = 0;
  FactReader reader_;
};

Status LeafFinder::read_commits() {
  Entries entries(*database_);
  for (size_t i = 0; i < facts_.size(); ++i) {
    const ErasedFact& fact = facts_[i];
    places_[{fact.commit, fact.ordinal, fact.table_id}] = i;
    first_commit_ = std::min(first_commit_, fact.commit);
    last_commit_ = std::max(last_commit_, fact.commit);
    if (commits_.find(fact.commit) != commits_.end()) continue;
    std::unique_ptr<LosingCommit>& commit = commits_[fact.commit];
    SPECTRADB_ASSIGN_OR_RETURN(const Entry entry, entries.of_commit(fact.commit));
    if (entry.number == 0) continue;  // it is older than the ledger
    std::optional<CommitRecord> record = CommitRecord::decode(entry.record);
    std::optional<Salts> salts;
    if (record && entry.seed) salts = Salts::decode(*entry.seed, record->facts());
    if (!salts)
      return Status::corrupt("entry " + std::to_string(entry.number) + " of " + database_->schema() + "." +
                             kEntriesTable + " is not what SpectraDB wrote there");
    commit = std::make_unique<LosingCommit>(
        LosingCommit{entry, std::move(*record), std::move(*salts), {}, nullptr});
  }
  SPECTRADB_ASSIGN_OR_RETURN(KeptHashesOfCommits kept,
                             read_kept_hashes(*database_, first_commit_, last_commit_));
  for (auto& [number, commit] : commits_)
    if (commit != nullptr) commit->kept = std::move(kept[number]);
  return Status::ok();
}

Status LeafFinder::find() {
  if (facts_.empty()) return Status::ok();
  SPECTRADB_RETURN_IF_ERROR(read_commits());
  SPECTRADB_RETURN_IF_ERROR(reader_.open(database_));
  reader_.show_from(nullptr);
  reader_.show_as_written();
  uint32_t id = 0;
  for (const std::string& key : keys_) {
    if (temporal::table_id_of(key) == id) continue;
    id = temporal::table_id_of(key);
    SPECTRADB_RETURN_IF_ERROR(walk(id));
  }
  return give_up_broken();
}

// Of a commit that lacks facts, as it does where an earlier release erased some, no place is known, and nothing can be
// proven: then none of its salts may stay.
Status LeafFinder::give_up_broken() {
  Entries entries(*database_);
  for (const auto& [number, commit] : commits_)
    if (commit != nullptr && !commit->is_whole)
      SPECTRADB_RETURN_IF_ERROR(entries.keep_salts(commit->entry, {}));
  for (ErasedFact& fact : facts_) {
    const auto found = commits_.find(fact.commit);
    if (found != commits_.end() && found->second != nullptr && !found->second->is_whole) fact.leaf.reset();
  }
  return Status::ok();
}

// A leaf's place is the number of facts before it, so all facts of the table or index are passed.
Status LeafFinder::walk(uint32_t id) {
  for (auto& [number, commit] : commits_) {
    if (commit == nullptr) continue;
    commit->leaves.reset();
    uint64_t first = 0;
    for (const TablePart& part : commit->record.tables) {
      if (part.id == id && commit->kept.whole.find(id) == commit->kept.whole.end())
        commit->leaves =
            std::make_unique<PartLeaves>(number, first, part.facts, commit->salts, commit->kept.hashes);
      if (part.id == id) break;
      first = part.facts > UINT64_MAX - first ? UINT64_MAX : first + part.facts;
    }
  }
  std::string from;
  temporal::append_table_id(from, id);
  const std::string to = temporal::after_prefix(from);
  const std::unique_ptr<lsm::VersionCursor> versions = reader_.versions(first_commit_, last_commit_);
  for (versions->seek(from); versions->valid() && versions->user_key() < to; versions->next()) {
    SPECTRADB_RETURN_IF_ERROR(reader_.check_interrupted());
    see(*versions);
  }
  SPECTRADB_RETURN_IF_ERROR(versions->status());
  for (auto& [number, commit] : commits_) {
    if (commit == nullptr || commit->leaves == nullptr) continue;
    commit->leaves->finish([](const KeptHash&) {});
    commit->is_whole = commit->is_whole && commit->leaves->is_at_end();
  }
  return Status::ok();
}

void LeafFinder::see(const lsm::VersionCursor& version) {
  const auto found = commits_.find(version.commit());
  if (found == commits_.end() || found->second == nullptr || found->second->leaves == nullptr) return;
  LosingCommit& commit = *found->second;
  const uint64_t place =
      commit.leaves->place_of(version.ordinal(), version.user_key(), version.value(), [](const KeptHash&) {});
  if (place >= commit.leaves->end()) {
    commit.is_whole = false;
    return;
  }
  const auto fact =
      places_.find({version.commit(), version.ordinal(), temporal::table_id_of(version.user_key())});
  if (fact == places_.end() || !std::binary_search(keys_.begin(), keys_.end(), version.user_key())) return;
  const Salt* const salt = commit.salts.at(place);
  if (salt == nullptr) return;
  facts_[fact->second].leaf = KeptHash{
      place, leaf_of_fact(*salt, version.commit(), version.ordinal(), version.user_key(), version.value())};
}

}  // namespace

Status keep_leaves(const std::shared_ptr<Database>& database, const std::vector<std::string>& keys,
                   std::vector<ErasedFact> facts) {
  Entries entries(*database);
  ErasedFacts erased(*database);
  SPECTRADB_ASSIGN_OR_RETURN(const bool is_kept, entries.are_kept());
  SPECTRADB_RETURN_IF_ERROR(erased.create());
  if (is_kept) {
    SPECTRADB_RETURN_IF_ERROR(need_format(*database, kErasedLedgerFormat));
    SPECTRADB_RETURN_IF_ERROR(LeafFinder(database, keys, &facts).find());
  } else {
    // Entries of indexes are kept for a ledger, whose leaves they are; users are told of rows only.
    std::erase_if(facts, [](const ErasedFact& fact) { return fact.operation == nullptr; });
  }
  SPECTRADB_RETURN_IF_ERROR(erased.add(facts));
  if (!is_kept) return Status::ok();
  SPECTRADB_ASSIGN_OR_RETURN(const uint64_t commit, database->last_commit());
  return erased.tell(entries, commit);
}

Status forget_salts(Database& database) {
  Entries entries(database);
  SPECTRADB_ASSIGN_OR_RETURN(const bool is_kept, entries.are_kept());
  if (!is_kept) return Status::ok();
  SPECTRADB_ASSIGN_OR_RETURN(const ErasedFacts::Leaves leaves, ErasedFacts(database).unfinished());
  for (const auto& [commit, of_commit] : leaves) {
    SPECTRADB_ASSIGN_OR_RETURN(const Entry entry, entries.of_commit(commit));
    const std::optional<CommitRecord> record = CommitRecord::decode(entry.record);
    std::optional<Salts> salts;
    if (record && entry.seed) salts = Salts::decode(*entry.seed, record->facts());
    if (!salts)
      return Status::corrupt("commit " + std::to_string(commit) + " has no salts in " + database.schema() +
                             "." + kEntriesTable + ": spectradb_verify() says more");
    std::vector<uint64_t> places;
    for (const KeptHash& leaf : of_commit) places.push_back(leaf.place);
    salts->forget(places);
    SPECTRADB_RETURN_IF_ERROR(entries.keep_salts(entry, salts->encode()));
  }
  return Status::ok();
}

}  // namespace spectradb::extension::ledger
