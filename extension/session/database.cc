#include "extension/session/database.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "extension/access/gate.h"
#include "extension/facet/facet.h"
#include "extension/host/errors.h"
#include "extension/host/observer.h"
#include "extension/session/erasures.h"
#include "extension/session/formats.h"
#include "extension/session/latest_rows.h"
#include "extension/session/own_readers.h"
#include "extension/session/own_table_seal.h"
#include "extension/session/sql_store_rows.h"
#include "extension/session/store_registry.h"
#include "extension/session/store_storage.h"
#include "extension/session/text_seal.h"
#include "extension/write/foreign_keys.h"
#include "lsm/store/rows_store.h"

namespace spectradb::extension {

namespace {

constexpr const char* kMeta = "_spectradb_meta";
constexpr const char* kTables = "_spectradb_tables";
constexpr size_t kKeptReaders = 8;
constexpr auto kLockPause = std::chrono::milliseconds(5);

// Whether any temporal table that the database names exists. The newest entry of the schema does not count:
// it is the table that is being made, which may have the name of one that a copy by .clone has lost.
Result<bool> has_temporal_table(sqlite3* db, const std::string& schema) {
  const std::string master = quoted(schema) + ".sqlite_master";
  Query query(db, "SELECT 1 FROM " + quoted(schema) + "." + kTables + " AS t JOIN " + master +
                      " AS m ON m.name = t.name WHERE m.type = 'table' AND m.rootpage = 0 AND m.rowid <> "
                      "(SELECT max(rowid) FROM " +
                      master + ")");
  return query.step();
}

// Empties the internal tables that describe the store's facts, once the store with those facts is gone.
Status forget_facts(sqlite3* db, const std::string& schema) {
  static constexpr const char* kAboutFacts[] = {"_spectradb_commits",
                                                "_spectradb_recent",
                                                kClockTable,
                                                "_spectradb_repairs",
                                                CommitNotes::kTable,
                                                "_spectradb_indexes",
                                                "_spectradb_columns",
                                                kTables,
                                                "_spectradb_blocks",
                                                "_spectradb_files",
                                                "_spectradb_ledger",
                                                "_spectradb_ledger_nodes",
                                                Erasures::kTable,
                                                "_spectradb_erased",
                                                "_spectradb_retired",
                                                "_spectradb_retirements",
                                                "_spectradb_valid_retirements"};
  for (const char* table : kAboutFacts) {
    Query query(db, "SELECT 1 FROM " + quoted(schema) + ".sqlite_master WHERE type = 'table' AND name = ?1");
    query.bind(1, std::string_view(table));
    SPECTRADB_ASSIGN_OR_RETURN(const bool there, query.step());
    if (there) SPECTRADB_RETURN_IF_ERROR(execute(db, "DELETE FROM " + quoted(schema) + "." + table));
  }
  for (const char* table : {Erasures::kTable, "_spectradb_erased", "_spectradb_retired",
                            "_spectradb_retirements", "_spectradb_valid_retirements"})
    SPECTRADB_RETURN_IF_ERROR(seal_own_table(db, schema, table));
  return Status::ok();
}

}  // namespace

Database::Database(Connection& connection, std::string schema)
    : connection_(connection),
      schema_(std::move(schema)),
      subjects_(*this),
      read_callbacks_{[this] { return connection_.statement_now(); }, [this] { return is_interrupted(); }},
      nothing_(connection.handle(), "SELECT 1"),
      own_tables_(connection.handle(), schema_),
      schema_version_(connection.handle(), "PRAGMA " + quoted(schema_) + ".schema_version"),
      commits_(connection.handle(), schema_),
      clock_readings_(connection.handle(), schema_),
      catalog_seal_(*this),
      foreign_keys_(std::make_unique<ForeignKeys>(*this)),
      valid_forms_(*this),
      notes_(*this),
      parts_{foreign_keys_.get(), &valid_forms_, &notes_},
      identity_(connection.handle(), "SELECT (SELECT value FROM " + qualified(kMeta) +
                                         " WHERE name = 'store_id'), (SELECT value FROM " + qualified(kMeta) +
                                         " WHERE name = '" + kStorage + "')") {
  for (const Facet* facet : facets()) {
    for (const MakeCommitPart make : facet->commit_parts) {
      parts_of_facets_.push_back(make(*this));
      parts_.push_back(parts_of_facets_.back().get());
    }
  }
  readers_.reserve(kKeptReaders);  // so that closing a cursor cannot fail
}

Database::~Database() { give_up_rows_store(); }

ForeignKeys& Database::foreign_keys() { return *foreign_keys_; }

std::string Database::qualified(std::string_view table) const {
  return quoted(schema_) + "." + quoted(table);
}

Result<bool> Database::has_table(std::string_view name) {
  Query query(connection_.handle(),
              "SELECT 1 FROM " + qualified("sqlite_master") + " WHERE type = 'table' AND name = ?1");
  query.bind(1, name);
  return query.step();
}

Result<int64_t> Database::schema_version() {
  const QueryScope scope(schema_version_);
  const Result<bool> row = schema_version_.step();
  if (!row) return row.status();
  return schema_version_.integer(0);
}

Result<bool> Database::has_internal_tables() { return has_table(kMeta); }

Result<bool> Database::has_notes() { return has_table(CommitNotes::kTable); }

Result<std::string> Database::meta(std::string_view name) {
  return meta_of(connection_.handle(), schema_, name);
}

Status Database::set_meta(std::string_view name, std::string_view value) {
  SPECTRADB_RETURN_IF_ERROR(catalog_seal_.will_change());
  Query query(connection_.handle(),
              "INSERT OR REPLACE INTO " + qualified(kMeta) + "(name, value) VALUES (?1, ?2)");
  return query.bind(1, name).bind(2, value).run();
}

Result<lsm::Committed> Database::committed_by(sqlite3* db, const std::string& schema) {
  lsm::Committed committed;
  Query id(db, "SELECT value FROM " + quoted(schema) + "." + kMeta + " WHERE name = 'store_id'");
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, id.step());
  if (row) committed.store_id = id.text(0);
  SPECTRADB_RETURN_IF_ERROR(CommitTable::read(db, schema, &committed));
  return committed;
}

