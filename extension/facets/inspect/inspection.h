// Shows people what a file of a store contains, item by item, as spectradb_inspect() gives them. No byte is
// trusted: what does not follow the grammars of docs/format.md is kCorrupt, with file and offset. Nothing
// is locked or changed, and the store may be open meanwhile; when a file is replaced during the read, the
// old bytes are read to their end. Used by one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "extension/host/api.h"
#include "lsm/file/file.h"
#include "lsm/log/manifest.h"
#include "temporal/fact.h"

namespace spectradb::extension::inspect {

struct Item {
  const char* part = "";            // "frame", "block", "version" …
  std::optional<uint64_t> at_byte;  // where the item begins in the file
  std::optional<uint64_t> bytes;    // how many bytes it takes there
  std::optional<uint64_t> commit;   // the commit that it belongs to
  std::optional<std::string> key;   // a user key, as readable_key() writes it
  std::string about;
  std::optional<std::string> file = std::nullopt;  // in a directory: the file of this item
};

class Inspection {
 public:
  virtual ~Inspection() = default;
  virtual Result<bool> next(Item& item) = 0;  // false when there are no more
};

// Holds a short list that is made at once.
class ItemList final : public Inspection {
 public:
  explicit ItemList(std::vector<Item> items) : items_(std::move(items)) {}
  Result<bool> next(Item& item) override {
    if (at_ == items_.size()) return false;
    item = std::move(items_[at_++]);
    return true;
  }

 private:
  std::vector<Item> items_;
  size_t at_ = 0;
};

using Opened = Result<std::unique_ptr<Inspection>>;

// Opens a file of a store (recognized by its name), a store's directory, or a database that has a store.
// The database file itself is never opened: closing it would drop the locks that SQLite has on it for this
// process.
Opened inspect(const std::string& path);

// Whether the path begins with the name of a database of this connection that has its store inside: "main", or
// "main/000001.sst".
bool is_in_rows(sqlite3* db, const std::string& path);
// Shows such a store in the snapshot that the statement reads: its files, MANIFEST, recent (the frames of commits
// that are in no SSTable yet) and the SSTables. The database must stay open until the inspection ends.
Opened inspect_rows(sqlite3* db, const std::string& path);

Opened inspect_manifest(lsm::FileSystem& file_system, const std::string& path);
Opened show_manifest(const lsm::Manifest& manifest, uint64_t bytes);  // without a log where its start is 0
// Frames one behind another, as a tail of a log that was set aside has them.
Opened inspect_frames(std::string path, std::string frames, const lsm::Manifest& manifest);
// `manifest` is the store's, because checksums are seeded by its id.
Opened inspect_log(lsm::FileSystem& file_system, const std::string& path, const lsm::Manifest& manifest);
Opened inspect_table(lsm::FileSystem& file_system, const std::string& path, const lsm::Manifest& manifest);

// The functions of readable.cc write things for people, and shorten long texts.
std::string readable_key(
    std::string_view user_key);  // "7: 'a', 1": table or index 7, and the columns of the key
std::string readable_value(std::string_view value);     // "put, valid from 2026-01-01, row of 12 bytes"
std::string readable_meta(const lsm::FileMeta& meta);   // "3 versions of 2 keys, commits 1 to 3 …"
std::string readable_number(uint64_t number);           // in hexadecimal digits: a token, a checksum
std::string counted(uint64_t count, const char* noun);  // "1 fact", "2 facts"

}  // namespace spectradb::extension::inspect
