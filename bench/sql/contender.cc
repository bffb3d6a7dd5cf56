#include "bench/sql/contender.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>

#include "bench/report.h"

namespace spectradb::bench {
namespace {

constexpr int kBusyTimeoutMs = 10'000;

}  // namespace

Contender::Contender(std::string name, const Statements& statements, const std::string& directory,
                     const std::string& extension, const std::string& synchronous, Open how)
    : name_(std::move(name)), statements_(statements), extension_(extension), synchronous_(synchronous) {
  path_ = directory + "/bench.db";
  if (how == Open::kAsItIs) {
    open();
    return;
  }
  std::filesystem::remove_all(directory);
  std::filesystem::create_directories(directory);
  open();
  if (!extension_.empty())
    run(("SELECT spectradb_config('storage', '" + std::string(kStorage) + "')").c_str());
  run(statements_.create.c_str());
}

Contender::~Contender() { close(); }

void Contender::open() {
  if (sqlite3_open(path_.c_str(), &db_) != SQLITE_OK) give_up("opening " + path_);
  if (!extension_.empty()) {
    sqlite3_enable_load_extension(db_, 1);
    if (sqlite3_load_extension(db_, extension_.c_str(), nullptr, nullptr) != SQLITE_OK)
      give_up("loading " + extension_);
  }
  sqlite3_busy_timeout(db_, kBusyTimeoutMs);  // first, because another process may be opening the log as well
  run("PRAGMA journal_mode = WAL");
  run(("PRAGMA synchronous = " + synchronous_).c_str());
  run("PRAGMA cache_size = -65536");  // holds all of the data, as SpectraDB's cache does
  run("PRAGMA temp_store = MEMORY");
}

void Contender::close() {
  for (const auto& [which, statement] : prepared_) sqlite3_finalize(statement);
  for (const auto& [place, asked] : asked_) sqlite3_finalize(asked.statement);
  prepared_.clear();
  asked_.clear();
  sqlite3_close(db_);
}

int64_t Contender::number(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(db_, sql, -1, &statement, nullptr) != SQLITE_OK ||
      sqlite3_step(statement) != SQLITE_ROW)
    give_up(sql);
  const int64_t value = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  return value;
}

void Contender::reopen() {
  close();
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(std::filesystem::path(path_).parent_path())) {
    if (!entry.is_regular_file()) continue;
    const int file = ::open(entry.path().c_str(), O_RDONLY);
    if (file < 0) continue;
    (void)::fdatasync(file);
    (void)::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
    ::close(file);
  }
  open();
}

void Contender::give_up(const std::string& doing) const {
  fail(name_ + ", " + doing + ": " + sqlite3_errmsg(db_));
}

void Contender::run(const char* sql) {
  if (sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) give_up(sql);
}

sqlite3_stmt* Contender::prepared(std::string Statements::*statement) {
  for (const auto& [which, known] : prepared_) {
    if (which == statement) return known;
  }
  sqlite3_stmt* made = nullptr;
  const std::string& sql = statements_.*statement;
  if (sqlite3_prepare_v3(db_, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &made, nullptr) != SQLITE_OK)
    give_up(sql);
  prepared_.emplace_back(statement, made);
  return made;
}

void Contender::write(std::string Statements::*statement, std::string_view key, std::string_view document,
                      int64_t commit) {
  sqlite3_stmt* const made = prepared(statement);
  sqlite3_bind_text(made, 1, key.data(), static_cast<int>(key.size()), SQLITE_STATIC);
  sqlite3_bind_text(made, 2, document.data(), static_cast<int>(document.size()), SQLITE_STATIC);
  sqlite3_bind_int64(made, 3, commit);
  if (sqlite3_step(made) != SQLITE_DONE) give_up(statements_.*statement);
  sqlite3_reset(made);
}

Contender::Answer Contender::read(std::string Statements::*statement,
                                  const std::vector<std::string_view>& keys, std::optional<int64_t> commit) {
  sqlite3_stmt* const made = prepared(statement);
  int parameter = 0;
  for (const std::string_view key : keys)
    sqlite3_bind_text(made, ++parameter, key.data(), static_cast<int>(key.size()), SQLITE_STATIC);
  if (commit) sqlite3_bind_int64(made, ++parameter, *commit);
  return step_all(made, statements_.*statement);
}

sqlite3_stmt* Contender::made(const std::string& sql) {
  Asked& known = asked_[sql.data()];
  if (known.sql == sql) return known.statement;
  sqlite3_finalize(known.statement);
  known = {sql, nullptr};
  if (sqlite3_prepare_v3(db_, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &known.statement, nullptr) !=
      SQLITE_OK)
    give_up(sql);
  return known.statement;
}

Contender::Answer Contender::ask(const std::string& sql, const std::vector<Value>& values) {
  sqlite3_stmt* const statement = made(sql);
  int parameter = 0;
  for (const Value& value : values) {
    ++parameter;
    if (const auto* text = std::get_if<std::string>(&value)) {
      sqlite3_bind_text(statement, parameter, text->data(), static_cast<int>(text->size()), SQLITE_STATIC);
    } else {
      sqlite3_bind_int64(statement, parameter, std::get<int64_t>(value));
    }
  }
  return step_all(statement, sql);
}

Contender::Answer Contender::step_all(sqlite3_stmt* statement, const std::string& sql) {
  Answer answer;
  int code = SQLITE_ROW;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    answer.rows += 1;
    for (int column = 0; column < sqlite3_column_count(statement); ++column) {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
      const auto size = static_cast<size_t>(sqlite3_column_bytes(statement, column));
      answer.add(text, size);
    }
  }
  if (code != SQLITE_DONE) give_up(sql);
  sqlite3_reset(statement);
  return answer;
}

