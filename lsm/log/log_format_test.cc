#include "lsm/log/log_format.h"

#include <doctest/doctest.h>

#include <functional>

#include "lsm/file/file_names.h"

using namespace spectradb;
using namespace spectradb::lsm;

namespace {

constexpr uint64_t kSeed = 99;
constexpr uint64_t kCommit = 7;
constexpr std::string_view kSaltOfFrame = "0123456789abcdef";
constexpr uint64_t kShards = 2;

SpilledTable some_table(uint64_t place) {
  SpilledTable table{};
  table.meta.number = spilled_number(5, place);
  table.meta.size_bytes = 900;
  table.meta.version_count = 3;
  table.meta.key_count = 3;
  table.meta.first_key = "a";
  table.meta.last_key = "c";
  table.meta.last_commit = kCommit;
  table.meta.bounds.add(kCommit, kNeverSuperseded, {INT64_MIN, INT64_MAX});
  return table;
}

// Returns a frame with a right checksum.
std::string frame_with(std::string_view body, std::string_view salt = kSaltOfFrame, bool is_last = true) {
  std::string bytes = encode_frame_header(kCommit, body.size(), is_last, salt, kSeed).append(body);
  RunningChecksum checksum(kSeed);
  checksum.update(bytes);
  put_fixed64(bytes, token_of(checksum));
  return bytes;
}

// Returns the tables that are read back from a frame that names these.
std::optional<std::vector<SpilledTable>> read_back(const std::vector<SpilledTable>& tables) {
  const std::string bytes = frame_with(encode_spilled(tables));
  const auto frame = read_frame(bytes, 0, kSeed);
  REQUIRE(frame);
  return spilled_tables(*frame, kShards);
}

// Makes a body of runs of one record each, with these ordinals, and tells whether it is accepted.
bool follows_grammar(const std::vector<uint64_t>& first_ordinals) {
  std::string body;
  for (const uint64_t first : first_ordinals) {
    std::string record;
    put_bytes(record, "key");
    put_bytes(record, "value");
    put_varint(body, first);
    put_varint(body, 1);
    put_bytes(body, record);
  }
  const std::string bytes = frame_with(body);
  const auto frame = read_frame(bytes, 0, kSeed);
  REQUIRE(frame);
  return for_each_record(*frame, [](uint32_t, std::string_view, std::string_view) {});
}

bool is_refused(const std::function<void(SpilledTable&)>& forge) {
  SpilledTable table = some_table(1);
  forge(table);
  return !read_back({some_table(0), table});
}

}  // namespace

TEST_CASE("a frame names the tables of its own commit, each once, in shards that the store has") {
  const auto tables = read_back({some_table(0), some_table(1)});
  REQUIRE(tables);
  CHECK(tables->size() == 2);
  CHECK_FALSE(is_refused([](SpilledTable& table) { table.shard = kShards - 1; }));
  CHECK(is_refused([](SpilledTable& table) { table.shard = kShards; }));
  CHECK(is_refused([](SpilledTable& table) { table.shard = UINT32_MAX; }));
  CHECK(is_refused([](SpilledTable& table) { table.meta.number = spilled_number(5, 0); }));
  CHECK(is_refused([](SpilledTable& table) { table.meta.number = 3; }));
  CHECK(is_refused([](SpilledTable& table) { table.meta.number = UINT64_MAX; }));
  CHECK(is_refused([](SpilledTable& table) { table.meta.version_count = 0; }));
  CHECK(is_refused([](SpilledTable& table) { table.meta.bounds.max_commit = kCommit + 1; }));
  CHECK(is_refused([](SpilledTable& table) { table.meta.bounds.min_commit = 0; }));
  CHECK(is_refused([](SpilledTable& table) { table.meta.bounds.max_recency = kCommit; }));
}

TEST_CASE("a frame has one record of an ordinal, and its runs follow each other") {
  CHECK(follows_grammar({0, 1, 9}));
  CHECK(follows_grammar({UINT32_MAX - 1}));
  CHECK_FALSE(follows_grammar({0, 0}));
  CHECK_FALSE(follows_grammar({5, 4}));
  CHECK_FALSE(follows_grammar({UINT32_MAX}));
}

TEST_CASE("a frame comes back with its salt, or without one as earlier releases wrote it") {
  const std::string body = "a body";
  for (const std::string_view salt : {kSaltOfFrame, std::string_view()}) {
    for (const bool is_last : {false, true}) {
      const std::string bytes = frame_with(body, salt, is_last);
      const std::string behind = "SFR" + bytes;  // the frame shows parts of it
      const auto frame = find_frame(behind, 0, kSeed);
      REQUIRE(frame);
      CHECK(frame->salt == salt);
      CHECK(frame->body == body);
      CHECK(frame->is_last == is_last);
      CHECK(frame->end == 3 + bytes.size());
      // No byte of it can be another one, and no cut is a frame: another magic would move the salt into the body.
      for (size_t at = 0; at < bytes.size(); ++at) {
        CAPTURE(at);
        CHECK_FALSE(read_frame(std::string_view(bytes).substr(0, at), 0, kSeed));
        std::string other = bytes;
        for (int bit = 0; bit < 8; ++bit) {
          other[at] = static_cast<char>(bytes[at] ^ (1 << bit));
          REQUIRE_FALSE(read_frame(other, 0, kSeed));
        }
      }
    }
  }
}

TEST_CASE("the token of a frame does not tell its facts: equal ones have different tokens") {
  const auto token_with = [](std::string_view salt) {
    return read_frame(frame_with("a body", salt), 0, kSeed)->token;
  };
  const auto one = new_frame_salt();
  const auto other = new_frame_salt();
  REQUIRE(one);
  REQUIRE(other);
  CHECK(one->size() == kFrameSaltBytes);
  CHECK(token_with(*one) != token_with(*other));
  CHECK(token_with(*one) != token_with({}));
}
