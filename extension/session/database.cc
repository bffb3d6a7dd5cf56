#include "extension/session/database.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "base/assert.h"
#include "extension/facet/facet.h"
#include "extension/host/errors.h"
#include "extension/host/kept_rowid.h"
#include "extension/host/observer.h"
#include "extension/session/annotations.h"
#include "extension/session/formats.h"
#include "extension/session/row_seal.h"
#include "extension/session/sql_store_rows.h"
#include "extension/session/store_registry.h"
#include "extension/session/store_storage.h"
#include "extension/write/foreign_keys.h"
#include "lsm/store/rows_store.h"

namespace spectradb::extension {

namespace {

constexpr const char* kMeta = "_spectradb_meta";
constexpr const char* kTables = "_spectradb_tables";
constexpr size_t kKeptReaders = 8;
constexpr uint64_t kMemtablesOfBatch = 4;  // as much as may wait for its flush otherwise
constexpr auto kLockPause = std::chrono::milliseconds(5);

// Whether one of the temporal tables that the database names is there. The newest entry of the schema is not asked: it is
// the table that is being made, which may have the name of one that a copy by .clone has lost.
Result<bool> has_temporal_table(sqlite3* db, const std::string& schema) {
  const std::string master = quoted(schema) + ".sqlite_master";
  Query query(db, "SELECT 1 FROM " + quoted(schema) + "." + kTables + " AS t JOIN " + master +
                      " AS m ON m.name = t.name WHERE m.type = 'table' AND m.rootpage = 0 AND m.rowid <> "
                      "(SELECT max(rowid) FROM " +
                      master + ")");
  return query.step();
}

// Where memtables are full and another process works, the store waits a moment, and this as long as busy_timeout says.
Result<lsm::PreparedFrame> patiently(Connection& connection,
                                     const std::function<Result<lsm::PreparedFrame>()>& prepare) {
  const auto start = std::chrono::steady_clock::now();
  for (;;) {
    Result<lsm::PreparedFrame> frame = prepare();
    if (frame || frame.status().code() != Code::kBusy) return frame;
    const auto patience = std::chrono::milliseconds(connection.busy_timeout_ms());
    if (std::chrono::steady_clock::now() - start >= patience) return frame;
    std::this_thread::sleep_for(kLockPause);
  }
}

// Empties the internal tables that speak of the store's facts, once the store with those facts is gone.
Status forget_facts(sqlite3* db, const std::string& schema) {
  static constexpr const char* kAboutFacts[] = {
      "_spectradb_commits", "_spectradb_recent",  kClockTable, "_spectradb_repairs", CommitNotes::kTable,
      "_spectradb_indexes", "_spectradb_columns", kTables,     "_spectradb_blocks",  "_spectradb_files"};
  for (const char* table : kAboutFacts) {
    Query query(db, "SELECT 1 FROM " + quoted(schema) + ".sqlite_master WHERE type = 'table' AND name = ?1");
    query.bind(1, std::string_view(table));
    SPECTRADB_ASSIGN_OR_RETURN(const bool there, query.step());
    if (there) SPECTRADB_RETURN_IF_ERROR(execute(db, "DELETE FROM " + quoted(schema) + "." + table));
  }
  return Status::ok();
}

}  // namespace

Database::Database(Connection& connection, std::string schema)
    : connection_(connection),
      schema_(std::move(schema)),
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
      parts_{foreign_keys_.get(), &valid_forms_, &notes_} {
  for (const Facet* facet : facets()) {
    for (const MakeCommitPart make : facet->commit_parts) {
      parts_of_facets_.push_back(make(*this));
      parts_.push_back(parts_of_facets_.back().get());
    }
  }
  readers_.reserve(kKeptReaders);  // a cursor that is closed cannot fail
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
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, has_internal_tables());
  if (!there) return std::string();
  Query query(connection_.handle(), "SELECT value FROM " + qualified(kMeta) + " WHERE name = ?1");
  query.bind(1, name);
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.step());
  return row ? query.text(0) : std::string();
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

