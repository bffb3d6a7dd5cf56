#include "extension/facets/retention/retirement.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <thread>

#include "extension/access/sole_use.h"
#include "extension/facets/erase/holds.h"
#include "extension/facets/ledger/entries.h"
#include "extension/facets/ledger/retired_facts.h"
#include "extension/facets/ledger/retired_leaves.h"
#include "extension/host/kept_rowid.h"
#include "extension/host/query.h"
#include "extension/schema/schema_change.h"
#include "extension/schema/table_options.h"
#include "extension/session/connection.h"
#include "extension/session/database.h"
#include "extension/session/erasures.h"
#include "extension/session/own_table_seal.h"
#include "extension/session/transaction.h"
#include "extension/session/write_scope.h"
#include "extension/table/table.h"
#include "extension/times/horizon.h"
#include "extension/write/foreign_keys.h"
#include "lsm/store/history_forgetter.h"
#include "lsm/store/store.h"
#include "sql/shape/nested_statement.h"
#include "temporal/index_schema.h"
#include "temporal/instant.h"
#include "temporal/key_codec.h"
#include "temporal/retention.h"

namespace spectradb::extension::retention {

namespace {

constexpr auto kPauseBetweenAttempts = std::chrono::milliseconds(1);  // while another process merges

Status busy_reader() {
  return Status::busy(
      "somebody reads this database, or has it locked, and may still read what is to be retired: retire "
      "again "
      "once that has ended");
}

lsm::KeyRange keys_of_ids(uint32_t first_id, uint32_t end_id) {
  lsm::KeyRange range;
  temporal::append_table_id(range.from, first_id);
  temporal::append_table_id(range.to, end_id);
  return range;
}

}  // namespace

Status Retirement::check_may_begin() {
  sqlite3* db = database_->connection().handle();
  if (sqlite3_get_autocommit(db) == 0)
    return Status::invalid(
        "what is retired cannot be rolled back, so that is no part of a transaction: COMMIT first, then "
        "retire");
  if (!runs_alone(db))
    return Status::busy(
        "history is retired alone: finish or reset the other statements of this connection, and call "
        "spectradb_retire() in a SELECT that reads no table");
  return check_no_readers();
}

Status Retirement::check_no_readers() {
  SPECTRADB_ASSIGN_OR_RETURN(const bool are_there, has_readers(*database_, LogStart::kRestart));
  return are_there ? busy_reader() : Status::ok();
}

// Another connection may have dropped it, and made another one of that name.
Status Retirement::check_same_table() {
  SPECTRADB_ASSIGN_OR_RETURN(const std::optional<uint32_t> id, database_->find_table(table_.schema.name));
  if (id == table_.schema.id) return Status::ok();
  return Status::busy("table " + table_.schema.name + " was dropped or renamed meanwhile: retire again");
}

Result<uint64_t> Retirement::last_to_retire(const std::string& length, uint64_t last) {
  if (length.empty()) return last;
  SPECTRADB_ASSIGN_OR_RETURN(const int64_t since,
                             temporal::retained_since(length, database_->connection().statement_now()));
  return database_->commit_at_or_before(since);
}

Status Retirement::check_may_retire(uint64_t commit, const std::string& length, uint64_t last) {
  SPECTRADB_ASSIGN_OR_RETURN(const uint64_t allowed, last_to_retire(length, last));
  if (commit <= allowed) return Status::ok();
  return Status::invalid("table " + table_.schema.name + " keeps its history for " + length +
                         ", and so all from commit " + std::to_string(allowed) + " on: commit " +
                         std::to_string(commit) +
                         " cannot become its horizon; ALTER TABLE … SET RETENTION says a shorter time");
}

// What others have changed before this connection may write is read anew: nobody changes it any more.
Result<uint64_t> Retirement::raise(uint64_t commit, const Cause& cause) {
  SchemaChange change(*database_);
  SPECTRADB_RETURN_IF_ERROR(change.begin());
  SPECTRADB_RETURN_IF_ERROR(check_same_table());
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<std::string> now,
                             arguments_of_table(*database_, table_.schema.name));
  const uint64_t before = temporal::horizon_of(now);
  if (before >= commit) return before;
  SPECTRADB_RETURN_IF_ERROR(check_may_retire(commit, temporal::retention_of(now), commit));
  SPECTRADB_RETURN_IF_ERROR(keep_held(before));
  SPECTRADB_RETURN_IF_ERROR(record(commit, before, cause));
  SPECTRADB_RETURN_IF_ERROR(ledger::tell_retirements(*database_));
  SPECTRADB_RETURN_IF_ERROR(set_option_of(change, *database_, table_.schema.name, temporal::kHorizonOption,
                                          std::to_string(commit)));
  SPECTRADB_RETURN_IF_ERROR(change.announce());
  SPECTRADB_RETURN_IF_ERROR(change.keep());
  return commit;
}

