#include "lsm/store/repair.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/hex.h"
#include "lsm/base/coding.h"
#include "lsm/file/file_names.h"
#include "lsm/file/second_names.h"
#include "lsm/log/manifest.h"
#include "lsm/log/recovery.h"
#include "lsm/store/last_seen.h"
#include "lsm/store/rewound_state.h"
#include "lsm/store/set_aside.h"

namespace spectradb::lsm {
namespace {

std::string range(uint64_t from, uint64_t to) {
  if (from == to) return "commit " + std::to_string(from);
  return "commits " + std::to_string(from) + " to " + std::to_string(to);
}

class RepairRun {
 public:
  RepairRun(const StoreOptions& options, Manifest manifest, Committed committed)
      : options_(options),
        file_system_(*options.file_system),
        directory_(options.directory),
        manifest_(std::move(manifest)),
        committed_(std::move(committed)) {}

  Result<RepairPlan> plan_rewind(const AskRetired& ask_retired) {
    const auto seen = last_seen(file_system_, directory_, manifest_.seed());
    const uint64_t seen_commit = seen ? seen->commit : 0;
    const std::string end = "the database's last commit, " + std::to_string(committed_.commit);
    if (is_flushed_behind()) {
      SPECTRADB_RETURN_IF_ERROR(ask_retired(manifest_.retired));
      return RepairPlan{"the store " + directory_ + " goes back to " + end + "; its SSTables, which have " +
                            range(committed_.commit + 1, manifest_.flushed_commit) +
                            ", are written anew without them, and its state is set aside in " +
                            std::string(kManifestName) + "….cut",
                        token_for("rewind", seen_commit)};
    }
    SPECTRADB_RETURN_IF_ERROR(read_log());
    if (recovery_.cut_commit > committed_.commit) {
      return RepairPlan{"the store " + directory_ + " goes back to " + end + "; " +
                            range(committed_.commit + 1, recovery_.cut_commit) + " are set aside in " +
                            log_name(recovery_.cut_segment) + "….cut",
                        token_for("rewind", seen_commit)};
    }
    if (seen_commit > committed_.commit) {
      return RepairPlan{"the store " + directory_ + " has nothing behind " + end +
                            ", though it once had commit " + std::to_string(seen_commit) +
                            ", and is believed to end there",
                        token_for("rewind", seen_commit)};
    }
    return RepairPlan{"nothing is to be rewound: the store " + directory_ + " has no commit behind " + end,
                      {}};
  }

  Status rewind() {
    if (is_flushed_behind()) return rewind_tables();
    SPECTRADB_RETURN_IF_ERROR(set_aside(file_system_, directory_, manifest_));
    SPECTRADB_RETURN_IF_ERROR(apply_cut(file_system_, directory_, recovery_, KeepCut::kAll));
    if (!recovery_.restored.empty())
      SPECTRADB_RETURN_IF_ERROR(write_restored(file_system_, directory_, manifest_.seed(), recovery_));
    return note_end();
  }

  // Commits of which the database itself keeps copies need no recovery from files that were set aside.
  Result<RepairPlan> plan_recover(const AskFrame& ask_frame) {
    SPECTRADB_RETURN_IF_ERROR(read_cut_files(ask_frame));
    if (Status log = read_log(); !log) {
      auto aside = find_set_aside(file_system_, directory_, manifest_, committed_, ask_frame);
      if (!aside) return aside.status();
      if (!aside->has_value()) return log;
      replaced_ = std::exchange(manifest_, std::move(**aside));
      manifest_.has_salts = manifest_.has_salts || replaced_->has_salts;
      if (!read_log()) return log;
      return RepairPlan{"the store " + directory_ + " gets back what it had up to commit " +
                            std::to_string(committed_.commit) +
                            " from what was set aside in it; what it has now is set aside",
                        token_for("recover", 0)};
    }
    if (recovery_.restored.empty())
      return RepairPlan{
          "nothing is to be recovered: the store " + directory_ + " has all commits of the database", {}};
    const uint64_t first = committed_.commit - recovery_.restored.size() + 1;
    return RepairPlan{"the store " + directory_ + " gets back " + range(first, committed_.commit) +
                          " from what was set aside in it",
                      token_for("recover", 0)};
  }

