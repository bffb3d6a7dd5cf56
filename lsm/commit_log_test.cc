#include "lsm/commit_log.h"

#include <doctest/doctest.h>

#include "lsm/log_format.h"
#include "lsm/store_fixture.h"

using namespace spectradb;
using namespace spectradb::lsm;

namespace {

constexpr uint64_t kSeed = 5;

std::vector<std::string> records_of(const LogFrame& frame) {
  std::vector<std::string> records;
  CHECK(for_each_record(frame, [&](uint32_t ordinal, std::string_view key, std::string_view value) {
    records.push_back(numbered("", ordinal).append(key).append(value.substr(0, 5)));
  }));
  return records;
}

}  // namespace

TEST_CASE("frames come back with their token, small ones and large ones, without the holes of a rollback") {
  const auto files = new_memory_file_system();
  REQUIRE(files->make_directory("db"));
  CommitLog log(files, "db", kSeed, 1, false);
  WriteBatch small;
  small.put("a", "one");
  const uint32_t mark = small.mark();
  small.put("b", "two");
  small.rollback_to(mark);
  small.put("c", "three");
  WriteBatch large;
  large.put("big", std::string(3'000'000, 'x'));
  large.put("end", "y");
  const auto first = log.append(1, *small.rep(), Sync::kFull);
  const auto second = log.append(2, *large.rep(), Sync::kNone);
  REQUIRE(first);
  REQUIRE(second);
  const auto file = files->open("db/log-000001");
  REQUIRE(file);
  const std::string_view bytes = (*file)->bytes();
  CHECK(is_segment_header(bytes, 1, kSeed));
  CHECK_FALSE(is_segment_header(bytes, 2, kSeed));
  const auto frame = read_frame(bytes, kSegmentHeaderBytes, kSeed);
  REQUIRE(frame);
  CHECK(frame->commit == 1);
  CHECK(frame->token == first->token);
  CHECK(records_of(*frame) == std::vector<std::string>{"0aone", "2cthree"});
  const auto next = read_frame(bytes, frame->end, kSeed);
  REQUIRE(next);
  CHECK(next->token == second->token);
  CHECK(records_of(*next) == std::vector<std::string>{"0bigxxxxx", "1endy"});
  CHECK(next->end == bytes.size());
  CHECK_FALSE(read_frame(bytes, frame->end, kSeed + 1));
  CHECK(find_frame(bytes, kSegmentHeaderBytes + 1, kSeed)->commit == 2);
}

TEST_CASE("the last frame can be cut, and segments follow one another") {
  const auto files = new_memory_file_system();
  REQUIRE(files->make_directory("db"));
  CommitLog log(files, "db", kSeed, 1, false);
  WriteBatch batch;
  batch.put("a", "one");
  REQUIRE(log.append(1, *batch.rep(), Sync::kNone));
  const size_t size = (*files->open("db/log-000001"))->bytes().size();
  REQUIRE(log.append(2, *batch.rep(), Sync::kFull));
  REQUIRE(log.cut_last());
  CHECK((*files->open("db/log-000001"))->bytes().size() == size);
  log.rotate();
  CHECK(log.next_segment() == 2);
  REQUIRE(log.append(2, *batch.rep(), Sync::kNone));
  CHECK(log.next_segment() == 2);
  CHECK(read_frame((*files->open("db/log-000002"))->bytes(), kSegmentHeaderBytes, kSeed)->commit == 2);
}
