#include "lsm/log/log_format.h"

#include <set>
#include <utility>

#include "base/assert.h"
#include "base/random_bytes.h"
#include "lsm/file/file_names.h"

namespace spectradb::lsm {
namespace {

// Splits the body into the list of tables and the rest. A run of records is never empty.
std::pair<std::string_view, std::string_view> take_spilled(const LogFrame& frame) {
  ByteReader body(frame.body);
  const bool has_tables = body.varint32() == 0 && body.varint32() == 0;
  if (!has_tables || !body.ok()) return {{}, frame.body};
  const std::string_view list = body.bytes();
  if (!body.ok()) return {{}, frame.body};
  return {list, frame.body.substr(body.offset())};
}

// Whether the table has a number that only spilled tables have, and holds versions of this commit only.
bool may_be_spilled(const FileMeta& meta, uint64_t commit) {
  return is_spilled_number(meta.number) && meta.number <= kLastSpilledNumber && meta.version_count > 0 &&
         !meta.is_history() && meta.bounds.min_commit == commit && meta.bounds.max_commit == commit;
}

}  // namespace

std::string encode_segment_header(uint64_t segment, uint64_t seed) {
  std::string header;
  put_fixed64(header, kSegmentMagic);
  put_fixed64(header, segment);
  put_fixed64(header, checksum64(header, seed));
  return header;
}

bool is_segment_header(std::string_view bytes, uint64_t segment, uint64_t seed) {
  return bytes.substr(0, kSegmentHeaderBytes) == encode_segment_header(segment, seed);
}

Result<std::string> new_frame_salt() {
  std::string salt(kFrameSaltBytes, '\0');
  SPECTRADB_RETURN_IF_ERROR(fill_with_random(salt.data(), salt.size()));
  return salt;
}

uint32_t frame_magic(bool is_last, bool is_salted) {
  if (is_salted) return is_last ? kLastFrameMagic : kFrameMagic;
  return is_last ? kLastUnsaltedFrameMagic : kUnsaltedFrameMagic;
}

std::string encode_frame_header(uint64_t commit, uint64_t body_bytes, bool is_last, std::string_view salt,
                                uint64_t seed) {
  SPECTRADB_ASSERT(salt.empty() || salt.size() == kFrameSaltBytes);
  std::string fields;
  put_fixed64(fields, body_bytes);
  put_fixed64(fields, commit);
  std::string header;
  header.reserve(kFrameHeaderBytes + salt.size());
  put_fixed32(header, frame_magic(is_last, !salt.empty()));
  put_fixed32(header, checksum32(fields, seed));
  return header.append(fields).append(salt);
}

uint64_t token_of(const RunningChecksum& checksum) {
  const uint64_t value = checksum.value();
  return value == 0 ? 1 : value;
}

std::optional<LogFrame> read_frame(std::string_view segment, uint64_t offset, uint64_t seed) {
  if (offset > segment.size() || segment.size() - offset < kFrameHeaderBytes + kFrameTokenBytes)
    return std::nullopt;
  const std::string_view bytes = segment.substr(static_cast<size_t>(offset));
  ByteReader reader(bytes);
  const uint32_t magic = reader.fixed32();
  const bool is_salted = magic == kFrameMagic || magic == kLastFrameMagic;
  if (!is_salted && magic != kUnsaltedFrameMagic && magic != kLastUnsaltedFrameMagic) return std::nullopt;
  const uint32_t checksum = reader.fixed32();
  if (checksum != checksum32(bytes.substr(8, kFrameHeaderBytes - 8), seed)) return std::nullopt;
  const uint64_t body_bytes = reader.fixed64();
  const uint64_t commit = reader.fixed64();
  const uint64_t before_body = kFrameHeaderBytes + (is_salted ? kFrameSaltBytes : 0);
  if (bytes.size() < before_body + kFrameTokenBytes ||
      body_bytes > bytes.size() - before_body - kFrameTokenBytes)
    return std::nullopt;
  const std::string_view salt = reader.raw(before_body - kFrameHeaderBytes);
  const std::string_view body = reader.raw(body_bytes);
  const uint64_t token = reader.fixed64();
  const uint64_t actual = checksum64(bytes.substr(0, before_body + body.size()), seed);
  if (token != (actual == 0 ? 1 : actual)) return std::nullopt;
  const bool is_last = magic == kLastFrameMagic || magic == kLastUnsaltedFrameMagic;
  const uint64_t end = offset + before_body + body_bytes + kFrameTokenBytes;
  return LogFrame{offset, end, commit, token, is_last, salt, body};
}

std::optional<LogFrame> find_frame(std::string_view segment, uint64_t offset, uint64_t seed) {
  const std::string magic = "SFR";  // how all magics begin
  for (size_t at = segment.find(magic, static_cast<size_t>(offset)); at != std::string_view::npos;
       at = segment.find(magic, at + 1)) {
    if (auto frame = read_frame(segment, at, seed)) return frame;
  }
  return std::nullopt;
}

std::string encode_spilled(const std::vector<SpilledTable>& tables) {
  std::string list;
  for (const SpilledTable& table : tables) {
    put_varint(list, table.shard);
    table.meta.encode(list);
  }
  std::string bytes;
  put_varint(bytes, 0);
  put_varint(bytes, 0);
  put_bytes(bytes, list);
  return bytes;
}

std::optional<std::vector<SpilledTable>> spilled_tables(const LogFrame& frame, uint64_t shard_count) {
  std::vector<SpilledTable> tables;
  std::set<uint64_t> numbers;
  const auto [bytes, rest] = take_spilled(frame);
  ByteReader list(bytes);
  if (!bytes.empty() && !rest.empty()) return std::nullopt;
  while (!list.at_end()) {
    SpilledTable table{list.varint32(), FileMeta::decode(list)};
    if (!list.ok() || table.shard >= shard_count || !may_be_spilled(table.meta, frame.commit))
      return std::nullopt;
    if (!numbers.insert(table.meta.number).second) return std::nullopt;
    tables.push_back(std::move(table));
  }
  return tables;
}

bool for_each_record(
    const LogFrame& frame,
    const std::function<void(uint32_t ordinal, std::string_view user_key, std::string_view value)>& visit) {
  ByteReader body(take_spilled(frame).second);
  uint32_t next_ordinal = 0;
  while (!body.at_end()) {
    const uint32_t first_ordinal = body.varint32();
    const uint32_t count = body.varint32();
    ByteReader records(body.bytes());
    // Two records with one ordinal could be two versions of one key without an order between them.
    if (!body.ok() || first_ordinal < next_ordinal || count > UINT32_MAX - first_ordinal) return false;
    next_ordinal = first_ordinal + count;
    for (uint32_t index = 0; index < count; ++index) {
      const std::string_view user_key = records.bytes();
      const std::string_view value = records.bytes();
      if (!records.ok()) return false;
      visit(first_ordinal + index, user_key, value);
    }
    if (!records.at_end()) return false;
  }
  return true;
}

}  // namespace spectradb::lsm
