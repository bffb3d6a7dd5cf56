// Compares what a commit's record says of its facts with those that the store has and those that are gone. Facts come in
// the order of the store. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "extension/facets/ledger/part_leaves.h"
#include "extension/facets/ledger/record.h"

namespace spectradb::extension::ledger {

class CommitCheck {
 public:
  // This must not move: it refers to itself.
  CommitCheck(CommitRecord record, Salts salts, KeptHashes kept);
  CommitCheck(const CommitCheck&) = delete;
  CommitCheck& operator=(const CommitCheck&) = delete;

  // Returns false where the commit had no facts of the table or index.
  bool add(uint32_t id, uint32_t ordinal, std::string_view key, std::string_view value);
  // Says what differs, in words that follow those for the commit; nothing if it is as it was. Parts of tables that are not
  // there any more are passed over.
  std::optional<std::string> finish(const std::function<bool(uint32_t id)>& is_live,
                                    const std::function<std::string(uint32_t id)>& name_of);

  uint64_t commit() const { return record_.commit; }
  bool keeps_salts() const { return keeps_salts_ && !kept_.is_unfinished; }  // of facts that are gone

 private:
  struct Found {
    uint64_t first = 0;  // place of the part
    uint64_t stored = 0;
    uint64_t leaves = 0;
    bool lacks_salt = false;
    bool is_same = false;
  };

  std::optional<std::string> difference(size_t part, const std::string& name);
  void begin_part(size_t part);
  void end_part();

  const CommitRecord record_;
  Salts salts_;
  const KeptHashes kept_;
  std::vector<Found> found_;  // by part
  size_t part_ = 0;           // the one that is open, or the next
  std::optional<PartLeaves> leaves_;
  MerkleTree tree_;
  bool keeps_salts_ = false;
};

}  // namespace spectradb::extension::ledger
