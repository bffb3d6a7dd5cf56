#include "lsm/log/log_tokens.h"

#include <doctest/doctest.h>

#include "lsm/file/file_names.h"
#include "lsm/log/log_format.h"

using namespace spectradb::lsm;

namespace {

constexpr uint64_t kTokenSeed = 7;

// Appends a frame and returns its token.
uint64_t add_token_frame(std::string* segment, uint64_t commit, const std::string& body) {
  std::string frame =
      encode_frame_header(commit, body.size(), false, std::string(kFrameSaltBytes, 's'), kTokenSeed) + body;
  RunningChecksum checksum(kTokenSeed);
  checksum.update(frame);
  const uint64_t token = token_of(checksum);
  put_fixed64(frame, token);
  *segment += frame;
  return token;
}

void write_segment(FileSystem& files, const std::string& name, const std::string& bytes) {
  auto file = files.create(path_in("store", name));
  REQUIRE(file);
  REQUIRE((*file)->append(bytes));
}

}  // namespace

TEST_CASE("the tokens of a log are those of its whole frames, over all segments") {
  const auto files = new_memory_file_system();
  REQUIRE(files->make_directory("store"));
  std::string first = encode_segment_header(1, kTokenSeed);
  const uint64_t one = add_token_frame(&first, 1, "one");
  const uint64_t two = add_token_frame(&first, 2, "two");
  std::string second = encode_segment_header(2, kTokenSeed);
  const uint64_t three = add_token_frame(&second, 3, "three");
  add_token_frame(&second, 4, "four");
  second.pop_back();
  write_segment(*files, log_name(1), first);
  write_segment(*files, log_name(2), second);
  write_segment(*files, log_name(3), "no segment");
  write_segment(*files, "log-000001.cut", first);
  const auto tokens = tokens_of_log(*files, "store", kTokenSeed);
  REQUIRE(tokens);
  CHECK(*tokens == std::map<uint64_t, uint64_t>{{1, one}, {2, two}, {3, three}});
  const auto of_another = tokens_of_log(*files, "store", kTokenSeed + 1);
  REQUIRE(of_another);
  CHECK(of_another->empty());
}
