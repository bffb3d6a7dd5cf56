// Shows a segment of the commit log: its frames, and the facts in each; or a tail that recovery has set
// aside.
#include "extension/facets/inspect/inspection.h"
#include "lsm/base/coding.h"
#include "lsm/base/corruption.h"
#include "lsm/file/file_names.h"
#include "lsm/log/log_format.h"

namespace spectradb::extension::inspect {

namespace {

// Reads the records of a frame one by one, since those of a large transaction should not be held all at once.
class FrameRecords {
 public:
  FrameRecords() : body_({}), records_({}) {}
  explicit FrameRecords(std::string_view body) : body_(body), records_({}) {}

  // Returns false at the end, and where the body does not follow the grammar; then ok() is false.
  bool next(uint32_t& ordinal, std::string_view& key, std::string_view& value) {
    while (count_ == 0) {
      if (!records_.at_end() || body_.at_end()) return false;
      ordinal_ = body_.varint32();
      count_ = body_.varint32();
      records_ = lsm::ByteReader(body_.bytes());
      if (!body_.ok()) return false;
    }
    key = records_.bytes();
    value = records_.bytes();
    ordinal = ordinal_++;
    --count_;
    return records_.ok();
  }
  bool ok() const { return body_.ok() && records_.ok() && records_.at_end(); }

 private:
  lsm::ByteReader body_;
  lsm::ByteReader records_;
  uint32_t ordinal_ = 0;
  uint32_t count_ = 0;  // records of the run that are still to come
};

class LogInspection final : public Inspection {
 public:
  LogInspection(std::string path, std::string bytes, const lsm::Manifest& manifest)
      : path_(std::move(path)),
        bytes_(std::move(bytes)),
        seed_(manifest.seed()),
        shard_count_(manifest.shard_count),
        flushed_commit_(manifest.flushed_commit) {}

  // Frames follow at once, as in a tail, which has no header.
  bool is_tail = false;

  Status open() {
    if (is_tail) return Status::ok();
    lsm::ByteReader header(bytes_);
    if (header.fixed64() != lsm::kSegmentMagic)
      return path_.ends_with(lsm::kCutSuffix) ? Status::ok()
                                              : lsm::corruption(path_, 0, "this is no segment of the log");
    segment_ = header.fixed64();
    if (!lsm::is_segment_header(bytes_, segment_, seed_))
      return lsm::corruption(path_, 0,
                             "the header of the segment has a wrong checksum, or is another store's");
    return Status::ok();
  }

  Result<bool> next(Item& item) override {
    if (segment_ != 0 && at_ == 0) {
      at_ = lsm::kSegmentHeaderBytes;
      item = {"segment", 0, at_, {}, {}, "segment " + std::to_string(segment_) + " of the log"};
      return true;
    }
    if (table_ < tables_.size()) {
      const lsm::SpilledTable& table = tables_[table_++];
      item = {"table",
              {},
              table.meta.size_bytes,
              frame_->commit,
              readable_key(table.meta.first_key),
              lsm::sstable_name(table.meta.number) + ": shard " + std::to_string(table.shard) + ": " +
                  readable_meta(table.meta)};
      return true;
    }
    if (frame_) {
      uint32_t ordinal = 0;
      std::string_view key;
      std::string_view value;
      if (records_.next(ordinal, key, value)) {
        // This excludes the varints of the lengths, which precede key and value.
        const auto at = static_cast<uint64_t>(key.data() - bytes_.data());
        item = {"fact",
                at,
                static_cast<uint64_t>(value.data() + value.size() - key.data()),
                frame_->commit,
                readable_key(key),
                readable_value(value) + ", ordinal " + std::to_string(ordinal)};
        return true;
      }
      if (!records_.ok()) return lsm::corruption(path_, frame_->offset, "a frame cannot be decoded");
      at_ = frame_->end;
      frame_.reset();
    }
    return next_frame(item);
  }

 private:
  Result<bool> next_frame(Item& item) {
    if (at_ >= bytes_.size()) return false;
    frame_ = lsm::read_frame(bytes_, at_, seed_);
    if (!frame_) {
      const auto next = lsm::find_frame(bytes_, at_, seed_);
      const uint64_t end = next ? next->offset : bytes_.size();
      item = {"rest",
              at_,
              end - at_,
              {},
              {},
              is_tail ? "no whole frame: it is not what was written, SELECT spectradb_check() says more"
                      : "no whole frame: what is left of an attempt that did not become a commit, or of one "
                        "that was not written to its end"};
      at_ = end;
      return true;
    }
    auto tables = lsm::spilled_tables(*frame_, shard_count_);
    if (!tables) return lsm::corruption(path_, frame_->offset, "a frame cannot be decoded");
    tables_ = std::move(*tables);
    table_ = 0;
    records_ = FrameRecords(tables_.empty() ? frame_->body : std::string_view());
    std::string about = "token " + readable_number(frame_->token);
    if (frame_->is_last) about += ", the last one of its segment";
    if (!tables_.empty()) about += ", names " + counted(tables_.size(), "table");
    if (frame_->commit <= flushed_commit_) about += ", flushed";
    if (frame_->salt.empty()) about += ", without a salt: of an earlier release";
    item = {"frame", frame_->offset, frame_->end - frame_->offset, frame_->commit, {}, about};
    return true;
  }

  const std::string path_;
  const std::string bytes_;
  const uint64_t seed_;
  const uint64_t shard_count_;
  const uint64_t flushed_commit_;
  uint64_t segment_ = 0;  // 0: a tail without a header
  uint64_t at_ = 0;
  std::optional<lsm::LogFrame> frame_;  // the frame whose facts or tables are being shown
  FrameRecords records_;
  std::vector<lsm::SpilledTable> tables_;
  size_t table_ = 0;
};

}  // namespace

Opened inspect_log(lsm::FileSystem& file_system, const std::string& path, const lsm::Manifest& manifest) {
  SPECTRADB_ASSIGN_OR_RETURN(std::string bytes, file_system.read_whole(path));
  auto log = std::make_unique<LogInspection>(path, std::move(bytes), manifest);
  SPECTRADB_RETURN_IF_ERROR(log->open());
  return std::unique_ptr<Inspection>(std::move(log));
}

Opened inspect_frames(std::string path, std::string frames, const lsm::Manifest& manifest) {
  auto log = std::make_unique<LogInspection>(std::move(path), std::move(frames), manifest);
  log->is_tail = true;
  return std::unique_ptr<Inspection>(std::move(log));
}

}  // namespace spectradb::extension::inspect
