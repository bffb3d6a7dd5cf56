// What is shown of the commit of each of many rows: its notes and its cursor. Rows of one commit come behind each other, so
// the last answer is kept. One thread.
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

  // A JSON object; empty where there are none. The text lives until the next call.
  Result<const std::string*> notes(uint64_t commit);
  // extension/times/commit_cursor.h; empty for a commit that is under way.
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