// A hold that was there before the horizon was raised keeps what there was.
Status Retirement::keep_held(uint64_t before) {
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_holds, database_->has_table(erase::kHoldsOwnTable));
  if (!has_holds) return Status::ok();
  return change_own_table(*database_, kKeptTable, rows_of("table_id", int64_t{table_.schema.id}),
                          [&] { return insert_kept(before); });
}

Status Retirement::insert_kept(uint64_t before) {
  sqlite3* db = database_->connection().handle();
  const std::string kept = database_->qualified(kKeptTable);
  SPECTRADB_RETURN_IF_ERROR(execute(db, "CREATE TABLE IF NOT EXISTS " + kept +
                                            "(table_id INTEGER NOT NULL, user_key BLOB NOT NULL, horizon "
                                            "INTEGER NOT NULL, PRIMARY KEY (table_id, user_key)) WITHOUT "
                                            "ROWID"));
  Query insert(db, "INSERT OR IGNORE INTO " + kept +
                       "(table_id, user_key, horizon) SELECT table_id, user_key, ?2 FROM " +
                       database_->qualified(erase::kHoldsOwnTable) + " WHERE table_id = ?1");
  insert.bind(1, static_cast<int64_t>(table_.schema.id)).bind(2, static_cast<int64_t>(before));
  return insert.run();
}

Status Retirement::record(uint64_t commit, uint64_t before, const Cause& cause) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::string added,
                             new_rows(*database_, kRetirementsOwnTable, "retirement_no"));
  return change_own_table(*database_, kRetirementsOwnTable, added,
                          [&] { return insert_retirement(commit, before, cause); });
}

Status Retirement::insert_retirement(uint64_t commit, uint64_t before, const Cause& cause) {
  sqlite3* db = database_->connection().handle();
  const std::string own = database_->qualified(kRetirementsOwnTable);
  SPECTRADB_RETURN_IF_ERROR(
      execute(db, "CREATE TABLE IF NOT EXISTS " + own +
                      "(retirement_no INTEGER PRIMARY KEY, table_id INTEGER NOT NULL, table_name TEXT NOT "
                      "NULL, horizon INTEGER NOT NULL, was INTEGER NOT NULL, retired_us INTEGER NOT NULL, "
                      "reason, author)"));
  SPECTRADB_ASSIGN_OR_RETURN(const int64_t number, next_retirement());
  const KeptRowid rowid(db);
  Query insert(db, "INSERT INTO " + own +
                       "(table_id, table_name, horizon, was, retired_us, reason, author, retirement_no) "
                       "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
  insert.bind(8, number);
  insert.bind(1, static_cast<int64_t>(table_.schema.id)).bind(2, std::string_view(table_.schema.name));
  insert.bind(3, static_cast<int64_t>(commit)).bind(4, static_cast<int64_t>(before));
  insert.bind(5, database_->connection().statement_now()).bind(6, cause.reason).bind(7, cause.author);
  return insert.run();
}

// Retirements of system time and of valid time are numbered as they come.
Result<int64_t> Retirement::next_retirement() {
  int64_t last_number = 0;
  for (const char* table : {kRetirementsOwnTable, kValidRetirementsOwnTable}) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool there, database_->has_table(table));
    if (!there) continue;
    Query last(database_->connection().handle(),
               "SELECT coalesce(max(retirement_no), 0) FROM " + database_->qualified(table));
    SPECTRADB_RETURN_IF_ERROR(last.step().status());
    last_number = std::max(last_number, last.integer(0));
  }
  return last_number + 1;
}

