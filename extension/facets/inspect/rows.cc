// Shows a store that is inside of its database: the same things as files of a directory, read by SQL on the connection
// that asks.
#include <optional>
#include <set>

#include "extension/facets/inspect/inspection.h"
#include "extension/host/query.h"
#include "extension/session/formats.h"
#include "extension/session/sql_store_rows.h"
#include "lsm/base/corruption.h"
#include "lsm/file/file_names.h"
#include "lsm/file/row_file_system.h"
#include "lsm/log/log_format.h"
#include "lsm/store/file_row_seal.h"

namespace spectradb::extension::inspect {

namespace {

constexpr const char* kRecentName = "recent";
constexpr std::string_view kWasChanged =
    "; its row is not what was written: SELECT spectradb_check() says more";

// "main/000001.sst" in its parts; the second one is empty for the store itself. A database may have been attached by a
// name that has slashes.
std::pair<std::string, std::string> parts_of_path(sqlite3* db, const std::string& path) {
  for (size_t end = path.size(); end != std::string::npos && end > 0; end = path.rfind('/', end - 1)) {
    std::string schema = path.substr(0, end);
    if (sqlite3_txn_state(db, schema.c_str()) < 0) continue;  // there is no such schema
    return {std::move(schema), end == path.size() ? "" : path.substr(end + 1)};
  }
  return {};
}

// Holds what reads the rows as long as there is something to show of them.
class RowsInspection final : public Inspection {
 public:
  RowsInspection(sqlite3* db, std::string schema) : schema_(std::move(schema)), rows_(db, schema_) {
    link_->rows = &rows_;
  }
  ~RowsInspection() override {
    shown_.reset();
    link_->rows = nullptr;
  }

  Status open(const std::string& name) {
    SPECTRADB_RETURN_IF_ERROR(read_manifest());
    Opened shown = open_part(name);
    if (!shown) return shown.status();
    shown_ = std::move(*shown);
    return Status::ok();
  }

  Result<bool> next(Item& item) override { return shown_->next(item); }

 private:
  Opened open_part(const std::string& name) {
    if (name.empty()) return list();
    if (name == lsm::kManifestName) return show_manifest(manifest_, head_bytes_);
    if (name == kRecentName) {
      SPECTRADB_ASSIGN_OR_RETURN(Recent frames, recent());
      return inspect_frames(path_of(name), std::move(frames.bytes), manifest_);
    }
    if (lsm::sstable_number_of(name))
      return inspect_table(*lsm::row_file_system(link_), path_of(name), manifest_);
    return Status::invalid("the store in " + schema_ + " has no part " + name + ": it has MANIFEST, " +
                           kRecentName + ", and 000001.sst …; spectradb_inspect('" + schema_ +
                           "') lists them");
  }

  std::string path_of(std::string_view name) const { return lsm::path_in(schema_, name); }

  Status read_manifest() {
    SPECTRADB_ASSIGN_OR_RETURN(const auto files, rows_.files());
    const std::string path = path_of(lsm::kManifestName);
    if (files.empty() || files.front().number != 0) return Status::missing("there is no store in " + schema_);
    lsm::ByteReader head(files.front().meta);
    SPECTRADB_ASSIGN_OR_RETURN(manifest_, lsm::Manifest::decode(path, head.bytes()));
    manifest_.log_start.segment = 0;  // the commits' rows are the log
    head_bytes_ = files.front().meta.size();
    uint64_t seals = 0;
    for (const lsm::StoreRows::File& file : files) {
      if (file.number == 0) continue;
      seals += file.seal;
      if (file.seal != lsm::file_row_seal(file, 0, manifest_.seed())) changed_.insert(file.number);
      lsm::ByteReader reader(file.meta);
      lsm::FileMeta meta = lsm::FileMeta::decode(reader);
      if (!reader.ok() || meta.number != file.number)
        return lsm::corruption(path, file.number, "a file of this number cannot be decoded");
      if (file.level > lsm::kHistoryLevel) {
        dead_.push_back(std::move(meta));
      } else {
        manifest_.files.push_back(
            {file.shard, file.level, std::move(meta), static_cast<uint32_t>(file.group), file.run});
      }
    }
    if (files.front().seal != lsm::file_row_seal(files.front(), seals, manifest_.seed())) changed_.insert(0);
    return Status::ok();
  }

