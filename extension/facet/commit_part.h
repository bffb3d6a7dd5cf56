// A part of every commit of a database: conditions that must hold before facts may be committed, and rows
// that are written beside them. There is one object for each database (main, temp or attached) of a
// connection; used by the thread that uses the connection.
//
//   begin        when a transaction is about to write its first fact
//   settle       at COMMIT, first: the part may still write facts
//   check        at COMMIT, with or without facts: an error refuses it, and the transaction stays open
//   check_facts  the same of the facts; not again where a COMMIT that failed is repeated with the same facts
//   write        SQLite's write lock is held and the number of the commit is known: rows of ours, in its transaction
//   take_back    ROLLBACK TO, or a statement that failed: the facts from `mark` on are gone
//   end          the transaction is over, one way or the other
//
// COMMIT may fail with SQLITE_BUSY after `write`, and be repeated: a new `write` replaces what an earlier
// attempt wrote. Parts are called in no particular order.
#pragma once

#include <cstdint>
#include <memory>

#include "base/status.h"

namespace spectradb::extension {

class Database;

class CommitPart {
 public:
  virtual ~CommitPart() = default;

  virtual void begin() {}
  virtual Status settle() { return Status::ok(); }
  virtual Status check() { return Status::ok(); }
  virtual Status check_facts() { return Status::ok(); }
  virtual Status write(uint64_t commit) {
    static_cast<void>(commit);
    return Status::ok();
  }
  // Whether write() has nothing to add to what it wrote for the same facts.
  virtual bool is_written() const { return true; }
  virtual void take_back(uint32_t mark) { static_cast<void>(mark); }
  virtual void end() {}
};

// A facet's function that makes its part of the commits of a database.
using MakeCommitPart = std::unique_ptr<CommitPart> (*)(Database& database);

}  // namespace spectradb::extension
