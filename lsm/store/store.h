// The store of one database: a commit log, and sharded LSM trees that keep every version of every key for
// ever.
//
// Keys are opaque user keys compared as bytes (memcmp); the caller makes them prefix-free. A version is
// (user key, commit, ordinal, value); commits are 1, 2, 3 …; the store never interprets values except through
// VersionProperties. The caller decides which commits exist (SQLite's transaction is the coordinator):
//
// - prepare(n, batch): writes one checksummed frame to the log; nobody sees it yet. Either the log is synced,
//   or the coordinator keeps a copy of the frame with its own record of the commit, which it makes durable
//   anyway.
// - publish(n): the coordinator has committed n: its versions become visible to cursors with max_commit >= n.
// - abort(n): the coordinator rolled back: the frame is of no worth, and the next one is written over it.
//
// At most one commit is prepared at a time, always number published() + 1; prepare() again replaces an
// earlier attempt. Thread safety: every method may be called from any thread; prepare/publish/abort exclude
// one another inside. A cursor is used by one thread at a time and keeps what it needs alive. After a failed
// sync of the log the store refuses further prepares (kIo) until it is opened again; reads go on.
//
// Several processes may have one directory open. The coordinator's write lock lets one of them prepare at a
// time, from before its publish() of the last commit until the coordinator has committed; the others find the
// frames of its commits in the log (publish). Whoever has work to do flushes and compacts, one at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "lsm/base/knobs.h"
#include "lsm/base/recency.h"
#include "lsm/base/retired_keys.h"
#include "lsm/base/version_cursor.h"
#include "lsm/file/file.h"
#include "lsm/memory/write_batch.h"
#include "lsm/store/recent_commits.h"

namespace spectradb::lsm {

class Backup;

// What lsm may know about a value; the layer that can read values implements it.
class VersionProperties {
 public:
  virtual ~VersionProperties() = default;
  virtual Result<VersionBounds> bounds(std::string_view value) const = 0;  // called by any thread
  // Returns all time where the bounds cannot be read, so that such a version is never skipped.
  VersionBounds bounds_or_all(std::string_view value) const {
    const auto known = bounds(value);
    return known ? *known : VersionBounds{INT64_MIN, INT64_MAX};
  }
  virtual std::unique_ptr<RecencyTracker> new_recency_tracker() const = 0;
};

enum class Sync : uint8_t {
  kNone,  // never: a power loss may take the commit, and the store with it
  kCopy,  // not while the unsynced frames are small: then the caller keeps a copy of the frame
  kFull,
};

// What prepare() wrote.
struct PreparedFrame {
  uint64_t token = 0;  // a checksum of the frame's bytes, never 0
  // When not empty, the caller keeps these bytes durably, together with the commit. Valid until the next
  // prepare().
  std::string_view copy;
  bool is_synced = false;  // the log is synced up to this frame, so no copy is needed any more
};

struct StoreOptions : Knobs {               // defaults; the store may keep other values (Store::set_knob)
  std::shared_ptr<FileSystem> file_system;  // required
  std::string directory;                    // required
  const VersionProperties* properties = nullptr;  // required; outlives the store
  bool read_only = false;  // nothing is written: no lock, no recovery on disk, no flush
  bool background = true;  // flush and compact on a thread of the store's own
  // How many threads merge at once, the background thread included; 0: one a processor.
  uint32_t merge_threads = 0;
  // Makes durable all that the coordinator has committed so far. The store calls it before it installs a
  // flush, so that SSTables never hold a commit that a power loss takes from the coordinator. Empty: the
  // coordinator's commits are durable at once.
  std::function<Status()> sync_coordinator;
};

using StoreId = std::string;  // 32 hexadecimal digits, random; the database repeats it

// What the database says about the store when it is opened.
struct Committed {
  struct Copy {
    uint64_t commit = 0;
    uint64_t frame = 0;  // the token of the frame
    std::string bytes;
  };
  StoreId store_id;
  uint64_t commit = 0;       // the last commit that exists
  uint64_t frame = 0;        // the token that prepare() gave for it (any value when commit is 0)
  std::vector<Copy> copies;  // frames that were kept, in any order; without bytes only the token is known
};

// Roughly how much a range of keys holds: `current` counts versions in memtables and current files, about
// one a key; `history` counts those in history files.
struct RangeSize {
  uint64_t current = 0;
  uint64_t superseded = 0;
};

// What a store's files say of it to whoever does not open it: which store it is, and whether more than
// a first commit was written.
struct StoreSummary {
  StoreId id;
  // True when the store holds at most the frame of a first commit. Before a second frame is written, the
  // coordinator has durably recorded the first commit, and with it that it has a store. So a coordinator
  // that knows of no store may take over an empty one.
  bool is_empty = false;
};

class Store {
 public:
  // Asks the database what it has committed. open() calls it while it holds the store's lock, so that no
  // other process can make the answer out of date.
  using AskCommitted = std::function<Result<Committed>()>;

  // Makes the directory and an empty store in it, durable when this returns. kInvalid if the directory holds
  // anything already (the message names it).
  static Result<std::shared_ptr<Store>> create(const StoreOptions& options);

