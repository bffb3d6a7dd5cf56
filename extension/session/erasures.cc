#include "extension/session/erasures.h"

#include <algorithm>

#include "base/hex.h"
#include "extension/host/kept_rowid.h"
#include "extension/host/query.h"
#include "extension/session/connection.h"
#include "extension/session/database.h"
#include "extension/session/own_table_seal.h"
#include "extension/session/write_scope.h"

namespace spectradb::extension {

namespace {

constexpr size_t kSurrogateBytes = 8;

std::string new_surrogate() {
  char bytes[kSurrogateBytes];
  sqlite3_randomness(sizeof bytes, bytes);
  return hex_of({bytes, sizeof bytes});
}

}  // namespace

Result<std::vector<Erasures::Record>> Erasures::unfinished() {
  std::vector<Record> records;
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, database_.has_table(kTable));
  if (!there) return records;
  Query query(database_.connection().handle(),
              "SELECT table_id, table_name, surrogate, facts, stage, user_key, erasure_no FROM " +
                  database_.qualified(kTable) + " WHERE stage <> 2 ORDER BY erasure_no");
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.step());
    if (!row) return records;
    Record record;
    record.table_id = static_cast<uint32_t>(query.integer(0));
    record.table = query.text(1);
    record.surrogate = query.text(2);
    record.facts = static_cast<uint64_t>(query.integer(3));
    record.stage = static_cast<Stage>(query.integer(4));
    record.user_key.assign(query.blob(5));
    if (record.stage == Stage::kGone && !record.user_key.empty()) record.stage = Stage::kShredded;
    record.number = query.integer(6);
    records.push_back(std::move(record));
  }
}

bool Erasures::are_known() {
  return sqlite3_table_column_metadata(database_.connection().handle(), database_.schema().c_str(), kTable,
                                       "erasure_no", nullptr, nullptr, nullptr, nullptr,
                                       nullptr) == SQLITE_OK;
}

Result<int64_t> Erasures::newest() {
  Query query(database_.connection().handle(), "SELECT max(erasure_no) FROM " + database_.qualified(kTable));
  SPECTRADB_RETURN_IF_ERROR(query.step().status());
  return query.integer(0);
}

Result<std::vector<Erasures::Made>> Erasures::made_behind(uint64_t commit) {
  std::vector<Made> all;
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, database_.has_table(kTable));
  if (!there) return all;
  Query query(database_.connection().handle(),
              "SELECT erasure_no, table_id, table_name, surrogate, commit_no FROM " +
                  database_.qualified(kTable) + " WHERE commit_no >= ?1 ORDER BY commit_no, erasure_no");
  query.bind(1, static_cast<int64_t>(std::min<uint64_t>(commit, INT64_MAX)));
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.step());
    if (!row) return all;
    all.push_back({query.integer(0), static_cast<uint32_t>(query.integer(1)), query.text(2), query.text(3),
                   static_cast<uint64_t>(query.integer(4))});
  }
}

Result<std::string> Erasures::begin(const Record& record, uint64_t last_commit, const Cause& cause) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::string added, new_rows(database_, kTable, "erasure_no"));
  std::string surrogate = new_surrogate();
  SPECTRADB_RETURN_IF_ERROR(change_own_table(database_, kTable, added,
                                             [&] { return insert(record, surrogate, last_commit, cause); }));
  return surrogate;
}

Status Erasures::insert(const Record& record, const std::string& surrogate, uint64_t last_commit,
                        const Cause& cause) {
  sqlite3* db = database_.connection().handle();
  const std::string table = database_.qualified(kTable);
  SPECTRADB_RETURN_IF_ERROR(
      execute(db, "CREATE TABLE IF NOT EXISTS " + table +
                      "(erasure_no INTEGER PRIMARY KEY, table_id INTEGER NOT NULL, table_name TEXT NOT NULL, "
                      "surrogate TEXT NOT NULL, facts INTEGER NOT NULL, commit_no INTEGER NOT NULL, begun_us "
                      "INTEGER NOT NULL, stage INTEGER NOT NULL, user_key BLOB, author, reason)"));
  const KeptRowid kept(db);
  Query insert(db, "INSERT INTO " + table +
                       "(table_id, table_name, surrogate, facts, commit_no, begun_us, stage, user_key, "
                       "author, reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");
  insert.bind(1, static_cast<int64_t>(record.table_id)).bind(2, std::string_view(record.table));
  insert.bind(3, std::string_view(surrogate)).bind(4, static_cast<int64_t>(record.facts));
  insert.bind(5, static_cast<int64_t>(last_commit)).bind(6, database_.connection().statement_now());
  insert.bind(7, static_cast<int64_t>(record.stage)).bind_blob(8, record.user_key);
  insert.bind(9, cause.author).bind(10, cause.reason);
  return insert.run();
}

Status Erasures::move(const char* which, Stage to, Keys keys) {
  Query update(database_.connection().handle(), "UPDATE " + database_.qualified(kTable) + " SET stage = ?1" +
                                                    (keys == Keys::kKept ? "" : ", user_key = NULL") +
                                                    " WHERE " + which);
  update.bind(1, static_cast<int64_t>(to));
  const auto change = [&] {
    return change_own_table(database_, kTable, kAllRows, [&] { return update.run(); });
  };
  if (sqlite3_get_autocommit(database_.connection().handle()) == 0) return change();
  WriteScope scope(database_);
  SPECTRADB_RETURN_IF_ERROR(scope.begin());
  SPECTRADB_RETURN_IF_ERROR(change());
  return scope.keep();
}

Status Erasures::keys_are_dropped() { return move("stage = 3", Stage::kUnwiped, Keys::kKept); }

Status Erasures::are_wiped() { return move("stage = 4", Stage::kGone, Keys::kKept); }

Status Erasures::facts_are_gone() { return move("stage <> 2", Stage::kGone, Keys::kForgotten); }

Status Erasures::finish() { return move("stage = 1", Stage::kDone, Keys::kForgotten); }

Result<std::vector<std::string>> Erasures::problems(Database& database) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<Record> records, Erasures(database).unfinished());
  std::vector<std::string> sentences;
  sentences.reserve(records.size());
  for (const Record& record : records) {
    if (record.stage == Stage::kShredded) continue;
    const std::string where =
        record.surrogate + " in table " + record.table + " of " + database.schema() + " ";
    if (record.stage == Stage::kUnwiped) {
      sentences.push_back(
          "the shredding " + where +
          "has dropped its key, but logs or free pages of the database may still have it: SELECT "
          "spectradb_shred() takes it away");
    } else if (record.stage == Stage::kShredding) {
      sentences.push_back("the shredding " + where +
                          "was begun and is not finished: SELECT spectradb_shred() finishes it");
    } else {
      sentences.push_back("the erasure " + where +
                          "was begun and is not finished: SELECT spectradb_erase() finishes it");
    }
  }
  return sentences;
}

}  // namespace spectradb::extension
