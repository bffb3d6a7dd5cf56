#include "extension/session/sql_store_rows.h"

#include <algorithm>
#include <cstring>

#include "extension/host/errors.h"
#include "extension/host/kept_rowid.h"
#include "extension/host/own_limits.h"

namespace spectradb::extension {

namespace {

// SQLite keeps a row on its page up to the page's usable bytes less 35. The record's own header takes some of
// the row.
constexpr int kOfPage = 35;
constexpr int kOfRecord = 8;
constexpr int kLeastPage = 512;

std::string own_table(const std::string& schema, const char* name) { return quoted(schema) + "." + name; }

size_t find_row_bytes(sqlite3* db, const std::string& schema) {
  Query page(db, "PRAGMA " + quoted(schema) + ".page_size");
  const Result<bool> row = page.step();
  const int page_bytes = row && *row ? static_cast<int>(page.integer(0)) : kLeastPage;
  int reserved = -1;  // a negative value asks for it
  sqlite3_file_control(db, schema.c_str(), SQLITE_FCNTL_RESERVE_BYTES, &reserved);
  return static_cast<size_t>(page_bytes - std::max(reserved, 0) - kOfPage - kOfRecord);
}

int64_t key_of(uint64_t file, uint64_t offset) {
  return static_cast<int64_t>(file << lsm::kOffsetBits | offset);
}

int64_t as_integer(uint64_t number) { return static_cast<int64_t>(number); }

}  // namespace

SqlStoreRows::SqlStoreRows(sqlite3* db, const std::string& schema)
    : db_(db),
      blocks_name_(own_table(schema, "_spectradb_blocks")),
      files_name_(own_table(schema, "_spectradb_files")),
      row_bytes_(find_row_bytes(db, schema)),
      put_(db, "INSERT OR REPLACE INTO " + blocks_name_ + "(id, data) VALUES (?1, ?2)"),
      read_(db, "SELECT data FROM " + blocks_name_ + " WHERE id = ?1"),
      read_on_(db, "SELECT id, data FROM " + blocks_name_ + " WHERE id >= ?1 AND id < ?2 ORDER BY id"),
      last_(db, "SELECT id, length(data) FROM " + blocks_name_ +
                    " WHERE id >= ?1 AND id < ?2 ORDER BY id DESC LIMIT 1"),
      next_(db, "SELECT id FROM " + blocks_name_ + " WHERE id >= ?1 ORDER BY id LIMIT 1"),
      sizes_(db, "SELECT id, length(data), typeof(data) = 'blob' FROM " + blocks_name_ +
                     " WHERE id >= ?1 AND id < ?2 ORDER BY id"),
      remove_(db, "DELETE FROM " + blocks_name_ + " WHERE id >= ?1 AND id < ?2"),
      version_(db, "SELECT place FROM " + files_name_ + " WHERE number = 0"),
      files_(db, "SELECT number, shard, level, grp, run, place, salt, meta, from_key, seal FROM " +
                     files_name_ + " ORDER BY number"),
      put_file_(db, "INSERT OR REPLACE INTO " + files_name_ +
                        "(number, shard, level, grp, run, place, salt, meta, from_key, seal) VALUES (?1, "
                        "?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"),
      remove_file_(db, "DELETE FROM " + files_name_ + " WHERE number = ?1"),
      frames_(db, "SELECT commit_no, frame, facts FROM " + own_table(schema, "_spectradb_recent") +
                      " WHERE commit_no > ?1 ORDER BY commit_no"),
      token_of_recent_(
          db, "SELECT frame FROM " + own_table(schema, "_spectradb_recent") + " WHERE commit_no = ?1"),
      token_of_older_(
          db, "SELECT frame FROM " + own_table(schema, "_spectradb_commits") + " WHERE commit_no = ?1"),
      oldest_frame_(db, "SELECT min(commit_no) FROM " + own_table(schema, "_spectradb_recent")),
      keep_commits_(db, "INSERT INTO " + own_table(schema, "_spectradb_commits") +
                            "(commit_no, time_us, frame, seal) SELECT commit_no, time_us, frame, seal FROM " +
                            own_table(schema, "_spectradb_recent") +
                            " WHERE commit_no <= ?1 ORDER BY commit_no"),
      forget_frames_(db, "DELETE FROM " + own_table(schema, "_spectradb_recent") + " WHERE commit_no <= ?1") {
}

Status SqlStoreRows::create() {
  SPECTRADB_RETURN_IF_ERROR(execute(
      db_, "CREATE TABLE IF NOT EXISTS " + blocks_name_ + "(id INTEGER PRIMARY KEY, data BLOB NOT NULL)"));
  return execute(
      db_, "CREATE TABLE IF NOT EXISTS " + files_name_ +
               "(number INTEGER PRIMARY KEY, shard INTEGER NOT NULL, level INTEGER NOT NULL, grp INTEGER NOT "
               "NULL, run INTEGER NOT NULL, place INTEGER NOT NULL, salt INTEGER NOT NULL, meta BLOB NOT "
               "NULL, from_key BLOB NOT NULL, seal INTEGER NOT NULL)");
}

// SQLite returns null where it lacks the memory to assemble a value from several pages.
Status SqlStoreRows::check_memory() const {
  return sqlite3_errcode(db_) == SQLITE_NOMEM ? Status(Code::kNoMemory, {}) : Status::ok();
}

// A trigger of temp, or a constraint that somebody has added, makes SQLite skip rows.
Status SqlStoreRows::check_changes(int expected, const std::string& table) const {
  if (sqlite3_changes(db_) == expected) return Status::ok();
  return Status::corrupt("the store could not write " + table +
                         ": something makes SQLite ignore rows of SpectraDB's own");
}

Status SqlStoreRows::drop() {
  SPECTRADB_RETURN_IF_ERROR(execute(db_, "DROP TABLE " + blocks_name_));
  return execute(db_, "DROP TABLE " + files_name_);
}

Status SqlStoreRows::put(uint64_t file, uint64_t offset, std::string_view bytes) {
  const KeptRowid kept(db_);
  const QueryScope scope(put_);
  SPECTRADB_RETURN_IF_ERROR(put_.prepare());
  put_.bind(1, key_of(file, offset));
  const OwnLimits limits(db_);
  // The bytes outlive the statement's run.
  sqlite3_bind_blob(put_.statement(), 2, bytes.data(), static_cast<int>(bytes.size()), SQLITE_STATIC);
  const Status done = put_.run();
  sqlite3_clear_bindings(put_.statement());
  return done ? check_changes(1, blocks_name_) : done;
}

Result<size_t> SqlStoreRows::read(uint64_t file, uint64_t offset, char* to, size_t capacity) {
  if (capacity > row_bytes_) return read_on(key_of(file, offset), to, capacity);
  const QueryScope scope(read_);
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, read_.bind(1, key_of(file, offset)).step());
  if (!row) return Status::missing("a block is missing");
  return copy_blob(read_, 0, to, capacity);
}

