#include "extension/facets/erase/eraser.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include "extension/access/sole_use.h"
#include "extension/facets/erase/erased_keys.h"
#include "extension/facets/erase/found_keys.h"
#include "extension/facets/erase/holds.h"
#include "extension/facets/ledger/erased_leaves.h"
#include "extension/facets/ledger/required_notes.h"
#include "extension/facets/ledger/retired_leaves.h"
#include "extension/facets/retention/retirement.h"
#include "extension/facets/undo/row_restorer.h"
#include "extension/host/lent_functions.h"
#include "extension/host/observer.h"
#include "extension/host/query.h"
#include "extension/host/retreat.h"
#include "extension/schema/sequence.h"
#include "extension/session/commit_table.h"
#include "extension/session/connection.h"
#include "extension/session/database.h"
#include "extension/session/dropped_ids.h"
#include "extension/session/store_location.h"
#include "extension/session/transaction.h"
#include "extension/session/write_scope.h"
#include "lsm/store/key_eraser.h"
#include "lsm/store/store.h"
#include "temporal/fact.h"
#include "temporal/key_codec.h"

namespace spectradb::extension::erase {

using temporal::Value;

namespace {

// In spectradb_commits, of the commit that deletes what is to be erased.
constexpr const char* kNote = "erases";

lsm::KeyRange range_of(std::string_view key) { return {std::string(key), std::string(key).append(1, '\0')}; }

// While it vacuums SQLite asks nobody for a collation: each that the user's connection has is asked for before.
Status lend_collations(sqlite3* user, sqlite3* observer) {
  std::vector<std::string> names;
  for (Query list(user, "SELECT name FROM pragma_collation_list");;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, list.step());
    if (!row) break;
    names.push_back(list.text(0));
  }
  for (const std::string& name : names)
    SPECTRADB_RETURN_IF_ERROR(Query(observer, "SELECT 'a' < 'b' COLLATE " + quoted(name)).prepare());
  return Status::ok();
}

// The key of the last row that the table ever had, as far as facts tell; nothing: it had none.
Result<std::string> highest_key(const TemporalTable& table) {
  FactReader reader;
  SPECTRADB_RETURN_IF_ERROR(reader.open(table.database));
  reader.show_from(nullptr);
  std::string first;
  temporal::append_table_id(first, table.schema.id);
  const auto versions = reader.versions(0, UINT64_MAX);
  versions->seek_before(temporal::after_prefix(first));
  SPECTRADB_RETURN_IF_ERROR(versions->status());
  const bool is_there = versions->valid() && versions->user_key().starts_with(first);
  return std::string(is_there ? versions->user_key() : std::string_view());
}

// AUTOINCREMENT gives no key again that ever was: where the facts of the highest one go, its counter tells. The gap that
// the next row leaves would tell as much.
Status keep_count(const TemporalTable& table, const std::vector<std::string>& erased) {
  if (!table.schema.is_autoincrement) return Status::ok();
  SPECTRADB_ASSIGN_OR_RETURN(const std::string highest, highest_key(table));
  if (highest.empty() || std::find(erased.begin(), erased.end(), highest) == erased.end())
    return Status::ok();
  std::string_view rest = std::string_view(highest).substr(kIdBytesOfKey);
  std::string scratch;
  SPECTRADB_ASSIGN_OR_RETURN(const Value key, temporal::take_key_value(rest, scratch));
  SPECTRADB_ASSIGN_OR_RETURN(const int64_t counted, read_sequence(*table.database, table.schema.name));
  return key.integer <= counted ? Status::ok()
                                : write_sequence(*table.database, table.schema.name, key.integer);
}

}  // namespace

Status Eraser::busy_reader() const {
  return Status::busy(
      std::string("somebody reads this database, or has it locked, and may still read what is to be ") +
      act_.done + ": " + act_.verb + " again once that has ended");
}

Status Eraser::check_outside() const {
  sqlite3* db = database_->connection().handle();
  if (sqlite3_get_autocommit(db) == 0)
    return Status::invalid(std::string(act_.noun) +
                           " cannot be rolled back, so it is no part of a transaction: COMMIT first, then " +
                           act_.verb);
  if (runs_alone(db)) return Status::ok();
  return Status::busy(std::string(act_.noun) +
                      " runs alone: finish or reset the other statements of this connection, and call " +
                      act_.call + " in a SELECT that reads no table");
}

