#include "lsm/store/check.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "lsm/base/corruption.h"
#include "lsm/file/file_names.h"
#include "lsm/log/log_format.h"
#include "lsm/log/manifest.h"
#include "lsm/store/check_table.h"
#include "lsm/store/store_impl.h"

namespace spectradb::lsm {
namespace {

constexpr int kAttempts = 20;  // files may be replaced between reading the manifest and opening them

class StoreCheck {
 public:
  StoreCheck(const StoreOptions& options, Manifest manifest, Committed committed,
             const std::function<bool()>& is_interrupted)
      : options_(options),
        manifest_(std::move(manifest)),
        committed_(std::move(committed)),
        is_interrupted_(is_interrupted) {}

  // Opens all tables first: open files stay readable.
  void open() {
    for (const Manifest::File& file : manifest_.files) open_table(file.meta);
    check_log();
  }

  // Returns ok once everything was read, or kInterrupted.
  Status walk() {
    check_manifest();
    Place place;
    std::optional<TableCheck::Version> last;
    for (const Manifest::File& file : manifest_.files) {
      const Place here{file.shard, file.level, file.group, file.run};
      const bool follows = here == place && file.level != 0;  // each table of level 0 is a run of its own
      place = here;
      if (!follows) last.reset();
      const auto table = tables_.find(file.meta.number);
      if (table == tables_.end()) {
        last.reset();
        continue;
      }
      const TableRole role{file.shard, manifest_.shard_count, file.level == kHistoryLevel,
                           manifest_.flushed_commit};
      if (!TableCheck(*table->second, role, *options_.properties).run(&last, &problems_, is_interrupted_))
        return interrupted();
    }
    for (const SpilledTable& spilled : spilled_) {
      const auto table = tables_.find(spilled.meta.number);
      if (table == tables_.end()) continue;
      last.reset();
      const TableRole role{spilled.shard, manifest_.shard_count, false, committed_.commit};
      if (!TableCheck(*table->second, role, *options_.properties).run(&last, &problems_, is_interrupted_))
        return interrupted();
    }
    return Status::ok();
  }

  std::vector<std::string>& problems() { return problems_; }

 private:
  using Place = std::tuple<uint32_t, uint32_t, uint32_t, uint32_t>;

  static Status interrupted() { return {Code::kInterrupted, "interrupted"}; }

  std::string path_of(std::string_view name) const { return path_in(options_.directory, name); }

  void open_table(const FileMeta& meta) {
    auto table = Sstable::open(*options_.file_system, path_of(sstable_name(meta.number)), meta,
                               manifest_.seed(), nullptr);
    if (table) {
      tables_[meta.number] = std::move(*table);
    } else {
      problems_.push_back(table.status().message());
    }
  }

  void check_manifest() {
    std::set<uint64_t> numbers;
    for (const Manifest::File& file : manifest_.files) {
      const std::string name = sstable_name(file.meta.number);
      const auto add = [&](const std::string& what) {
        problems_.push_back(path_of(kManifestName) + " is wrong: " + what);
      };
      if (!numbers.insert(file.meta.number).second) add("it names " + name + " twice");
      if (file.meta.number >= manifest_.next_file && !is_spilled_number(file.meta.number))
        add("it names " + name + ", but says that the next file gets number " +
            std::to_string(manifest_.next_file));
      if (file.meta.is_history() != (file.level == kHistoryLevel))
        add("the bounds of " + name + " do not fit level " + std::to_string(file.level));
    }
    if (manifest_.store_id != committed_.store_id)
      problems_.push_back(path_of(kManifestName) + " is of another store than the database's");
    if (manifest_.flushed_commit > committed_.commit)
      problems_.push_back(path_of(kManifestName) + " is newer than the database: it has commit " +
                          std::to_string(manifest_.flushed_commit) + ", the database ends at commit " +
                          std::to_string(committed_.commit));
  }

  // Checks the frames of all commits that are not in tables.
  void check_log() {
    LogPosition at = manifest_.log_start;
    uint64_t commit = manifest_.flushed_commit;
    uint64_t token = manifest_.flushed_frame;
    while (commit < committed_.commit || at.offset > kSegmentHeaderBytes) {
      if (!check_segment(&at, &commit, &token)) return;
      if (commit >= committed_.commit) break;
    }
    if (committed_.commit != 0 && commit == committed_.commit && token != committed_.frame)
      problems_.push_back("commit " + std::to_string(commit) + " of the store " + options_.directory +
                          " is another one than the database's");
  }

