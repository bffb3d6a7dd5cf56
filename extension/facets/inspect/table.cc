// Shows an SSTable: what its footer says, then each block and the versions in it.
#include "extension/facets/inspect/inspection.h"
#include "lsm/base/corruption.h"
#include "lsm/file/file_names.h"
#include "lsm/table/sstable.h"

namespace spectradb::extension::inspect {

namespace {

struct Footer {
  lsm::BlockHandle filter;
  lsm::BlockHandle index;
  uint64_t index_size = 0;
  lsm::BlockHandle properties;
  uint32_t version = 0;
  uint32_t dictionary_size = 0;
};

// Reads the footer without checks; none of it is used before Sstable::open() has checked it.
Result<Footer> read_footer(const lsm::ReadableFile& file, const std::string& path) {
  if (file.size() < lsm::kFooterBytes)
    return lsm::corruption(path, file.size(), "the file is too short for an SSTable");
  lsm::ReadBuffer buffer;
  SPECTRADB_ASSIGN_OR_RETURN(const auto bytes,
                             file.read(file.size() - lsm::kFooterBytes, lsm::kFooterBytes, buffer));
  lsm::ByteReader reader(bytes);
  Footer footer;
  footer.filter = {reader.fixed64(), reader.fixed64()};
  footer.index = {reader.fixed64(), reader.fixed64()};
  footer.index_size = reader.fixed64();
  footer.properties = {reader.fixed64(), reader.fixed64()};
  reader.fixed64();  // skips the number, which the properties have, too
  footer.version = reader.fixed32();
  footer.dictionary_size = reader.fixed32();
  return footer;
}

Result<lsm::FileMeta> read_properties(const lsm::ReadableFile& file, const std::string& path,
                                      const Footer& footer) {
  const lsm::BlockHandle& handle = footer.properties;
  if (handle.offset > file.size() || handle.stored_size > file.size() - handle.offset)
    return lsm::corruption(path, file.size() - lsm::kFooterBytes,
                           "the footer names what lies behind the file");
  lsm::ReadBuffer buffer;
  SPECTRADB_ASSIGN_OR_RETURN(const auto bytes,
                             file.read(handle.offset, static_cast<size_t>(handle.stored_size), buffer));
  lsm::ByteReader reader(bytes);
  lsm::FileMeta meta = lsm::FileMeta::decode(reader);
  if (!reader.ok()) return lsm::corruption(path, handle.offset, "the properties cannot be decoded");
  meta.size_bytes = file.size();
  return meta;
}

class TableInspection final : public Inspection {
 public:
  TableInspection(std::shared_ptr<const lsm::Sstable> table, std::shared_ptr<const lsm::TableIndex> index,
                  std::vector<Item> parts)
      : table_(std::move(table)), index_(std::move(index)), parts_(std::move(parts)) {}

  Result<bool> next(Item& item) override {
    Result<bool> part = parts_.next(item);
    if (!part || *part) return part;
    if (block_ != nullptr) {
      const bool has_version =
          is_before_first_ ? reader_.to_first()
                           : reader_.next_version() || (!reader_.is_damaged() && reader_.next_group());
      is_before_first_ = false;
      if (has_version) {
        show_version(item);
        return true;
      }
      if (reader_.is_damaged())
        return lsm::corruption(table_->path(), index_->handle(at_).offset, "a block cannot be decoded");
      block_.reset();
      ++at_;
    }
    if (at_ == index_->block_count()) return false;
    SPECTRADB_ASSIGN_OR_RETURN(auto block,
                               table_->read_block(*index_, at_, lsm::BlockUse::kScan, decompressor_));
    block_ = std::move(block);
    reader_.reset(block_.get());
    is_before_first_ = true;
    const lsm::BlockHandle handle = index_->handle(at_);
    const lsm::Bounds bounds = index_->bounds(at_);
    item = {"block",
            handle.offset,
            handle.stored_size + lsm::kStoredTrailerBytes,
            bounds.max_commit,
            {},
            "block " + std::to_string(at_) + ": " + counted(block_->version_count(), "version") + " in " +
                counted(index_->size(at_), "byte") + ", commits " + std::to_string(bounds.min_commit) +
                " to " + std::to_string(bounds.max_commit)};
    return true;
  }

 private:
  void show_version(Item& item) const {
    std::string about = readable_value(reader_.value()) + ", ordinal " + std::to_string(reader_.ordinal());
    if (table_->meta().is_history()) about += ", superseded by commit " + std::to_string(reader_.recency());
    item = {"version", {}, {}, reader_.commit(), readable_key(reader_.user_key()), std::move(about)};
  }

  const std::shared_ptr<const lsm::Sstable> table_;
  const std::shared_ptr<const lsm::TableIndex> index_;
  ItemList parts_;
  lsm::Decompressor decompressor_;
  size_t at_ = 0;                            // the block that is being shown
  std::shared_ptr<const lsm::Block> block_;  // null before it
  lsm::BlockReader reader_;
  bool is_before_first_ = false;  // the block's first version comes next
};

std::vector<Item> parts_of(const Footer& footer, const lsm::Sstable& table, size_t blocks,
                           const lsm::Manifest& manifest) {
  const lsm::FileMeta& meta = table.meta();
  std::string who = "no manifest names it";
  for (const lsm::Manifest::File& file : manifest.files) {
    if (file.meta.number == meta.number) who = "the manifest names it";
  }
  const auto stored = [](const char* part, const lsm::BlockHandle& handle, std::string about) {
    return Item{part, handle.offset, handle.stored_size + lsm::kStoredTrailerBytes, {}, {}, std::move(about)};
  };
  std::vector<Item> parts;
  parts.push_back({"table", 0, meta.size_bytes, meta.bounds.max_commit, readable_key(meta.first_key),
                   lsm::sstable_name(meta.number) + ": " + readable_meta(meta) + "; " + who});
  if (footer.dictionary_size > 0)
    parts.push_back(
        stored("dictionary", {0, footer.dictionary_size}, "what the blocks have in common, for zstd"));
  parts.push_back(stored("filter", footer.filter, "a bloom filter of the keys"));
  parts.push_back(
      stored("index", footer.index,
             "of " + counted(blocks, "block") + ", " + counted(footer.index_size, "byte") + " uncompressed"));
  parts.push_back(stored("properties", footer.properties, "what the manifest repeats"));
  parts.push_back({"footer",
                   meta.size_bytes - lsm::kFooterBytes,
                   lsm::kFooterBytes,
                   {},
                   {},
                   "format version " + std::to_string(footer.version)});
  return parts;
}

}  // namespace

Opened inspect_table(lsm::FileSystem& file_system, const std::string& path, const lsm::Manifest& manifest) {
  SPECTRADB_ASSIGN_OR_RETURN(const auto file, file_system.open(path));
  SPECTRADB_ASSIGN_OR_RETURN(const Footer footer, read_footer(*file, path));
  SPECTRADB_ASSIGN_OR_RETURN(const lsm::FileMeta meta, read_properties(*file, path, footer));
  SPECTRADB_ASSIGN_OR_RETURN(auto table,
                             lsm::Sstable::open(file_system, path, meta, manifest.seed(), nullptr));
  SPECTRADB_ASSIGN_OR_RETURN(auto index, table->index());
  std::vector<Item> parts = parts_of(footer, *table, index->block_count(), manifest);
  return std::unique_ptr<Inspection>(
      std::make_unique<TableInspection>(std::move(table), std::move(index), std::move(parts)));
}

}  // namespace spectradb::extension::inspect
