#include "lsm/log/manifest.h"

#include "lsm/base/corruption.h"
#include "lsm/file/file_names.h"

namespace spectradb::lsm {
namespace {

constexpr uint64_t kManifestMagic = 0x314e414d53445053u;  // "SPDSMAN1"
constexpr uint32_t kManifestVersion = 5;
constexpr uint32_t kVersionWithoutSalts = 4;
constexpr uint32_t kVersionWithoutKnobs = 3;
constexpr size_t kHeaderBytes = 16;
constexpr size_t kChecksumBytes = 8;
constexpr size_t kStoreIdDigits = 32;
// Names with this number, and with the next ones, can be read.
constexpr uint64_t kMaxLogSegment = 1'000'000'000'000'000u;

// Takes names in ascending order, and values that their knobs allow.
bool decode_knobs(ByteReader& body, KeptKnobs* knobs) {
  const uint64_t count = body.varint();
  for (uint64_t index = 0; body.ok() && index < count; ++index) {
    std::string name(body.bytes());
    const uint64_t value = body.varint();
    if (!body.ok() || (!knobs->empty() && name <= knobs->rbegin()->first)) return false;
    if (const Knob* knob = find_knob(name); knob != nullptr && !check_knob(*knob, value)) return false;
    knobs->emplace_hint(knobs->end(), std::move(name), value);
  }
  return body.ok();
}

bool decode_retired(ByteReader& body, RetiredKeys* retired) {
  const uint64_t count = body.varint();
  for (uint64_t index = 0; body.ok() && index < count; ++index) {
    KeyRange range;
    range.from = body.bytes();
    range.to = body.bytes();
    const bool is_behind = retired->ranges().empty() || retired->ranges().back().to < range.from;
    if (!body.ok() || range.from >= range.to || !is_behind) return false;
    retired->add(std::move(range));
  }
  return body.ok();
}

}  // namespace

std::string Manifest::encode() const {
  std::string body;
  put_bytes(body, store_id);
  put_varint(body, shard_count);
  put_varint(body, next_file);
  put_varint(body, log_start.segment);
  put_varint(body, log_start.offset);
  put_varint(body, flushed_commit);
  put_fixed64(body, flushed_frame);
  put_varint(body, knobs.size());
  for (const auto& [name, value] : knobs) {
    put_bytes(body, name);
    put_varint(body, value);
  }
  put_varint(body, retired.ranges().size());
  for (const KeyRange& range : retired.ranges()) {
    put_bytes(body, range.from);
    put_bytes(body, range.to);
  }
  put_varint(body, files.size());
  for (const File& file : files) {
    put_varint(body, file.shard);
    put_varint(body, file.level);
    if (file.level == kHistoryLevel) {
      put_varint(body, file.group);
      put_varint(body, file.run);
    }
    file.meta.encode(body);
  }
  std::string bytes;
  put_fixed64(bytes, kManifestMagic);
  put_fixed32(bytes, has_salts ? kManifestVersion : kVersionWithoutSalts);
  put_fixed32(bytes, static_cast<uint32_t>(body.size()));
  bytes += body;
  put_fixed64(bytes, checksum64(bytes, 0));
  return bytes;
}

Result<Manifest> Manifest::decode(const std::string& path, std::string_view bytes) {
  ByteReader header(bytes);
  if (header.fixed64() != kManifestMagic) return corruption(path, 0, "this is no manifest");
  const uint32_t version = header.fixed32();
  const uint32_t body_bytes = header.fixed32();
  if (!header.ok() || bytes.size() != kHeaderBytes + body_bytes + kChecksumBytes) {
    return corruption(path, bytes.size(), "the manifest has a wrong length");
  }
  const size_t covered = kHeaderBytes + body_bytes;
  if (load_fixed64(bytes.data() + covered) != checksum64(bytes.substr(0, covered), 0)) {
    return corruption(path, covered, "wrong checksum");
  }
  if (version < kVersionWithoutKnobs || version > kManifestVersion) {
    return Status::invalid(path + " has format version " + std::to_string(version) +
                           ", which this release of SpectraDB cannot read; use a newer one");
  }
  ByteReader body(bytes.substr(kHeaderBytes, body_bytes));
  Manifest manifest;
  manifest.has_salts = version == kManifestVersion;
  manifest.store_id = body.bytes();
  manifest.shard_count = body.varint32();
  manifest.next_file = body.varint();
  manifest.log_start.segment = body.varint();
  manifest.log_start.offset = body.varint();
  manifest.flushed_commit = body.varint();
  manifest.flushed_frame = body.fixed64();
  const bool has_knobs = version == kVersionWithoutKnobs ||
                         (decode_knobs(body, &manifest.knobs) && decode_retired(body, &manifest.retired));
  const uint64_t file_count = body.varint();
  bool is_sane = has_knobs && body.ok() && manifest.store_id.size() == kStoreIdDigits &&
                 manifest.shard_count >= 1 && manifest.shard_count <= kMaxShards &&
                 manifest.next_file <= kFirstSpilledNumber && manifest.log_start.segment >= 1 &&
                 manifest.log_start.segment <= kMaxLogSegment && manifest.flushed_commit < INT64_MAX;
  for (uint64_t index = 0; is_sane && index < file_count; ++index) {
    File file{};
    file.shard = body.varint32();
    file.level = body.varint32();
    if (file.level == kHistoryLevel) {
      file.group = body.varint32();
      file.run = body.varint32();
    }
    file.meta = FileMeta::decode(body);
    is_sane = body.ok() && file.shard < manifest.shard_count && file.level <= kHistoryLevel &&
              file.group < kMaxHistoryGroups && file.run < kMaxHistoryRuns;
    manifest.files.push_back(std::move(file));
  }
  if (!is_sane || !body.at_end())
    return corruption(path, kHeaderBytes + body.offset(), "the manifest cannot be read");
  return manifest;
}

Result<Manifest> Manifest::read(FileSystem& file_system, const std::string& directory) {
  const std::string path = path_in(directory, kManifestName);
  const auto bytes = file_system.read_whole(path);
  if (!bytes) {
    if (bytes.status().code() != Code::kMissing) return bytes.status();
    return Status::missing("there is no store in " + directory + ": it has no " + std::string(kManifestName));
  }
  return decode(path, *bytes);
}

Status Manifest::stage(FileSystem& file_system, const std::string& directory) const {
  SPECTRADB_ASSIGN_OR_RETURN(auto file, file_system.create(path_in(directory, kNewManifestName)));
  SPECTRADB_RETURN_IF_ERROR(file->append(encode()));
  SPECTRADB_RETURN_IF_ERROR(file->sync());
  // The tables' names must not become durable later than the renaming.
  return file_system.sync_directory(directory);
}

Status Manifest::put_in_place(FileSystem& file_system, const std::string& directory) {
  SPECTRADB_RETURN_IF_ERROR(
      file_system.rename(path_in(directory, kNewManifestName), path_in(directory, kManifestName)));
  return file_system.sync_directory(directory);
}

}  // namespace spectradb::lsm
