#include "extension/facets/ledger/ledger_part.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "extension/facets/ledger/catalog.h"
#include "extension/facets/ledger/entries.h"
#include "extension/facets/ledger/record.h"
#include "extension/host/kept_rowid.h"
#include "extension/session/annotations.h"
#include "extension/session/database.h"
#include "extension/session/given_time.h"

namespace spectradb::extension::ledger {

namespace {

struct FactView {
  std::string_view key;
  std::string_view value;
  uint32_t ordinal;
};

bool is_before(const FactView& a, const FactView& b) {
  const int order = a.key.compare(b.key);
  return order != 0 ? order < 0 : a.ordinal > b.ordinal;
}

class LedgerPart final : public CommitPart {
 public:
  explicit LedgerPart(Database& database) : database_(database), entries_(database) {}

  // All parts have settled what they had to: the catalog is what it will be, unless write() of another part changes it.
  // SQLite asks once for each table that takes part, also after write().
  Status check() override {
    if (!database_.catalog_seal().is_changed()) return Status::ok();
    SPECTRADB_ASSIGN_OR_RETURN(const bool are_kept, entries_.are_kept());
    if (!are_kept) return Status::ok();
    SPECTRADB_ASSIGN_OR_RETURN(const Catalog catalog, read_catalog(database_));
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_told, is_told_last(catalog.root()));
    if (is_told) return Status::ok();
    const KeptRowid kept(database_.connection().handle());
    lacks_commit_ = std::exchange(has_commit_, false);
    return begin_anew();
  }

  bool is_written() const override { return !lacks_commit_; }

  Status write(uint64_t commit) override {
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_on, are_kept());
    if (!is_on) return Status::ok();
    SPECTRADB_RETURN_IF_ERROR(begin_anew());
    has_commit_ = true;
    lacks_commit_ = false;
    SPECTRADB_ASSIGN_OR_RETURN(const Salt seed, random_salt());
    SPECTRADB_ASSIGN_OR_RETURN(const CommitRecord record, record_of(commit, seed));
    return entries_.append(&last_, commit, record.encode(), std::string(bytes_of(seed)));
  }

  void end() override {
    before_.reset();
    has_written_ = has_commit_ = lacks_commit_ = false;
  }

 private:
  // Asks once for each version of the schema. A version whose transaction is open may be given to another schema.
  Result<bool> are_kept() {
    SPECTRADB_ASSIGN_OR_RETURN(const int64_t version, database_.schema_version());
    if (known_version_ == version) return known_;
    SPECTRADB_ASSIGN_OR_RETURN(const bool are_kept, entries_.are_kept());
    known_ = are_kept;
    known_version_ = database_.catalog_seal().is_changed() ? std::nullopt : std::optional(version);
    return known_;
  }

  // Takes back what an earlier attempt to commit wrote; where the catalog changed, an entry says what it is now.
  Status begin_anew() {
    if (!before_) {
      SPECTRADB_ASSIGN_OR_RETURN(const Entry newest, entries_.newest());
      before_ = newest;
    }
    if (std::exchange(has_written_, true)) SPECTRADB_RETURN_IF_ERROR(entries_.remove_behind(before_->number));
    last_ = *before_;
    if (!database_.catalog_seal().is_changed()) return Status::ok();
    SPECTRADB_ASSIGN_OR_RETURN(const Catalog catalog, read_catalog(database_));
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_told, is_told_last(catalog.root()));
    if (is_told) return Status::ok();
    SPECTRADB_ASSIGN_OR_RETURN(const uint64_t commit, commit_before(database_));
    const CatalogRecord now{commit, catalog.root()};
    return entries_.append(&last_, now.commit, now.encode(), std::nullopt);
  }

  Result<bool> is_told_last(const Hash& catalog) {
    SPECTRADB_ASSIGN_OR_RETURN(const Entry told, entries_.last_catalog(INT64_MAX));
    const std::optional<CatalogRecord> record = CatalogRecord::decode(told.record);
    return record && record->root == catalog;
  }

  Result<CommitRecord> record_of(uint64_t commit, const Salt& seed) {
    CommitRecord record;
    record.commit = commit;
    record.time_us = database_.own_time_us();
    record.clock_us = database_.own_clock_us();
    NotesHash notes;
    for (const Annotation* note : database_.connection().part<Annotations>().list()) {
      temporal::Value value = note->value;
      value.bytes = note->text;
      notes.add(note->name, value);
    }
    record.notes = notes.hash();
    const lsm::WriteBatch& batch = *database_.batch();
    FactsHash facts(commit, seed, batch.count());
    SPECTRADB_RETURN_IF_ERROR(batch.is_spilled() ? add_spilled(commit, &facts) : add_in_memory(&facts));
    record.tables = facts.finish();
    SPECTRADB_ENSURE(record.facts() == batch.count());
    return record;
  }

  Status add_in_memory(FactsHash* facts) {
    sorted_.clear();
    database_.batch()->for_each([&](uint32_t ordinal, std::string_view key, std::string_view value) {
      sorted_.push_back({key, value, ordinal});
    });
    if (sorted_.size() > 1) std::sort(sorted_.begin(), sorted_.end(), is_before);
    for (const FactView& fact : sorted_) facts->add(fact.ordinal, fact.key, fact.value);
    sorted_.clear();
    return Status::ok();
  }

  // The facts are in files: a cursor of the transaction's own reads them, and of others nothing.
  Status add_spilled(uint64_t commit, FactsHash* facts) {
    lsm::CursorOptions options;
    options.max_commit = 0;
    options.min_commit = commit;
    options.own = database_.batch().get();
    options.own_commit = commit;
    const std::unique_ptr<lsm::VersionCursor> versions = database_.store_if_open()->new_cursor(options);
    for (versions->seek({}); versions->valid(); versions->next()) {
      if (versions->commit() == commit)
        facts->add(versions->ordinal(), versions->user_key(), versions->value());
    }
    return versions->status();
  }

  Database& database_;
  Entries entries_;
  std::optional<int64_t> known_version_;
  bool known_ = false;
  std::optional<Entry> before_;  // the last entry before the open transaction
  Entry last_;                   // of what this attempt to commit has written
  bool has_written_ = false;     // there may be entries of the open transaction
  bool has_commit_ = false;      // one of them may be the commit's
  bool lacks_commit_ = false;    // it was, and is gone
  std::vector<FactView> sorted_;
};

}  // namespace

std::unique_ptr<CommitPart> make_ledger_part(Database& database) {
  return std::make_unique<LedgerPart>(database);
}

}  // namespace spectradb::extension::ledger