  // Opens and recovers: the log is replayed up to `committed.commit`; frames beyond are cut off (one attempt
  // is simply dropped; a longer tail, or a first commit, is first kept as `<log>.cut`), unless other
  // processes have it open: then what lies beyond may be theirs. kMissing when there is no store there;
  // kInvalid when it is another database's store, or older or newer than the database says; kBusy when
  // another process has been opening it for long; kCorrupt when bytes are wrong. The message names the
  // directory or file.
  static Result<std::shared_ptr<Store>> open(const StoreOptions& options, const AskCommitted& ask_committed);
  static Result<std::shared_ptr<Store>> open(const StoreOptions& options, const Committed& committed);

  // The id of the store in a directory, or kMissing: to tell a foreign directory before opening. Takes no
  // lock.
  static Result<StoreId> identify(FileSystem& file_system, const std::string& directory);
  static Result<StoreSummary> summarize(FileSystem& file_system,
                                        const std::string& directory);  // reads its log too

  virtual ~Store() = default;  // waits for background work; flushes nothing, since the log has it

  virtual const StoreId& id() const = 0;
  virtual const std::string& directory() const = 0;

  // Moves what the batch holds in memory to SSTables, as versions of the coming commit, so that a large
  // transaction stays within its memory budget. Before prepare(), all of a batch that has been spilled
  // must be spilled. On failure the batch is unchanged.
  virtual Status spill(uint64_t commit, WriteBatch& batch) = 0;
  // Writes the batch's living entries as commit `commit`. The coordinator stores the frame's token beside
  // the commit's number, and the frame's copy if there is one. The batch must stay unchanged until publish
  // or abort. Before a sync that kCopy cannot avoid, `wants_sync`, if given, is asked whether to sync: it
  // may itself do work that costs more than a small commit.
  virtual Result<PreparedFrame> prepare(uint64_t commit, std::shared_ptr<const WriteBatch> batch, Sync sync,
                                        const std::function<bool()>& wants_sync = {}) = 0;
  // Does nothing when the commit is published already. A commit that this store has not prepared, or whose
  // frame has another token, belongs to another process: it is read from the log, with the commits before
  // it. kCorrupt or kInvalid when the log does not have it. A `frame` of zero is not compared.
  virtual Status publish(uint64_t commit, uint64_t frame = 0) = 0;
  virtual Status abort(uint64_t commit, uint64_t frame = 0) = 0;  // no-op when no such commit is prepared
  virtual uint64_t published() const = 0;
  // Lets a coordinator find out that its database was replaced while the store was open: returns the last
  // published commit, and the token of one of the last commits (nothing for an older one).
  virtual CommitToken last() const = 0;
  virtual std::optional<uint64_t> frame_of(uint64_t commit) const = 0;

  // The cursor sees everything up to options.max_commit. A reader that learned of commit n from the
  // database first calls publish(n).
  virtual std::unique_ptr<VersionCursor> new_cursor(const CursorOptions& options) = 0;

  // Makes a backup at the commit that `snapshot` returns. It is asked again when files vanish meanwhile.
  // Until it has returned a commit, the log must keep everything up to that commit; beginning a read
  // transaction ensures that.
  using AskSnapshot = std::function<Result<uint64_t>()>;
  virtual Result<std::unique_ptr<Backup>> begin_backup(const AskSnapshot& snapshot) = 0;

  virtual Status flush() = 0;  // all memtables to SSTables, durable on return; kBusy: another process works
  // Flushes, then merges each shard's current files into one sorted level, and its history into one group.
  // Calls `is_interrupted` now and then; kInterrupted once it returns true.
  virtual Status compact(const std::function<bool()>& is_interrupted = {}) = 0;
  // Retires ranges of keys: nobody reads these keys now or ever again, in any process, and no power loss
  // changes that. Files written from now on leave their versions out, and files that hold no other keys
  // are removed. The store remembers the ranges. kBusy: another process works.
  virtual Status retire(const std::vector<KeyRange>& ranges) = 0;
  virtual bool is_retired(std::string_view key) const = 0;
  virtual bool are_retired(const KeyRange& range) const = 0;  // all keys of it
  // Reads and sets a knob. A new value is in force at once, or with the next file that is written; no
  // value means the default. kInvalid for a value out of range, or for a knob that is chosen when a store
  // is made. A knob that the store keeps waits for work under way, and fails with kBusy when another
  // process is at work.
  virtual uint64_t knob(const Knob& knob) const = 0;
  virtual Status set_knob(const Knob& knob, std::optional<uint64_t> value) = 0;
  // (name, value) pairs for people: files, bytes, versions, cache hits …; names are stable.
  virtual std::vector<std::pair<std::string, std::string>> stats() const = 0;
  // Returns what is wrong with the store's files; check.h lists what it looks at.
  virtual Result<std::vector<std::string>> check(const AskCommitted& ask_committed,
                                                 const std::function<bool()>& is_interrupted = {}) const = 0;
  virtual uint64_t version_count() const = 0;
  // An estimate for planning, of the keys in [from, to). Opens files that the range cuts; never fails: a file
  // that cannot be read counts by the manifest's figures.
  virtual RangeSize range_size(std::string_view from, std::string_view to) const = 0;
  // At most `count` keys in [from, to), ascending, about as many versions between each two: from memtables and
  // current files, by their indexes. Fewer where the range is small. For planning; never fails.
  virtual std::vector<std::string> sample_keys(std::string_view from, std::string_view to,
                                               size_t count) const = 0;
};

}  // namespace spectradb::lsm