// In the table's form.
std::string Retirement::shown_valid(int64_t us) const {
  const temporal::Bound bound = valid_horizon_in_form(table_.schema, us);
  return bound.as_text ? temporal::format_instant(us) : std::to_string(us);
}

Status Retirement::check_may_retire_valid(int64_t us, const std::string& length) {
  const int64_t now_us = database_->connection().statement_now();
  const auto shown = [&](int64_t instant) { return shown_valid(instant); };
  if (us > now_us)
    return Status::invalid("spectradb_retire: " + shown(us) + " is a time to come, now it is " +
                           shown(now_us) + ", and what holds now has not ended; name an earlier time");
  if (length.empty()) return Status::ok();
  SPECTRADB_ASSIGN_OR_RETURN(const int64_t since, temporal::retained_since(length, now_us));
  if (us <= since) return Status::ok();
  return Status::invalid("table " + table_.schema.name + " keeps what has ended for " + length +
                         ", and so what ended after " + shown(since) + ": " + shown(us) +
                         " cannot become its horizon of valid time; ALTER TABLE … SET RETENTION … ON VALID "
                         "TIME says a shorter time");
}

// What is written in this transaction is written as the new horizon shows the table; if it is not kept, the table is
// connected anew.
Result<int64_t> Retirement::raise_valid(int64_t us, const Cause& cause) {
  SchemaChange change(*database_);
  SPECTRADB_RETURN_IF_ERROR(change.begin());
  SPECTRADB_RETURN_IF_ERROR(check_same_table());
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<std::string> now,
                             arguments_of_table(*database_, table_.schema.name));
  const int64_t before = temporal::valid_horizon_of(now);
  if (before >= us) return before;
  SPECTRADB_RETURN_IF_ERROR(check_may_retire_valid(us, temporal::valid_retention_of(now)));
  SPECTRADB_RETURN_IF_ERROR(keep_held_valid(before));
  SPECTRADB_RETURN_IF_ERROR(record_valid(us, before, cause));
  SPECTRADB_RETURN_IF_ERROR(ledger::tell_valid_retirements(*database_));
  database_->set_valid_horizon(table_.schema.id, valid_horizon_in_form(table_.schema, us));
  Status kept = database_->foreign_keys().refer_anew(table_.schema.id);
  if (kept)
    kept = set_option_of(change, *database_, table_.schema.name, temporal::kValidHorizonOption,
                         std::to_string(us));
  if (kept) kept = change.announce();
  if (kept) kept = change.keep();
  if (!kept) database_->set_valid_horizon(table_.schema.id, valid_horizon_in_form(table_.schema, before));
  SPECTRADB_RETURN_IF_ERROR(kept);
  return us;
}

// As keep_held() does for system time.
Status Retirement::keep_held_valid(int64_t before) {
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_holds, database_->has_table(erase::kHoldsOwnTable));
  if (!has_holds) return Status::ok();
  return change_own_table(*database_, kValidKeptTable, rows_of("table_id", int64_t{table_.schema.id}), [&] {
    sqlite3* db = database_->connection().handle();
    const std::string kept = database_->qualified(kValidKeptTable);
    SPECTRADB_RETURN_IF_ERROR(execute(
        db,
        "CREATE TABLE IF NOT EXISTS " + kept +
            "(table_id INTEGER NOT NULL, user_key BLOB NOT NULL, horizon_us INTEGER NOT NULL, PRIMARY KEY "
            "(table_id, user_key)) WITHOUT ROWID"));
    Query insert(db, "INSERT OR IGNORE INTO " + kept +
                         "(table_id, user_key, horizon_us) SELECT table_id, user_key, ?2 FROM " +
                         database_->qualified(erase::kHoldsOwnTable) + " WHERE table_id = ?1");
    insert.bind(1, static_cast<int64_t>(table_.schema.id)).bind(2, before);
    return insert.run();
  });
}

