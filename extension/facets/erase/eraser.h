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

namespace spectradb::extension {
class WriteScope;
}

namespace spectradb::extension::erase {

class Eraser {
 public:
  explicit Eraser(std::shared_ptr<Database> database) : database_(std::move(database)) {}

  // Whether nothing that is known by now stands in the way. kBusy: somebody reads, or has the files open.
  Status check_may_begin();
  // Records an erasure of each row that has facts, and deletes what the table shows of it, in one commit.
  // Gives the number of facts.
  Result<uint64_t> begin(const TemporalTable& table, const std::vector<std::string>& user_keys,
                         const Erasures::Cause& cause);
  // Drops the keys of subjects whose erasure has begun: what their rows say can be read by nobody then, and the rows
  // are shown at no time. Their own keys, and when they held, stay in the store until finish(). kBusy also where the
  // erasure of a table has begun whose rows are not encrypted.
  Status shred();
  // Takes the dropped keys out of logs and journals. kBusy: somebody reads, or has the database locked.
  Status wipe_logs();
  // Finishes all erasures that have begun, and gives the number of facts.
  Result<uint64_t> finish();

 private:
  using Records = std::vector<Erasures::Record>;

  Result<Records> begun();  // whose facts may still be there
  Status check_outside() const;
  Status check_no_readers();
  Status check_not_retiring();
  Status say_what_is_required(WriteScope& scope, const Erasures::Cause& cause);
  Status delete_rows(const Records& records);
  Status erase_facts();
  Status keep_what_stays();
  Status erase_in_transaction(lsm::Store& store);
  Status check_dropped_are_retired(lsm::Store& store);
  Status keep_no_frames();
  Status clean();

  const std::shared_ptr<Database> database_;
  uint64_t last_commit_ = 0;  // with the deletions; later facts of the rows are not erased unseen
};

}  // namespace spectradb::extension::erase
