// The rows of a store that lives in its database (lsm/store/store_rows.h), by SQL on the connection that
// asks. Reads and writes belong to the transaction that is open there. Used by the thread that uses the
// connection.
//
//   _spectradb_blocks(id PRIMARY KEY, data)     id = file << 36 | offset
//   _spectradb_files(number PRIMARY KEY, shard, level, grp, run, place, salt, meta,
//                                               from_key, seal)
//   _spectradb_recent, _spectradb_commits       commit_table.h
#pragma once

#include <string>

#include "extension/host/query.h"
#include "lsm/store/store_rows.h"

namespace spectradb::extension {

class SqlStoreRows final : public lsm::StoreRows {
 public:
  SqlStoreRows(sqlite3* db, const std::string& schema);

  Status create();  // makes the tables where they are missing
  Status drop();

  Status half_done;  // not ok: the open transaction must not be committed

  size_t row_bytes() const override { return row_bytes_; }
  Status put(uint64_t file, uint64_t offset, std::string_view bytes) override;
  Result<size_t> read(uint64_t file, uint64_t offset, char* to, size_t capacity) override;
  Result<uint64_t> size_of(uint64_t file) override;
  Status remove(uint64_t file) override;
  Result<uint64_t> version() override;
  Result<std::vector<File>> files() override;
  Status put_file(const File& file) override;
  Status remove_file(uint64_t number) override;
  Result<std::optional<uint64_t>> find_misfit(uint64_t file) override;
  Result<std::optional<uint64_t>> next_with_blocks(uint64_t number) override;
  Status frames_behind(uint64_t commit, const VisitFrame& visit) override;
  Result<std::optional<uint64_t>> token_of(uint64_t commit) override;
  Result<uint64_t> forget_frames(uint64_t up_to_commit, uint64_t at_most) override;

 private:
  Status check_memory() const;
  Result<size_t> read_on(int64_t key, char* to, size_t capacity);
  Result<size_t> copy_blob(const Query& query, int column, char* to, size_t capacity) const;
  Status check_changes(int expected, const std::string& table) const;

  sqlite3* db_;
  const std::string blocks_name_;
  const std::string files_name_;
  const size_t row_bytes_;
  Query put_;
  Query read_;
  Query read_on_;  // several rows
  Query last_;
  Query next_;
  Query sizes_;
  Query remove_;
  Query version_;
  Query files_;
  Query put_file_;
  Query remove_file_;
  Query frames_;
  Query token_of_recent_;
  Query token_of_older_;
  Query oldest_frame_;
  Query keep_commits_;
  Query forget_frames_;
};

}  // namespace spectradb::extension
