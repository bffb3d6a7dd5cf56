// A whole store as trees of fields: its manifest, the segments of its log and its SSTables, taken apart and put
// together again with checksums, tokens, sizes and offsets that are right, except where a field says
// otherwise. What was not changed is written as it was read, byte for byte.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/forge/fields.h"

namespace spectradb::tests {

// stored(x) of an SSTable.
struct StoredPart {
  Field content;
  Field compression;    // the byte behind it
  bool is_parsed;       // else its content is as it is stored
  std::string stored;   // as it was read
  std::string written;  // the same, uncompressed
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
  std::string rest;  // behind the last frame
};

// The token of a commit's frame, and its bytes: SQLite has both, too.
struct FrameOfCommit {
  uint64_t token = 0;
  std::string bytes;
};

class StoreFiles {
 public:
  // The files of the directory; those of LOCK and LAST are none of them.
  explicit StoreFiles(const std::map<std::string, std::string>& files);

  // All as files. Commits whose frames have other bytes than before are in `frames`.
  std::map<std::string, std::string> write(std::map<uint64_t, FrameOfCommit>* frames);

  Field manifest;
  std::vector<LogFile> logs;
  std::vector<TableFile> tables;

  // What the manifest, or a frame of a spilled transaction, repeats of a table; null: nothing does.
  Field* meta_of(uint64_t number);

 private:
  void read_manifest(std::string_view bytes);
  void read_log(const std::string& name, std::string_view bytes);
  void read_table(const std::string& name, std::string_view bytes);
  std::string write_table(TableFile& table);
  std::string write_log(const LogFile& log, std::map<uint64_t, FrameOfCommit>* frames);
  std::string write_manifest();

  uint64_t store_seed_ = 0;
  std::map<uint64_t, uint64_t> tokens_;  // by commit, as they were read
};

}  // namespace spectradb::tests
