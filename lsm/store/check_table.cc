#include "lsm/store/check_table.h"

#include "lsm/base/corruption.h"
#include "lsm/store/read_state.h"

namespace spectradb::lsm {
namespace {

bool covers(const Bounds& outer, const Bounds& inner) {
  return outer.min_commit <= inner.min_commit && inner.max_commit <= outer.max_commit &&
         outer.min_recency <= inner.min_recency && inner.max_recency <= outer.max_recency &&
         outer.min_valid_from <= inner.min_valid_from && inner.max_valid_from <= outer.max_valid_from &&
         outer.min_valid_to <= inner.min_valid_to && inner.max_valid_to <= outer.max_valid_to;
}

std::string encoded(FileMeta meta) {
  meta.size_bytes = 0;  // zero inside the file itself
  std::string bytes;
  meta.encode(bytes);
  return bytes;
}

}  // namespace

void TableCheck::add(uint64_t offset, std::string_view what) {
  problems_->push_back(corruption(table_.path(), offset, what).message());
}

bool TableCheck::run(std::optional<Version>* last, std::vector<std::string>* problems,
                     const std::function<bool()>& is_interrupted) {
  last_ = last;
  problems_ = problems;
  Status loaded = table_.load_filter();
  if (loaded) {
    auto index = table_.index();
    loaded = index.status();
    if (loaded) index_ = std::move(*index);
  }
  if (!loaded) {
    problems_->push_back(loaded.message());
    last->reset();
    return true;
  }
  check_layout();
  for (size_t block = 0; block < index_->block_count(); ++block) {
    if (is_interrupted && is_interrupted()) return false;
    check_block(block);
  }
  check_totals();
  return true;
}

// Checks that blocks, filter, index, properties and footer follow one another without a gap.
void TableCheck::check_layout() {
  const uint64_t footer = table_.file().size() - kFooterBytes;
  ReadBuffer buffer;
  const auto read = table_.file().read(footer, kFooterBytes, buffer);
  if (!read) return problems_->push_back(read.status().message());
  ByteReader fields(*read);
  const BlockHandle filter{fields.fixed64(), fields.fixed64()};
  const BlockHandle index{fields.fixed64(), fields.fixed64()};
  fields.fixed64();
  const BlockHandle properties{fields.fixed64(), fields.fixed64()};
  fields.fixed64();
  fields.fixed32();
  const uint32_t dictionary_size = fields.fixed32();
  uint64_t end = dictionary_size == 0 ? 0 : dictionary_size + kStoredTrailerBytes;
  const auto follow = [&](const BlockHandle& handle, std::string_view what) {
    if (handle.offset != end)
      add(handle.offset, std::string(what) + " does not begin where what is before it ends");
    end = handle.offset + handle.stored_size + kStoredTrailerBytes;
  };
  for (size_t block = 0; block < index_->block_count(); ++block) follow(index_->handle(block), "a block");
  follow(filter, "the filter");
  follow(index, "the index");
  follow(properties, "the list of properties");
  if (end != footer) add(footer, "the footer does not begin where what is before it ends");
  const auto own =
      table_.file().read(properties.offset, static_cast<size_t>(properties.stored_size), decompressor_.input);
  if (!own || *own != encoded(table_.meta()))
    add(properties.offset, "the properties are not those that the manifest repeats");
}

void TableCheck::check_block(size_t index) {
  const uint64_t offset = index_->handle(index).offset;
  const Bounds bounds = index_->bounds(index);
  const auto block = table_.read_block(*index_, index, BlockUse::kScan, decompressor_);
  if (!block) {
    problems_->push_back(block.status().message());
    is_whole_ = false;
    last_->reset();
    return;
  }
  found_.raw_bytes += index_->size(index);
  BlockReader reader;
  reader.reset(block->get());
  bool goes_on = reader.to_first();
  while (goes_on) {
    if (!check_version(offset, bounds, reader)) {
      is_whole_ = false;
      last_->reset();
      return;
    }
    count_version(reader);
    goes_on = reader.next_version() || (!reader.is_damaged() && reader.next_group());
  }
  const VersionPosition last = index_->last(index);
  const bool ends_as_indexed = last_->has_value() && (*last_)->user_key == last.user_key &&
                               (*last_)->commit == last.commit && (*last_)->ordinal == last.ordinal;
  if (reader.is_damaged()) {
    add(offset, "a block cannot be decoded");
    is_whole_ = false;
    last_->reset();
  } else if (!ends_as_indexed) {
    add(offset, "a block ends with another version than the index says");
  } else if (!(*block)->has_right_restarts()) {
    add(offset, "a block's restarts are not where its groups begin");
  }
}

bool TableCheck::is_in_order(const BlockReader& reader) const {
  if (!last_->has_value()) return true;
  const Version& last = **last_;
  const int order = reader.user_key().compare(last.user_key);
  if (order != 0) return order > 0;
  if (reader.commit() != last.commit) return reader.commit() < last.commit;
  return reader.ordinal() < last.ordinal;
}

// Returning false ends the check of this block: one problem of each block is enough.
bool TableCheck::check_version(uint64_t offset, const Bounds& of_block, const BlockReader& reader) {
  const auto refuse = [&](std::string_view what) {
    add(offset, what);
    return false;
  };
  if (!is_in_order(reader)) return refuse("versions are out of order");
  if (reader.commit() == 0 || reader.commit() > role_.flushed_commit)
    return refuse("a version has commit " + std::to_string(reader.commit()) +
                  ", but the manifest says that " + std::to_string(role_.flushed_commit) +
                  " is the last one in tables");
  if ((reader.recency() != kNeverSuperseded) != role_.is_history)
    return refuse(role_.is_history ? "a version in history is not superseded"
                                   : "a superseded version lies among the current ones");
  const auto valid = properties_.bounds(reader.value());
  if (!valid) return refuse("a value cannot be read: " + valid.status().message());
  Bounds bounds;
  bounds.add(reader.commit(), reader.recency(), *valid);
  if (!covers(of_block, bounds)) return refuse("a version is not within the bounds of its block");
  const bool is_new_key = found_.version_count == 0 || reader.user_key() != found_.last_key;
  if (is_new_key) check_key(offset, reader.user_key());
  return true;
}

void TableCheck::check_key(uint64_t offset, std::string_view user_key) {
  const uint64_t hash = hash_key(user_key);
  if (!table_.may_contain(hash)) add(offset, "the filter denies a key that is there");
  if (shard_of(hash, role_.shard_count) != role_.shard) add(offset, "a key belongs to another shard");
}

void TableCheck::count_version(const BlockReader& reader) {
  const bool is_new_key = found_.version_count == 0 || reader.user_key() != found_.last_key;
  if (found_.version_count == 0) found_.first_key.assign(reader.user_key());
  if (is_new_key) {
    found_.key_count += 1;
    found_.last_key.assign(reader.user_key());
  }
  found_.version_count += 1;
  found_.last_commit = reader.commit();
  found_.last_ordinal = reader.ordinal();
  if (!last_->has_value()) last_->emplace();
  (*last_)->user_key.assign(reader.user_key());
  (*last_)->commit = reader.commit();
  (*last_)->ordinal = reader.ordinal();
}

void TableCheck::check_totals() {
  if (!is_whole_) return;  // what could not be read has been reported
  const FileMeta& meta = table_.meta();
  const auto compare = [&](uint64_t found, uint64_t told, std::string_view what) {
    if (found == told) return;
    add(0, "the file holds " + std::to_string(found) + " " + std::string(what) + ", but the manifest says " +
               std::to_string(told));
  };
  compare(found_.version_count, meta.version_count, "versions");
  compare(found_.key_count, meta.key_count, "keys");
  compare(found_.raw_bytes, meta.raw_bytes, "uncompressed bytes");
  if (found_.first_key != meta.first_key) add(0, "the first key is not the one that the manifest says");
  const bool is_last = found_.last_key == meta.last_key && found_.last_commit == meta.last_commit &&
                       found_.last_ordinal == meta.last_ordinal;
  if (!is_last) add(0, "the last version is not the one that the manifest says");
}

}  // namespace spectradb::lsm
