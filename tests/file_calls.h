// What this process does to the files below one directory, as SQLite's library and the extension ask the
// system for it. A program that links this has its own open, write, fsync …, which both bind to (the program
// exports them): each does what it is asked for, except that nothing is really synced, and while a directory
// is watched, what is done below it is put into one record, in order. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace spectradb::tests {

struct FileCall {
  enum class Kind : uint8_t {
    kCreate,  // `path` is a new, empty file
    kWrite,   // `bytes` at `offset` of a file
    kTruncate,
    kSync,           // of a file: its bytes and size
    kSyncDirectory,  // of the names in it
    kUnlink,
    kRename,  // `path` to `bytes`
    kMakeDirectory,
    kMark,  // the program says that it has come to `offset`
  };
  Kind kind;
  int file = -1;     // a number for each file ever made, whatever its names
  std::string path;  // complete, without the watched directory: "" is that itself
  uint64_t offset = 0;
  std::string bytes;
};
using FileCalls = std::vector<FileCall>;

using FileNumbers = std::map<std::string, int>;  // by path

// Begins a record; `files` are there already. One directory at a time, named without symbolic links.
void watch_directory(const std::string& directory, FileNumbers files);
FileCalls end_watching();
void mark(uint64_t number);
// As if the machine had been started anew: what asks the kernel for this start (boot_id) is told another one.
void start_machine();
uint64_t synced_calls();  // how often anything was synced since the program began

}  // namespace spectradb::tests
