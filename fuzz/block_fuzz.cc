// Feeds an uncompressed data block: every way to walk it ends, and each step that succeeds goes up in the
// order of keys, or else says that the block is damaged.
#include "fuzz/target.h"
#include "lsm/table/block.h"

namespace spectradb::fuzz {
namespace {

lsm::Block block_of(std::string_view bytes) {
  std::unique_ptr<char[]> copy(new char[std::max<size_t>(bytes.size(), 1)]);
  std::copy(bytes.begin(), bytes.end(), copy.get());
  return {std::move(copy), bytes.size()};
}

volatile uint64_t touched;  // is written so that the compiler keeps the reads

// Reads everything that the reader shows.
void touch(const lsm::BlockReader& reader) {
  uint64_t sum = reader.commit() + reader.ordinal() + reader.recency();
  for (const char byte : reader.user_key()) sum += static_cast<unsigned char>(byte);
  for (const char byte : reader.value()) sum += static_cast<unsigned char>(byte);
  touched = sum;
}

std::vector<std::string> walk(const lsm::Block& block, size_t limit) {
  lsm::BlockReader reader;
  reader.reset(&block);
  std::vector<std::string> keys;
  size_t versions = 0;
  if (!reader.to_first()) return keys;
  do {
    keys.emplace_back(reader.user_key());
    do {
      touch(reader);
      versions += 1;
      must(versions <= limit, "a block has no more versions than bytes");
    } while (reader.next_version());
  } while (!reader.is_damaged() && reader.next_group());
  return keys;
}

}  // namespace

std::vector<std::string> seeds() {
  std::vector<std::string> inputs;
  for (const uint64_t keys : {uint64_t{1}, uint64_t{3}, uint64_t{40}}) {
    lsm::BlockBuilder builder;
    for (uint64_t key = 0; key < keys; ++key) {
      for (uint64_t commit = 9; commit > 6; --commit)
        builder.add("key " + std::to_string(100 + key), commit, 0,
                    key % 2 == 0 ? lsm::kNeverSuperseded : commit + 3, "value " + std::to_string(commit));
    }
    inputs.emplace_back(builder.finish());
  }
  return inputs;
}

namespace {

void seek_all(const lsm::Block& block, const std::vector<std::string>& keys, std::string_view input) {
  lsm::BlockReader reader;
  size_t sought = 0;
  for (const std::string& key : keys) {
    if (++sought > 50) break;
    reader.reset(&block);
    if (reader.seek(key)) touch(reader);
    while (reader.next_version()) touch(reader);
    reader.reset(&block);
    if (reader.seek_before(key)) touch(reader);
  }
  for (const std::string_view key : {std::string_view(), std::string_view("key 1"), input.substr(0, 8)}) {
    reader.reset(&block);
    if (reader.seek(key)) touch(reader);
    reader.reset(&block);
    if (reader.seek_before(key)) touch(reader);
  }
}

}  // namespace

void feed(std::string_view input) {
  const lsm::Block block = block_of(input);
  const std::vector<std::string> keys = walk(block, input.size() + 1);
  seek_all(block, keys, input);
  (void)block.make_directory();
  seek_all(block, keys, input);
}

}  // namespace spectradb::fuzz
