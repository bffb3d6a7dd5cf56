// Takes a whole store apart into trees of fields (its manifest, the segments of its log and its SSTables),
// and puts it together again with checksums, tokens, sizes and offsets that are right, except where a field
// says otherwise. What was not changed is written as it was read, byte for byte.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/forge/fields.h"

namespace spectradb::tests {

// A stored(x) of an SSTable, as docs/format.md calls it.
struct StoredPart {
  Field content;
  Field compression;    // the byte that follows the content
  bool is_parsed;       // false where the content is the stored bytes
  std::string stored;   // as it was read
  std::string written;  // the bytes that were read, uncompressed
};

struct TableFile {
  std::string name;
  uint64_t number = 0;
  std::vector<StoredPart> dictionary;  // one, or none
  std::vector<StoredPart> blocks;
  StoredPart filter;
  StoredPart index;
  StoredPart properties;
  Field footer;
};

struct LogFile {
  std::string name;
  Field header;
  std::vector<Field> frames;
  std::string rest;  // bytes behind the last frame
};

// The token and the bytes of a commit's frame, both of which SQLite's file has, too.
struct FrameOfCommit {
  uint64_t token = 0;
  std::string bytes;
};

class StoreFiles {
 public:
  // Takes the files of the directory, without those of LOCK and LAST.
  explicit StoreFiles(const std::map<std::string, std::string>& files);

  // Returns all files. Sets in `frames` the commits whose frames have changed.
  std::map<std::string, std::string> write(std::map<uint64_t, FrameOfCommit>* frames);

  Field manifest;
  std::vector<LogFile> logs;
  std::vector<TableFile> tables;

  // Returns what the manifest, or a frame of a spilled transaction, repeats of a table; null if nothing
  // does.
  Field* meta_of(uint64_t number);

 private:
  void read_manifest(std::string_view bytes);
  void read_log(const std::string& name, std::string_view bytes);
  void read_table(const std::string& name, std::string_view bytes);
  std::string write_table(TableFile& table);
  std::string write_log(const LogFile& log, std::map<uint64_t, FrameOfCommit>* frames);
  std::string write_manifest();

  uint64_t store_seed_ = 0;
  std::map<uint64_t, uint64_t> tokens_;  // the token of each commit, as it was read
};

}  // namespace spectradb::tests