// Opening a store cuts off commits that the database does not name. So a snapshot older than the last commit
// must never be believed: unless this connection holds the write lock, a second connection, which has no
// snapshot, is asked.
Result<lsm::Committed> Database::committed_truth() {
  sqlite3* user = connection_.handle();
  if (!is_on_disk() || sqlite3_txn_state(user, schema_.c_str()) == SQLITE_TXN_WRITE)
    return committed_by(user, schema_);
  const char* file = sqlite3_db_filename(user, schema_.c_str());
  // Nobody commits to it.
  if (sqlite3_uri_boolean(file, "immutable", 0) != 0) return committed_by(user, schema_);
  Query locking(user, "PRAGMA " + quoted(schema_) + ".locking_mode");
  const Result<bool> row = locking.step();
  const bool is_exclusive = row && *row && locking.text(0) == "exclusive";
  locking.reset();
  Observer observer(user, schema_, is_exclusive ? 0 : connection_.busy_timeout_ms());
  if (!observer.is_open()) return committed_by(user, schema_);
  Result<lsm::Committed> truth = committed_by(observer.handle(), "main");
  if (truth || truth.status().code() != Code::kBusy || !is_exclusive) return truth;
  return committed_by(user, schema_);  // this connection itself holds the lock, so nobody else can commit
}

Result<lsm::Store*> Database::store(Wait wait) {
  if (store_ != nullptr) SPECTRADB_RETURN_IF_ERROR(check_open());
  if (store_ != nullptr) return store_.get();
  SPECTRADB_RETURN_IF_ERROR(own_tables_.check_kinds());
  SPECTRADB_RETURN_IF_ERROR(check_format());
  SPECTRADB_ASSIGN_OR_RETURN(std::string id, meta("store_id"));
  SPECTRADB_ASSIGN_OR_RETURN(const std::string where, meta(kStorage));
  if (where == kRowsStorage) {
    SPECTRADB_RETURN_IF_ERROR(open_rows_store(id));
    return store_.get();
  }
  SPECTRADB_ASSIGN_OR_RETURN(StoreLocation location, locate_store(connection_.handle(), schema_));
  const auto deadline = std::chrono::steady_clock::now() +
                        std::chrono::milliseconds(wait == Wait::kNo ? 0 : connection_.busy_timeout_ms());
  for (;;) {
    Result<std::shared_ptr<lsm::Store>> opened =
        acquire_store(location, id, [this] { return committed_truth(); });
    if (opened) {
      SPECTRADB_RETURN_IF_ERROR(check_none_retired(**opened));
      store_ = *opened;
      place_ = location.identity;
      connection_.keep_store(schema_, store_);
      return store_.get();
    }
    if (opened.status().code() != Code::kBusy) return opened.status();
    if (std::chrono::steady_clock::now() >= deadline) return Status::busy("database is locked");
    std::this_thread::sleep_for(kLockPause);
  }
}

