#include "lsm/log/recovery.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>

#include "lsm/base/corruption.h"
#include "lsm/file/file_names.h"
#include "lsm/file/second_names.h"
#include "lsm/log/log_format.h"

namespace spectradb::lsm {
namespace {

std::string commits(uint64_t from, uint64_t to) {
  if (from == to) return "commit " + std::to_string(from);
  return "commits " + std::to_string(from) + " to " + std::to_string(to);
}

Status older_than_database(const std::string& directory, uint64_t last_commit, uint64_t committed) {
  return Status::invalid(
      "the facts of " + commits(last_commit + 1, committed) + " are missing from the store " + directory +
      ", which ends before the database does; restore both from the same backup, or, where they "
      "were set aside (.cut), SELECT spectradb_repair('recover')");
}

Status another_history(const std::string& directory, uint64_t commit) {
  return Status::invalid(
      "the store " + directory + " holds another history than the database: its commit " +
      std::to_string(commit) +
      " is a different one; restore the database and its store from the same backup, or, where it was "
      "set aside (.cut), SELECT spectradb_repair('recover')");
}

class Replay {
 public:
  Replay(FileSystem& file_system, const std::string& directory, const Manifest& manifest,
         const Committed& committed, LogUse use)
      : file_system_(file_system),
        directory_(directory),
        manifest_(manifest),
        committed_(committed),
        use_(use) {
    for (const Committed::Copy& copy : committed.copies) {
      const auto frame = read_frame(copy.bytes, 0, manifest.seed());
      if (frame && frame->end == copy.bytes.size() && frame->commit == copy.commit &&
          frame->token == copy.frame)
        copies_[copy.commit] = &copy;
    }
  }

  Result<Recovery> run() {
    SPECTRADB_RETURN_IF_ERROR(check_flushed());
    SPECTRADB_RETURN_IF_ERROR(find_segments());
    recovery_.last_commit = manifest_.flushed_commit;
    recovery_.last_frame = manifest_.flushed_frame;
    recovery_.end = manifest_.log_start;
    for (size_t index = 0; index < segments_.size() && !is_complete(); ++index) {
      SPECTRADB_RETURN_IF_ERROR(replay_segment(index));
    }
    SPECTRADB_RETURN_IF_ERROR(restore());
    if (recovery_.last_commit < committed_.commit) {
      return older_than_database(directory_, recovery_.last_commit, committed_.commit);
    }
    // When other processes have the store open, they may have flushed past our commit.
    const bool is_known =
        use_ == LogUse::kAlone || (committed_.frame != 0 && recovery_.last_commit == committed_.commit);
    if (committed_.commit != 0 && is_known && recovery_.last_frame != committed_.frame) {
      return another_history(directory_, committed_.commit);
    }
    return std::move(recovery_);
  }

 private:
  // What the database has of later commits must not be put behind those of another history.
  Status check_flushed() const {
    for (const Committed::Copy& copy : committed_.copies) {
      if (copy.commit == manifest_.flushed_commit && copy.frame != manifest_.flushed_frame)
        return another_history(directory_, copy.commit);
    }
    return Status::ok();
  }

  bool is_complete() const { return use_ == LogUse::kShared && recovery_.last_commit >= committed_.commit; }

  Status find_segments() {
    SPECTRADB_ASSIGN_OR_RETURN(auto names, file_system_.list(directory_));
    for (const std::string& name : names) {
      const auto segment = log_segment_of(name);
      if (!segment) continue;
      (*segment < manifest_.log_start.segment ? recovery_.old_segments : segments_).push_back(*segment);
    }
    std::sort(segments_.begin(), segments_.end());
    for (size_t index = 0; index < segments_.size(); ++index) {
      const uint64_t expected = manifest_.log_start.segment + index;
      if (segments_[index] != expected) {
        return missing(expected);
      }
    }
    const bool has_start = !segments_.empty() || manifest_.log_start.offset == 0;
    return has_start ? Status::ok() : missing(manifest_.log_start.segment);
  }

  Status missing(uint64_t segment) const {
    return Status::corrupt(path_of(segment) +
                           " is missing: restore the database and its store from a backup");
  }

  std::string path_of(uint64_t segment) const { return path_in(directory_, log_name(segment)); }

