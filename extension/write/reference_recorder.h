// Keeps reference tables (reference_table.h) as the rows are: for each key that a write touches, once all that it
// brings about is done, and before anybody else can look. Used by the thread that uses the connection.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "extension/session/latest_rows.h"
#include "extension/write/foreign_key_actions.h"
#include "extension/write/foreign_key_link.h"

namespace spectradb::extension {

class ReferenceRecorder {
 public:
  explicit ReferenceRecorder(Database& database) : latest_(database) {}

  // While one row is written. Foreign keys may have others written inside: the outermost one records.
  class Write {
   public:
    explicit Write(ReferenceRecorder& recorder) : recorder_(recorder) { ++recorder_.depth_; }
    ~Write() {
      if (--recorder_.depth_ == 0) recorder_.touched_.clear();
    }
    Write(const Write&) = delete;
    Write& operator=(const Write&) = delete;

   private:
    ReferenceRecorder& recorder_;
  };

  void touch(const std::shared_ptr<const ForeignKeyLinks>& links, std::string_view key) {
    touched_.push_back({links, std::string(key)});
  }
  // When the write is done. Where SQLite refuses a reference, nothing is recorded.
  ForeignKeyActions::Outcome record();

 private:
  struct Touched {
    std::shared_ptr<const ForeignKeyLinks> links;
    std::string key;
  };
  struct Added {
    ForeignKeyLink* link;
    int64_t number;
  };
  Status add_missing(ForeignKeyLink& link, const std::string& key, std::vector<Added>& added,
                     std::vector<Added>& superfluous);

  LatestRows latest_;
  int depth_ = 0;
  std::vector<Touched> touched_;
};

}  // namespace spectradb::extension
