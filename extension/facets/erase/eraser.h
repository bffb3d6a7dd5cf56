// Erases rows of temporal tables from all files: every version at every time, their entries in indexes, and
// what SQLite's file, its write-ahead log and its journal keep of them.
//
// An erasure is recorded and the rows are deleted in a commit of its own, which does what any DELETE does
// for foreign keys. Then what stays of its facts is written down, without their content: when they held, and
// for a ledger their hashes (facets/ledger/erased_facts.h). Then, in a transaction that holds SQLite's write lock, the store writes its files anew,
// and the ledger forgets the salts of the facts.
// Then SQLite's file is vacuumed and its log is truncated. An erasure that is interrupted stays recorded,
// and finish() goes on where it ended. Used by the thread that uses the connection.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "extension/session/erasures.h"
#include "extension/session/fact_reader.h"
#include "extension/table/temporal_tables.h"

namespace spectradb::extension::erase {

// Which of the two is done, in the words of messages.
struct Act {
  const char* name;
  const char* call;
  const char* noun;
  const char* the_noun;
  const char* verb;
  const char* done;
};
inline constexpr Act kErasing{"spectradb_erase", "spectradb_erase()", "an erasure", "the erasure", "erase",
                              "erased"};
inline constexpr Act kShredding{"spectradb_shred", "spectradb_shred()", "a shredding", "the shredding",
                                "shred",           "shredded"};

class Eraser {
 public:
  // The act outlives the eraser.
  Eraser(std::shared_ptr<Database> database, const Act& act) : database_(std::move(database)), act_(act) {}

  // Whether nothing that is known by now stands in the way. kBusy: somebody reads, or has the files open.
  Status check_may_begin();
  // Records an erasure of each row that has facts, and deletes what the table shows of it, in one commit.
  // Gives the number of facts.
  Result<uint64_t> begin(const TemporalTable& table, const std::vector<std::string>& user_keys,
                         const Erasures::Cause& cause);
  // kBusy: the erasure of rows has begun, which is to be finished by itself: shredding takes more than these.
  Status check_none_is_erased();
  // Whether there is anything to finish.
  Result<bool> is_unfinished();
  // Finishes all erasures that have begun, or shreddings, and gives the number of facts. Of a shredding: drops the keys of
  // the subjects, so that what their rows say can be read by nobody, and shows the rows at no time; then takes the keys out of
  // logs and journals. The rows' own keys, and when they held, stay in the store until an erasure is finished.
  Result<uint64_t> finish();

 private:
  using Records = std::vector<Erasures::Record>;

  Result<Records> begun();  // whose facts may still be there
  Status busy_reader() const;
  bool is_shredding() const { return &act_ == &kShredding; }
  bool is_to_finish(const Erasures::Record& record) const;
  Result<uint64_t> finish_erasing();
  Result<uint64_t> finish_shredding();
  Status record_all_rows();
  Status drop_keys();
  Status check_all_recorded(const Records& records);
  Status wipe_logs();
  Status check_outside() const;
  Status check_no_readers();
  Status check_not_retiring();
  Status delete_rows(const Records& records);
  Status erase_facts();
  Status keep_what_stays();
  Status erase_in_transaction(lsm::Store& store);
  Status check_dropped_are_retired(lsm::Store& store);
  Status keep_no_frames();
  Status clean();

  const std::shared_ptr<Database> database_;
  const Act& act_;
  uint64_t last_commit_ = 0;  // with the deletions; later facts of the rows are not erased unseen
};

}  // namespace spectradb::extension::erase