Status Retirement::record_valid(int64_t us, int64_t before, const Cause& cause) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::string added,
                             new_rows(*database_, kValidRetirementsOwnTable, "retirement_no"));
  return change_own_table(*database_, kValidRetirementsOwnTable, added,
                          [&] { return insert_valid_retirement(us, before, cause); });
}

Status Retirement::insert_valid_retirement(int64_t us, int64_t before, const Cause& cause) {
  sqlite3* db = database_->connection().handle();
  const std::string own = database_->qualified(kValidRetirementsOwnTable);
  SPECTRADB_RETURN_IF_ERROR(execute(
      db, "CREATE TABLE IF NOT EXISTS " + own +
              "(retirement_no INTEGER PRIMARY KEY, table_id INTEGER NOT NULL, table_name TEXT NOT "
              "NULL, horizon_us INTEGER NOT NULL, was_us INTEGER, retired_us INTEGER NOT NULL, reason, "
              "author)"));
  SPECTRADB_ASSIGN_OR_RETURN(const int64_t number, next_retirement());
  const KeptRowid rowid(db);
  Query insert(db,
               "INSERT INTO " + own +
                   "(retirement_no, table_id, table_name, horizon_us, was_us, retired_us, reason, author) "
                   "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
  insert.bind(1, number).bind(2, static_cast<int64_t>(table_.schema.id));
  insert.bind(3, std::string_view(table_.schema.name)).bind(4, us);
  insert.bind(5, before == temporal::kBeginningOfTime ? temporal::Value::null()
                                                      : temporal::Value::of_integer(before));
  insert.bind(6, database_->connection().statement_now()).bind(7, cause.reason).bind(8, cause.author);
  return insert.run();
}

Result<int64_t> recorded_valid_horizon(Database& database, uint32_t table_id) {
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, database.has_table(kValidRetirementsOwnTable));
  if (!there) return temporal::kBeginningOfTime;
  Query last(database.connection().handle(), "SELECT max(horizon_us) FROM " +
                                                 database.qualified(kValidRetirementsOwnTable) +
                                                 " WHERE table_id = ?1");
  SPECTRADB_RETURN_IF_ERROR(last.bind(1, static_cast<int64_t>(table_id)).step().status());
  return last.is_null(0) ? temporal::kBeginningOfTime : last.integer(0);
}

// The keys that a hold keeps from a horizon of system time or of valid time.
Result<std::vector<std::string>> Retirement::kept_keys(uint32_t table_id) {
  std::vector<std::string> keys;
  for (const char* table : {kKeptTable, kValidKeptTable}) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool there, database_->has_table(table));
    if (!there) continue;
    Query kept(database_->connection().handle(),
               "SELECT user_key FROM " + database_->qualified(table) + " WHERE table_id = ?1");
    for (kept.bind(1, static_cast<int64_t>(table_id));;) {
      SPECTRADB_ASSIGN_OR_RETURN(const bool row, kept.step());
      if (!row) break;
      keys.emplace_back(kept.blob(0));
    }
  }
  return keys;
}

// 0: none. The text of a table may name a horizon that nobody raised, such as that of another database.
Result<uint64_t> Retirement::recorded_horizon(uint32_t table_id) {
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, database_->has_table(kRetirementsOwnTable));
  if (!there) return uint64_t{0};
  Query last(
      database_->connection().handle(),
      "SELECT max(horizon) FROM " + database_->qualified(kRetirementsOwnTable) + " WHERE table_id = ?1");
  SPECTRADB_RETURN_IF_ERROR(last.bind(1, static_cast<int64_t>(table_id)).step().status());
  return static_cast<uint64_t>(std::max<int64_t>(last.integer(0), 0));
}

