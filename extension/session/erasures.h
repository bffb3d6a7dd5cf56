// The erasures of one database: which were made, by whom and why, and which are under way. A record names
// what was erased by a random surrogate, never by its key. Only while an erasure is under way, and the facts
// are there anyway, it has the key, so that whoever comes next can finish. Used by the thread that uses the
// connection.
//
//   _spectradb_erasures(erasure_no PRIMARY KEY, table_id, table_name, surrogate, facts, commit_no, begun_us,
//                       stage, user_key, author, reason)                             made with the first one
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "temporal/value.h"

namespace spectradb::extension {

class Database;

class Erasures {
 public:
  static constexpr const char* kTable = "_spectradb_erasures";

  enum class Stage : int64_t {
    kBegun = 0,  // the facts may be in any file
    kGone = 1,   // no fact is left; SQLite's file may have bytes of them in free space, or its log or journal
    kDone = 2,
    // The keys by which the facts were encrypted are dropped, and nothing shows them; the row's own key is in the store.
    // In the table it is kGone with a user_key, and only the other numbers stand there.
    kShredded = 5,
    kShredding = 3,  // it has begun, and keys are to be dropped
    kUnwiped = 4,    // they are dropped, but logs, or free pages, may still have them
  };
  struct Record {
    int64_t number = 0;  // erasure_no; 0: it is yet to begin
    uint32_t table_id = 0;
    std::string table;
    std::string surrogate;
    uint64_t facts = 0;
    std::string user_key;  // empty unless it has begun
    Stage stage = Stage::kBegun;
    bool has_facts() const { return stage != Stage::kGone; }  // which may still be there
  };
  struct Cause {
    temporal::Value author;
    temporal::Value reason;
  };

  explicit Erasures(Database& database) : database_(database) {}

  Result<std::vector<Record>> unfinished();
  // Whether there may be any, by the schema that SQLite has: much cheaper than to ask the file. For statements that
  // SQLite has begun, whose schema is that of now.
  bool are_known();
  Result<int64_t> newest();  // erasure_no; 0: there is none; if are_known()
  struct Made {
    int64_t number = 0;
    uint32_t table_id = 0;
    std::string table;
    std::string surrogate;
    uint64_t after_commit = 0;  // the last one before it
  };
  // Those that came behind this commit, in their order.
  Result<std::vector<Made>> made_behind(uint64_t commit);
  // Adds one that begins, at the record's stage, with a new surrogate. The transaction is the caller's.
  Result<std::string> begin(const Record& record, uint64_t last_commit, const Cause& cause);
  Status keys_are_dropped();  // moves all that are kShredding to kUnwiped
  Status are_wiped();         // moves all that are kUnwiped to kShredded
  Status facts_are_gone();    // moves all to kGone, and forgets their keys
  Status finish();            // moves all that are kGone to kDone

  // A sentence for each that is not finished, for spectradb_check().
  static Result<std::vector<std::string>> problems(Database& database);

 private:
  Status insert(const Record& record, const std::string& surrogate, uint64_t last_commit, const Cause& cause);
  enum class Keys : uint8_t { kKept, kForgotten };
  Status move(const char* which, Stage to, Keys keys);

  Database& database_;
};

}  // namespace spectradb::extension
