// A disk that loses what was not synced: it is told one file call after the other, and gives the images that
// a power loss behind them may leave. The rules, those of the weakest file systems that SQLite supports:
//
// - Syncing a file makes its bytes and size durable, syncing a directory the names in it; one does not do the
//   other's work, and nothing becomes durable before.
// - Of writes that were not synced any may be there, in any order, and of one its first or its last sectors
//   only. Between what is there and what is not lie zeros. Truncations keep their order among themselves.
// - Names that were made, changed or removed since the directory was synced are there up to one of these
//   changes.
#pragma once

#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/file_calls.h"

namespace spectradb::tests {

// What is there after a power loss.
struct DiskImage {
  std::map<std::string, std::shared_ptr<const std::string>> files;  // by path, below some directory
  std::vector<std::string> directories;                             // besides that one

  uint64_t hash() const;
  void write_to(const std::string& directory) const;  // which is empty
};

class Disk {
 public:
  enum class Order : uint8_t {
    kAny,     // as above
    kAsMade,  // of the writes and truncations of one file the first ones; files do not wait for one another
  };
  Disk(Order order, const DiskImage& image);
  FileNumbers files() const;  // of the image that it began with

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
