#include "lsm/table_index.h"

#include <algorithm>

namespace spectradb::lsm {
namespace {

// Blocks that this holds are compared one by one before find_block() starts to halve.
constexpr size_t kGallopBlocks = 2;

bool is_at_or_after(const TableIndex::Entry& entry, const VersionPosition& position) {
  const int order = entry.last_key.compare(position.user_key);
  if (order != 0) return order > 0;
  if (entry.last_commit != position.commit) return entry.last_commit < position.commit;
  return entry.last_ordinal <= position.ordinal;
}

}  // namespace

std::shared_ptr<const TableIndex> TableIndex::decode(std::unique_ptr<char[]> bytes, size_t size_bytes,
                                                     const FileMeta& meta,
                                                     std::unique_ptr<const Dictionary> dictionary) {
  std::shared_ptr<TableIndex> index(new TableIndex);
  ByteReader reader({bytes.get(), size_bytes});
  while (!reader.at_end()) {
    Entry entry{};
    entry.handle = {reader.varint(), reader.varint()};
    entry.size = reader.varint32();
    entry.last_key = reader.bytes();
    entry.last_commit = reader.varint();
    entry.last_ordinal = reader.varint32();
    entry.bounds = Bounds::decode(reader);
    if (!reader.ok()) return nullptr;
    index->entries_.push_back(entry);
  }
  if (index->entries_.empty()) return nullptr;
  index->entries_.shrink_to_fit();
  const std::string_view first = meta.first_key;
  const std::string_view last = meta.last_key;
  size_t shared = 0;
  while (shared < first.size() && shared < last.size() && first[shared] == last[shared]) ++shared;
  index->common_prefix_ = first.substr(0, shared);
  index->heads_.reserve(index->entries_.size());
  for (const Entry& entry : index->entries_)
    index->heads_.push_back(KeyHead::load(entry.last_key.substr(std::min(shared, entry.last_key.size()))));
  index->bytes_ = std::move(bytes);
  index->size_bytes_ = size_bytes;
  index->dictionary_ = std::move(dictionary);
  return index;
}

size_t TableIndex::find_block(const VersionPosition& position, size_t from) const {
  for (size_t step = 0; step < kGallopBlocks && from > 0 && from < entries_.size(); ++step, ++from) {
    if (is_at_or_after(entries_[from], position)) return from;
  }
  if (from >= entries_.size()) return entries_.size();
  size_t low = from;
  size_t high = entries_.size();
  if (position.user_key.substr(0, common_prefix_.size()) == common_prefix_) {
    const uint64_t head = KeyHead::load(position.user_key.substr(common_prefix_.size()));
    const auto begin = heads_.begin();
    const auto range = std::equal_range(begin + static_cast<ptrdiff_t>(low), heads_.end(), head);
    low = static_cast<size_t>(range.first - begin);
    high = static_cast<size_t>(range.second - begin);
  }
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (is_at_or_after(entries_[middle], position)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

uint64_t TableIndex::size_bytes() const {
  return sizeof(TableIndex) + size_bytes_ + common_prefix_.capacity() + entries_.capacity() * sizeof(Entry) +
         heads_.capacity() * sizeof(uint64_t) + (dictionary_ == nullptr ? 0 : dictionary_->size_bytes());
}

}  // namespace spectradb::lsm
