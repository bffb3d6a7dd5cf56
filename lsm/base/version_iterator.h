// Walks the versions of one source (a memtable, a write batch, an SSTable, a level of SSTables) in the order
// of VersionCursor, showing what its ReadLimits allow. The current version lies in plain members, so that a
// merge of many sources reads it without virtual calls. One thread at a time. When valid() is false, status()
// tells the end from a failure.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/status.h"
#include "lsm/base/bounds.h"
#include "lsm/base/key_order.h"
#include "lsm/base/run_sink.h"
#include "lsm/base/version_page.h"

namespace spectradb::lsm {

class VersionIterator {
 public:
  virtual ~VersionIterator() = default;

  virtual void seek(std::string_view user_key) = 0;  // to the first shown version of a key >= user_key
  virtual void seek_before(
      std::string_view user_key) = 0;  // to the newest shown version of the last key < user_key
  // Moves to the newest shown version of exactly this key; next() ends after the key. The key's bytes must
  // outlive the reading.
  virtual void seek_exact(std::string_view user_key) = 0;
  virtual void next() = 0;
  virtual void next_key() = 0;
  // Gives the sink the version that it stands on, and then the newest shown one of each following key before
  // `below`; it may end before that, as it does where a source is as fast by its steps. Returns how many
  // versions it moved past, and whether the sink ended it: then the source stands on the version not taken.
  struct Run {
    size_t count = 0;
    bool is_ended = false;
  };
  virtual Run read_run(std::string_view /*below*/, RunSink& /*sink*/) { return {}; }
  // Copies the version that it stands on, and the newest shown ones of the keys that follow, while the page
  // takes them; the source then stands on the first version that was not taken. Versions of later commits than
  // max_commit, which a memtable may show, are passed over.
  virtual void read_page(VersionPage& page, uint64_t max_commit) {
    while (valid_ && page.takes(user_key_)) {
      if (commit_ > max_commit) {
        next();
        continue;
      }
      page.add(user_key_, is_left_out_ ? std::string_view() : value_, commit_, ordinal_);
      next_key();
    }
  }
  // Reads the value where is_left_out(). Returns false when it cannot be read; valid() is false from then
  // on.
  virtual bool load() { return true; }
  // Releases a large block that the source holds in memory; the source must be sought again.
  virtual void let_go() {}

  bool valid() const { return valid_; }
  const Status& status() const { return status_; }
  std::string_view user_key() const { return user_key_; }
  uint64_t commit() const { return commit_; }
  uint32_t ordinal() const { return ordinal_; }
  std::string_view value() const { return value_; }
  uint64_t recency() const { return recency_; }
  bool is_left_out() const { return is_left_out_; }  // the value is large and not read yet: load() reads it

  // Whether this version comes before the other's in the order of versions; both iterators are valid.
  bool is_before(const VersionIterator& other) const {
    const int order = compare_keys(user_key_, other.user_key_);
    if (order != 0) return order < 0;
    if (commit_ != other.commit_) return commit_ > other.commit_;
    return ordinal_ > other.ordinal_;
  }

 protected:
  bool valid_ = false;
  bool is_left_out_ = false;
  uint32_t ordinal_ = 0;
  uint64_t commit_ = 0;
  uint64_t recency_ = kNeverSuperseded;
  std::string_view user_key_;
  std::string_view value_;
  Status status_;
};

}  // namespace spectradb::lsm