Result<std::vector<std::string>> Database::check() {
  const auto truth = [this] { return committed_truth(); };
  Result<lsm::Store*> opened = store();
  if (opened && rows_ != nullptr) return check_rows();
  if (opened) return (*opened)->check(truth, read_callbacks_.is_interrupted);
  if (opened.status().code() == Code::kBusy) return opened.status();
  SPECTRADB_ASSIGN_OR_RETURN(const std::string where, meta(kStorage));
  if (where == kRowsStorage) return std::vector<std::string>{opened.status().message()};
  SPECTRADB_ASSIGN_OR_RETURN(StoreLocation location, locate_store(connection_.handle(), schema_));
  if (location.in_memory) return std::vector<std::string>{opened.status().message()};
  Result<std::vector<std::string>> problems =
      check_closed_store(location, truth, read_callbacks_.is_interrupted);
  if (problems && problems->empty()) problems->push_back(opened.status().message());
  return problems;
}

Status Database::ensure_store() {
  SPECTRADB_RETURN_IF_ERROR(own_tables_.check_kinds());
  SPECTRADB_RETURN_IF_ERROR(own_tables_.check_triggers());
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, has_internal_tables());
  if (!there) {
    sqlite3* db = connection_.handle();
    SPECTRADB_RETURN_IF_ERROR(execute(
        db, "CREATE TABLE " + qualified(kMeta) + "(name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID"));
    SPECTRADB_RETURN_IF_ERROR(
        execute(db, "CREATE TABLE " + qualified(kTables) +
                        "(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE COLLATE NOCASE)"));
    SPECTRADB_RETURN_IF_ERROR(commits_.create());
  }
  SPECTRADB_ASSIGN_OR_RETURN(std::string id, meta("store_id"));
  if (!id.empty()) {
    Status opened = store().status();
    if (opened) return opened;
    // A copy of the database without its store begins anew if all its temporal tables were dropped.
    const bool may_be_a_copy = opened.code() == Code::kMissing || opened.code() == Code::kInvalid;
    if (!may_be_a_copy || batch_ != nullptr) return opened;
    SPECTRADB_ASSIGN_OR_RETURN(const bool has_tables, has_temporal_table(connection_.handle(), schema_));
    if (has_tables) return opened;
    SPECTRADB_RETURN_IF_ERROR(own_tables_.check_triggers());
    SPECTRADB_RETURN_IF_ERROR(catalog_seal_.will_change());
    SPECTRADB_RETURN_IF_ERROR(forget_facts(connection_.handle(), schema_));
    SPECTRADB_RETURN_IF_ERROR(commits_.add_seals());
  }
  if (store_ != nullptr)
    close_replaced();  // of a database that was here before, or of a CREATE that was rolled back
  SPECTRADB_ASSIGN_OR_RETURN(const std::string where, meta(kStorage));  // the storage of the lost store
  SPECTRADB_ASSIGN_OR_RETURN(const std::string format, meta("format"));
  const bool has_ledger = keeps_ledger(format);
  SPECTRADB_ASSIGN_OR_RETURN(const std::string sealed_from, meta(kSealedFromName));
  if (sealed_from.empty()) {  // a copy that begins anew may have tables of a release without seals
    SPECTRADB_RETURN_IF_ERROR(seal_unsealed_own_tables(connection_.handle(), schema_));
    SPECTRADB_RETURN_IF_ERROR(set_meta(kSealedFromName, "1"));
  }
  if (makes_rows() || where == kRowsStorage) {
    SPECTRADB_RETURN_IF_ERROR(set_meta("format", has_ledger ? std::string_view(format) : kRowsFormat));
    SPECTRADB_RETURN_IF_ERROR(set_meta(kStorage, kRowsStorage));
    SPECTRADB_RETURN_IF_ERROR(make_rows_store());
    return set_meta("store_id", store_->id());
  }
  SPECTRADB_RETURN_IF_ERROR(check_directory_goes_along(connection_.handle(), schema_));
  SPECTRADB_ASSIGN_OR_RETURN(StoreLocation location, locate_store(connection_.handle(), schema_));
  SPECTRADB_ASSIGN_OR_RETURN(std::shared_ptr<lsm::Store> made, create_store(location, knobs_of_new_store()));
  SPECTRADB_RETURN_IF_ERROR(turn_knobs(*made));
  SPECTRADB_RETURN_IF_ERROR(set_meta("format", has_ledger ? std::string_view(format) : kFormat));
  SPECTRADB_RETURN_IF_ERROR(set_meta("store_id", made->id()));
  store_ = made;
  place_ = location.identity;
  open_at_ = PagerMark();
  snapshot_known_ = false;
  connection_.keep_store(schema_, store_);
  return Status::ok();
}

