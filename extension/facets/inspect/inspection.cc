#include "extension/facets/inspect/inspection.h"

#include "lsm/file/file_names.h"
#include "lsm/store/last_seen.h"

namespace spectradb::extension::inspect {

namespace {

constexpr std::string_view kStoreSuffix = "-spectra";

enum class Kind : uint8_t { kManifest, kLast, kLog, kTable, kLock, kOther };

Kind kind_of(std::string_view name) {
  if (name == lsm::kManifestName || name == lsm::kNewManifestName) return Kind::kManifest;
  if (name == lsm::kLastName) return Kind::kLast;
  if (name.starts_with(lsm::kLockName)) return Kind::kLock;
  if (name.ends_with(lsm::kCutSuffix)) name.remove_suffix(lsm::kCutSuffix.size());
  if (name.starts_with(lsm::kLogPrefix)) name = name.substr(0, name.find('.'));  // log-000001.2.cut
  if (lsm::log_segment_of(name)) return Kind::kLog;
  return lsm::sstable_number_of(name) ? Kind::kTable : Kind::kOther;
}

const char* noun_of(Kind kind) {
  switch (kind) {
    case Kind::kManifest:
      return "manifest";
    case Kind::kLast:
      return "last";
    case Kind::kLog:
      return "log";
    case Kind::kTable:
      return "table";
    case Kind::kLock:
      return "lock";
    case Kind::kOther:
      break;
  }
  return "other";
}

std::string about_file(Kind kind, std::string_view name) {
  if (name.ends_with(lsm::kCutSuffix)) return "set aside by recovery";
  switch (kind) {
    case Kind::kManifest:
      return name == lsm::kManifestName ? "names all files of the store"
                                        : "an edit that did not take its place";
    case Kind::kLast:
      return "the last commit that was seen since the machine was started";
    case Kind::kLog:
      return "a segment of the commit log";
    case Kind::kTable:
      return "an SSTable";
    case Kind::kLock:
      return "empty: processes lock it";
    case Kind::kOther:
      break;
  }
  return "no file of a store";
}

Opened inspect_directory(lsm::FileSystem& file_system, const std::string& directory) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<std::string> names, file_system.list(directory));
  std::vector<Item> items;
  for (const std::string& name : names) {
    const Kind kind = kind_of(name);
    const std::string path = lsm::path_in(directory, name);
    Item item{noun_of(kind), {}, {}, {}, {}, about_file(kind, name), path};
    if (kind != Kind::kOther) {  // no other file is opened
      const auto file = file_system.open(path);
      if (file) item.bytes = (*file)->size();
      if (!file) item.about = file.status().message();
    }
    items.push_back(std::move(item));
  }
  return std::unique_ptr<Inspection>(std::make_unique<ItemList>(std::move(items)));
}

Result<lsm::Manifest> manifest_beside(lsm::FileSystem& file_system, const std::string& path) {
  const size_t slash = path.find_last_of('/');
  const std::string directory = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  auto manifest = lsm::Manifest::read(file_system, directory);
  if (manifest) return manifest;
  return Status(manifest.status().code(),
                "cannot inspect " + path +
                    ", whose checksums are made with the id that the store's manifest has: " +
                    manifest.status().message());
}

Opened inspect_last(lsm::FileSystem& file_system, const std::string& path) {
  SPECTRADB_ASSIGN_OR_RETURN(const lsm::Manifest manifest, manifest_beside(file_system, path));
  SPECTRADB_ASSIGN_OR_RETURN(const std::string bytes, file_system.read_whole(path));
  const std::optional<lsm::LastSeen> last = lsm::decode_last(bytes, manifest.seed());
  Item item{"last", 0, bytes.size(), {}, {}, path + " is not whole, and says nothing"};
  if (last) {
    item.commit = last->commit.commit;
    item.about = "token " + readable_number(last->commit.frame) + ", seen since the machine's start " +
                 last->boot.substr(0, last->boot.find('\n'));
  }
  return std::unique_ptr<Inspection>(std::make_unique<ItemList>(std::vector<Item>{std::move(item)}));
}

}  // namespace

Opened inspect(const std::string& path) {
  lsm::FileSystem& file_system = *lsm::posix_file_system();
  const size_t slash = path.find_last_of('/');
  const Kind kind = kind_of(slash == std::string::npos ? path : path.substr(slash + 1));
  if (kind == Kind::kManifest) return inspect_manifest(file_system, path);
  if (kind == Kind::kLast) return inspect_last(file_system, path);
  if (kind == Kind::kLog || kind == Kind::kTable) {
    SPECTRADB_ASSIGN_OR_RETURN(const lsm::Manifest manifest, manifest_beside(file_system, path));
    return kind == Kind::kLog ? inspect_log(file_system, path, manifest)
                              : inspect_table(file_system, path, manifest);
  }
  if (kind == Kind::kLock)
    return std::unique_ptr<Inspection>(std::make_unique<ItemList>(
        std::vector<Item>{{"lock", {}, {}, {}, {}, "there is nothing in it: processes lock it"}}));
  const std::string store = path + std::string(kStoreSuffix);
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_store, file_system.exists(store));
  if (Opened directory = inspect_directory(file_system, has_store ? store : path); directory)
    return directory;
  return Status::invalid(
      "spectradb_inspect cannot read " + path +
      ": it is neither a file of a store (MANIFEST, log-000001 …, 000001.sst …), nor a store's directory "
      "that can be read, nor a database that has one beside it; spectradb_inspect('main') shows a store that "
      "is inside "
      "of an open database");
}

}  // namespace spectradb::extension::inspect
