// ON DELETE and ON UPDATE of foreign keys over valid time: time that is cut from a row is cut from the rows
// that refer to it, too. The cutting write carries this out, as SQLite does, by statements of our own on the
// referring tables. Used by the thread that uses the connection.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "base/status.h"
#include "extension/write/foreign_key_link.h"

namespace spectradb::extension {

class Database;

// A part of a row, to which others may refer, before it is removed or changed.
struct CutPiece {
  std::shared_ptr<ForeignKeyLink> link;
  KeptPiece piece;
  std::optional<KeptPiece> successor;  // what replaces it, for UPDATE
  bool is_displaced = false;           // deleted by REPLACE, whatever takes its place
};

class ForeignKeyActions {
 public:
  explicit ForeignKeyActions(Database& database) : database_(database) {}

  struct Outcome {
    Status status;
    int constraint_code;  // the extended code of the constraint that failed
  };

  // Call it once the write is done. Cuts that the actions make are followed after them, not inside, so that a
  // long chain of references takes no stack.
  Outcome follow(std::vector<CutPiece> cuts);
  // Releases the statements, which are kept until then.
  void end_transaction();

 private:
  Status follow(const CutPiece& cut);
  Status act(ForeignKeyLink& link, KeyAction action, const KeptPiece& cut,
             const std::vector<temporal::Value>* successor);
  Status restrict_cut(ForeignKeyLink& link, const KeptPiece& cut);
  Status remove(ForeignKeyLink& link, const KeptPiece& cut);
  Status change(ForeignKeyLink& link, const KeptPiece& cut, const std::vector<temporal::Value>& to);
  Status ask(const ForeignKeyLink& link, int action) const;

  Database& database_;
  std::deque<CutPiece> cuts_;
  ForeignKeyLinks used_;  // links with statements, also after a change of the schema
  bool is_following_ = false;
};

}  // namespace spectradb::extension
