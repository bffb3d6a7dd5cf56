// A disk that loses what was not synced: it takes one file call after the other, and gives the images that
// a power loss after them may leave. Its rules are those of the weakest file systems that SQLite supports:
//
// - Syncing a file makes its bytes and size durable, and syncing a directory the names in it. Neither does the
//   other's work, and nothing becomes durable before it is synced.
// - Any of the writes that were not synced may be there, in any order, and of one write only its first or its
//   last sectors. Bytes between those that are there are zeros. Truncations keep their order among themselves.
// - Of the names that were made, changed or removed since the directory was synced, the changes up to some
//   point are there.
#pragma once

#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/file_calls.h"

namespace spectradb::tests {

// Holds the files and directories that exist after a power loss.
struct DiskImage {
  std::map<std::string, std::shared_ptr<const std::string>> files;  // by path, below some directory
  std::vector<std::string> directories;                             // besides that one

  uint64_t hash() const;
  void write_to(const std::string& directory) const;  // the directory must be empty
};

class Disk {
 public:
  enum class Order : uint8_t {
    kAny,     // any state by the rules above
    kAsMade,  // only the first calls on each file count, and files do not wait for one another
  };
  Disk(Order order, const DiskImage& image);
  FileNumbers files() const;  // numbers of the files of the first image

  void apply(const FileCall& call);

  DiskImage nothing_unsynced() const;
  DiskImage everything() const;
  DiskImage something(std::mt19937_64& random) const;

 private:
  enum class Keep : uint8_t { kNothing, kEverything, kSome };
  struct File {
    std::string durable;
    std::vector<FileCall> pending;
  };
  struct Directory {
    std::map<std::string, int> durable;  // name -> file, -1: a directory
    std::vector<FileCall> pending;
  };

  DiskImage image(Keep keep, std::mt19937_64* random) const;
  static std::string contents_in_order(const File& file, std::mt19937_64& random);
  static std::string contents_in_any_order(const File& file, std::mt19937_64& random);
  std::string contents(const File& file, Keep keep, std::mt19937_64* random) const;

  Order order_;
  std::vector<File> files_;                                 // by number
  std::map<std::string, Directory> directories_{{"", {}}};  // by path
};

}  // namespace spectradb::tests