// SQLite's file is looked at, and its logs are emptied, by a second connection.
Status Eraser::check_no_readers() {
  sqlite3* db = database_->connection().handle();
  const std::string& schema = database_->schema();
  if (!is_in_memory(db, schema)) {
    Query mode(db, "PRAGMA " + quoted(schema) + ".locking_mode");
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_told, mode.step());
    if (is_told && mode.text(0) == "exclusive")
      return Status::busy(
          "PRAGMA locking_mode = EXCLUSIVE keeps everybody else out of database " + schema +
          ", also the second connection that " + act_.noun +
          " takes: PRAGMA locking_mode = NORMAL, read a table, then " + act_.verb +
          " again; where journal_mode = WAL began in the exclusive mode, open the database anew");
  }
  SPECTRADB_ASSIGN_OR_RETURN(const bool are_there, has_readers(*database_, LogStart::kTruncate));
  return are_there ? busy_reader() : Status::ok();
}

Status Eraser::check_may_begin() {
  SPECTRADB_RETURN_IF_ERROR(check_outside());
  SPECTRADB_ASSIGN_OR_RETURN(lsm::Store * store, database_->store());
  SPECTRADB_RETURN_IF_ERROR(lsm::KeyEraser::of(*store).check_may_erase());
  return check_no_readers();
}

Result<Eraser::Records> Eraser::begun() {
  SPECTRADB_ASSIGN_OR_RETURN(Records records, Erasures(*database_).unfinished());
  std::erase_if(records, [](const Erasures::Record& one) { return !one.has_facts(); });
  for (const Erasures::Record& record : records) {
    if (record.user_key.size() <= kIdBytesOfKey || temporal::table_id_of(record.user_key) != record.table_id)
      return Status::corrupt("the erasure " + record.surrogate + " in " + database_->schema() +
                             "._spectradb_erasures has no key of its table");
  }
  return records;
}

Result<uint64_t> Eraser::begin(const TemporalTable& table, const std::vector<std::string>& user_keys,
                               const Erasures::Cause& cause) {
  WriteScope scope(*database_);
  SPECTRADB_RETURN_IF_ERROR(scope.begin());
  SPECTRADB_RETURN_IF_ERROR(check_not_retiring());
  SPECTRADB_RETURN_IF_ERROR(keep_count(table, user_keys));
  SPECTRADB_ASSIGN_OR_RETURN(Records records, begun());
  std::set<std::string> known;
  for (const Erasures::Record& record : records)
    if (record.table_id == table.schema.id) known.insert(record.user_key);
  FactReader reader;
  SPECTRADB_RETURN_IF_ERROR(reader.open(database_));
  reader.show_from(nullptr);
  uint64_t facts = 0;
  std::string surrogates;
  for (const std::string& user_key : user_keys) {
    Erasures::Record record;
    SPECTRADB_RETURN_IF_ERROR(
        each_version(reader, user_key, [&](const lsm::VersionCursor&) { record.facts += 1; }));
    facts += record.facts;
    if (record.facts == 0 || !known.insert(user_key).second) continue;
    SPECTRADB_RETURN_IF_ERROR(check_not_held(table, user_key));
    record.table_id = table.schema.id;
    record.table = table.schema.name;
    record.user_key = user_key;
    record.stage = is_shredding() ? Erasures::Stage::kShredding : Erasures::Stage::kBegun;
    SPECTRADB_ASSIGN_OR_RETURN(record.surrogate,
                               Erasures(*database_).begin(record, reader.last_commit(), cause));
    surrogates += (surrogates.empty() ? "" : " ") + record.surrogate;
    records.push_back(std::move(record));
  }
  if (!surrogates.empty()) {
    SPECTRADB_RETURN_IF_ERROR(scope.annotate(kNote, Value::text(surrogates)));
    // Nobody else can annotate this commit.
    SPECTRADB_RETURN_IF_ERROR(ledger::annotate_required(*database_, scope, cause.author, cause.reason));
  }
  SPECTRADB_RETURN_IF_ERROR(delete_rows(records));
  const bool has_commit = database_->batch() != nullptr;
  SPECTRADB_ASSIGN_OR_RETURN(const uint64_t before, database_->last_commit());
  last_commit_ = has_commit ? database_->own_commit() : before;
  SPECTRADB_RETURN_IF_ERROR(scope.keep());
  return facts;
}

// Of a fact that both take away, both would keep the hash.
Status Eraser::check_not_retiring() {
  SPECTRADB_ASSIGN_OR_RETURN(const std::string unfinished, retention::unfinished_retirement(*database_));
  return unfinished.empty() ? Status::ok() : Status::busy(unfinished + ", then " + act_.verb + " again");
}