  // Reads from *at to the segment's end or the last commit; returns false when the log cannot be followed
  // further.
  bool check_segment(LogPosition* at, uint64_t* commit, uint64_t* token) {
    const uint64_t segment = at->segment;
    const std::string path = path_of(log_name(segment));
    const auto refuse = [&](const std::string& message) {
      if (*commit < committed_.commit && has_copies_from(*commit + 1)) return false;
      problems_.push_back(message);
      return false;
    };
    const auto content = options_.file_system->read_whole(path);
    if (!content) return refuse(path + " is missing or cannot be read: " + content.status().message());
    const std::string_view bytes = *content;
    if (!is_segment_header(bytes, segment, manifest_.seed()))
      return refuse(corruption(path, 0, "this is no segment of the log").message());
    at->offset = std::max(at->offset, kSegmentHeaderBytes);
    if (at->offset > bytes.size())
      return refuse(corruption(path, bytes.size(), "the log ends before the flushed commits do").message());
    while (*commit < committed_.commit && at->segment == segment) {
      const auto frame = read_frame(bytes, at->offset, manifest_.seed());
      // The segment ended without a last frame.
      if (!frame && at->offset == bytes.size() && is_segment(segment + 1)) {
        *at = {segment + 1, 0};
        break;
      }
      const std::string next = std::to_string(*commit + 1);
      if (!frame)
        return refuse(
            corruption(path, at->offset, "the frame of commit " + next + " is not whole").message());
      if (frame->commit != *commit + 1)
        return refuse(corruption(path, at->offset,
                                 "commit " + std::to_string(frame->commit) + " stands where commit " + next +
                                     " belongs")
                          .message());
      if (!for_each_record(*frame, [](uint32_t, std::string_view, std::string_view) {}))
        return refuse(corruption(path, at->offset, "a frame cannot be decoded").message());
      const auto spilled = spilled_tables(*frame, manifest_.shard_count);
      if (!spilled) return refuse(corruption(path, at->offset, "a frame cannot be decoded").message());
      for (const SpilledTable& table : *spilled) {
        open_table(table.meta);
        spilled_.push_back(table);
      }
      *commit = frame->commit;
      *token = frame->token;
      *at = position_behind(segment, *frame);
    }
    return true;
  }

  bool is_segment(uint64_t segment) const {
    const auto there = options_.file_system->exists(path_of(log_name(segment)));
    return there && *there;
  }

  // Whether the database has copies of all frames that the log lost in a power failure: the next opening
  // restores them.
  bool has_copies_from(uint64_t commit) const {
    for (; commit <= committed_.commit; ++commit) {
      const bool has = std::any_of(committed_.copies.begin(), committed_.copies.end(), [&](const auto& copy) {
        const auto frame = read_frame(copy.bytes, 0, manifest_.seed());
        return copy.commit == commit && frame && frame->commit == commit && frame->token == copy.frame;
      });
      if (!has) return false;
    }
    return true;
  }

  const StoreOptions& options_;
  const Manifest manifest_;
  const Committed committed_;
  const std::function<bool()>& is_interrupted_;
  std::map<uint64_t, std::shared_ptr<const Sstable>> tables_;  // by number
  std::vector<SpilledTable> spilled_;                          // tables that the log names
  std::vector<std::string> problems_;
};

}  // namespace

void shorten(std::vector<std::string>* problems) {
  if (problems->size() <= kMaxProblems) return;
  const size_t more = problems->size() - kMaxProblems;
  problems->resize(kMaxProblems);
  problems->push_back("and " + std::to_string(more) + " more");
}

Result<std::vector<std::string>> check_store(const StoreOptions& options,
                                             const Store::AskCommitted& ask_committed,
                                             const std::function<bool()>& is_interrupted) {
  for (int attempt = 1;; ++attempt) {
    auto manifest = Manifest::read(*options.file_system, options.directory);
    if (!manifest) return std::vector<std::string>{manifest.status().message()};
    // It is asked after reading the manifest, which therefore has no commit that the database does not know.
    auto committed = ask_committed();
    if (!committed) return committed.status();
    const uint64_t checksum = manifest->checksum();
    StoreCheck check(options, std::move(*manifest), std::move(*committed), is_interrupted);
    check.open();
    if (!check.problems().empty() && attempt < kAttempts) {
      const auto now = Manifest::read(*options.file_system, options.directory);
      if (now && now->checksum() != checksum) continue;
    }
    SPECTRADB_RETURN_IF_ERROR(check.walk());
    shorten(&check.problems());
    return std::move(check.problems());
  }
}

Result<std::vector<std::string>> StoreImpl::check(const AskCommitted& ask_committed,
                                                  const std::function<bool()>& is_interrupted) const {
  return check_store(options_, ask_committed, is_interrupted);
}

}  // namespace spectradb::lsm
