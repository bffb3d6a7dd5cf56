#include "extension/facets/ledger/verify.h"

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "extension/facets/ledger/catalog.h"
#include "extension/facets/ledger/commit_check.h"
#include "extension/facets/ledger/entries.h"
#include "extension/facets/ledger/gone_facts_check.h"
#include "extension/facets/ledger/record.h"
#include "extension/host/values.h"
#include "extension/session/database.h"
#include "extension/session/fact_reader.h"
#include "extension/table/temporal_tables.h"
#include "temporal/key_codec.h"

namespace spectradb::extension::ledger {

namespace {

// So many commits' facts are compared in one pass over the store: a state of each is in memory.
constexpr uint64_t kCommitsPerPass = 1u << 18;

class Verification {
 public:
  explicit Verification(std::shared_ptr<Database> database)
      : database_(std::move(database)),
        entries_(*database_),
        readings_(database_->connection().handle(), database_->schema()),
        notes_(database_->connection().handle(), "SELECT name, value FROM " +
                                                     database_->qualified(CommitNotes::kTable) +
                                                     " WHERE commit_no = ?1 ORDER BY name"),
        commits_(database_->connection().handle(), "SELECT entry, commit_no, record, seed FROM " +
                                                       database_->qualified(kEntriesTable) +
                                                       " WHERE entry >= ?1 ORDER BY entry") {}

  Result<std::string> run(const std::optional<Digest>& digest);

 private:
  Status read_live_ids();
  Status read_entries(const std::optional<Digest>& digest);
  Status read_entry(const Query& row);
  Status check_commit(const CommitRecord& record);
  Status check_commit_rows();
  Status check_nodes();
  Status check_facts();
  Status check_window(uint64_t first, uint64_t last);
  std::unique_ptr<CommitCheck> make_check(const Query& row, KeptHashes kept);
  void see(CommitCheck* check, const lsm::VersionCursor& version);
  Status check_catalog();
  bool is_live(uint32_t id) const { return live_.find(id) != live_.end(); }
  std::string name_of(uint32_t id) const;

  // The difference of the earliest commit is what is told.
  void differ(uint64_t commit, std::string how) {
    if (is_different_ && commit >= first_) return;
    is_different_ = true;
    first_ = commit;
    how_ = std::move(how);
  }
  static std::string of(uint64_t commit) { return "commit " + std::to_string(commit); }

  std::shared_ptr<Database> database_;
  Entries entries_;
  ClockReadings readings_;
  Query notes_;
  Query commits_;
  bool has_notes_ = false;
  uint64_t next_entry_ = 1;  // whose facts are compared next
  FactReader reader_;
  std::unordered_map<uint32_t, std::string> live_;  // what each id is of
  uint64_t count_ = 0;                              // of entries
  uint64_t last_ = 0;          // commit that has an entry; before the first one: the last that has none
  uint64_t first_commit_ = 0;  // that has an entry; 0: none
  Hash before_{};
  MerkleTree tree_;
  std::optional<Hash> catalog_;  // as the last entry of one says
  uint64_t begin_ = 0;           // commit behind which the ledger begins
  GoneFactsCheck gone_{*database_};
  std::optional<uint64_t> keeps_salts_;  // a commit that has salts of facts that are gone
  bool is_different_ = false;
  uint64_t first_ = 0;
  std::string how_;
};

Status Verification::read_live_ids() {
  Query tables(database_->connection().handle(),
               "SELECT id, name FROM " + database_->qualified("_spectradb_tables"));
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, tables.step());
    if (!row) break;
    live_[static_cast<uint32_t>(tables.integer(0))] = "table " + tables.text(1);
  }
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_indexes, database_->has_table("_spectradb_indexes"));
  if (!has_indexes) return Status::ok();
  Query indexes(database_->connection().handle(),
                "SELECT i.key_id, t.name FROM " + database_->qualified("_spectradb_indexes") + " i JOIN " +
                    database_->qualified("_spectradb_tables") + " t ON t.id = i.table_id");
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, indexes.step());
    if (!row) return Status::ok();
    const auto id = static_cast<uint32_t>(indexes.integer(0));
    live_[id] = live_[id + 1] = "an index of table " + indexes.text(1);
  }
}

std::string Verification::name_of(uint32_t id) const {
  const auto found = live_.find(id);
  return found == live_.end() ? "a table that there is not" : found->second;
}

Status Verification::read_entries(const std::optional<Digest>& digest) {
  Query rows(database_->connection().handle(), "SELECT entry, commit_no, record, digest, seed FROM " +
                                                   database_->qualified(kEntriesTable) + " ORDER BY entry");
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, rows.step());
    if (!row) break;
    SPECTRADB_RETURN_IF_ERROR(reader_.check_interrupted());
    SPECTRADB_RETURN_IF_ERROR(read_entry(rows));
    if (digest && count_ == digest->entries && (tree_.root() != digest->root || last_ != digest->commit))
      differ(digest->commit, "the history up to " + of(digest->commit) + " is not that of the digest");
  }
  if (digest && count_ < digest->entries)
    differ(last_ + 1,
           "the history ends at " + of(last_) + ", before that of the digest, " + of(digest->commit));
  return Status::ok();
}