// SQLite does not tell directly, but a statement that runs inside the current one fails when interrupted.
bool Database::is_interrupted() {
  QueryScope scope(nothing_);
  const Result<bool> row = nothing_.step();
  if (!row) return row.status().code() == Code::kInterrupted;
  // Progress handlers count steps of SQLite's virtual machine, of which this takes almost none.
  const Gate* gate = Gate::of(connection_.handle());
  return gate != nullptr && gate->lock() != nullptr && gate->lock()->stops_late();
}

Result<CommitTable::Commit> Database::newest_commit() {
  if (store_ == nullptr) SPECTRADB_RETURN_IF_ERROR(own_tables_.check_kinds());
  Result<CommitTable::Commit> newest = commits_.newest();
  if (!newest) SPECTRADB_RETURN_IF_ERROR(check_format());
  return newest;
}

Status Database::check_format() {
  Result<std::string> format = meta("format");
  static constexpr std::string_view kKnown[] = {kFormatWithoutSeals,
                                                kFormat,
                                                kRowsFormat,
                                                kLedgerFormat,
                                                kErasedLedgerFormat,
                                                kRetiredLedgerFormat,
                                                kValidRetiredLedgerFormat};
  if (!format || format->empty() ||
      std::find(std::begin(kKnown), std::end(kKnown), *format) != std::end(kKnown))
    return Status::ok();
  return Status::invalid("the temporal tables of " + schema_ + " have format " + *format +
                         ", and this release of SpectraDB reads formats " + std::string(kFormatWithoutSeals) +
                         " to " + std::string(kValidRetiredLedgerFormat) +
                         ": use the release that made them");
}

Result<uint64_t> Database::last_commit() {
  if (batch_ != nullptr) return base_commit_;
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, has_internal_tables());
  if (!there) return uint64_t{0};
  SPECTRADB_ASSIGN_OR_RETURN(const CommitTable::Commit newest, newest_commit());
  return newest.number;
}

Result<uint64_t> Database::snapshot() {
  if (batch_ != nullptr) return base_commit_;
  return find_snapshot(sqlite3_txn_state(connection_.handle(), schema_.c_str()) != SQLITE_TXN_NONE);
}

// What the pager shows is cheaper to ask than a query, but is true only while a read transaction is open.
Result<uint64_t> Database::find_snapshot(bool is_reading) {
  if (is_reading && snapshot_known_ && snapshot_at_.holds(connection_.handle(), schema_)) return snapshot_;
  SPECTRADB_RETURN_IF_ERROR(subjects_.refresh());
  SPECTRADB_ASSIGN_OR_RETURN(const CommitTable::Commit newest, newest_commit());
  SPECTRADB_RETURN_IF_ERROR(show_newest(newest, Use::kRead));
  snapshot_ = newest.number;
  if (is_reading) snapshot_at_ = PagerMark(connection_.handle(), schema_);
  snapshot_known_ = is_reading;
  return snapshot_;
}

Result<std::optional<int64_t>> Database::commit_time_us(uint64_t commit) { return commits_.time_us(commit); }

// Commit times rise with commit numbers, so a binary search needs no index.
Result<uint64_t> Database::commit_at_or_before(int64_t time_us) {
  Result<uint64_t> newest = last_commit();
  if (!newest) return newest;
  uint64_t low = 0;  // its time is at or before; commit 0 is before everything
  uint64_t high = *newest + 1;
  while (high - low > 1) {
    const uint64_t middle = low + (high - low) / 2;
    SPECTRADB_ASSIGN_OR_RETURN(std::optional<int64_t> time, commit_time_us(middle));
    if (!time.has_value()) {
      return Status::corrupt("commit " + std::to_string(middle) + " is missing in " + schema_ +
                             "._spectradb_commits");
    }
    (*time <= time_us ? low : high) = middle;
  }
  return low;
}