  Status replay_segment(size_t index) {
    const uint64_t segment = segments_[index];
    if (recovery_.has_cut) recovery_.segments_behind_cut.push_back(segment);
    SPECTRADB_ASSIGN_OR_RETURN(const auto content, file_system_.read_whole(path_of(segment)));
    const std::string_view bytes = content;
    if (!is_segment_header(bytes, segment, manifest_.seed())) {
      if (index == 0 && manifest_.log_start.offset > 0)
        return corruption(path_of(segment), 0, "this is no segment of the log");
      return end_of_log(index, bytes, 0);
    }
    const bool is_start = index == 0 && manifest_.log_start.offset > 0;
    uint64_t offset = is_start ? manifest_.log_start.offset : kSegmentHeaderBytes;
    if (offset > bytes.size())
      return corruption(path_of(segment), bytes.size(), "the log ends before the flushed commits do");
    if (!recovery_.has_cut) recovery_.end = {segment, offset};
    while (!is_complete()) {
      const auto frame = read_frame(bytes, offset, manifest_.seed());
      if (!frame) return offset == bytes.size() ? Status::ok() : end_of_log(index, bytes, offset);
      SPECTRADB_RETURN_IF_ERROR(take(segment, *frame));
      offset = frame->end;
      if (!recovery_.has_cut) recovery_.end = position_behind(segment, *frame);
      if (frame->is_last && !recovery_.has_cut) {
        recovery_.full.push_back({segment, frame->end, frame->token});
        break;  // behind it stands the rest of an attempt
      }
    }
    return Status::ok();
  }

  Status take(uint64_t segment, const LogFrame& frame) {
    if (recovery_.has_cut || frame.commit > committed_.commit) {
      cut_at(segment, frame.offset);
      recovery_.cut_frames += 1;
      recovery_.cut_commit = std::max(recovery_.cut_commit, frame.commit);
      if (const auto tables = spilled_tables(frame, manifest_.shard_count)) {
        for (const SpilledTable& table : *tables) recovery_.cut_tables.push_back(table.meta.number);
      }
      return Status::ok();
    }
    const auto copy = copies_.find(frame.commit);
    if (copy != copies_.end() &&
        copy->second->frame != frame.token) {  // an attempt that did not become the commit
      cut_at(segment, frame.offset);
      return Status::ok();
    }
    if (frame.commit != recovery_.last_commit + 1) {
      return corruption(path_of(segment), frame.offset,
                        "commit " + std::to_string(frame.commit) + " follows commit " +
                            std::to_string(recovery_.last_commit));
    }
    auto tables = spilled_tables(frame, manifest_.shard_count);
    if (!tables || !put(frame))
      return corruption(path_of(segment), frame.offset, "a frame cannot be decoded");
    if (!tables->empty()) take_spilled(segment, frame, std::move(*tables));
    return Status::ok();
  }

  void take_spilled(uint64_t segment, const LogFrame& frame, std::vector<SpilledTable> tables) {
    const auto add = [&](std::shared_ptr<const Memtable> memtable, std::vector<SpilledTable> spilled) {
      recovery_.parts.push_back({std::move(memtable), std::move(spilled), position_behind(segment, frame),
                                 frame.commit, frame.token});
    };
    if (recovery_.memtable->count() > 0) {
      add(std::move(recovery_.memtable), {});
      recovery_.memtable = std::make_shared<Memtable>();
    }
    add(nullptr, std::move(tables));
  }

  bool put(const LogFrame& frame) {
    const bool is_whole =
        for_each_record(frame, [&](uint32_t ordinal, std::string_view key, std::string_view value) {
          recovery_.memtable->put(key, frame.commit, ordinal, value);
        });
    recovery_.last_commit = frame.commit;
    recovery_.last_frame = frame.token;
    return is_whole;
  }

  // Whether the coordinator has copies of all missing frames: a power loss may take unsynced frames from the
  // log.
  bool can_restore() const {
    for (uint64_t commit = recovery_.last_commit + 1; commit <= committed_.commit; ++commit) {
      if (!copies_.contains(commit)) return false;
    }
    return true;
  }

  Status restore() {
    if (!can_restore()) return Status::ok();
    while (recovery_.last_commit < committed_.commit) {
      const std::string& bytes = copies_[recovery_.last_commit + 1]->bytes;
      if (!put(*read_frame(bytes, 0, manifest_.seed()))) {
        return Status::corrupt("the database's copy of commit " + std::to_string(recovery_.last_commit) +
                               " cannot be decoded");
      }
      recovery_.restored.push_back(bytes);
    }
    return Status::ok();
  }

  void cut_at(uint64_t segment, uint64_t offset) {
    if (recovery_.has_cut) return;
    recovery_.has_cut = true;
    recovery_.cut_segment = segment;
    recovery_.cut_offset = offset;
  }

  // The bytes at the offset are no frame: a torn tail, unless frames of commits that the database has stand
  // behind them.
  Status end_of_log(size_t index, std::string_view bytes, uint64_t offset) {
    if (recovery_.has_cut) return Status::ok();
    const uint64_t segment = segments_[index];
    if (recovery_.last_commit < committed_.commit && !can_restore()) {
      const auto later = find_frame(bytes, offset + 1, manifest_.seed());
      if (index + 1 < segments_.size() || (later && later->commit <= committed_.commit)) {
        return corruption(
            path_of(segment), offset,
            "the frame of commit " + std::to_string(recovery_.last_commit + 1) + " is not whole");
      }
      return Status::ok();
    }
    cut_at(segment, offset);
    return Status::ok();
  }