// Opening a store cuts off what the database does not name, so a snapshot that is older than the last commit
// must never be believed: unless this connection holds the write lock, a connection without a snapshot is
// asked.
Result<lsm::Committed> Database::committed_truth() {
  sqlite3* user = connection_.handle();
  if (!is_on_disk() || sqlite3_txn_state(user, schema_.c_str()) == SQLITE_TXN_WRITE)
    return committed_by(user, schema_);
  const char* file = sqlite3_db_filename(user, schema_.c_str());
  if (sqlite3_uri_boolean(file, "immutable", 0) != 0) return committed_by(user, schema_);  // nobody commits
  Query locking(user, "PRAGMA " + quoted(schema_) + ".locking_mode");
  const Result<bool> row = locking.step();
  const bool is_exclusive = row && *row && locking.text(0) == "exclusive";
  locking.reset();
  Observer observer(user, schema_, is_exclusive ? 0 : connection_.busy_timeout_ms());
  if (!observer.is_open()) return committed_by(user, schema_);
  Result<lsm::Committed> truth = committed_by(observer.handle(), "main");
  if (truth || truth.status().code() != Code::kBusy || !is_exclusive) return truth;
  return committed_by(user, schema_);  // this connection is in its own way, and nobody else can commit
}

Result<lsm::Store*> Database::store(Wait wait) {
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
    const Status opened = store().status();
    // After a ROLLBACK of what follows, the database names its lost store again.
    if (opened && store_->id() == id) return opened;
    // A copy of the database alone, whose temporal tables were all dropped, begins anew.
    const bool may_be_a_copy = opened || opened.code() == Code::kMissing || opened.code() == Code::kInvalid;
    if (!may_be_a_copy || batch_ != nullptr) return opened;
    SPECTRADB_ASSIGN_OR_RETURN(const bool has_tables, has_temporal_table(connection_.handle(), schema_));
    if (has_tables) return opened;
    SPECTRADB_RETURN_IF_ERROR(own_tables_.check_triggers());
    SPECTRADB_RETURN_IF_ERROR(catalog_seal_.will_change());
    SPECTRADB_RETURN_IF_ERROR(forget_facts(connection_.handle(), schema_));
    SPECTRADB_RETURN_IF_ERROR(commits_.add_seals());
  }
  SPECTRADB_ASSIGN_OR_RETURN(const std::string where, meta(kStorage));  // of a store that is no more
  if (makes_rows() || where == kRowsStorage) {
    SPECTRADB_RETURN_IF_ERROR(set_meta("format", kRowsFormat));
    SPECTRADB_RETURN_IF_ERROR(set_meta(kStorage, kRowsStorage));
    SPECTRADB_RETURN_IF_ERROR(make_rows_store());
    return set_meta("store_id", store_->id());
  }
  SPECTRADB_ASSIGN_OR_RETURN(StoreLocation location, locate_store(connection_.handle(), schema_));
  SPECTRADB_ASSIGN_OR_RETURN(std::shared_ptr<lsm::Store> made, create_store(location, knobs_of_new_store()));
  SPECTRADB_RETURN_IF_ERROR(turn_knobs(*made));
  SPECTRADB_RETURN_IF_ERROR(set_meta("format", kFormat));
  SPECTRADB_RETURN_IF_ERROR(set_meta("store_id", made->id()));
  store_ = made;
  snapshot_known_ = false;
  connection_.keep_store(schema_, store_);
  return Status::ok();
}

// SQLite does not tell; a statement inside the one that runs does.
bool Database::is_interrupted() {
  QueryScope scope(nothing_);
  const Result<bool> row = nothing_.step();
  return !row && row.status().code() == Code::kInterrupted;
}

Result<CommitTable::Commit> Database::newest_commit() {
  if (store_ == nullptr) SPECTRADB_RETURN_IF_ERROR(own_tables_.check_kinds());
  Result<CommitTable::Commit> newest = commits_.newest();
  if (!newest) SPECTRADB_RETURN_IF_ERROR(check_format());
  return newest;
}

