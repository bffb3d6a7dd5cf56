// Records what this process does to the files below one directory, in the calls that SQLite's library and
// the extension make to the system. A program that links this has its own open, write, fsync and so on,
// which both bind to, because the program exports them. Each does what it is asked for, except that nothing
// is really synced. While a directory is watched, the calls on files below it go into one record, in order.
// Any thread may call this.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace spectradb::tests {

struct FileCall {
  enum class Kind : uint8_t {
    kCreate,  // makes `path` a new, empty file
    kWrite,   // writes `bytes` at `offset` of a file
    kTruncate,
    kSync,           // makes a file's bytes and size durable
    kSyncDirectory,  // makes the names in a directory durable
    kUnlink,
    kRename,  // renames `path` to `bytes`
    kMakeDirectory,
    kMark,  // says that the program has come to `offset`
  };
  Kind kind;
  int file = -1;     // each file ever made has its number, whatever its names
  std::string path;  // relative to the watched directory, which itself is ""
  uint64_t offset = 0;
  std::string bytes;
};
using FileCalls = std::vector<FileCall>;

using FileNumbers = std::map<std::string, int>;  // by path

// Begins a record; `files` exist already. One directory at a time can be watched, and its path has no
// symbolic links.
void watch_directory(const std::string& directory, FileNumbers files);
FileCalls end_watching();
void mark(uint64_t number);
// Acts as if the machine had been restarted: whoever asks the kernel for its boot_id gets another one.
void start_machine();
uint64_t synced_calls();  // how often anything was synced since the program began

}  // namespace spectradb::tests