// One walk over the rows of a large block spares a search for each.
Result<size_t> SqlStoreRows::read_on(int64_t key, char* to, size_t capacity) {
  const QueryScope scope(read_on_);
  read_on_.bind(1, key).bind(2, key + static_cast<int64_t>(capacity));
  size_t filled = 0;
  while (filled < capacity) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, read_on_.step());
    if (!row || read_on_.integer(0) != key + static_cast<int64_t>(filled)) break;
    SPECTRADB_ASSIGN_OR_RETURN(const size_t size, copy_blob(read_on_, 1, to + filled, capacity - filled));
    if (size == 0) break;
    filled += size;
  }
  if (filled == 0) return Status::missing("a block is missing");
  return filled;
}

Result<size_t> SqlStoreRows::copy_blob(const Query& query, int column, char* to, size_t capacity) const {
  const std::string_view bytes = query.blob(column);
  if (bytes.empty()) SPECTRADB_RETURN_IF_ERROR(check_memory());
  const size_t size = std::min(bytes.size(), capacity);
  std::memcpy(to, bytes.data(), size);
  return size;
}

Result<uint64_t> SqlStoreRows::size_of(uint64_t file) {
  const QueryScope scope(last_);
  SPECTRADB_ASSIGN_OR_RETURN(const bool row,
                             last_.bind(1, key_of(file, 0)).bind(2, key_of(file + 1, 0)).step());
  if (!row) return Status::missing("a file has no blocks");
  const uint64_t offset = static_cast<uint64_t>(last_.integer(0)) & (lsm::kMaxRowFileBytes - 1);
  return offset + static_cast<uint64_t>(last_.integer(1));
}

Status SqlStoreRows::remove(uint64_t file) {
  const QueryScope scope(remove_);
  return remove_.bind(1, key_of(file, 0)).bind(2, key_of(file + 1, 0)).run();
}

Result<uint64_t> SqlStoreRows::version() {
  const QueryScope scope(version_);
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, version_.step());
  if (!row) return Status::missing("there is no store in " + files_name_);
  return static_cast<uint64_t>(version_.integer(0));
}