Result<uint32_t> Database::take_ids(uint32_t count) {
  SPECTRADB_ASSIGN_OR_RETURN(std::string next, meta("next_table_id"));
  const uint32_t recorded = next.empty() ? 1 : static_cast<uint32_t>(std::strtoul(next.c_str(), nullptr, 10));
  const uint32_t id = std::max(recorded, next_id_floor_);
  next_id_floor_ = id + count;
  if (!first_own_id_) first_own_id_ = id;
  SPECTRADB_RETURN_IF_ERROR(set_meta("next_table_id", std::to_string(id + count)));
  return id;
}

Result<uint32_t> Database::add_table(const std::string& name) {
  SPECTRADB_RETURN_IF_ERROR(catalog_seal_.will_change());
  Result<uint32_t> id = take_ids(1);
  if (!id) return id;
  SPECTRADB_RETURN_IF_ERROR(catalog_seal_.will_define(*id));
  Query insert(connection_.handle(), "INSERT INTO " + qualified(kTables) + "(id, name) VALUES (?1, ?2)");
  SPECTRADB_RETURN_IF_ERROR(insert.bind(1, int64_t{*id}).bind(2, std::string_view(name)).run());
  return id;
}

Result<std::optional<uint32_t>> Database::find_table(const std::string& name) {
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, has_internal_tables());
  if (!there) return std::optional<uint32_t>();
  Query query(connection_.handle(), "SELECT id FROM " + qualified(kTables) + " WHERE name = ?1");
  query.bind(1, std::string_view(name));
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.step());
  return row ? std::optional<uint32_t>(static_cast<uint32_t>(query.integer(0))) : std::nullopt;
}

Status Database::rename_table(uint32_t id, const std::string& name) {
  SPECTRADB_RETURN_IF_ERROR(catalog_seal_.will_define(id));
  Query query(connection_.handle(), "UPDATE " + qualified(kTables) + " SET name = ?1 WHERE id = ?2");
  return query.bind(1, std::string_view(name)).bind(2, int64_t{id}).run();
}

Status Database::drop_table(uint32_t id) {
  SPECTRADB_RETURN_IF_ERROR(catalog_seal_.will_define(id));
  Query query(connection_.handle(), "DELETE FROM " + qualified(kTables) + " WHERE id = ?1");
  return query.bind(1, int64_t{id}).run();
}

Status Database::change_id(uint32_t from, uint32_t to) {
  SPECTRADB_RETURN_IF_ERROR(catalog_seal_.will_define(from));
  SPECTRADB_RETURN_IF_ERROR(catalog_seal_.will_define(to));
  Query query(connection_.handle(), "UPDATE " + qualified(kTables) + " SET id = ?1 WHERE id = ?2");
  return query.bind(1, int64_t{to}).bind(2, int64_t{from}).run();
}

Result<bool> Database::has_table_id(uint32_t id) {
  Result<bool> there = has_internal_tables();
  if (!there || !*there) return there;
  Query query(connection_.handle(), "SELECT 1 FROM " + qualified(kTables) + " WHERE id = ?1");
  query.bind(1, int64_t{id});
  return query.step();
}

std::unique_ptr<temporal::RowCursor> Database::take_reader() {
  if (readers_.empty())
    return std::make_unique<temporal::RowCursor>(shown(store_->new_cursor({})), temporal::ReadTimes{});
  auto reader = std::move(readers_.back());
  readers_.pop_back();
  return reader;
}

std::unique_ptr<lsm::VersionCursor> Database::shown(std::unique_ptr<lsm::VersionCursor> versions) const {
  return temporal::from_horizons(temporal::unsealed(std::move(versions), subjects_.tables()),
                                 valid_horizons_);
}

void Database::drop_readers() {
  readers_.clear();
  if (batch_ != nullptr) connection_.part<OwnReaders>().drop(batch_);
  while (!holders_.empty()) holders_.back()->let_go();
}

// Readers that were made where no table had encrypted rows cannot read them.
void Database::set_sealed(uint32_t table_id) {
  if (subjects_.tables().is_empty()) drop_readers();
  subjects_.add(table_id);
}

// Readers that were made where no table had a horizon know of none.
void Database::set_valid_horizon(uint32_t table_id, const temporal::Bound& horizon) {
  if (valid_horizons_.is_empty()) drop_readers();
  valid_horizons_.set(table_id, horizon);
}

void Database::drop_stale_readers() {
  std::erase_if(readers_, [](const auto& kept) { return !kept->versions().is_current(); });
}

void Database::give_back(std::unique_ptr<temporal::RowCursor> reader) {
  drop_stale_readers();
  if (readers_.size() < kKeptReaders && reader->versions().is_current())
    readers_.push_back(std::move(reader));
}

}  // namespace spectradb::extension