  FileSystem& file_system_;
  const std::string& directory_;
  const Manifest& manifest_;
  const Committed& committed_;
  const LogUse use_;
  std::map<uint64_t, const Committed::Copy*> copies_;  // by commit; only copies that are whole
  std::vector<uint64_t> segments_;
  Recovery recovery_;
};

// The tables keep their names, too, as long as the log may name them: whoever comes in between finds them, and whoever
// comes later removes them.
Status keep_tail(FileSystem& file_system, const std::string& directory, const Recovery& recovery) {
  for (const uint64_t number : recovery.cut_tables) {
    const std::string name = sstable_name(number);
    SPECTRADB_ASSIGN_OR_RETURN(const auto there, file_system.exists(path_in(directory, name)));
    if (!there) continue;
    SPECTRADB_RETURN_IF_ERROR(name_twice(file_system, directory, name, aside_name(name, 1), Existing::kKeep));
  }
  SPECTRADB_ASSIGN_OR_RETURN(
      const auto name, unused_aside_name(file_system, path_in(directory, log_name(recovery.cut_segment))));
  SPECTRADB_ASSIGN_OR_RETURN(auto kept, file_system.create(name));
  std::vector<uint64_t> segments{recovery.cut_segment};
  segments.insert(segments.end(), recovery.segments_behind_cut.begin(), recovery.segments_behind_cut.end());
  for (const uint64_t segment : segments) {
    SPECTRADB_ASSIGN_OR_RETURN(const auto content,
                               file_system.read_whole(path_in(directory, log_name(segment))));
    const uint64_t from = segment == recovery.cut_segment ? recovery.cut_offset : 0;
    SPECTRADB_RETURN_IF_ERROR(kept->append(std::string_view(content).substr(static_cast<size_t>(from))));
  }
  SPECTRADB_RETURN_IF_ERROR(kept->sync());
  return file_system.sync_directory(directory);
}

}  // namespace

Result<Recovery> plan_recovery(FileSystem& file_system, const std::string& directory,
                               const Manifest& manifest, const Committed& committed, LogUse use) {
  if (manifest.store_id != committed.store_id) {
    return Status::invalid("the store " + directory + " (" + manifest.store_id +
                           ") belongs to another database, not to this one (" + committed.store_id +
                           "); put the right directory beside the database");
  }
  if (use == LogUse::kAlone && manifest.flushed_commit > committed.commit) {
    return newer_than_database(directory, manifest.flushed_commit, committed.commit,
                               "put back the newer database, or set aside what it has not: SELECT "
                               "spectradb_repair('rewind') says how");
  }
  return Replay(file_system, directory, manifest, committed, use).run();
}

Status newer_than_database(const std::string& directory, uint64_t has, uint64_t committed,
                           const std::string& way_out) {
  return Status::invalid("the store " + directory + " is newer than the database: it holds commit " +
                         std::to_string(has) + ", the database ends at commit " + std::to_string(committed) +
                         "; was the database restored from a copy? " + way_out);
}

Status apply_cut(FileSystem& file_system, const std::string& directory, Recovery& recovery, KeepCut keep) {
  if (!recovery.has_cut) return Status::ok();
  // A single attempt is dropped: there is at most one at a time. But what looks like an attempt of the first
  // commit is kept, since it may hold the facts of a database that was moved away.
  const uint64_t attempts = recovery.last_commit == 0 ? 0 : 1;
  if (keep == KeepCut::kAll || recovery.cut_frames > attempts)
    SPECTRADB_RETURN_IF_ERROR(keep_tail(file_system, directory, recovery));
  for (auto segment = recovery.segments_behind_cut.rbegin(); segment != recovery.segments_behind_cut.rend();
       ++segment) {
    SPECTRADB_RETURN_IF_ERROR(file_system.remove(path_in(directory, log_name(*segment))));
  }
  recovery.end = {recovery.cut_segment, recovery.cut_offset};
  const std::string path = path_in(directory, log_name(recovery.cut_segment));
  if (recovery.cut_offset == 0) return file_system.remove(path);
  SPECTRADB_ASSIGN_OR_RETURN(auto file, file_system.append_to(path));
  SPECTRADB_RETURN_IF_ERROR(file->truncate(recovery.cut_offset));
  return file->sync();
}

Status write_restored(FileSystem& file_system, const std::string& directory, uint64_t seed,
                      Recovery& recovery) {
  const bool exists = recovery.end.offset != 0;
  if (!exists && recovery.restored.empty()) return Status::ok();  // the segment before was synced at its end
  const std::string path = path_in(directory, log_name(recovery.end.segment));
  SPECTRADB_ASSIGN_OR_RETURN(auto file, exists ? file_system.append_to(path) : file_system.create(path));
  if (!exists) SPECTRADB_RETURN_IF_ERROR(file->append(encode_segment_header(recovery.end.segment, seed)));
  for (const std::string& frame : recovery.restored) SPECTRADB_RETURN_IF_ERROR(file->append(frame));
  recovery.end.offset = file->size();
  SPECTRADB_RETURN_IF_ERROR(file->sync());
  return file_system.sync_directory(directory);
}

}  // namespace spectradb::lsm