Result<std::vector<lsm::StoreRows::File>> SqlStoreRows::files() {
  const QueryScope scope(files_);
  std::vector<File> all;
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, files_.step());
    if (!row) return all;
    const auto number = [&](int column) { return static_cast<uint64_t>(files_.integer(column)); };
    all.push_back({number(0), static_cast<uint32_t>(number(1)), static_cast<uint32_t>(number(2)), number(3),
                   static_cast<uint32_t>(number(4)), number(5), number(6), std::string(files_.blob(7)),
                   std::string(files_.blob(8)), number(9)});
  }
}

Status SqlStoreRows::put_file(const File& file) {
  const KeptRowid kept(db_);
  const QueryScope scope(put_file_);
  put_file_.bind(1, as_integer(file.number)).bind(2, int64_t{file.shard}).bind(3, int64_t{file.level});
  put_file_.bind(4, as_integer(file.group)).bind(5, int64_t{file.run}).bind(6, as_integer(file.place));
  put_file_.bind(7, as_integer(file.salt)).bind_blob(8, file.meta).bind_blob(9, file.from_key);
  SPECTRADB_RETURN_IF_ERROR(put_file_.bind(10, as_integer(file.seal)).run());
  return check_changes(1, files_name_);
}

Status SqlStoreRows::remove_file(uint64_t number) {
  const QueryScope scope(remove_file_);
  return remove_file_.bind(1, as_integer(number)).run();
}

Result<std::optional<uint64_t>> SqlStoreRows::next_with_blocks(uint64_t number) {
  const QueryScope scope(next_);
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, next_.bind(1, key_of(number, 0)).step());
  if (!row) return std::optional<uint64_t>();
  return std::optional(static_cast<uint64_t>(next_.integer(0)) >> lsm::kOffsetBits);
}

Result<std::optional<uint64_t>> SqlStoreRows::find_misfit(uint64_t file) {
  const QueryScope scope(sizes_);
  sizes_.bind(1, key_of(file, 0)).bind(2, key_of(file + 1, 0));
  std::optional<std::pair<uint64_t, uint64_t>> last;  // where it begins, and ends
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, sizes_.step());
    if (!row) return std::optional<uint64_t>();
    const uint64_t offset = static_cast<uint64_t>(sizes_.integer(0)) & (lsm::kMaxRowFileBytes - 1);
    if (last && last->second != offset) return std::optional(last->first);
    if (sizes_.integer(2) == 0) return std::optional(offset);
    last = {offset, offset + static_cast<uint64_t>(sizes_.integer(1))};
  }
}

Status SqlStoreRows::frames_behind(uint64_t commit, const VisitFrame& visit) {
  const QueryScope scope(frames_);
  frames_.bind(1, as_integer(commit));
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, frames_.step());
    if (!row) return Status::ok();
    const std::string_view facts = frames_.blob(2);
    if (facts.empty()) SPECTRADB_RETURN_IF_ERROR(check_memory());
    SPECTRADB_RETURN_IF_ERROR(
        visit(static_cast<uint64_t>(frames_.integer(0)), static_cast<uint64_t>(frames_.integer(1)), facts));
  }
}

Result<std::optional<uint64_t>> SqlStoreRows::token_of(uint64_t commit) {
  for (Query* query : {&token_of_recent_, &token_of_older_}) {
    const QueryScope scope(*query);
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, query->bind(1, as_integer(commit)).step());
    if (row) return std::optional(static_cast<uint64_t>(query->integer(0)));
  }
  return std::optional<uint64_t>();
}

Result<uint64_t> SqlStoreRows::forget_frames(uint64_t up_to_commit, uint64_t at_most) {
  const QueryScope scope(oldest_frame_);
  SPECTRADB_RETURN_IF_ERROR(oldest_frame_.step().status());
  if (oldest_frame_.is_null(0)) return uint64_t{0};
  const auto oldest = static_cast<uint64_t>(oldest_frame_.integer(0));
  if (oldest > up_to_commit) return uint64_t{0};
  const uint64_t last = std::min(up_to_commit - oldest, at_most - 1) + oldest;  // numbers have no gaps
  const KeptRowid rowid(db_);
  const QueryScope keeping(keep_commits_);
  const QueryScope forgetting(forget_frames_);
  SPECTRADB_RETURN_IF_ERROR(keep_commits_.bind(1, as_integer(last)).run());
  const int kept = sqlite3_changes(db_);
  SPECTRADB_RETURN_IF_ERROR(forget_frames_.bind(1, as_integer(last)).run());
  SPECTRADB_RETURN_IF_ERROR(check_changes(kept, "_spectradb_recent"));
  return static_cast<uint64_t>(kept);
}

}  // namespace spectradb::extension