// Deletes at all valid times, so that foreign keys, and the tables that serve them, have their say.
Status Eraser::delete_rows(const Records& records) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<TemporalTable> tables,
                             temporal_tables_of(database_->connection(), database_->schema()));
  for (const Erasures::Record& record : records) {
    const auto table = std::find_if(tables.begin(), tables.end(), [&](const TemporalTable& one) {
      return one.schema.id == record.table_id;
    });
    if (table == tables.end()) continue;  // it was dropped since
    FactReader reader;
    SPECTRADB_RETURN_IF_ERROR(reader.open(database_));
    reader.show_from(nullptr);
    std::optional<std::string> payload;
    Status readable;
    SPECTRADB_RETURN_IF_ERROR(each_version(reader, record.user_key, [&](const lsm::VersionCursor& version) {
      const auto fact = temporal::decode_fact(version.value());
      if (!fact) {
        readable = fact.status();
      } else if (!payload && fact->operation == temporal::Operation::kPut) {
        payload.emplace(fact->payload);
      }
    }));
    SPECTRADB_RETURN_IF_ERROR(readable);
    if (!payload) continue;
    const temporal::Period always{{temporal::kBeginningOfTime, false}, {temporal::kEndOfTime, false}};
    undo::RowRestorer rows(*table);
    SPECTRADB_RETURN_IF_ERROR(
        rows.write({0, undo::RevertedPiece::Write::kDelete, always, record.user_key, *payload}));
  }
  return Status::ok();
}

bool Eraser::is_to_finish(const Erasures::Record& record) const {
  return !is_shredding() || record.stage == Erasures::Stage::kShredding ||
         record.stage == Erasures::Stage::kUnwiped;
}

Result<bool> Eraser::is_unfinished() {
  SPECTRADB_ASSIGN_OR_RETURN(const Records records, Erasures(*database_).unfinished());
  return std::any_of(records.begin(), records.end(),
                     [&](const Erasures::Record& record) { return is_to_finish(record); });
}

Result<uint64_t> Eraser::finish() { return is_shredding() ? finish_shredding() : finish_erasing(); }

Result<uint64_t> Eraser::finish_erasing() {
  Erasures erasures(*database_);
  SPECTRADB_ASSIGN_OR_RETURN(const Records records, erasures.unfinished());
  if (records.empty()) return uint64_t{0};
  uint64_t facts = 0;
  bool has_begun = false;
  for (const Erasures::Record& record : records) {
    facts += record.facts;
    has_begun = has_begun || record.has_facts();
  }
  if (has_begun) SPECTRADB_RETURN_IF_ERROR(erase_facts());
  SPECTRADB_RETURN_IF_ERROR(clean());
  SPECTRADB_RETURN_IF_ERROR(erasures.finish());
  return facts;
}

Status Eraser::erase_facts() {
  {  // What was written since the erasure began, or was left by an interrupted one.
    WriteScope scope(*database_);
    SPECTRADB_RETURN_IF_ERROR(scope.begin());
    SPECTRADB_ASSIGN_OR_RETURN(const Records records, begun());
    SPECTRADB_RETURN_IF_ERROR(delete_rows(records));
    SPECTRADB_RETURN_IF_ERROR(scope.keep());
  }
  SPECTRADB_ASSIGN_OR_RETURN(last_commit_, database_->last_commit());
  SPECTRADB_RETURN_IF_ERROR(keep_what_stays());
  if (database_->has_rows_store()) {
    return database_->work_on_store([this](lsm::Store& store) {
      SPECTRADB_RETURN_IF_ERROR(database_->retire_dropped());
      return erase_in_transaction(store);
    });
  }
  SPECTRADB_RETURN_IF_ERROR(database_->retire_dropped());
  SPECTRADB_ASSIGN_OR_RETURN(lsm::Store * store, database_->store());
  sqlite3* db = database_->connection().handle();
  SPECTRADB_RETURN_IF_ERROR(execute(db, "BEGIN IMMEDIATE"));
  Status erased = erase_in_transaction(*store);
  if (erased) erased = keep_no_frames();
  if (erased) erased = execute(db, "COMMIT");
  if (!erased) retreat(db);
  return erased;
}

