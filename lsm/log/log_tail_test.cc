#include "lsm/log/log_tail.h"

#include <doctest/doctest.h>

#include "lsm/file/file_names.h"
#include "lsm/testing/store_fixture.h"
#include "lsm/testing/temporary_directory.h"

using namespace spectradb;
using namespace spectradb::lsm;

namespace {

constexpr uint64_t kSeed = 42;

std::string frame_of(uint64_t commit, const std::string& body, bool is_last = false) {
  std::string frame = encode_frame_header(commit, body.size(), is_last, {}, kSeed) + body;
  RunningChecksum checksum(kSeed);
  checksum.update(frame);
  put_fixed64(frame, token_of(checksum));
  return frame;
}

void check_tail(const std::shared_ptr<FileSystem>& files, const std::string& directory) {
  REQUIRE(files->make_directory(directory));
  LogTail tail(files, directory, kSeed);
  CHECK_FALSE(tail.frame_at({1, 0}));
  auto segment = files->create(path_in(directory, log_name(1)));
  REQUIRE(segment);
  REQUIRE((*segment)->append(encode_segment_header(1, kSeed)));
  CHECK_FALSE(tail.frame_at({1, 0}));

  REQUIRE((*segment)->append(frame_of(1, "one")));
  auto frame = tail.frame_at({1, 0});
  REQUIRE(frame);
  CHECK(frame->commit == 1);
  CHECK(frame->body == "one");
  CHECK(frame->offset == kSegmentHeaderBytes);
  const LogPosition behind_one = position_behind(1, *frame);
  CHECK(behind_one.offset == (*segment)->size());
  CHECK_FALSE(tail.frame_at(behind_one));

  // A frame that did not become a commit, and another frame written over it.
  REQUIRE((*segment)->append(frame_of(2, "never")));
  tail.refresh();
  CHECK(tail.frame_at(behind_one)->body == "never");
  REQUIRE((*segment)->truncate(behind_one.offset));
  tail.refresh();
  CHECK_FALSE(tail.frame_at(behind_one));
  REQUIRE((*segment)->append(frame_of(2, "two!!")));
  const uint64_t behind_two = (*segment)->size();
  const std::string large(100'000, 'x');
  REQUIRE((*segment)->append(frame_of(3, large, true)));
  tail.refresh();
  frame = tail.frame_at(behind_one);
  REQUIRE(frame);
  CHECK(frame->body == "two!!");
  CHECK(frame->end == behind_two);
  frame = tail.frame_at(position_behind(1, *frame));
  REQUIRE(frame);
  CHECK(frame->body == large);
  CHECK(frame->is_last);
  CHECK(frame->end == (*segment)->size());

  // The next segment, which replaces a leftover file of its name.
  const LogPosition next = position_behind(1, *frame);
  CHECK(next == LogPosition{2, 0});
  REQUIRE((*files->create(path_in(directory, log_name(2))))->append("of no worth"));
  CHECK_FALSE(tail.frame_at(next));
  REQUIRE(files->remove(path_in(directory, log_name(2))));
  segment = files->create(path_in(directory, log_name(2)));
  REQUIRE((*segment)->append(encode_segment_header(2, kSeed) + frame_of(4, "four")));
  CHECK(tail.frame_at(next)->body == "four");
  REQUIRE(files->remove(path_in(directory, log_name(2))));
  segment = files->create(path_in(directory, log_name(2)));
  REQUIRE((*segment)->append(encode_segment_header(2, kSeed) + frame_of(4, "four") + frame_of(5, "five")));
  tail.refresh();
  const LogPosition behind_four{2, kSegmentHeaderBytes + frame_of(4, "four").size()};
  CHECK(tail.frame_at(behind_four)->body == "five");

  // Frames before the last position are found as well; damaged bytes give no frame.
  CHECK(tail.frame_at({1, 0})->body == "one");
  REQUIRE((*segment)->truncate(behind_four.offset + 30));
  tail.refresh();
  CHECK_FALSE(tail.frame_at(behind_four));
}

}  // namespace

TEST_CASE("frames that others append are found, and no others") {
  check_tail(new_memory_file_system(), "db");
  const TemporaryDirectory temporary;
  check_tail(posix_file_system(), temporary.path + "/db");
}
