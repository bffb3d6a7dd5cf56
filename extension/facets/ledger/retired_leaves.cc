#include "extension/facets/ledger/retired_leaves.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "extension/facets/ledger/ledger_format.h"
#include "extension/facets/ledger/part_leaves.h"
#include "extension/facets/ledger/record.h"
#include "extension/facets/ledger/retired_facts.h"
#include "extension/facets/ledger/retiring_round.h"
#include "extension/session/connection.h"
#include "extension/session/database.h"
#include "extension/session/fact_reader.h"
#include "extension/session/formats.h"
#include "temporal/fact.h"
#include "temporal/key_codec.h"

namespace spectradb::extension::ledger {

namespace {

// So many commits' facts are walked through in one pass over the store: a state of each is in memory.
constexpr size_t kLosingCommitsPerPass = size_t{1} << 17;

Status broken(uint64_t commit) {
  return Status::corrupt("commit " + std::to_string(commit) +
                         " is not what its entry in the ledger says, so that nothing of it can be retired: "
                         "spectradb_verify() says more");
}

// Entries rise with commits, mostly one by one.
Result<Entry> entry_behind(Entries& entries, const Entry& before, uint64_t commit) {
  if (before.number > 0 && commit > before.commit) {
    SPECTRADB_ASSIGN_OR_RETURN(Entry next, entries.find(before.number + (commit - before.commit)));
    if (next.number > 0 && next.commit == commit && CommitRecord::decode(next.record)) return next;
  }
  return entries.of_commit(commit);
}

// A commit that has facts that go.
struct RetiringCommit {
  CommitRecord record;
  Salts salts;
  KeptHashes kept;
  std::map<uint32_t, std::vector<KeptHash>> retired;  // of each part, before
  std::unique_ptr<PartLeaves> leaves;                 // of the part that is walked; null: none
  uint64_t first = 0;                                 // place of the part
  std::vector<KeptHash> going;                        // leaves of the part that were not kept before
};

class RetiringFacts {
 public:
  RetiringFacts(std::shared_ptr<Database> database, const lsm::Horizons& behind)
      : database_(std::move(database)),
        behind_(behind),
        entries_(*database_),
        retired_(*database_),
        round_(database_->connection().handle()) {}

  Result<Retiring> keep();

 private:
  using Commits = std::map<uint64_t, std::unique_ptr<RetiringCommit>>;

  Status count_kept();
  Status find_behind();
  void take_key(std::vector<lsm::VersionId>* versions, uint32_t id);
  Status keep_window(const std::vector<uint64_t>& commits);
  Status walk(uint32_t id, Commits* commits);
  Status see(const lsm::VersionCursor& version, RetiringCommit* commit);
  Result<RetiredPart> part_of(uint32_t id, uint64_t number, RetiringCommit* commit);

