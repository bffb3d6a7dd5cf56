// How keys of subjects are dropped (eraser.h).
#include <algorithm>
#include <set>
#include <string>

#include "extension/access/sole_use.h"
#include "extension/facets/erase/erased_keys.h"
#include "extension/facets/erase/eraser.h"
#include "extension/facets/erase/found_keys.h"
#include "extension/facets/ledger/erased_leaves.h"
#include "extension/host/observer.h"
#include "extension/host/query.h"
#include "extension/session/connection.h"
#include "extension/session/database.h"
#include "extension/session/store_location.h"
#include "extension/session/transaction.h"
#include "extension/session/write_scope.h"
#include "temporal/subject_keys.h"

namespace spectradb::extension::erase {

using temporal::Value;

Status Eraser::check_none_is_erased() {
  SPECTRADB_ASSIGN_OR_RETURN(const Records records, begun());
  for (const Erasures::Record& record : records) {
    if (record.stage != Erasures::Stage::kBegun) continue;
    return Status::busy(
        "the erasure " + record.surrogate + " in table " + record.table +
        " was begun and is not finished: SELECT spectradb_erase() finishes it, then shred again");
  }
  return Status::ok();
}

Result<uint64_t> Eraser::finish_shredding() {
  uint64_t facts = 0;
  bool has_begun = false;
  SPECTRADB_ASSIGN_OR_RETURN(const Records records, Erasures(*database_).unfinished());
  for (const Erasures::Record& record : records) {
    if (is_to_finish(record)) facts += record.facts;
    has_begun = has_begun || record.stage == Erasures::Stage::kShredding;
  }
  if (has_begun) {
    if (last_commit_ == 0) SPECTRADB_RETURN_IF_ERROR(record_all_rows());
    SPECTRADB_RETURN_IF_ERROR(drop_keys());
  }
  SPECTRADB_RETURN_IF_ERROR(wipe_logs());
  if (facts > 0) SPECTRADB_RETURN_IF_ERROR(Erasures(*database_).are_wiped());
  return facts;
}

// Since an interrupted one began, its subjects may have been written again.
Status Eraser::record_all_rows() {
  SPECTRADB_RETURN_IF_ERROR(connect_sealed_tables(*database_));
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<TemporalTable> tables,
                             temporal_tables_of(database_->connection(), database_->schema()));
  SPECTRADB_ASSIGN_OR_RETURN(const Records records, begun());
  for (const TemporalTable& table : tables) {
    std::set<std::string> subjects;
    for (const Erasures::Record& record : records)
      if (record.table_id == table.schema.id && record.stage == Erasures::Stage::kShredding)
        subjects.emplace(temporal::SubjectKeys::subject_of(record.user_key));
    if (subjects.empty()) continue;
    SPECTRADB_ASSIGN_OR_RETURN(const std::vector<std::string> keys, keys_of_subjects(database_, subjects));
    SPECTRADB_RETURN_IF_ERROR(begin(table, keys, {Value::null(), Value::null()}).status());
  }
  if (last_commit_ != 0) return Status::ok();  // else the tables were dropped
  SPECTRADB_ASSIGN_OR_RETURN(last_commit_, database_->last_commit());
  return Status::ok();
}

// With SQLite's write lock. A key opens all rows of its subject.
Status Eraser::check_all_recorded(const Records& records) {
  std::set<std::string> subjects;
  std::set<std::string_view> recorded;
  for (const Erasures::Record& record : records) {
    recorded.insert(record.user_key);
    subjects.emplace(temporal::SubjectKeys::subject_of(record.user_key));
  }
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<std::string> keys, keys_of_subjects(database_, subjects));
  const bool are_all = std::all_of(
      keys.begin(), keys.end(), [&](const std::string& key) { return recorded.find(key) != recorded.end(); });
  return are_all ? Status::ok()
                 : Status::busy("a row of a subject that is to be shredded was written meanwhile");
}

// In one transaction, so that whoever reads later sees rows that are there, or erased ones.
Status Eraser::drop_keys() {
  WriteScope scope(*database_);
  SPECTRADB_RETURN_IF_ERROR(scope.begin());
  SPECTRADB_RETURN_IF_ERROR(join_transaction(database_));
  SPECTRADB_RETURN_IF_ERROR(database_->upgrade());
  SPECTRADB_RETURN_IF_ERROR(check_none_is_erased());
  SPECTRADB_ASSIGN_OR_RETURN(Records records, begun());
  std::erase_if(records,
                [](const Erasures::Record& one) { return one.stage != Erasures::Stage::kShredding; });
  if (records.empty()) return Status::ok();
  SPECTRADB_RETURN_IF_ERROR(check_all_recorded(records));
  std::vector<std::string> subjects;
  for (const Erasures::Record& record : records)
    subjects.emplace_back(temporal::SubjectKeys::subject_of(record.user_key));
  SPECTRADB_ASSIGN_OR_RETURN(const ErasedKeys keys, erased_keys(database_, records, last_commit_));
  SPECTRADB_ASSIGN_OR_RETURN(std::vector<ledger::ErasedFact> facts, facts_of(database_, records, keys));
  std::vector<std::string> sorted;
  for (const auto& [key, erasure] : keys) sorted.push_back(key);
  SPECTRADB_RETURN_IF_ERROR(ledger::keep_leaves(database_, sorted, std::move(facts)));
  SPECTRADB_RETURN_IF_ERROR(ledger::forget_salts(*database_));
  SPECTRADB_RETURN_IF_ERROR(database_->subjects().drop(records.front().table, subjects));
  SPECTRADB_RETURN_IF_ERROR(Erasures(*database_).keys_are_dropped());
  return scope.keep();
}

// Takes the dropped keys out of logs and journals. A rollback journal may be kept with the pages as they were: a connection that deletes its own takes it away.
Status Eraser::wipe_logs() {
  Connection& connection = database_->connection();
  if (is_in_memory(connection.handle(), database_->schema())) return Status::ok();
  Observer observer(connection.handle(), database_->schema(), connection.busy_timeout_ms());
  if (!observer.is_open()) return Status::io("the database file cannot be opened a second time");
  Query version(observer.handle(), "PRAGMA user_version");
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, version.step());
  const std::string same = std::to_string(row ? version.integer(0) : 0);
  version.reset();
  // SQLite moves pages there, also the one of the seeds, and leaves what they had in free ones.
  Query vacuum(observer.handle(), "PRAGMA auto_vacuum");
  SPECTRADB_ASSIGN_OR_RETURN(const bool is_told, vacuum.step());
  const bool moves_pages = is_told && vacuum.integer(0) != 0;
  vacuum.reset();
  if (moves_pages) return clean();
  const Status written = execute(observer.handle(), "PRAGMA user_version = " + same);
  if (!written) return written.code() == Code::kBusy ? busy_reader() : written;
  SPECTRADB_ASSIGN_OR_RETURN(const bool is_begun, begin_log_anew(observer.handle(), LogStart::kTruncate));
  return is_begun ? Status::ok() : busy_reader();
}

}  // namespace spectradb::extension::erase