Status Database::check_format() {
  Result<std::string> format = meta("format");
  static constexpr std::string_view kKnown[] = {kFormatWithoutSeals, kFormat, kRowsFormat};
  if (!format || format->empty() ||
      std::find(std::begin(kKnown), std::end(kKnown), *format) != std::end(kKnown))
    return Status::ok();
  return Status::invalid("the temporal tables of " + schema_ + " have format " + *format +
                         ", and this release of SpectraDB reads formats " + std::string(kFormatWithoutSeals) +
                         " to " + std::string(kRowsFormat) + ": use the release that made them");
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

// The pager's data version costs less than the question, but speaks only while a read transaction is open.
Result<uint64_t> Database::find_snapshot(bool is_reading) {
  unsigned int version = 0;
  if (is_reading) {
    sqlite3_file_control(connection_.handle(), schema_.c_str(), SQLITE_FCNTL_DATA_VERSION, &version);
    if (snapshot_known_ && version == data_version_) return snapshot_;
  }
  SPECTRADB_ASSIGN_OR_RETURN(const CommitTable::Commit newest, newest_commit());
  Result<lsm::Store*> open = store();
  if (!open) return open.status();
  if (rows_ != nullptr) {
    SPECTRADB_RETURN_IF_ERROR(follow_rows(newest));
  } else {
    SPECTRADB_RETURN_IF_ERROR(agree(newest, Use::kRead));
    SPECTRADB_RETURN_IF_ERROR(store_->publish(newest.number, newest.frame));
  }
  snapshot_ = newest.number;
  data_version_ = version;
  snapshot_known_ = is_reading;
  return snapshot_;
}

Result<std::optional<int64_t>> Database::commit_time_us(uint64_t commit) { return commits_.time_us(commit); }

// Commit times rise with commit numbers: a binary search, without an index to maintain.
Result<uint64_t> Database::commit_at_or_before(int64_t time_us) {
  Result<uint64_t> newest = last_commit();
  if (!newest) return newest;
  uint64_t low = 0;  // at or before; commit 0 is before everything
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
    return std::make_unique<temporal::RowCursor>(store_->new_cursor({}), temporal::ReadTimes{});
  auto reader = std::move(readers_.back());
  readers_.pop_back();
  return reader;
}

void Database::give_back(std::unique_ptr<temporal::RowCursor> reader) {
  std::erase_if(readers_, [](const auto& kept) { return !kept->versions().is_current(); });
  if (readers_.size() < kKeptReaders && reader->versions().is_current())
    readers_.push_back(std::move(reader));
}

Status Database::begin() {
  if (batch_ != nullptr) return Status::ok();
  Result<lsm::Store*> open = store();
  if (!open) return open.status();
  SPECTRADB_RETURN_IF_ERROR(own_tables_.check_triggers());
  // SQLite's write lock is held: what this connection sees is the last commit, and the next number is ours.
  SPECTRADB_ASSIGN_OR_RETURN(const CommitTable::Commit newest, newest_commit());
  if (rows_ != nullptr) {
    SPECTRADB_RETURN_IF_ERROR(follow_rows(newest));
  } else {
    SPECTRADB_RETURN_IF_ERROR(agree(newest, Use::kWrite));
    SPECTRADB_RETURN_IF_ERROR(store_->publish(newest.number, newest.frame));
  }
  base_commit_ = newest.number;
  base_time_us_ = newest.time_us;
  // Savepoints that are older than the first fact stand before all of them.
  SPECTRADB_ASSERT(savepoints_.stand_before_all_writes());
  auto batch = std::make_shared<lsm::WriteBatch>();
  batch->make_room_for_rollback();
  batch_ = std::move(batch);
  batch_max_bytes_ = kMemtablesOfBatch * store_->knob(*lsm::find_knob("memtable_max_bytes"));
  for (CommitPart* part : parts_) part->begin();
  attempt_.withdraw();
  return Status::ok();
}

Status Database::make_room() {
  if (batch_->size_bytes() < batch_max_bytes_) return Status::ok();
  return store_->spill(own_commit(), *batch_);
}

bool Database::is_on_disk() const { return !is_in_memory(connection_.handle(), schema_); }

bool Database::wants_sync() {
  Query query(connection_.handle(), "PRAGMA " + quoted(schema_) + ".synchronous");
  Result<bool> row = query.step();
  return !row || !*row || query.integer(0) != 0;
}

// Tables of an earlier release get seals with the first commit or change of this one, whose rows have some.
Status Database::upgrade() {
  if (is_upgraded_) return Status::ok();
  SPECTRADB_ASSIGN_OR_RETURN(const std::string format, meta("format"));
  if (format == kFormatWithoutSeals) {
    SPECTRADB_RETURN_IF_ERROR(catalog_seal_.will_define_all());
    SPECTRADB_RETURN_IF_ERROR(commits_.add_seals());
    SPECTRADB_RETURN_IF_ERROR(set_meta("format", kFormat));
  }
  is_upgraded_ = true;
  return Status::ok();
}

Status Database::record_commit(uint64_t commit, uint64_t frame) {
  const int64_t clock_us = wall_clock_us();
  const std::optional<int64_t> before_us = base_commit_ > 0 ? std::optional(base_time_us_) : std::nullopt;
  const int64_t time_us = monotone_time_us(clock_us, before_us);
  const std::optional<int64_t> reading =
      needs_reading(time_us, before_us) ? std::optional(clock_us) : std::nullopt;
  SPECTRADB_RETURN_IF_ERROR(own_tables_.check_triggers());
  const KeptRowid kept(connection_.handle());
  Status status = upgrade();
  if (status && reading) status = catalog_seal_.will_make(kClockTable);
  if (status) status = clock_readings_.record(commit, reading, attempt_.may_have_row());
  for (CommitPart* part : parts_)
    if (status) status = part->write(commit);
  RowSeal seal;
  begin_commit_seal(seal, commit, temporal::Value::of_integer(time_us),
                    temporal::Value::of_integer(static_cast<int64_t>(frame)));
  if (reading) add_clock(seal, {reading, std::nullopt});
  if (status && !connection_.part<Annotations>().list().empty()) status = add_notes(seal, *this, commit);
  if (status)
    status = commits_.record(
        {{commit, frame, time_us}, attempt_.copy(), attempt_.is_synced(), seal.value(store_->id())},
        attempt_.may_have_row());
  attempt_.row_was_tried();
  if (status) status = catalog_seal_.write();
  return status;
}

Status Database::seal_catalog() {
  if (!catalog_seal_.is_changed()) return Status::ok();
  SPECTRADB_RETURN_IF_ERROR(upgrade());
  return catalog_seal_.write();
}

// May run again: COMMIT can fail with SQLITE_BUSY after it, the user may add to the transaction and commit
// again.
Status Database::sync() {
  if (sql_rows_ != nullptr) SPECTRADB_RETURN_IF_ERROR(sql_rows_->half_done);
  for (CommitPart* part : parts_) SPECTRADB_RETURN_IF_ERROR(part->settle());
  for (CommitPart* part : parts_) SPECTRADB_RETURN_IF_ERROR(part->check());
  if (batch_ == nullptr) return seal_catalog();
  if (batch_->count() == 0) {
    if (attempt_.is_prepared()) SPECTRADB_RETURN_IF_ERROR(store_->abort(own_commit(), attempt_.frame()));
    attempt_.withdraw();
    return seal_catalog();
  }
  const bool is_same = attempt_.holds(*batch_);
  const bool is_written =
      std::all_of(parts_.begin(), parts_.end(), [](const CommitPart* part) { return part->is_written(); });
  if (is_same && attempt_.is_recorded() && is_written) return seal_catalog();
  if (!is_same) {
    for (CommitPart* part : parts_) SPECTRADB_RETURN_IF_ERROR(part->check_facts());
    if (batch_->is_spilled() || (rows_ != nullptr && rows_->is_large(*batch_)))
      SPECTRADB_RETURN_IF_ERROR(store_->spill(own_commit(), *batch_));
    if (rows_ != nullptr)  // what they read, the store keeps
      std::erase_if(readers_, [](const auto& kept) { return !kept->versions().is_current(); });
    // Copies in a database that is in memory would save nothing.
    const lsm::Sync sync = is_on_disk() ? lsm::Sync::kCopy : lsm::Sync::kNone;
    const Result<lsm::PreparedFrame> frame = patiently(connection_, [&] {
      return store_->prepare(own_commit(), batch_, sync, [this] { return wants_sync(); });
    });
    if (!frame) return frame.status();
    attempt_.prepared(*frame, rows_ == nullptr && (frame->is_synced || !is_on_disk()), *batch_);
  }
  // The row of the commit names the frame that holds all of the batch, and no other.
  SPECTRADB_ENSURE(attempt_.holds(*batch_));
  SPECTRADB_RETURN_IF_ERROR(record_commit(own_commit(), attempt_.frame()));
  attempt_.recorded();
  return Status::ok();
}

// The transaction is over, whatever becomes of the rest: what is not published now, the next reader
// publishes.
Status Database::commit() {
  const bool was_prepared = attempt_.is_prepared();
  end_transaction();
  made_rows_ = false;
  if (rows_ != nullptr && !was_prepared) rows_->accept();
  return was_prepared ? store_->publish(own_commit(), attempt_.frame()) : Status::ok();
}

Status Database::rollback() {
  const bool was_prepared = attempt_.is_prepared();
  if (batch_ != nullptr) batch_->remove_files();
  is_upgraded_ = false;
  end_transaction();
  if (rows_ != nullptr) {
    rows_->drop();
    if (std::exchange(made_rows_, false)) give_up_rows_store();
    return Status::ok();
  }
  return was_prepared ? store_->abort(own_commit(), attempt_.frame()) : Status::ok();
}

void Database::end_transaction() {
  batch_.reset();
  if (sql_rows_ != nullptr) sql_rows_->half_done = Status::ok();
  attempt_.end();
  snapshot_known_ = false;
  savepoints_.clear();
  first_own_id_.reset();
  catalog_seal_.end();
  for (CommitPart* part : parts_) part->end();
}

void Database::savepoint(int level) {
  attempt_.doubt_row();
  Savepoint here;
  if (batch_ != nullptr) {
    here.mark = batch_->mark();
    batch_->make_room_for_rollback();
  }
  if (rows_ != nullptr) {
    here.edits = rows_->edits();
    if (batch_ != nullptr) here.held = batch_->held();
  }
  savepoints_.open(level, here);
}

void Database::release(int level) { savepoints_.release(level); }

void Database::rollback_to(int level) {
  ++rollbacks_;
  attempt_.doubt_row();
  is_upgraded_ = false;
  catalog_seal_.rolled_back();
  const std::optional<Savepoint> back = savepoints_.roll_back_to(level);
  if (!back) return;
  if (rows_ != nullptr) {  // SQLite has taken back their rows
    rows_->take_back(back->edits);
    if (batch_ != nullptr) batch_->hold(back->held.get());
  }
  if (batch_ != nullptr) take_back(back->mark);
  if (made_rows_ && rows_ != nullptr && rows_->edits() == 0) give_up_rows_store();
}

// Where a statement of ours has found no memory or no room, SQLite has rolled back the transaction, and all facts are gone.
void Database::take_back(uint32_t mark) {
  if (batch_ == nullptr) return;
  batch_->rollback_to(mark);
  for (CommitPart* part : parts_) part->take_back(mark);
}

}  // namespace spectradb::extension