  const std::shared_ptr<Database> database_;
  const lsm::Horizons& behind_;
  Entries entries_;
  RetiredFacts retired_;
  FactReader reader_;
  std::vector<lsm::VersionId> found_;  // behind horizons, sorted
  std::set<uint32_t> ids_;             // that keys of theirs begin with, and those of unfinished parts
  std::vector<lsm::VersionId> going_;
  Entry last_entry_;
  bool has_new_ = false;
  RetiringRound round_;
};

Status RetiringFacts::count_kept() {
  return retired_.visit(0, UINT64_MAX, [&](const RetiredPart& part) {
    round_.add_kept(part.commit, part.known().size());
    return Status::ok();
  });
}

void RetiringFacts::take_key(std::vector<lsm::VersionId>* versions, uint32_t id) {
  if (!versions->empty() && round_.take(*versions)) {
    found_.insert(found_.end(), versions->begin(), versions->end());
    ids_.insert(id);
  }
  versions->clear();
}

// What a merge of all versions would find superseded or ended, as much of it as one round takes.
Status RetiringFacts::find_behind() {
  const auto tracker = temporal::fact_properties().new_recency_tracker();
  const std::unique_ptr<lsm::VersionCursor> versions = reader_.versions(0, UINT64_MAX);
  std::vector<lsm::VersionId> of_key;
  for (const lsm::Horizon& range : behind_.ranges()) {
    std::optional<std::string> key;
    lsm::KeyHorizon horizon;
    for (versions->seek(range.keys.from); versions->valid() && versions->user_key() < range.keys.to;
         versions->next()) {
      SPECTRADB_RETURN_IF_ERROR(reader_.check_interrupted());
      if (!key || versions->user_key() != *key) {
        if (key) take_key(&of_key, temporal::table_id_of(*key));
        key.emplace(versions->user_key());
        horizon = behind_.of(*key);
        tracker->begin_key();
      }
      const lsm::Standing standing = tracker->add(versions->commit(), versions->value());
      const uint64_t recency = standing.clears_key ? versions->commit() : standing.recency;
      if (horizon.is_behind(recency, standing.valid.valid_to))
        of_key.push_back({versions->commit(), versions->ordinal()});
    }
    SPECTRADB_RETURN_IF_ERROR(versions->status());
    if (key) take_key(&of_key, temporal::table_id_of(*key));
  }
  std::sort(found_.begin(), found_.end());
  return Status::ok();
}

Result<Retiring> RetiringFacts::keep() {
  SPECTRADB_RETURN_IF_ERROR(reader_.open(database_));
  reader_.show_from(nullptr);
  reader_.show_as_written();
  SPECTRADB_RETURN_IF_ERROR(count_kept());
  SPECTRADB_RETURN_IF_ERROR(find_behind());
  std::set<uint64_t> commits;
  for (const lsm::VersionId& version : found_) commits.insert(version.commit);
  bool has_unfinished = false;
  SPECTRADB_RETURN_IF_ERROR(retired_.visit_unfinished([&](const RetiredPart& part) {
    commits.insert(part.commit);
    ids_.insert(part.table_id);
    has_unfinished = true;
    return Status::ok();
  }));
  std::vector<uint64_t> window;
  for (auto commit = commits.begin(); commit != commits.end();) {
    window.push_back(*commit++);
    if (commit != commits.end() && window.size() < kLosingCommitsPerPass) continue;
    SPECTRADB_RETURN_IF_ERROR(keep_window(window));
    window.clear();
  }
  Retiring retiring;
  if (has_new_ || has_unfinished) {
    SPECTRADB_RETURN_IF_ERROR(need_format(*database_, kRetiredLedgerFormat));
    SPECTRADB_ASSIGN_OR_RETURN(const uint64_t last, database_->last_commit());
    SPECTRADB_ASSIGN_OR_RETURN(retiring.entry, retired_.tell(entries_, last));
  }
  if (round_.left() && retiring.entry == 0 && going_.empty()) return too_many_hashes(*round_.left());
  retiring.has_more = round_.left().has_value();
  retiring.going = lsm::Horizons(behind_.ranges(), std::move(going_));
  return retiring;
}

Status RetiringFacts::keep_window(const std::vector<uint64_t>& numbers) {
  Commits commits;
  SPECTRADB_ASSIGN_OR_RETURN(KeptHashesOfCommits kept,
                             read_kept_hashes(*database_, numbers.front(), numbers.back()));
  for (const uint64_t number : numbers) {
    SPECTRADB_ASSIGN_OR_RETURN(Entry entry, entry_behind(entries_, last_entry_, number));
    std::unique_ptr<RetiringCommit>& commit = commits[number];  // null: it is older than the ledger
    if (entry.number == 0) continue;
    std::optional<CommitRecord> record = CommitRecord::decode(entry.record);
    std::optional<Salts> salts;
    if (record && entry.seed) salts = Salts::decode(*entry.seed, record->facts());
    if (!salts) return broken(number);
    commit = std::make_unique<RetiringCommit>(
        RetiringCommit{std::move(*record), std::move(*salts), std::move(kept[number]), {}, nullptr, 0, {}});
    last_entry_ = std::move(entry);
  }
  SPECTRADB_RETURN_IF_ERROR(retired_.visit(numbers.front(), numbers.back(), [&](const RetiredPart& part) {
    const auto commit = commits.find(part.commit);
    if (commit != commits.end() && commit->second != nullptr)
      commit->second->retired[part.table_id] = part.known();
    return Status::ok();
  }));
  std::vector<RetiredPart> parts;
  for (const uint32_t id : ids_) {
    SPECTRADB_RETURN_IF_ERROR(walk(id, &commits));
    for (auto& [number, commit] : commits) {
      if (commit == nullptr || commit->going.empty()) continue;
      SPECTRADB_ASSIGN_OR_RETURN(RetiredPart part, part_of(id, number, commit.get()));
      parts.push_back(std::move(part));
    }
  }
  if (parts.empty()) return Status::ok();
  has_new_ = true;
  SPECTRADB_RETURN_IF_ERROR(retired_.create());
  return retired_.put(parts);
}

// A leaf's place is the number of facts before it, so all facts of the table or index are passed.
Status RetiringFacts::walk(uint32_t id, Commits* commits) {
  for (auto& [number, commit] : *commits) {
    if (commit == nullptr) continue;
    commit->leaves.reset();
    commit->going.clear();
    uint64_t first = 0;
    for (const TablePart& part : commit->record.tables) {
      const bool is_whole = commit->kept.whole.find(id) != commit->kept.whole.end();
      if (part.id == id && !is_whole)
        commit->leaves =
            std::make_unique<PartLeaves>(number, first, part.facts, commit->salts, commit->kept.hashes);
      commit->first = first;
      if (part.id == id) break;
      first = part.facts > UINT64_MAX - first ? UINT64_MAX : first + part.facts;
    }
  }
  std::string from;
  temporal::append_table_id(from, id);
  const std::string to = temporal::after_prefix(from);
  const std::unique_ptr<lsm::VersionCursor> versions =
      reader_.versions(commits->begin()->first, std::prev(commits->end())->first);
  for (versions->seek(from); versions->valid() && versions->user_key() < to; versions->next()) {
    SPECTRADB_RETURN_IF_ERROR(reader_.check_interrupted());
    const auto commit = commits->find(versions->commit());
    if (commit == commits->end()) continue;
    if (commit->second != nullptr) {
      SPECTRADB_RETURN_IF_ERROR(see(*versions, commit->second.get()));
      continue;
    }
    const lsm::VersionId version{versions->commit(), versions->ordinal()};
    if (std::binary_search(found_.begin(), found_.end(), version)) going_.push_back(version);
  }
  SPECTRADB_RETURN_IF_ERROR(versions->status());
  for (auto& [number, commit] : *commits) {
    if (commit == nullptr || commit->leaves == nullptr) continue;
    commit->leaves->finish([](const KeptHash&) {});
    if (!commit->leaves->is_at_end()) return broken(number);
  }
  return Status::ok();
}

Status RetiringFacts::see(const lsm::VersionCursor& version, RetiringCommit* commit) {
  if (commit->leaves == nullptr) return broken(version.commit());
  const uint64_t place = commit->leaves->place_of(version.ordinal(), version.user_key(), version.value(),
                                                  [](const KeptHash&) {});
  const Salt* const salt = place < commit->leaves->end() ? commit->salts.at(place) : nullptr;
  if (salt == nullptr) return broken(version.commit());
  const lsm::VersionId id{version.commit(), version.ordinal()};
  const std::vector<KeptHash>& kept = commit->kept.hashes;
  const auto known =
      std::lower_bound(kept.begin(), kept.end(), place,
                       [](const KeptHash& one, uint64_t wanted) { return one.place < wanted; });
  const bool is_kept = known != kept.end() && known->place == place;
  const bool is_behind = std::binary_search(found_.begin(), found_.end(), id);
  if (is_kept || is_behind) going_.push_back(id);
  if (is_behind && !is_kept)
    commit->going.push_back({place, leaf_of_fact(*salt, version.commit(), version.ordinal(),
                                                 version.user_key(), version.value())});
  return Status::ok();
}

// The hashes that a part had are joined with those of the facts that go.
Result<RetiredPart> RetiringFacts::part_of(uint32_t id, uint64_t number, RetiringCommit* commit) {
  RetiredPart part;
  part.commit = number;
  part.table_id = id;
  std::vector<KeptHash> all = std::move(commit->going);
  commit->going.clear();
  const std::vector<KeptHash>& before = commit->retired[id];
  all.insert(all.end(), before.begin(), before.end());
  std::sort(all.begin(), all.end(), [](const KeptHash& a, const KeptHash& b) { return a.place < b.place; });
  part.facts = leaves_of(all);
  const TablePart* const made = commit->record.table(id);
  if (made == nullptr || part.facts > made->facts) return broken(number);
  if (part.facts < made->facts) part.hashes = joined(all, commit->first);
  part.pending = std::move(all);
  return part;
}

Status check_gone(const std::shared_ptr<Database>& database, const lsm::Horizons& going) {
  FactReader reader;
  SPECTRADB_RETURN_IF_ERROR(reader.open(database));
  reader.show_from(nullptr);
  const std::unique_ptr<lsm::VersionCursor> versions = reader.versions(0, UINT64_MAX);
  for (const lsm::Horizon& range : going.ranges()) {
    for (versions->seek(range.keys.from); versions->valid() && versions->user_key() < range.keys.to;
         versions->next()) {
      SPECTRADB_RETURN_IF_ERROR(reader.check_interrupted());
      if (going.leave_out({}, {versions->commit(), versions->ordinal()}, UINT64_MAX, INT64_MAX))
        return Status::busy("facts of commit " + std::to_string(versions->commit()) +
                            " that are retired are still there: retire again");
    }
    SPECTRADB_RETURN_IF_ERROR(versions->status());
  }
  return Status::ok();
}

// Parts whose facts are gone: forgets their salts.
class ForgottenParts {
 public:
  explicit ForgottenParts(Database& database) : database_(database) {}