uint64_t Contender::stored_bytes() {
  if (!extension_.empty()) run("SELECT spectradb_compact()");
  run("PRAGMA wal_checkpoint(TRUNCATE)");
  return bytes_in(path_) + bytes_in(path_ + "-spectra");
}

Statements plain_table() {
  Statements sql;
  sql.create = "CREATE TABLE t (pk TEXT PRIMARY KEY, doc TEXT) WITHOUT ROWID";
  sql.insert = "INSERT INTO t VALUES (?1, ?2)";
  sql.update = "UPDATE t SET doc = ?2 WHERE pk = ?1";
  sql.latest = "SELECT doc FROM t WHERE pk = ?1";
  sql.scan = "SELECT pk, doc FROM t";
  return sql;
}

Statements trigger_history() {
  Statements sql;
  sql.create =
      "CREATE TABLE t (pk TEXT PRIMARY KEY, doc TEXT, sys_from INTEGER) WITHOUT ROWID;"
      "CREATE TABLE h (pk TEXT, sys_from INTEGER, sys_to INTEGER, doc TEXT, PRIMARY KEY (pk, sys_from)) "
      "WITHOUT ROWID;"
      "CREATE TRIGGER t_update AFTER UPDATE ON t BEGIN"
      "  INSERT INTO h VALUES (old.pk, old.sys_from, new.sys_from, old.doc); END;"
      "CREATE INDEX t_sys ON t (sys_from)";
  sql.insert = "INSERT INTO t VALUES (?1, ?2, ?3)";
  sql.update = "UPDATE t SET doc = ?2, sys_from = ?3 WHERE pk = ?1";
  sql.latest = "SELECT doc FROM t WHERE pk = ?1";
  sql.as_of =
      "SELECT doc FROM (SELECT doc, sys_from FROM t WHERE pk = ?1 AND sys_from <= ?2 UNION ALL SELECT * FROM"
      " (SELECT doc, sys_from FROM h WHERE pk = ?1 AND sys_from <= ?2 ORDER BY sys_from DESC LIMIT 1)) ORDER "
      "BY sys_from"
      " DESC LIMIT 1";
  sql.as_of_naive =
      "SELECT doc FROM t WHERE pk = ?1 AND sys_from <= ?2 UNION ALL"
      " SELECT doc FROM h WHERE pk = ?1 AND sys_from <= ?2 AND sys_to > ?2";
  sql.scan = "SELECT pk, doc FROM t";
  sql.scan_as_of =
      "SELECT pk, doc FROM t WHERE sys_from <= ?1 UNION ALL SELECT pk, doc FROM h WHERE sys_from <= ?1 AND "
      "sys_to > ?1";
  sql.range_as_of =
      "SELECT pk, doc FROM t WHERE pk BETWEEN ?1 AND ?2 AND sys_from <= ?3 UNION ALL"
      " SELECT pk, doc FROM h WHERE pk BETWEEN ?1 AND ?2 AND sys_from <= ?3 AND sys_to > ?3";
  sql.changed = "SELECT pk FROM t WHERE sys_from > ?1";
  return sql;
}

Statements append_only() {
  Statements sql;
  sql.create =
      "CREATE TABLE t (pk TEXT, sys_from INTEGER, valid_from TEXT, valid_to TEXT, doc TEXT, PRIMARY KEY (pk, "
      "sys_from))"
      " WITHOUT ROWID";
  sql.insert = "INSERT INTO t VALUES (?1, ?3, NULL, NULL, ?2)";
  sql.update = sql.insert;
  sql.latest = "SELECT doc FROM t WHERE pk = ?1 ORDER BY sys_from DESC LIMIT 1";
  sql.as_of = "SELECT doc FROM t WHERE pk = ?1 AND sys_from <= ?2 ORDER BY sys_from DESC LIMIT 1";
  sql.as_of_naive =
      "SELECT doc FROM t WHERE pk = ?1 AND sys_from = (SELECT max(sys_from) FROM t x WHERE x.pk = ?1 AND "
      "x.sys_from <= ?2)";
  sql.scan = "SELECT pk, doc FROM (SELECT pk, doc, max(sys_from) FROM t GROUP BY pk)";
  sql.scan_as_of =
      "SELECT pk, doc FROM (SELECT pk, doc, max(sys_from) FROM t WHERE sys_from <= ?1 GROUP BY pk)";
  sql.range_as_of =
      "SELECT pk, doc FROM (SELECT pk, doc, max(sys_from) FROM t WHERE pk BETWEEN ?1 AND ?2 AND sys_from <= "
      "?3 GROUP BY pk)";
  sql.changed = "SELECT DISTINCT pk FROM t WHERE sys_from > ?1";
  return sql;
}

Statements temporal_table() {
  Statements sql;
  sql.create = "CREATE TABLE t (pk TEXT PRIMARY KEY)";
  sql.insert = "INSERT INTO t (pk, doc) VALUES (?1, ?2)";
  sql.update = "UPDATE t SET doc = ?2 WHERE pk = ?1";
  sql.latest = "SELECT doc FROM t WHERE pk = ?1";
  sql.as_of = "SELECT doc FROM t WHERE pk = ?1 AS OF ?2";
  sql.as_of_naive = sql.as_of;
  sql.scan = "SELECT pk, doc FROM t";
  sql.scan_as_of = "SELECT pk, doc FROM t AS OF ?1";
  sql.range_as_of = "SELECT pk, doc FROM t WHERE pk BETWEEN ?1 AND ?2 AS OF ?3";
  sql.changed = "SELECT pk FROM t WHERE _system_from > ?1";
  return sql;
}

}  // namespace spectradb::bench