// The columns are entry, commit_no, record, digest, seed.
Status Verification::read_entry(const Query& row) {
  const auto number = static_cast<uint64_t>(row.integer(0));
  const auto commit = static_cast<uint64_t>(row.integer(1));
  const std::string record(row.blob(2));
  const std::string entry = "entry " + std::to_string(number);
  if (number != count_ + 1)
    differ(last_ + 1, "entry " + std::to_string(count_ + 1) + " is missing, behind " + of(last_));
  count_ = number;
  before_ = digest_of(before_, record);
  tree_.add(before_);
  if (row.blob(3) != bytes_of(before_))
    differ(commit, of(commit) + ": " + entry + " is not what its digest was made of");
  if (const std::optional<ErasureRecord> erasure = ErasureRecord::decode(record)) {
    if (erasure->commit != commit || commit != last_ || row.is_null(4) || !row.blob(4).empty())
      differ(commit, entry + " bears another commit than its record");
    gone_.add(number, *erasure);
    return Status::ok();
  }
  if (const std::optional<RetirementRecord> retirement = RetirementRecord::decode(record)) {
    if (retirement->commit != commit || commit != last_ || row.is_null(4) || !row.blob(4).empty())
      differ(commit, entry + " bears another commit than its record");
    gone_.add(number, *retirement);
    return Status::ok();
  }
  if (const std::optional<CatalogRecord> catalog = CatalogRecord::decode(record)) {
    if (first_commit_ == 0) last_ = std::max(last_, catalog->commit);
    if (number == 1) begin_ = catalog->commit;
    if (catalog->commit != commit || catalog->commit != last_ || !row.is_null(4))
      differ(commit, entry + " bears another commit than its record");
    catalog_ = catalog->root;
    return Status::ok();
  }
  const std::optional<CommitRecord> made = CommitRecord::decode(record);
  if (!made || row.is_null(4) || !Salts::decode(row.blob(4), made->facts())) {
    differ(commit, of(commit) + ": " + entry + " is not what SpectraDB writes");
    return Status::ok();
  }
  if (made->commit != commit || commit != last_ + 1)
    differ(std::min(commit, last_ + 1), entry + " is of " + of(made->commit) + ", and follows " + of(last_));
  last_ = commit;
  if (first_commit_ == 0) first_commit_ = commit;
  return check_commit(*made);
}

Status Verification::check_commit(const CommitRecord& record) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::optional<int64_t> time_us, database_->commit_time_us(record.commit));
  if (!time_us) {
    differ(record.commit, of(record.commit) + " is missing");
    return Status::ok();
  }
  if (*time_us != record.time_us) differ(record.commit, of(record.commit) + " has another time");
  SPECTRADB_ASSIGN_OR_RETURN(const std::optional<ClockReadings::Reading> reading,
                             readings_.find(record.commit));
  const std::optional<int64_t> clock_us = reading ? reading->clock_us : std::nullopt;
  if (clock_us != record.clock_us)
    differ(record.commit, of(record.commit) + " has another reading of the clock");
  NotesHash notes;
  if (has_notes_) {
    const QueryScope scope(notes_);
    notes_.bind(1, static_cast<int64_t>(record.commit));
    for (;;) {
      SPECTRADB_ASSIGN_OR_RETURN(const bool row, notes_.step());
      if (!row) break;
      notes.add(notes_.text(0), from_sqlite(sqlite3_column_value(notes_.statement(), 1)));
    }
  }
  if (notes.hash() != record.notes) differ(record.commit, of(record.commit) + " has other notes");
  return Status::ok();
}

// Commits that the ledger does not know, behind those that it knows.
Status Verification::check_commit_rows() {
  if (last_ > reader_.snapshot())
    differ(reader_.snapshot() + 1,
           "the history ends at " + of(reader_.snapshot()) + ", and the ledger at " + of(last_));
  if (last_ < reader_.snapshot()) differ(last_ + 1, of(last_ + 1) + " has no entry");
  return Status::ok();
}

// The roots that proofs are made of.
Status Verification::check_nodes() {
  SPECTRADB_ASSIGN_OR_RETURN(const Hash root, entries_.root(0, count_));
  if (root != tree_.root()) differ(last_, std::string(kNodesTable) + " is not what SpectraDB wrote there");
  return Status::ok();
}

// A forged number must not be counted up to: there are no more commits than entries.
Status Verification::check_facts() {
  if (first_commit_ == 0 || tree_.size() == 0) return Status::ok();
  const uint64_t most = first_commit_ > UINT64_MAX - tree_.size() ? UINT64_MAX : first_commit_ + tree_.size();
  const uint64_t end = std::min({last_, reader_.snapshot(), most});
  for (uint64_t first = first_commit_; first <= end; first += kCommitsPerPass)
    SPECTRADB_RETURN_IF_ERROR(check_window(first, std::min(end, first + kCommitsPerPass - 1)));
  return Status::ok();
}

