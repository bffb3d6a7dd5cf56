// What is shown about the commit of each row: its notes and its cursor. Rows of one commit follow one
// another, so the last answer is kept. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "extension/session/database.h"

namespace spectradb::extension {

class CommitTexts {
 public:
  explicit CommitTexts(Database& database) : database_(database) {}

  // Returns a JSON object; empty where there are no notes. The text lives until the next call.
  Result<const std::string*> notes(uint64_t commit);
  // Returns the cursor (extension/times/commit_cursor.h); empty for a commit under way.
  Result<const std::string*> cursor(uint64_t commit);

 private:
  Database& database_;
  std::unique_ptr<Query> query_;
  bool has_asked_ = false;
  std::optional<uint64_t> commit_of_notes_;
  std::string notes_;
  std::optional<uint64_t> commit_of_cursor_;
  std::string cursor_;
};

}  // namespace spectradb::extension
