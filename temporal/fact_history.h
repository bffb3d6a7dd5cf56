// Reads the facts of a key as they were recorded: what each did to the rows of its key, and until when it
// held. Serves reads of what changed; RowCursor, beside it, shows which facts won. One thread at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "lsm/base/version_cursor.h"
#include "temporal/coverage.h"
#include "temporal/fact.h"
#include "temporal/recency.h"

namespace spectradb::temporal {

enum class Change : uint8_t {
  kInsert,  // a put where its key showed no row in any part of its period
  kUpdate,  // a put where its key showed a row
  kDelete,
};

struct ToldFact {
  uint64_t commit = 0;
  uint32_t ordinal = 0;
  Period valid;  // as recorded
  Change change = Change::kInsert;
  // The commit from which on newer facts cover all of it; 0 while some of it holds.
  uint64_t superseded_by = 0;
  std::string_view payload;  // empty for deletes
  bool is_left_out = false;  // the payload is to be read again
};

// A part of a delete's period in which one fact had shown a row until then.
struct DeletedPiece {
  size_t fact = 0;  // the delete, by its place in FactHistory::facts()
  Period valid;
  uint64_t superseded_by = 0;  // as for facts, but of this piece
  size_t shown = 0;            // the fact whose row the delete took away
  std::string_view payload;    // of that row
};

// All facts of one key, oldest first.
class FactHistory {
 public:
  // Large payloads beyond a bound are not kept: payload_of() reads them again, so that memory does not grow with
  // their number. With kNone no payload is kept, nor told.
  enum class Payloads : uint8_t { kWanted, kNone };

  // Reads the versions of the key on which `versions` stands; it must show all of them, and is left behind
  // the key. The facts point into this object until the next read().
  Status read(lsm::VersionCursor& versions, Payloads payloads = Payloads::kWanted);
  // Returns the payload of a fact, if need be from `again`, which must show all versions; the view lives until
  // that moves.
  Result<std::string_view> payload_of(const ToldFact& fact, lsm::VersionCursor& again) const;
  const std::vector<ToldFact>& facts() const { return facts_; }
  // Returns what the deletes took away, ordered by delete and then by valid time: one piece for most deletes,
  // several where a delete covers several rows, none where nothing showed.
  const std::vector<DeletedPiece>& deleted() const { return deleted_; }

 private:
  bool keep_large(std::string_view payload, ToldFact& told);
  void tell_changes();
  uint64_t superseded_by(const DeletedPiece& piece) const;

  std::vector<ToldFact> facts_;
  std::vector<DeletedPiece> deleted_;
  std::vector<size_t> payload_ends_;  // ends in payloads_, by fact, while facts_ is newest first
  std::string payloads_;
  std::deque<std::string> large_;  // payloads that are kept, each in memory of its own
  std::string key_;
  FactRecency recency_;
};

// Finds out from the older facts of its key what one fact did. `versions`, which must show all versions, is
// sought at the key.
Result<Change> change_of(lsm::VersionCursor& versions, std::string_view user_key, uint64_t commit,
                         uint32_t ordinal, const Fact& fact);

}  // namespace spectradb::temporal