Result<Furthest> furthest_retirement(Database& database) {
  Furthest furthest;
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, database.has_table(kRetirementsOwnTable));
  if (!there) return furthest;
  Query last(database.connection().handle(), "SELECT table_name, horizon FROM " +
                                                 database.qualified(kRetirementsOwnTable) +
                                                 " ORDER BY horizon DESC LIMIT 1");
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, last.step());
  if (!row) return furthest;
  furthest.table = last.text(0);
  furthest.horizon = static_cast<uint64_t>(std::max<int64_t>(last.integer(1), 0));
  return furthest;
}

namespace {

// The table whose valid time was retired last.
Result<std::string> last_retired_valid(Database& database) {
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, database.has_table(kValidRetirementsOwnTable));
  if (!there) return std::string();
  Query last(database.connection().handle(), "SELECT table_name FROM " +
                                                 database.qualified(kValidRetirementsOwnTable) +
                                                 " ORDER BY retirement_no DESC LIMIT 1");
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, last.step());
  return row ? std::string(last.text(0)) : std::string();
}

}  // namespace

Result<std::string> unfinished_retirement(Database& database) {
  SPECTRADB_ASSIGN_OR_RETURN(const bool are_unfinished, ledger::RetiredFacts(database).are_unfinished());
  if (!are_unfinished) return std::string();
  SPECTRADB_ASSIGN_OR_RETURN(Furthest furthest, furthest_retirement(database));
  if (furthest.horizon == 0) {  // then it was one of valid time; commit 0 raises no horizon
    SPECTRADB_ASSIGN_OR_RETURN(furthest.table, last_retired_valid(database));
  }
  return "a retirement of database " + database.schema() +
         " was begun and is not finished: SELECT spectradb_retire(" + sql::string_literal(furthest.table) +
         ", " + std::to_string(furthest.horizon) + ") finishes it";
}

Result<lsm::Horizons> Retirement::horizons(const std::set<uint32_t>& left_out) {
  Connection& connection = database_->connection();
  std::vector<lsm::Horizon> horizons;
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<TemporalTable> tables,
                             temporal_tables_of(connection, database_->schema()));
  for (const TemporalTable& table : tables) {
    const Table* connected = connection.find_table(database_->schema(), table.schema.name);
    const uint32_t id = table.schema.id;
    if (connected == nullptr || left_out.find(id) != left_out.end()) continue;
    SPECTRADB_ASSIGN_OR_RETURN(const uint64_t recorded, recorded_horizon(id));
    const uint64_t horizon = std::min(horizon_of(*connected), recorded);
    SPECTRADB_ASSIGN_OR_RETURN(const int64_t recorded_us, recorded_valid_horizon(*database_, id));
    const int64_t ended_by = std::min(valid_horizon_of(*connected), recorded_us);
    if (horizon == 0 && ended_by == temporal::kBeginningOfTime) continue;
    SPECTRADB_ASSIGN_OR_RETURN(std::vector<std::string> kept, kept_keys(id));
    horizons.push_back({keys_of_ids(id, id + 1), horizon, std::move(kept), ended_by});
    // Whoever reads a key that is held reads it by its key, not by its entries.
    for (const temporal::IndexSchema& index : connected->indexes())
      horizons.push_back({keys_of_ids(index.id, index.id + temporal::kIdsOfAnIndex), horizon, {}, ended_by});
  }
  return lsm::Horizons(std::move(horizons));
}

Status Retirement::busy_horizon() const {
  const std::string horizon = is_of_valid_time_ ? "the horizon of valid time of table " + table_.schema.name +
                                                      " is " + shown_valid(valid_horizon_of(table_))
                                                : "the horizon of table " + table_.schema.name +
                                                      " is commit " + std::to_string(horizon_of(table_));
  return Status::busy(horizon +
                      ", but somebody still reads this database: the space is given back by the next "
                      "spectradb_retire() once that has ended");
}

