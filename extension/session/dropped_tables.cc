// The space of dropped tables and indexes. Their ids are those that were given out and that SQLite's own
// tables no longer list. SQLite is asked each time, so a crash forgets nothing. The store may remove their
// facts once nobody can read them: when the DROP is committed, durable, and older than every snapshot. Until
// then a dropped table can come back (extension/schema/dropped_catalog.h).
#include "extension/session/dropped_tables.h"

#include <algorithm>
#include <set>

#include "extension/host/errors.h"
#include "extension/host/observer.h"
#include "extension/session/database.h"
#include "extension/session/dropped_ids.h"
#include "temporal/index_schema.h"
#include "temporal/key_codec.h"

namespace spectradb::extension {

namespace {

lsm::KeyRange keys_of(uint32_t first_id, uint32_t end_id) {
  lsm::KeyRange range;
  temporal::append_table_id(range.from, first_id);
  temporal::append_table_id(range.to, end_id);
  return range;
}

// The ids of tables and indexes in use, and the next one: one statement reads them, in one snapshot.
struct Ids {
  std::set<uint32_t> used;
  uint32_t next = 0;  // zero: no id was given out
};

Result<Ids> read_ids(sqlite3* db, const std::string& schema) {
  const std::string prefix = quoted(schema) + ".";
  Query index_table(
      db, "SELECT 1 FROM " + prefix + "sqlite_master WHERE type = 'table' AND name = '_spectradb_indexes'");
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_indexes, index_table.step());
  std::string text = "SELECT 'next', CAST(value AS INTEGER) FROM " + prefix +
                     "_spectradb_meta WHERE name = 'next_table_id' UNION ALL SELECT 'table', id FROM " +
                     prefix + "_spectradb_tables";
  if (has_indexes) text += " UNION ALL SELECT 'index', key_id FROM " + prefix + "_spectradb_indexes";
  Ids ids;
  for (Query query(db, text);;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.step());
    if (!row) return ids;
    const std::string kind = query.text(0);
    const auto id = static_cast<uint32_t>(query.integer(1));
    if (kind == "next") {
      ids.next = id;
      continue;
    }
    const uint32_t count = kind == "index" ? temporal::kIdsOfAnIndex : 1;
    for (uint32_t used = id; used < id + count; ++used) ids.used.insert(used);
  }
}

std::vector<lsm::KeyRange> dropped_keys(const Ids& ids) {
  std::vector<lsm::KeyRange> ranges;
  uint32_t first = 1;
  for (const uint32_t used : ids.used) {
    if (used >= ids.next) break;
    if (first < used) ranges.push_back(keys_of(first, used));
    first = used + 1;
  }
  if (first < ids.next) ranges.push_back(keys_of(first, ids.next));
  return ranges;
}

// Whether no snapshot is older than what this connection has read. In rollback mode a commit waits for all
// readers. With a write-ahead log, a checkpoint that allows the log to restart has copied all commits into
// the database, which no older reader allows, and has synced it.
Result<bool> is_everybody_past(sqlite3* db) {
  {
    Query mode(db, "PRAGMA journal_mode");
    Result<bool> row = mode.step();
    if (!row) return row;
    if (!*row || mode.text(0) != "wal") return *row;
  }
  Query checkpoint(db, "PRAGMA wal_checkpoint(RESTART)");
  Result<bool> row = checkpoint.step();
  return row && *row ? Result<bool>(checkpoint.integer(0) == 0) : row;
}

// A busy database is no error here: a later call will find it free.
Status without_busy(const Status& status) { return status.code() == Code::kBusy ? Status::ok() : status; }

}  // namespace

Result<std::vector<lsm::KeyRange>> find_dropped_keys(sqlite3* db, const std::string& schema) {
  Result<Ids> ids = read_ids(db, schema);
  if (!ids) return ids.status();
  return dropped_keys(*ids);
}

Status Database::retire_dropped() {
  SPECTRADB_ASSIGN_OR_RETURN(auto* open, store());
  if (rows_ != nullptr) return retire_dropped_rows();
  const auto is_news = [&](const lsm::KeyRange& range) { return !open->are_retired(range); };
  sqlite3* user = connection_.handle();
  if (!is_on_disk()) {  // nobody else has it open
    if (sqlite3_get_autocommit(user) == 0) return Status::ok();
    SPECTRADB_ASSIGN_OR_RETURN(Ids ids, read_ids(user, schema_));
    const std::vector<lsm::KeyRange> dropped = dropped_keys(ids);
    return std::any_of(dropped.begin(), dropped.end(), is_news) ? open->retire(dropped) : Status::ok();
  }
  Observer observer(user, schema_, 0);
  if (!observer.is_open()) return Status::ok();
  Result<Ids> ids = read_ids(observer.handle(), "main");
  if (!ids) return without_busy(ids.status());
  const std::vector<lsm::KeyRange> dropped = dropped_keys(*ids);
  if (std::none_of(dropped.begin(), dropped.end(), is_news)) return Status::ok();
  Result<bool> may_go = is_everybody_past(observer.handle());
  if (!may_go) return without_busy(may_go.status());
  if (!*may_go) return Status::ok();
  // The write lock keeps others from bringing a table back meanwhile (extension/facets/undo/undrop.h).
  const Status locked = execute(observer.handle(), "BEGIN IMMEDIATE");
  if (!locked) return without_busy(locked);
  SPECTRADB_ASSIGN_OR_RETURN(const Ids now, read_ids(observer.handle(), "main"));
  ids->used.insert(now.used.begin(), now.used.end());
  Status status = open->retire(dropped_keys(*ids));
  SPECTRADB_RETURN_IF_ERROR(execute(observer.handle(), "ROLLBACK"));
  return status;
}

// Finds a database file from before a DROP beside a store from after it: the facts are gone, and an empty
// table would be a wrong answer.
Status Database::check_none_retired(const lsm::Store& store) {
  SPECTRADB_ASSIGN_OR_RETURN(Ids ids, read_ids(connection_.handle(), schema_));
  for (const uint32_t id : ids.used) {
    if (!store.is_retired(keys_of(id, id + 1).from)) continue;
    return Status::invalid("the database " + schema_ + " is older than its store '" + store.directory() +
                           "': it has a table or index that was dropped, whose facts are gone; put back the "
                           "store that was copied with it");
  }
  return Status::ok();
}

Status check_tables_not_retired(sqlite3* db, const std::string& schema, const lsm::RetiredKeys& retired) {
  const Result<Ids> ids = read_ids(db, schema);
  if (!ids) return ids.status();
  for (const uint32_t id : ids->used) {
    if (!retired.contains(keys_of(id, id + 1).from)) continue;
    return Status::invalid(
        "the store cannot go back to the last commit of the database " + schema +
        ", which has a table or index that was dropped later, and whose facts are gone; put "
        "back the newer database, or the store that was copied with this one");
  }
  return Status::ok();
}

}  // namespace spectradb::extension
