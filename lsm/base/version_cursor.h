// Walks versions in the order (user key ascending, commit descending, ordinal descending): for each key the
// newest version first. One thread at a time. Views returned stay valid until the cursor next moves or is
// destroyed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace spectradb::lsm {

class NewestVersions;
class WriteBatch;

// Instants of valid time, both ends included.
struct ValidRange {
  int64_t first;
  int64_t last;
  ValidRange(int64_t instant) : first(instant), last(instant) {}  // NOLINT: an instant is a range
  ValidRange(int64_t from, int64_t until) : first(from), last(until) {}

  bool operator==(const ValidRange&) const = default;
  // Of [valid_from, valid_to), INT64_MAX standing for no end.
  bool overlaps(int64_t valid_from, int64_t valid_to) const {
    return valid_from <= last && (first < valid_to || valid_to == INT64_MAX);
  }
};

// What a cursor shows. Facts with a commit beyond `max_commit` do not exist for it.
struct CursorOptions {
  uint64_t max_commit = 0;
  // Own, uncommitted writes, shown as commit `own_commit` (whatever max_commit is); null for none.
  const WriteBatch* own = nullptr;
  uint64_t own_commit = 0;
  // When set, versions whose [valid_from, valid_to) has none of these instants may be left out (never must
  // be).
  std::optional<ValidRange> valid_at;
  // When false, versions of which nothing is visible at max_commit may be left out, as long as what remains
  // shows the same at that commit. A reader of all system time needs all versions.
  bool all_versions = true;
  // With all_versions: versions that were superseded by this commit may be left out, as long as every fact
  // that was visible after this commit is shown, and so is what superseded it. 0 leaves out none.
  uint64_t superseded_by = 0;
  // Versions of earlier commits may be left out: for readers of what changed.
  uint64_t min_commit = 0;
};

class VersionCursor {
 public:
  virtual ~VersionCursor() = default;

  // To the newest visible version of the first key >= user_key.
  virtual void seek(std::string_view user_key) = 0;
  // To the newest visible version of exactly this key, invalid when it has none; next() ends after the key.
  virtual void seek_key(std::string_view user_key) = 0;
  // To the newest visible version of the last key < user_key (for descending scans).
  virtual void seek_before(std::string_view user_key) = 0;
  // For backward scans: sets `from` to a key below `user_key` such that about one block of keys lies in
  // between; reading those forwards is faster than finding them one by one. Returns false where no such
  // key is known. The position is lost.
  virtual bool find_stretch_before(std::string_view user_key, std::string* from) = 0;
  // For readers of the newest visible version of each key in [user_key, below): reads them with less work than
  // steps take. Null where the cursor cannot, or has met a large value, and its position is lost: then seek() to the same
  // key, before limits are set. What is returned lives until the cursor is sought again.
  virtual NewestVersions* seek_newest(std::string_view /*user_key*/, std::string_view /*below*/) {
    return nullptr;
  }
  virtual void next() = 0;            // the next older version of the key, or the newest one of the next key
  virtual void next_key() = 0;        // past all remaining versions of this key
  virtual bool valid() const = 0;     // false at the end and after a failure
  virtual Status status() const = 0;  // why the cursor stopped, when it is not the end

  virtual std::string_view user_key() const = 0;
  virtual uint64_t commit() const = 0;
  virtual uint32_t ordinal() const = 0;
  virtual std::string_view value() const = 0;
  // Restrict or change what the cursor shows, so that one cursor serves many reads; it must be sought again.
  virtual void set_valid_at(std::optional<ValidRange> range) = 0;
  virtual void set_max_commit(uint64_t max_commit) = 0;
  virtual void set_all_versions(bool all_versions) = 0;
  virtual void set_superseded_by(uint64_t commit) = 0;
  virtual void set_min_commit(uint64_t min_commit) = 0;

  // To this version of the key. False where there is none, or after a failure.
  bool find_version(std::string_view user_key, uint64_t commit, uint32_t ordinal) {
    const auto is_there = [&] {
      return valid() && this->user_key() == user_key && this->commit() == commit &&
             this->ordinal() == ordinal;
    };
    if (is_there()) return true;
    for (seek_key_until(user_key, commit); valid() && !is_there();) next();
    return valid();
  }

  // False once the store has other memtables and files than those that this cursor keeps alive.
  virtual bool is_current() const = 0;
  // As seek_key(), but passes over the versions of later commits than this one, without reading them; own writes
  // are not passed over.
  virtual void seek_key_until(std::string_view user_key, uint64_t commit) = 0;
};

}  // namespace spectradb::lsm
