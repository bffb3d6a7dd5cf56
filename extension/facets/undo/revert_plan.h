// Plans what a revert must write: for each key that a commit changed, the pieces of valid time in which it
// did, with the row from before. The plan is complete before anything is written, because one piece that
// has changed since prevents the whole revert. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "extension/session/fact_reader.h"
#include "extension/table/temporal_tables.h"
#include "temporal/difference.h"

namespace spectradb::extension::undo {

// A piece to write. Its key and row are copies.
struct RevertedPiece {
  enum class Write : uint8_t { kInsert, kUpdate, kDelete };
  size_t table = 0;  // place of its table among the tables
  Write write = Write::kInsert;
  temporal::Period valid;
  std::string user_key;
  std::string payload;  // the row from before the commit; empty for kDelete
};

class RevertPlan {
 public:
  // All `tables` must be of one database, and outlive the plan.
  explicit RevertPlan(const std::vector<TemporalTable>& tables) : tables_(tables) {}

  // Makes the plan; kInvalid where the database has no such commit.
  Status read(uint64_t commit);
  // Returns the pieces in the reverse order of the commit's facts: what the commit wrote last is put back
  // first.
  const std::vector<RevertedPiece>& pieces() const { return pieces_; }
  // Returns the pieces that have changed since, as a message lists them; empty if there are none.
  const std::string& changed_since() const { return changed_since_; }

 private:
  struct ChangedKey {
    size_t table;
    std::string user_key;
  };

  Result<std::vector<ChangedKey>> changed_keys(uint64_t commit);
  Status read_key(const ChangedKey& key);
  Status add_pieces(const ChangedKey& key, const temporal::RowsOfKey& before,
                    const temporal::DifferingPiece& undone,
                    const std::vector<temporal::DifferingPiece>& differing,
                    const std::vector<temporal::DifferingPiece>& changed);
  Status list_changed(const ChangedKey& key, const temporal::Period& valid);

  const std::vector<TemporalTable>& tables_;
  FactReader reader_;
  std::unique_ptr<temporal::RowCursor> before_;
  std::unique_ptr<temporal::RowCursor> after_;
  std::unique_ptr<temporal::RowCursor> now_;
  std::unique_ptr<lsm::VersionCursor> again_;  // reads large payloads
  std::vector<RevertedPiece> pieces_;
  std::string changed_since_;
  size_t changed_count_ = 0;
};

}  // namespace spectradb::extension::undo
