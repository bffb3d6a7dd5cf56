// The newest version of each key of a range, over several sorted sources: for readers that need no older one,
// as scans of the present mostly do. The sources are read a page at a time, and only their pages are merged,
// so that a key costs less than a step of every layer. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "lsm/base/version_iterator.h"
#include "lsm/base/version_page.h"

namespace spectradb::lsm {

class NewestVersions {
 public:
  // Reads the keys before `below` from where the sources stand; these outlive the reading and are moved by
  // nobody else. Versions of commits after max_commit are passed over.
  void begin(const std::vector<VersionIterator*>& sources, uint64_t max_commit, std::string_view below);

  bool valid() const { return least_ != nullptr; }
  const Status& status() const { return status_; }  // why there is no version, when it is not the end
  void next();

  // Of the present version; the views live until next().
  std::string_view user_key() const { return least_->user_key(); }
  std::string_view value() const { return least_->page.value(least_->at); }  // see VersionPage::add()
  uint64_t commit() const { return least_->page.commit(least_->at); }
  uint32_t ordinal() const { return least_->page.ordinal(least_->at); }

 private:
  struct Part {
    VersionIterator* source = nullptr;
    VersionPage page;
    size_t at = 0;            // in the page
    size_t versions_max = 0;  // of the next page: who stops early has read little in vain
    bool has_version() const { return at < page.count(); }
    std::string_view user_key() const { return page.user_key(at); }
  };

  void step(Part& part);
  void fill(Part& part);
  void select();

  std::vector<Part> parts_;  // the first part_count_ of them; the others keep their memory
  size_t part_count_ = 0;
  uint64_t max_commit_ = 0;
  std::string below_;
  Part* least_ = nullptr;      // has the present version
  Part* runner_up_ = nullptr;  // has the least key among the others; null: they are at their ends
  bool is_shared_ = false;     // other parts have a version of the present key
  Status status_;
};

}  // namespace spectradb::lsm