  Status recover() {
    SPECTRADB_RETURN_IF_ERROR(set_aside(file_system_, directory_, replaced_ ? *replaced_ : manifest_));
    if (replaced_) {
      SPECTRADB_RETURN_IF_ERROR(take_back_tables(file_system_, directory_, manifest_));
      SPECTRADB_RETURN_IF_ERROR(put_manifest_in_place(manifest_));
    }
    SPECTRADB_RETURN_IF_ERROR(apply_cut(file_system_, directory_, recovery_, KeepCut::kAll));
    SPECTRADB_RETURN_IF_ERROR(put_back_tables());
    SPECTRADB_RETURN_IF_ERROR(append_frames());
    return note_end();
  }

 private:
  bool is_flushed_behind() const {
    return manifest_.store_id == committed_.store_id && manifest_.flushed_commit > committed_.commit;
  }

  // The next process that opens the store removes the files that the manifest no longer names.
  Status rewind_tables() {
    RewoundState state(options_, manifest_, committed_);
    SPECTRADB_RETURN_IF_ERROR(state.write());
    SPECTRADB_RETURN_IF_ERROR(set_aside(file_system_, directory_, manifest_));
    const auto segment = unused_segment(file_system_, directory_, manifest_);
    if (!segment) return segment.status();
    state.keep();  // kept even if what follows fails: then either manifest may be in force
    SPECTRADB_RETURN_IF_ERROR(put_manifest_in_place(state.manifest(*segment)));
    return note_end();
  }

  Status put_manifest_in_place(const Manifest& manifest) {
    SPECTRADB_RETURN_IF_ERROR(manifest.stage(file_system_, directory_));
    return Manifest::put_in_place(file_system_, directory_);
  }

  Status read_log() {
    SPECTRADB_ASSIGN_OR_RETURN(
        auto recovery, plan_recovery(file_system_, directory_, manifest_, committed_, LogUse::kAlone));
    recovery_ = std::move(recovery);
    return Status::ok();
  }

  std::string token_for(std::string_view way, uint64_t seen_commit) const {
    std::string facts(way);
    for (const uint64_t number :
         {manifest_.checksum(), committed_.commit, committed_.frame, recovery_.last_frame,
          recovery_.cut_segment, recovery_.cut_offset, recovery_.cut_frames, recovery_.cut_commit,
          static_cast<uint64_t>(recovery_.restored.size()), seen_commit})
      put_fixed64(facts, number);
    return hex_of(checksum64(facts, manifest_.seed()));
  }

  // Reads frames of commits that the database has, as if they were its copies of frames.
  Status read_cut_files(const AskFrame& ask_frame) {
    SPECTRADB_ASSIGN_OR_RETURN(const std::optional<uint64_t> flushed, ask_frame(manifest_.flushed_commit));
    if (flushed) committed_.copies.push_back({manifest_.flushed_commit, *flushed, {}});
    SPECTRADB_ASSIGN_OR_RETURN(const auto names, file_system_.list(directory_));
    for (const std::string& name : names) {
      if (!name.starts_with(kLogPrefix) || !name.ends_with(kCutSuffix)) continue;
      SPECTRADB_ASSIGN_OR_RETURN(const auto content, file_system_.read_whole(path_in(directory_, name)));
      for (auto frame = find_frame(content, 0, manifest_.seed()); frame;
           frame = find_frame(content, frame->end, manifest_.seed())) {
        if (frame->commit > committed_.commit) continue;
        SPECTRADB_ASSIGN_OR_RETURN(const std::optional<uint64_t> token, ask_frame(frame->commit));
        if (token != frame->token) continue;
        committed_.copies.push_back(
            {frame->commit, frame->token, content.substr(frame->offset, frame->end - frame->offset)});
      }
    }
    return Status::ok();
  }

