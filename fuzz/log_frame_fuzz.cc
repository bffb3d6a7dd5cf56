// Feeds log frames. The input is taken once as a segment as it lies on disk, and once as bodies, separated
// by a byte, that become the frames of a log with right checksums, with which a store is then opened.
#include <algorithm>

#include "fuzz/target.h"
#include "lsm/file/file_names.h"
#include "lsm/log/log_format.h"
#include "lsm/log/manifest.h"
#include "lsm/testing/store_fixture.h"

namespace spectradb::fuzz {
namespace {

constexpr uint64_t kSeed = 77;
constexpr size_t kMaxFrames = 4;
const std::string kSalt(lsm::kFrameSaltBytes, 's');

std::string frame_of(uint64_t commit, std::string_view salt, std::string_view body, bool is_last,
                     uint64_t seed, uint64_t* token) {
  std::string frame = lsm::encode_frame_header(commit, body.size(), is_last, salt, seed);
  frame += body;
  lsm::RunningChecksum checksum(seed);
  checksum.update(frame);
  *token = lsm::token_of(checksum);
  lsm::put_fixed64(frame, *token);
  return frame;
}

std::string body_of(const lsm::Rows& rows) {
  std::string records;
  for (const auto& [key, value] : rows) {
    lsm::put_bytes(records, key);
    lsm::put_bytes(records, value);
  }
  std::string body;
  lsm::put_varint(body, 0);
  lsm::put_varint(body, rows.size());
  lsm::put_bytes(body, records);
  return body;
}

void feed_segment(std::string_view segment) {
  uint64_t offset = 0;
  while (const auto frame = lsm::find_frame(segment, offset, kSeed)) {
    must(frame->offset >= offset && frame->end > frame->offset && frame->end <= segment.size(),
         "a frame lies inside the segment");
    offset = frame->end;
  }
}

// Cuts the input at a separator byte into bodies, writes a log of their frames with right checksums, each second one
// with a salt, and opens a store with it.
void feed_store(std::string_view input) {
  lsm::Manifest manifest;
  manifest.store_id = std::string(32, 'f');
  manifest.shard_count = 2;
  const auto file_system = lsm::new_memory_file_system();
  const lsm::StoreOptions options = lsm::test_options(file_system);
  (void)file_system->make_directory(options.directory);
  must(manifest.stage(*file_system, options.directory).is_ok(), "a manifest can be written");
  must(lsm::Manifest::put_in_place(*file_system, options.directory).is_ok(),
       "a manifest can be put in place");
  auto file = file_system->create(lsm::path_in(options.directory, lsm::log_name(1)));
  (void)(*file)->append(lsm::encode_segment_header(1, manifest.seed()));
  lsm::Committed committed{manifest.store_id, 0, 0, {}};
  for (size_t frame = 0; frame < kMaxFrames && !input.empty(); ++frame) {
    const size_t size = std::min(input.find('\xfe'), input.size());
    committed.commit += 1;
    (void)(*file)->append(frame_of(committed.commit, frame % 2 == 0 ? kSalt : std::string(),
                                   input.substr(0, size), false, manifest.seed(), &committed.frame));
    input.remove_prefix(std::min(size + 1, input.size()));
  }
  const auto store = lsm::Store::open(options, committed);
  if (!store) {
    must(!store.status().message().empty(), "an error says what is wrong");
    return;
  }
  lsm::StoreUnderTest test{*store, committed};
  const auto rows = test.dump(UINT64_MAX);
  must((*store)->flush().is_ok(), "what was recovered can be flushed");
  must(test.dump(UINT64_MAX) == rows, "a flush changes no row");
}

}  // namespace

std::vector<std::string> seeds() {
  const std::string body = body_of({{"key", "value"}, {"another key", ""}, {"", std::string(40, 'v')}});
  const std::string small = body_of({{"key", "other value"}});
  uint64_t token = 0;
  const std::string frame = frame_of(1, kSalt, body, false, kSeed, &token);
  return {body, body + "\xfe" + small, small + small, frame,
          "x" + frame + frame_of(2, {}, small, true, kSeed, &token)};
}

void feed(std::string_view input) {
  feed_segment(input);
  for (const std::string& salt : {std::string(), kSalt}) {
    uint64_t token = 0;
    const std::string frame = frame_of(1, salt, input, true, kSeed, &token);
    const auto read = lsm::read_frame(frame, 0, kSeed);
    must(read && read->body == input && read->salt == salt && read->token == token && read->is_last &&
             read->end == frame.size(),
         "a frame comes back the same");
  }
  feed_store(input);
}

}  // namespace spectradb::fuzz
