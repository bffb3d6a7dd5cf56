// Feeds footer, index, filter, properties and blocks of an SSTable. All checksums whose places can be found
// are made right, so that the code behind the checksums is reached.
#include <algorithm>
#include <cstring>
#include <optional>

#include "fuzz/target.h"
#include "lsm/table/sstable.h"
#include "lsm/table/sstable_builder.h"

namespace spectradb::fuzz {
namespace {

using lsm::BlockHandle;

constexpr uint64_t kStoreSeed = 4'711;
constexpr uint64_t kNumber = 7;
constexpr uint32_t kMaxBlockBytes = 1u << 20;  // uncompressed; larger ones would only take memory
constexpr size_t kFooterCoveredBytes = 72;
constexpr const char* kPath = "000007.sst";

std::string table_of(uint64_t keys, bool is_compressible) {
  const auto file_system = lsm::new_memory_file_system();
  auto file = file_system->create(kPath);
  lsm::SstableBuilder builder({200, 10, 1, kStoreSeed}, kNumber, std::move(*file));
  for (uint64_t key = 0; key < keys; ++key) {
    const std::string value = is_compressible ? std::string(30, 'v') : std::to_string(key * 7'919);
    (void)builder.add("key " + std::to_string(100 + key), 9, 0, lsm::kNeverSuperseded, value, {0, 100});
    if (key % 3 == 0) (void)builder.add("key " + std::to_string(100 + key), 4, 1, 9, value, {0, 50});
  }
  must(builder.finish().is_ok(), "a table can be built");
  return *file_system->read_whole(kPath);
}

uint64_t table_seed() { return lsm::sstable_seed(kStoreSeed, kNumber); }

void put32(std::string* bytes, size_t at, uint32_t value) {
  std::memcpy(bytes->data() + at, &value, sizeof value);
}
void put64(std::string* bytes, size_t at, uint64_t value) {
  std::memcpy(bytes->data() + at, &value, sizeof value);
}

// Makes the checksum of a stored block right, and returns the block's bytes if they are not compressed.
std::optional<std::string> repair(std::string* bytes, const BlockHandle& handle) {
  const uint64_t size = bytes->size();
  if (handle.offset > size || handle.stored_size > size || size - handle.offset < lsm::kStoredTrailerBytes ||
      handle.stored_size > size - handle.offset - lsm::kStoredTrailerBytes)
    return std::nullopt;
  const auto trailer = static_cast<size_t>(handle.offset + handle.stored_size);
  const std::string content =
      bytes->substr(static_cast<size_t>(handle.offset), static_cast<size_t>(handle.stored_size));
  const auto compression = static_cast<unsigned char>((*bytes)[trailer]);
  put32(bytes, trailer + 1, lsm::checksum32(content, table_seed() + handle.offset + compression));
  if (compression != static_cast<unsigned char>(lsm::kRaw)) return std::nullopt;
  return content;
}

// Holds the fields of the footer as the bytes say them now: filter, index and properties.
struct Footer {
  BlockHandle filter;
  BlockHandle index;
  uint64_t index_size = 0;
  BlockHandle properties;
};

Footer footer_of(std::string_view bytes) {
  lsm::ByteReader reader(bytes.substr(bytes.size() - lsm::kFooterBytes));
  Footer footer;
  footer.filter = {reader.fixed64(), reader.fixed64()};
  footer.index = {reader.fixed64(), reader.fixed64()};
  footer.index_size = reader.fixed64();
  footer.properties = {reader.fixed64(), reader.fixed64()};
  return footer;
}

// Reads block handles and uncompressed sizes of the index, as far as that is possible; false when one is
// too large.
bool read_index(std::string_view entries, std::vector<BlockHandle>* blocks) {
  lsm::ByteReader entry(entries);
  while (!entry.at_end()) {
    const BlockHandle handle{entry.varint(), entry.varint()};
    if (entry.varint32() > kMaxBlockBytes) return false;
    entry.bytes();
    entry.varint();
    entry.varint32();
    (void)lsm::Bounds::decode(entry);
    if (!entry.ok()) break;
    blocks->push_back(handle);
  }
  return true;
}

std::optional<std::string> index_of(const std::string& bytes, const Footer& footer) {
  std::string copy = bytes;
  if (footer.index_size > kMaxBlockBytes) return std::nullopt;
  if (auto raw = repair(&copy, footer.index)) return raw;
  std::string entries(static_cast<size_t>(footer.index_size), '\0');
  if (footer.index.offset > bytes.size()) return entries;
  const auto offset = static_cast<size_t>(footer.index.offset);
  const std::string_view stored = std::string_view(bytes).substr(offset).substr(0, footer.index.stored_size);
  if (!lsm::Decompressor().decompress(stored, entries.data(), entries.size())) entries.clear();
  return entries;
}

// Two repairs may write to the same bytes, so the sizes are checked only after all of them.
bool is_small(const std::string& bytes) {
  const auto entries = index_of(bytes, footer_of(bytes));
  std::vector<BlockHandle> blocks;
  return entries && read_index(*entries, &blocks);
}

struct Repaired {
  std::string bytes;
  lsm::FileMeta meta;
};

Repaired repaired(std::string_view input) {
  Repaired table{std::string(input), {}};
  std::string& bytes = table.bytes;
  const Footer footer = footer_of(bytes);
  (void)repair(&bytes, footer.filter);
  (void)repair(&bytes, footer.index);
  std::vector<BlockHandle> blocks;
  if (const auto entries = index_of(bytes, footer)) (void)read_index(*entries, &blocks);
  for (const BlockHandle& block : blocks) (void)repair(&bytes, block);
  if (const auto fields = repair(&bytes, footer.properties)) {
    lsm::ByteReader meta(*fields);
    table.meta = lsm::FileMeta::decode(meta);
  }
  table.meta.number = kNumber;
  table.meta.size_bytes = bytes.size();
  const size_t start = bytes.size() - lsm::kFooterBytes;
  const std::string_view covered = std::string_view(bytes).substr(start, kFooterCoveredBytes);
  put64(&bytes, start + kFooterCoveredBytes, lsm::checksum64(covered, table_seed()));
  return table;
}

void walk(const lsm::Sstable& table, size_t limit) {
  const lsm::ReadLimits everything{UINT64_MAX, 0, std::nullopt, nullptr};
  lsm::Decompressor decompressor;
  lsm::SstableIterator iterator(&everything, &decompressor);
  std::vector<std::string> keys;
  size_t versions = 0;
  iterator.reset(&table);
  for (iterator.seek({}); iterator.valid() && versions < limit; iterator.next()) {
    if (keys.size() < 20) keys.emplace_back(iterator.user_key());
    ++versions;
  }
  size_t steps = 0;
  for (iterator.seek({}); iterator.valid() && steps < limit; iterator.next_key()) ++steps;
  for (const std::string& key : keys) {
    steps = 0;
    for (iterator.seek_exact(key); iterator.valid() && steps < limit; iterator.next()) ++steps;
    iterator.seek_before(key);
    (void)table.may_contain(lsm::hash_key(key));
  }
}

}  // namespace

std::vector<std::string> seeds() { return {table_of(2, false), table_of(30, false), table_of(30, true)}; }

void feed(std::string_view input) {
  if (input.size() < lsm::kFooterBytes) return;
  const Repaired table = repaired(input);
  if (!is_small(table.bytes)) return;
  const auto file_system = lsm::new_memory_file_system();
  auto file = file_system->create(kPath);
  (void)(*file)->append(table.bytes);
  const auto opened = lsm::Sstable::open(*file_system, kPath, table.meta, kStoreSeed, nullptr);
  if (!opened) {
    must(!opened.status().message().empty(), "an error says what is wrong");
    return;
  }
  if (!(*opened)->load_filter() || !(*opened)->index()) return;
  walk(**opened, 10'000);
}

}  // namespace spectradb::fuzz