// In a transaction of its own: a store that has forgotten the facts may be in force before SQLite's transaction is.
Status Eraser::keep_what_stays() {
  WriteScope scope(*database_);
  SPECTRADB_RETURN_IF_ERROR(scope.begin());
  SPECTRADB_RETURN_IF_ERROR(join_transaction(database_));
  SPECTRADB_RETURN_IF_ERROR(database_->upgrade());
  SPECTRADB_ASSIGN_OR_RETURN(const Records records, begun());
  SPECTRADB_ASSIGN_OR_RETURN(const ErasedKeys keys, erased_keys(database_, records, last_commit_));
  SPECTRADB_ASSIGN_OR_RETURN(std::vector<ledger::ErasedFact> facts, facts_of(database_, records, keys));
  std::vector<std::string> sorted;
  for (const auto& [key, erasure] : keys) sorted.push_back(key);
  SPECTRADB_RETURN_IF_ERROR(ledger::keep_leaves(database_, sorted, std::move(facts)));
  return scope.keep();
}

// With SQLite's write lock.
Status Eraser::erase_in_transaction(lsm::Store& store) {
  SPECTRADB_RETURN_IF_ERROR(check_dropped_are_retired(store));
  SPECTRADB_ASSIGN_OR_RETURN(const Records records, begun());
  SPECTRADB_ASSIGN_OR_RETURN(const ErasedKeys keys, erased_keys(database_, records, last_commit_));
  std::vector<lsm::KeyRange> ranges;
  for (const auto& [key, erasure] : keys) ranges.push_back(range_of(key));
  SPECTRADB_RETURN_IF_ERROR(
      lsm::KeyEraser::of(store).erase(ranges, [this] { return database_->is_interrupted(); }));
  SPECTRADB_RETURN_IF_ERROR(ledger::forget_salts(*database_));
  SPECTRADB_RETURN_IF_ERROR(ledger::finish_dropped(*database_));
  // What was shredded may be written again, by other keys.
  const bool are_shredded = std::any_of(records.begin(), records.end(), [](const Erasures::Record& record) {
    return record.stage == Erasures::Stage::kShredded || record.stage == Erasures::Stage::kUnwiped;
  });
  if (are_shredded) SPECTRADB_RETURN_IF_ERROR(database_->subjects().begin_epoch());
  return Erasures(*database_).facts_are_gone();
}

// Entries of an index that was dropped have values of the row, and no schema that could read them.
Status Eraser::check_dropped_are_retired(lsm::Store& store) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<lsm::KeyRange> dropped,
                             find_dropped_keys(database_->connection().handle(), database_->schema()));
  const bool are_retired = std::all_of(dropped.begin(), dropped.end(),
                                       [&](const lsm::KeyRange& range) { return store.are_retired(range); });
  return are_retired ? Status::ok() : busy_reader();
}

// What the log no longer has needs no copy: the facts are in SSTables.
Status Eraser::keep_no_frames() {
  sqlite3* db = database_->connection().handle();
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_seals, CommitTable::has_seals(db, database_->schema()));
  const std::string columns = has_seals ? "commit_no, time_us, frame, seal" : "commit_no, time_us, frame";
  const std::string recent = database_->qualified("_spectradb_recent");
  SPECTRADB_RETURN_IF_ERROR(execute(db, "INSERT INTO " + database_->qualified("_spectradb_commits") + "(" +
                                            columns + ") SELECT " + columns + " FROM " + recent +
                                            " ORDER BY commit_no"));
  return execute(db, "DELETE FROM " + recent);
}

// Free pages, and free space in pages, may hold bytes of what was there: VACUUM leaves none of them.
Status Eraser::clean() {
  Connection& connection = database_->connection();
  if (is_in_memory(connection.handle(), database_->schema())) return Status::ok();
  Observer observer(connection.handle(), database_->schema(), connection.busy_timeout_ms());
  if (!observer.is_open()) return Status::io("the database file cannot be opened a second time");
  LentFunctions lent(connection.handle(), observer.handle());
  SPECTRADB_RETURN_IF_ERROR(lent.begin());
  SPECTRADB_RETURN_IF_ERROR(lend_collations(connection.handle(), observer.handle()));
  const Status vacuumed = lent.with_functions([&] { return execute(observer.handle(), "VACUUM"); });
  if (!vacuumed) return vacuumed.code() == Code::kBusy ? busy_reader() : vacuumed;
  SPECTRADB_ASSIGN_OR_RETURN(const bool is_begun, begin_log_anew(observer.handle(), LogStart::kTruncate));
  return is_begun ? Status::ok() : busy_reader();
}

}  // namespace spectradb::extension::erase
