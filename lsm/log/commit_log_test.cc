#include "lsm/log/commit_log.h"

#include <doctest/doctest.h>

#include "lsm/log/log_format.h"
#include "lsm/testing/store_fixture.h"
#include "lsm/testing/temporary_directory.h"

using namespace spectradb;
using namespace spectradb::lsm;

namespace {

constexpr uint64_t kSeed = 5;
constexpr std::string_view kSaltOfTest = "0123456789abcdef";

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
  CommitLog log(files, "db", kSeed, {}, true);
  WriteBatch small;
  small.put("a", "one");
  const uint32_t mark = small.mark();
  small.put("b", "two");
  small.rollback_to(mark);
  small.put("c", "three");
  WriteBatch large;
  large.put("big", std::string(3'000'000, 'x'));
  large.put("end", "y");
  const auto first = log.append(1, *small.rep(), Sync::kFull, {}, false, kSaltOfTest);
  log.accept();
  const auto second = log.append(2, *large.rep(), Sync::kNone, {}, false, {});  // as earlier releases did
  REQUIRE(first);
  REQUIRE(second);
  const auto file = files->read_whole("db/log-000001");
  REQUIRE(file);
  const std::string_view bytes = *file;
  CHECK(is_segment_header(bytes, 1, kSeed));
  CHECK_FALSE(is_segment_header(bytes, 2, kSeed));
  const auto frame = read_frame(bytes, kSegmentHeaderBytes, kSeed);
  REQUIRE(frame);
  CHECK(frame->commit == 1);
  CHECK(frame->salt == kSaltOfTest);
  CHECK(frame->token == first->token);
  CHECK(records_of(*frame) == std::vector<std::string>{"0aone", "2cthree"});
  const auto next = read_frame(bytes, frame->end, kSeed);
  REQUIRE(next);
  CHECK(next->salt.empty());
  CHECK(next->token == second->token);
  CHECK(records_of(*next) == std::vector<std::string>{"0bigxxxxx", "1endy"});
  CHECK(next->end == bytes.size());
  CHECK_FALSE(read_frame(bytes, frame->end, kSeed + 1));
  CHECK(find_frame(bytes, kSegmentHeaderBytes + 1, kSeed)->commit == 2);
}

TEST_CASE("a frame that is not accepted is written over, and the last one of a segment ends it") {
  const auto files = new_memory_file_system();
  REQUIRE(files->make_directory("db"));
  CommitLog log(files, "db", kSeed, {}, true);
  WriteBatch batch;
  batch.put("a", "one");
  WriteBatch longer;
  longer.put("a", std::string(100, 'x'));
  REQUIRE(log.append(1, *longer.rep(), Sync::kFull, {}, false, kSaltOfTest));
  CHECK(log.end() == LogPosition{1, kSegmentHeaderBytes});
  const auto first = log.append(1, *batch.rep(), Sync::kNone, {}, false, kSaltOfTest);
  REQUIRE(first);
  log.accept();
  const auto bytes_of = [&](const char* name) { return *files->read_whole(name); };
  const auto frame = read_frame(bytes_of("db/log-000001"), kSegmentHeaderBytes, kSeed);
  REQUIRE(frame);
  CHECK(frame->token == first->token);
  CHECK_FALSE(frame->is_last);
  CHECK(log.end() == LogPosition{1, frame->end});
  REQUIRE(log.append(2, *batch.rep(), Sync::kNone, {}, true, kSaltOfTest));
  log.accept();
  CHECK(log.end() == LogPosition{2, 0});
  CHECK(read_frame(bytes_of("db/log-000001"), frame->end, kSeed)->is_last);
  REQUIRE(log.append(3, *batch.rep(), Sync::kNone, {}, false, kSaltOfTest));
  log.accept();
  CHECK(read_frame(bytes_of("db/log-000002"), kSegmentHeaderBytes, kSeed)->commit == 3);
}

TEST_CASE("after commits of another process the log is synced before copies are kept again") {
  const auto files = new_memory_file_system();
  REQUIRE(files->make_directory("db"));
  CommitLog mine(files, "db", kSeed, {}, true);
  CommitLog other(files, "db", kSeed, {}, true);
  WriteBatch batch;
  batch.put("a", "one");
  const auto first = mine.append(1, *batch.rep(), Sync::kFull, {}, false, kSaltOfTest);
  REQUIRE(first);
  mine.accept();
  other.follow_to(mine.end(), first->token, {});
  CHECK(other.append(2, *batch.rep(), Sync::kCopy, {}, false, kSaltOfTest)->copy.empty());
  other.accept();
  const auto third = other.append(3, *batch.rep(), Sync::kCopy, {}, false, kSaltOfTest);
  CHECK_FALSE(third->copy.empty());
  other.accept();
  mine.follow_to(other.end(), third->token, {});
  CHECK(mine.append(4, *batch.rep(), Sync::kCopy, {}, false, kSaltOfTest)->copy.empty());
}

TEST_CASE(
    "a log that is not the one that was written takes no frame, and misses full segments until they are "
    "flushed") {
  const TemporaryDirectory temporary;
  const auto files = posix_file_system();
  const std::string directory = temporary.path + "/db";
  REQUIRE(files->make_directory(directory));
  CommitLog log(files, directory, kSeed, {}, true);
  WriteBatch batch;
  batch.put("a", "one");
  const auto write = [&](uint64_t commit, bool is_last) {
    const auto frame = log.append(commit, *batch.rep(), Sync::kNone, {}, is_last, kSaltOfTest);
    if (frame) log.accept();
    return frame.status();
  };
  REQUIRE(write(1, true));
  REQUIRE(write(2, false));
  CHECK(log.check_full(1));
  const std::string full = directory + "/log-000001";
  const std::string last = directory + "/log-000002";
  const std::string right = *files->read_whole(last);
  const auto put = [&](const std::string& path, const std::string& bytes) {  // into the same file
    auto file = files->append_to(path);
    REQUIRE(file);
    REQUIRE((*file)->truncate(0));
    REQUIRE((*file)->append(bytes));
  };
  std::string other = right;
  other.back() = static_cast<char>(other.back() ^ 1);
  put(last, other);
  CHECK(write(3, false).message().find("log-000002 was replaced or cut off") != std::string::npos);
  put(last, right);
  REQUIRE(write(3, false));
  // Another file with the same bytes is as good.
  const std::string bytes = *files->read_whole(full);
  REQUIRE(files->rename(full, full + ".away"));
  CHECK(log.check_full(1).message().find("log-000001 was removed") != std::string::npos);
  REQUIRE(files->create(full));
  put(full, bytes);
  CHECK(log.check_full(1));
  put(full, bytes.substr(0, bytes.size() - 1));
  CHECK(log.check_full(1).message().find("log-000001 was replaced or cut off") != std::string::npos);
  CHECK(log.check_full(2));
  CHECK(log.check_full(1));  // which is forgotten
}
