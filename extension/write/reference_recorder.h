// Keeps SQLite's record of foreign keys between temporal and ordinary tables (reference_table.h,
// present_table.h) equal to the rows: for each key that a write touches, after all effects of the write, and
// before anybody else can look. Used by the thread that uses the connection.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "extension/session/latest_rows.h"
#include "extension/write/foreign_key_actions.h"
#include "extension/write/foreign_key_link.h"
#include "extension/write/present_table.h"

namespace spectradb::extension {

class ReferenceRecorder {
 public:
  explicit ReferenceRecorder(Database& database) : database_(database), latest_(database) {}

  // Lives while one row is written. Foreign keys may cause further writes inside: the outermost one records.
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

  // `links` are the row's references, `present` stands for the row to those that refer to it; null for none.
  void touch(const std::shared_ptr<const ForeignKeyLinks>& links,
             const std::shared_ptr<PresentTable>& present, std::string_view key) {
    touched_.push_back({links, present, std::string(key), std::nullopt, false});
  }
  // The first touched key continues as the last touched one.
  void note_move(size_t first) {
    if (touched_.size() > first + 1 && !touched_[first].is_displaced)
      touched_[first].moved_to = touched_.size() - 1;
  }
  // The key touched there makes room for the one that is being written.
  void note_displaced(size_t first) {
    if (touched_.size() > first) touched_[first].is_displaced = true;
  }
  size_t touched() const { return touched_.size(); }
  // Call it when the write is done. Where SQLite refuses a reference, nothing is recorded.
  ForeignKeyActions::Outcome record();

 private:
  struct Touched {
    std::shared_ptr<const ForeignKeyLinks> links;
    std::shared_ptr<PresentTable> present;
    std::string key;
    std::optional<size_t> moved_to;
    bool is_displaced;
  };
  struct Added {
    ForeignKeyLink* link;
    int64_t number;
  };
  Status add_missing(ForeignKeyLink& link, const std::string& key, std::vector<Added>& added,
                     std::vector<Added>& superfluous);

  Status write_present(const std::vector<Touched>& touched);
  // Keys of the rows that are displaced, as the present tables have them.
  using Displaced = std::map<const PresentTable*, std::vector<std::string>>;
  Status write_present(const std::vector<Touched>& touched, size_t place, const Displaced& all_displaced,
                       std::vector<bool>& is_written);

  Status move_present(PresentTable& present, const PresentTable::Row& from, const PresentTable::Row& to,
                      const std::vector<std::string>& displaced);

  // Lets writes inside be outermost ones.
  class RestoredDepth {
   public:
    explicit RestoredDepth(ReferenceRecorder& recorder)
        : recorder_(recorder), depth_(std::exchange(recorder.depth_, 0)) {}
    ~RestoredDepth() { recorder_.depth_ = depth_; }
    RestoredDepth(const RestoredDepth&) = delete;
    RestoredDepth& operator=(const RestoredDepth&) = delete;

   private:
    ReferenceRecorder& recorder_;
    const int depth_;
  };

  Database& database_;
  LatestRows latest_;
  int depth_ = 0;
  std::vector<Touched> touched_;
};

}  // namespace spectradb::extension