  Status put_back_tables() {
    for (const std::string& bytes : recovery_.restored) {
      const auto frame = read_frame(bytes, 0, manifest_.seed());
      const auto tables = frame ? spilled_tables(*frame, manifest_.shard_count) : std::nullopt;
      if (!tables) return Status::corrupt("what was set aside in " + directory_ + " cannot be decoded");
      for (const SpilledTable& table : *tables) {
        const std::string name = sstable_name(table.meta.number);
        SPECTRADB_RETURN_IF_ERROR(
            name_twice(file_system_, directory_, aside_name(name, 1), name, Existing::kKeep));
      }
    }
    return file_system_.sync_directory(directory_);
  }

  // A frame that is the last of its segment is followed by a new segment.
  Status append_frames() {
    LogPosition at = recovery_.end;
    std::unique_ptr<WritableFile> file;
    for (const std::string& bytes : recovery_.restored) {
      const std::string path = path_in(directory_, log_name(at.segment));
      if (file == nullptr) {
        SPECTRADB_ASSIGN_OR_RETURN(auto opened,
                                   at.offset == 0 ? file_system_.create(path) : file_system_.append_to(path));
        file = std::move(opened);
        if (at.offset == 0)
          SPECTRADB_RETURN_IF_ERROR(file->append(encode_segment_header(at.segment, manifest_.seed())));
      }
      SPECTRADB_RETURN_IF_ERROR(file->append(bytes));
      if (!read_frame(bytes, 0, manifest_.seed())->is_last) continue;
      SPECTRADB_RETURN_IF_ERROR(file->sync());
      file.reset();
      at = {at.segment + 1, 0};
    }
    if (file != nullptr) SPECTRADB_RETURN_IF_ERROR(file->sync());
    return file_system_.sync_directory(directory_);
  }

  Status note_end() {
    note_last(file_system_, directory_, manifest_.seed(), {committed_.commit, committed_.frame},
              Seen::kRewound);
    return Status::ok();
  }

  const StoreOptions& options_;
  FileSystem& file_system_;
  const std::string& directory_;
  Manifest manifest_;
  // The manifest that was set aside and comes back in the place of manifest_.
  std::optional<Manifest> replaced_;
  Committed committed_;
  Recovery recovery_;
};

}  // namespace

Result<RepairPlan> repair(const StoreOptions& options, Repair repair,
                          const Store::AskCommitted& ask_committed, const AskFrame& ask_frame,
                          const AskRetired& ask_retired, const std::optional<std::string>& token) {
  FileSystem& file_system = *options.file_system;
  const std::string& directory = options.directory;
  SPECTRADB_ASSIGN_OR_RETURN(const auto has_manifest, file_system.exists(path_in(directory, kManifestName)));
  if (!has_manifest) return Status::missing("there is no store in " + directory);
  const auto opening = file_system.lock(path_in(directory, kOpeningLockName), LockMode::kExclusive);
  if (!opening) return opening.status();
  const auto alone = file_system.lock(path_in(directory, kLockName), LockMode::kExclusive);
  if (!alone && alone.status().code() == Code::kBusy)
    return Status::busy("the store " + directory +
                        " is open: close all other connections to the database first");
  if (!alone) return alone.status();
  SPECTRADB_ASSIGN_OR_RETURN(auto committed, ask_committed());
  SPECTRADB_ASSIGN_OR_RETURN(auto manifest, Manifest::read(file_system, directory));
  RepairRun run(options, std::move(manifest), std::move(committed));
  auto plan = repair == Repair::kRewind ? run.plan_rewind(ask_retired) : run.plan_recover(ask_frame);
  if (!plan || !token) return plan;
  if (plan->token.empty()) return plan;
  if (plan->token != *token)
    return Status::invalid("the token '" + *token +
                           "' is not that of the plan as it is now: ask for the plan without a token");
  SPECTRADB_RETURN_IF_ERROR(repair == Repair::kRewind ? run.rewind() : run.recover());
  return RepairPlan{"done: " + plan->text, {}};
}

}  // namespace spectradb::lsm