  struct Recent {
    std::string bytes;
    std::optional<uint64_t> damaged;  // the first commit whose row has another frame than its own
  };
  Result<Recent> recent() {
    Recent recent;
    const auto add = [&](uint64_t commit, uint64_t token, std::string_view bytes) {
      const auto frame = lsm::read_frame(bytes, 0, manifest_.seed());
      const bool is_own =
          frame && frame->commit == commit && frame->token == token && frame->end == bytes.size();
      if (!is_own && !recent.damaged) recent.damaged = commit;
      recent.bytes += bytes;
      return Status::ok();
    };
    SPECTRADB_RETURN_IF_ERROR(rows_.frames_behind(manifest_.flushed_commit, add));
    return recent;
  }

  Opened list() {
    std::vector<Item> items;
    const auto add = [&](const char* part, uint64_t bytes, std::string about, const std::string& name) {
      items.push_back({part, {}, bytes, {}, {}, std::move(about), path_of(name)});
    };
    const auto with_damage = [&](uint64_t number, std::string about) {
      return changed_.contains(number) ? about.append(kWasChanged) : about;
    };
    add("manifest", head_bytes_,
        with_damage(0, "the head of _spectradb_files, which names all files of the store"),
        std::string(lsm::kManifestName));
    SPECTRADB_ASSIGN_OR_RETURN(const Recent frames, recent());
    std::string log = "the frames in _spectradb_recent whose facts are in no SSTable yet";
    if (frames.damaged)
      log += "; that of commit " + std::to_string(*frames.damaged) +
             " is not what was written: SELECT spectradb_check() says more";
    add("log", frames.bytes.size(), std::move(log), kRecentName);
    for (const lsm::Manifest::File& file : manifest_.files)
      add("table", file.meta.size_bytes, with_damage(file.meta.number, "an SSTable"),
          lsm::sstable_name(file.meta.number));
    for (const lsm::FileMeta& meta : dead_)
      add("table", meta.size_bytes,
          with_damage(meta.number,
                      "an SSTable that was merged: it goes with a later commit, or by spectradb_compact()"),
          lsm::sstable_name(meta.number));
    return std::unique_ptr<Inspection>(std::make_unique<ItemList>(std::move(items)));
  }

  const std::string schema_;
  SqlStoreRows rows_;
  const std::shared_ptr<lsm::BlockRowsLink> link_ = std::make_shared<lsm::BlockRowsLink>();
  lsm::Manifest manifest_;  // with its files
  uint64_t head_bytes_ = 0;
  std::vector<lsm::FileMeta> dead_;
  std::set<uint64_t> changed_;  // numbers of rows whose seals are wrong; 0: the head
  std::unique_ptr<Inspection> shown_;
};

}  // namespace

bool is_in_rows(sqlite3* db, const std::string& path) {
  const std::string schema = parts_of_path(db, path).first;
  return !schema.empty() &&
         sqlite3_table_column_metadata(db, schema.c_str(), "_spectradb_files", nullptr, nullptr, nullptr,
                                       nullptr, nullptr, nullptr) == SQLITE_OK;
}

Opened inspect_rows(sqlite3* db, const std::string& path) {
  auto [schema, name] = parts_of_path(db, path);
  auto rows = std::make_unique<RowsInspection>(db, std::move(schema));
  SPECTRADB_RETURN_IF_ERROR(rows->open(name));
  return std::unique_ptr<Inspection>(std::move(rows));
}

}  // namespace spectradb::extension::inspect