  void add(const RetiredPart& part) {
    parts_.emplace(part.commit, part.table_id);
    for (const KeptHash& kept : *part.pending)
      if (kept.level == 0) places_[part.commit].push_back(kept.place);
  }
  Status finish();

 private:
  Database& database_;
  RetiredFacts::Parts parts_;
  std::map<uint64_t, std::vector<uint64_t>> places_;  // by commit
};

Status ForgottenParts::finish() {
  Entries entries(database_);
  Entry entry;
  for (auto& [commit, places] : places_) {
    SPECTRADB_ASSIGN_OR_RETURN(entry, entry_behind(entries, entry, commit));
    const std::optional<CommitRecord> record = CommitRecord::decode(entry.record);
    std::optional<Salts> salts;
    if (record && entry.seed) salts = Salts::decode(*entry.seed, record->facts());
    if (!salts) return broken(commit);
    std::sort(places.begin(), places.end());
    salts->forget(places);
    SPECTRADB_RETURN_IF_ERROR(entries.keep_salts(entry, salts->encode()));
  }
  return RetiredFacts(database_).finish(parts_);
}

}  // namespace

Result<Retiring> keep_retired(const std::shared_ptr<Database>& database, const lsm::Horizons& behind) {
  return RetiringFacts(database, behind).keep();
}

Status finish_retired(const std::shared_ptr<Database>& database, const Retiring& retiring) {
  if (retiring.entry == 0) return Status::ok();
  SPECTRADB_RETURN_IF_ERROR(check_gone(database, retiring.going));
  ForgottenParts forgotten(*database);
  // Those of another entry are another connection's, which goes on with them.
  SPECTRADB_RETURN_IF_ERROR(RetiredFacts(*database).visit_told(retiring.entry, [&](const RetiredPart& part) {
    forgotten.add(part);
    return Status::ok();
  }));
  return forgotten.finish();
}

Status finish_dropped(Database& database) {
  ForgottenParts forgotten(database);
  SPECTRADB_ASSIGN_OR_RETURN(const lsm::Store* const store, database.store());
  SPECTRADB_RETURN_IF_ERROR(RetiredFacts(database).visit_dropped([&](const RetiredPart& part) {
    std::string key;
    temporal::append_table_id(key, part.table_id);
    if (store->is_retired(key)) forgotten.add(part);  // else the table may come back
    return Status::ok();
  }));
  return forgotten.finish();
}

namespace {

Status tell_retirements_in(Database& database, std::string_view format) {
  Entries entries(database);
  SPECTRADB_ASSIGN_OR_RETURN(const bool are_kept, entries.are_kept());
  if (!are_kept) return Status::ok();
  SPECTRADB_RETURN_IF_ERROR(need_format(database, format));
  SPECTRADB_ASSIGN_OR_RETURN(const uint64_t last, database.last_commit());
  return RetiredFacts(database).tell(entries, last).status();
}

}  // namespace

Status tell_retirements(Database& database) { return tell_retirements_in(database, kRetiredLedgerFormat); }

Status tell_valid_retirements(Database& database) {
  return tell_retirements_in(database, kValidRetiredLedgerFormat);
}

}  // namespace spectradb::extension::ledger
