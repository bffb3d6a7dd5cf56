// Feeds the manifest: the input becomes its body, with a right header before it and a right checksum after
// it.
#include "fuzz/target.h"
#include "lsm/log/manifest.h"

namespace spectradb::fuzz {
namespace {

constexpr size_t kMagicAndVersionBytes = 12;
constexpr size_t kHeaderBytes = 16;
constexpr size_t kChecksumBytes = 8;

std::string body_of(const lsm::Manifest& manifest) {
  const std::string bytes = manifest.encode();
  return bytes.substr(kHeaderBytes, bytes.size() - kHeaderBytes - kChecksumBytes);
}

std::string manifest_of(std::string_view body) {
  std::string bytes = lsm::Manifest().encode().substr(0, kMagicAndVersionBytes);
  lsm::put_fixed32(bytes, static_cast<uint32_t>(body.size()));
  bytes += body;
  lsm::put_fixed64(bytes, lsm::checksum64(bytes, 0));
  return bytes;
}

}  // namespace

std::vector<std::string> seeds() {
  lsm::Manifest manifest;
  manifest.store_id = std::string(32, 'a');
  manifest.shard_count = 2;
  std::vector<std::string> inputs{body_of(manifest)};
  lsm::FileMeta meta;
  meta.number = 3;
  meta.size_bytes = 4'000;
  meta.version_count = 70;
  meta.key_count = 60;
  meta.first_key = "first";
  meta.last_key = "last";
  meta.bounds.add(3, lsm::kNeverSuperseded, {0, 10});
  manifest.files.push_back({0, 0, meta});
  manifest.files.push_back({1, 3, meta});
  meta.bounds.max_recency = 9;
  manifest.files.push_back({1, lsm::kHistoryLevel, meta, 2, 1});
  manifest.next_file = 9;
  manifest.flushed_commit = 12;
  manifest.flushed_frame = 0x1234567890;
  inputs.push_back(body_of(manifest));
  return inputs;
}

void feed(std::string_view input) {
  (void)lsm::Manifest::decode("MANIFEST", input);
  const auto manifest = lsm::Manifest::decode("MANIFEST", manifest_of(input));
  if (!manifest) {
    must(!manifest.status().message().empty(), "an error says what is wrong");
    return;
  }
  const std::string again = manifest->encode();
  const auto decoded = lsm::Manifest::decode("MANIFEST", again);
  must(decoded.is_ok(), "what was encoded can be decoded");
  must(decoded->encode() == again, "a manifest comes back the same");
}

}  // namespace spectradb::fuzz