Status Retirement::give_back() {
  if (const Status alone = check_no_readers(); !alone)
    return alone.code() == Code::kBusy ? busy_horizon() : alone;
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_ledger, database_->has_table(ledger::kEntriesTable));
  if (has_ledger) return retire_from_ledger();
  SPECTRADB_ASSIGN_OR_RETURN(const lsm::Horizons behind, horizons({}));
  return forget(behind);
}

Status Retirement::forget(const lsm::Horizons& behind) {
  if (behind.is_empty()) return Status::ok();
  const auto forget = [&] {
    return database_->work_on_store([&](lsm::Store& store) {
      return lsm::HistoryForgetter::of(store).forget(behind, [this] { return database_->is_interrupted(); });
    });
  };
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(database_->connection().busy_timeout_ms());
  Status forgotten = forget();
  while (forgotten.code() == Code::kBusy && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(kPauseBetweenAttempts);
    forgotten = forget();
  }
  return forgotten;
}

// Of a fact that both take away, both would keep the hash. Of tables whose rows were shredded nothing is retired until an
// erasure has taken away what is left of these.
Result<std::set<uint32_t>> Retirement::shredded_tables() {
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<Erasures::Record> unfinished,
                             Erasures(*database_).unfinished());
  std::set<uint32_t> tables;
  using Stage = Erasures::Stage;
  for (const Erasures::Record& one : unfinished) {
    if (one.stage == Stage::kBegun || one.stage == Stage::kShredding)
      return Status::busy("an erasure of database " + database_->schema() +
                          " was interrupted: SELECT spectradb_erase() finishes that, then retire again");
    if (one.has_facts()) tables.insert(one.table_id);
  }
  if (tables.find(table_.schema.id) == tables.end()) return tables;
  return Status::busy("rows of table " + table_.schema.name +
                      " were shredded: SELECT spectradb_erase() takes away what is left of them, then retire "
                      "again");
}

Status Retirement::retire_from_ledger() {
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool has_more, retire_round_from_ledger());
    if (!has_more) return Status::ok();
  }
}

// Whoever reads from the first transaction on knows that the facts may be there or not.
Result<bool> Retirement::retire_round_from_ledger() {
  ledger::Retiring retiring;
  {
    WriteScope scope(*database_);
    SPECTRADB_RETURN_IF_ERROR(scope.begin());
    SPECTRADB_RETURN_IF_ERROR(join_transaction(database_));
    SPECTRADB_RETURN_IF_ERROR(database_->upgrade());
    SPECTRADB_ASSIGN_OR_RETURN(const std::set<uint32_t> shredded, shredded_tables());
    SPECTRADB_RETURN_IF_ERROR(ledger::finish_dropped(*database_));
    SPECTRADB_ASSIGN_OR_RETURN(const lsm::Horizons behind, horizons(shredded));
    if (!behind.is_empty()) {
      SPECTRADB_ASSIGN_OR_RETURN(retiring, ledger::keep_retired(database_, behind));
    }
    SPECTRADB_RETURN_IF_ERROR(scope.keep());
  }
  if (retiring.going.is_empty() && retiring.entry == 0) return false;
  if (const Status alone = check_no_readers(); !alone)
    return alone.code() == Code::kBusy ? busy_horizon() : alone;
  SPECTRADB_RETURN_IF_ERROR(forget(retiring.going));
  if (retiring.entry == 0) return retiring.has_more;
  WriteScope scope(*database_);
  SPECTRADB_RETURN_IF_ERROR(scope.begin());
  SPECTRADB_RETURN_IF_ERROR(join_transaction(database_));
  SPECTRADB_RETURN_IF_ERROR(ledger::finish_retired(database_, retiring));
  SPECTRADB_RETURN_IF_ERROR(scope.keep());
  return retiring.has_more;
}

}  // namespace spectradb::extension::retention
