// Shows the manifest: which files the store has, and from where on the log is needed.
#include "extension/facets/inspect/inspection.h"
#include "lsm/file/file_names.h"

namespace spectradb::extension::inspect {

namespace {

std::string place_of(const lsm::Manifest::File& file) {
  const std::string shard = "shard " + std::to_string(file.shard);
  if (file.level != lsm::kHistoryLevel) return shard + ", level " + std::to_string(file.level);
  return shard + ", history group " + std::to_string(file.group) + ", run " + std::to_string(file.run);
}

}  // namespace

Opened inspect_manifest(lsm::FileSystem& file_system, const std::string& path) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::string bytes, file_system.read_whole(path));
  SPECTRADB_ASSIGN_OR_RETURN(const lsm::Manifest manifest, lsm::Manifest::decode(path, bytes));
  return show_manifest(manifest, bytes.size());
}

Opened show_manifest(const lsm::Manifest& manifest, uint64_t bytes) {
  std::vector<Item> items;
  const auto add = [&](const char* part, std::string about) -> Item& {
    items.push_back({part, {}, {}, {}, {}, std::move(about)});
    return items.back();
  };
  Item& whole =
      add("manifest", "of store " + manifest.store_id + " with " + counted(manifest.shard_count, "shard") +
                          " and " + counted(manifest.files.size(), "file") + "; the next file gets number " +
                          std::to_string(manifest.next_file) +
                          (manifest.has_salts ? "" : "; of an earlier release: frames have no salts"));
  whole.at_byte = 0;
  whole.bytes = bytes;
  add("flushed",
      "all commits up to this one are in the files; its token is " + readable_number(manifest.flushed_frame))
      .commit = manifest.flushed_commit;
  const lsm::LogPosition& log = manifest.log_start;
  if (log.segment > 0)
    add("log", "needed from " + lsm::log_name(log.segment) + " on, byte " + std::to_string(log.offset));
  for (const auto& [name, value] : manifest.knobs) add("knob", name + " = " + std::to_string(value));
  for (const lsm::KeyRange& range : manifest.retired.ranges())
    add("retired", "keys of dropped tables or indexes, up to but without " + readable_key(range.to)).key =
        readable_key(range.from);
  for (const lsm::Manifest::File& file : manifest.files) {
    Item& item = add("file", lsm::sstable_name(file.meta.number) + ": " + place_of(file) + ": " +
                                 readable_meta(file.meta));
    item.bytes = file.meta.size_bytes;
    item.commit = file.meta.bounds.max_commit;
    item.key = readable_key(file.meta.first_key);
  }
  return std::unique_ptr<Inspection>(std::make_unique<ItemList>(std::move(items)));
}

}  // namespace spectradb::extension::inspect