Status Verification::check_window(uint64_t first, uint64_t last) {
  std::unordered_map<uint64_t, std::unique_ptr<CommitCheck>> commits;
  SPECTRADB_ASSIGN_OR_RETURN(KeptHashesOfCommits kept, read_kept_hashes(*database_, first, last));
  {
    const QueryScope scope(commits_);
    commits_.bind(1, static_cast<int64_t>(next_entry_));
    for (;;) {
      SPECTRADB_ASSIGN_OR_RETURN(const bool row, commits_.step());
      if (!row) break;
      const auto commit = static_cast<uint64_t>(commits_.integer(1));
      if (commit > last) break;
      next_entry_ = static_cast<uint64_t>(commits_.integer(0)) + 1;
      if (commit < first) continue;
      std::unique_ptr<CommitCheck> check = make_check(commits_, std::move(kept[commit]));
      if (check != nullptr) commits[commit] = std::move(check);
    }
  }
  const std::unique_ptr<lsm::VersionCursor> versions = reader_.versions(first, last);
  for (versions->seek({}); versions->valid(); versions->next()) {
    SPECTRADB_RETURN_IF_ERROR(reader_.check_interrupted());
    const auto found = commits.find(versions->commit());
    if (found != commits.end()) see(found->second.get(), *versions);
  }
  SPECTRADB_RETURN_IF_ERROR(versions->status());
  for (auto& [commit, check] : commits) {
    const std::optional<std::string> difference = check->finish([this](uint32_t id) { return is_live(id); },
                                                                [this](uint32_t id) { return name_of(id); });
    if (difference) differ(commit, of(commit) + *difference);
    if (check->keeps_salts()) keeps_salts_ = commit;
  }
  return Status::ok();
}

// The columns are entry, commit_no, record, seed. What is no record of a commit was told of before.
std::unique_ptr<CommitCheck> Verification::make_check(const Query& row, KeptHashes kept) {
  std::optional<CommitRecord> record = CommitRecord::decode(row.blob(2));
  if (!record || row.is_null(3)) return nullptr;
  std::optional<Salts> salts = Salts::decode(row.blob(3), record->facts());
  if (!salts) return nullptr;
  return std::make_unique<CommitCheck>(std::move(*record), std::move(*salts), std::move(kept));
}

void Verification::see(CommitCheck* check, const lsm::VersionCursor& version) {
  constexpr size_t kIdBytes = 4;
  const uint64_t commit = version.commit();
  if (version.user_key().size() < kIdBytes) {
    differ(commit, of(commit) + " has a fact of no table");
    return;
  }
  const uint32_t id = temporal::table_id_of(version.user_key());
  if (!is_live(id)) return;  // the store may have what was dropped, or not
  if (!check->add(id, version.ordinal(), version.user_key(), version.value()))
    differ(commit, of(commit) + " has facts of " + name_of(id) + ", of which it had none");
}

Status Verification::check_catalog() {
  if (database_->catalog_seal().is_changed()) return Status::ok();  // by the open transaction
  SPECTRADB_ASSIGN_OR_RETURN(const Catalog catalog, read_catalog(*database_));
  if (catalog_ && *catalog_ == catalog.root()) return Status::ok();
  differ(last_ + 1, "behind " + of(last_) +
                        " what the database says of its temporal tables was changed by somebody else");
  return Status::ok();
}

Result<std::string> Verification::run(const std::optional<Digest>& digest) {
  SPECTRADB_RETURN_IF_ERROR(connect_sealed_tables(*database_));
  SPECTRADB_RETURN_IF_ERROR(reader_.open(database_));
  reader_.show_from(nullptr);
  reader_.show_as_written();
  SPECTRADB_RETURN_IF_ERROR(read_live_ids());
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_notes, database_->has_notes());
  has_notes_ = has_notes;
  SPECTRADB_RETURN_IF_ERROR(read_entries(digest));
  SPECTRADB_RETURN_IF_ERROR(check_commit_rows());
  if (!is_different_) SPECTRADB_RETURN_IF_ERROR(check_nodes());
  SPECTRADB_RETURN_IF_ERROR(check_facts());
  SPECTRADB_RETURN_IF_ERROR(check_catalog());
  SPECTRADB_RETURN_IF_ERROR(gone_.check(
      begin_, last_, [this](uint64_t commit, std::string how) { differ(commit, std::move(how)); }));
  if (is_different_) return how_;
  // Facts that are there may still be passed over, by what files say of their blocks.
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<std::string> problems, database_->check());
  if (!problems.empty()) return problems.front();
  SPECTRADB_ASSIGN_OR_RETURN(std::string unfinished, gone_.unfinished());
  if (!unfinished.empty()) return unfinished;
  if (keeps_salts_) return of(*keeps_salts_) + " still has salts of facts that are erased or retired";
  return "ok" + gone_.text(digest);
}

}  // namespace

Result<std::string> verify(const std::shared_ptr<Database>& database, const std::optional<Digest>& digest) {
  return Verification(database).run(digest);
}

}  // namespace spectradb::extension::ledger
