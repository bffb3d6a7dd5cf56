// The commits that exist, as rows in SQLite's own file: SQLite's transaction makes them exist, and the store
// asks for them. A small commit is one row of _spectradb_recent, with the frame that the store's log has not
// synced yet. Once the log is synced, all these rows move to _spectradb_commits, without their frames. So a
// small commit changes one page of SQLite's file. Used by the thread that uses the connection.
//
//   _spectradb_commits(commit_no PRIMARY KEY, time_us, frame, seal)        frame = the store's token
//   _spectradb_recent(commit_no PRIMARY KEY, time_us, frame, facts, seal)  later than those; facts is empty when
//                                                                          the frame was not to be made durable
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "extension/host/query.h"
#include "lsm/store/store.h"

namespace spectradb::extension {

class CommitTable {
 public:
  CommitTable(sqlite3* db, const std::string& schema);

  struct Commit {
    uint64_t number = 0;  // zero: there is no commit
    uint64_t frame = 0;
    int64_t time_us = 0;
  };
  struct Record {
    Commit commit;
    std::string_view copy;   // a copy of the frame, empty when none is needed
    bool is_synced = false;  // the store's log is synced up to this commit
    int64_t seal = 0;        // row_seal.h
  };

  Status create();
  // False for tables of earlier releases.
  static Result<bool> has_seals(sqlite3* db, const std::string& schema);
  Status add_seals();
  // Returns the first commit that has a seal, or else the one that is to come; the tables have places for seals.
  static Result<uint64_t> first_sealed(sqlite3* db, const std::string& schema);
  Result<Commit> newest();
  Result<std::optional<int64_t>> time_us(uint64_t number);  // nullopt: no such commit
  Result<std::optional<uint64_t>> frame(uint64_t number);
  // With `is_again`, replaces what an earlier attempt to commit has recorded in the same transaction.
  Status record(const Record& record, bool is_again);

  // Returns all rows as something to select from: commit_no, time_us, frame.
  static std::string relation(const std::string& schema);
  // Reads what a connection sees of a store's commits; the caller sets the store's id.
  static Status read(sqlite3* db, const std::string& schema, lsm::Committed* committed);

 private:
  Status move_recent(uint64_t before);
  Status ignored() const;

  sqlite3* db_;
  std::string schema_;
  Query newest_recent_;
  Query newest_older_;
  Query time_of_older_;
  Query time_of_recent_;
  Query frame_of_older_;
  Query frame_of_recent_;
  Query insert_older_;
  Query insert_recent_;
};

}  // namespace spectradb::extension
