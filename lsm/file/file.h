// The file interface: every byte of a store goes through it, so that tests can fail, tear, delay or forget
// any operation, and a store can live in memory. Implementations: PosixFileSystem (the disk),
// MemoryFileSystem (private stores of ":memory:" databases, and tests). All paths are complete paths. Objects
// may be used from any thread; one File is written by one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace spectradb::lsm {

// A file open for appending. Nothing is durable before sync() returned ok.
class WritableFile {
 public:
  virtual ~WritableFile() = default;
  virtual Status append(std::string_view bytes) = 0;  // at the end; a failure may leave a torn tail
  virtual Status sync() = 0;                          // fdatasync
  virtual Status truncate(uint64_t size_bytes) = 0;   // cut to a length; the next append goes there
  virtual uint64_t size() const = 0;                  // bytes, as far as appended
  virtual bool has_name() const { return true; }      // false: somebody has removed it meanwhile
};

// What a reader reads into, kept for the next reading. One thread at a time.
class ReadBuffer {
 public:
  char* reserve(size_t size_bytes);  // what was read before is lost
  std::unique_ptr<char[]> take();    // what was reserved last
  const char* data() const { return bytes_.get(); }

 private:
  std::unique_ptr<char[]> bytes_;
  size_t capacity_ = 0;
};

// An immutable file. Any thread.
class ReadableFile {
 public:
  virtual ~ReadableFile() = default;
  virtual uint64_t size() const = 0;  // bytes, when it was opened
  // So many bytes from the offset on, as long as the file lives and nothing else is read into the buffer. kIo
  // where the file does not have them, be it that somebody has cut it off, or that the disk fails.
  virtual Result<std::string_view> read(uint64_t offset, size_t size_bytes, ReadBuffer& buffer) const = 0;
};

// A file that others append to.
class GrowingFile {
 public:
  virtual ~GrowingFile() = default;
  // What stands in it behind the offset by now; empty where it ends before. Valid until the next call.
  virtual Result<std::string_view> read_from(uint64_t offset) = 0;
};

// Tells a file from another one that has its name by now.
struct FileIdentity {
  uint64_t device = 0;
  uint64_t inode = 0;
  bool operator==(const FileIdentity&) const = default;
};

enum class LockMode : uint8_t { kShared, kExclusive };

// Held as long as the object lives; the operating system releases it when the process dies.
class FileLock {
 public:
  virtual ~FileLock() = default;
  // kBusy when somebody holds a lock that excludes the new mode: then the old one is lost as well, until it
  // is asked for again. Another lock may be granted in between.
  virtual Status change_to(LockMode mode) = 0;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual Result<std::unique_ptr<WritableFile>> create(const std::string& path) = 0;  // truncates an old one
  virtual Result<std::unique_ptr<WritableFile>> append_to(const std::string& path) = 0;  // must exist
  virtual Result<std::unique_ptr<ReadableFile>> open(const std::string& path) = 0;       // kMissing if absent
  Result<std::string> read_whole(const std::string& path);                               // kMissing if absent
  // kMissing if absent. The file system outlives it. Here: one that opens the file anew for each reading.
  virtual Result<std::unique_ptr<GrowingFile>> open_growing(const std::string& path);
  virtual Result<bool> exists(const std::string& path) = 0;
  // kMissing if absent. Here: of a file system in which nobody else changes anything.
  virtual Result<FileIdentity> identify(const std::string& path);
  virtual Result<std::vector<std::string>> list(const std::string& directory) = 0;  // names, sorted
  virtual Status rename(const std::string& from, const std::string& to) = 0;        // atomic, replaces `to`
  virtual Status remove(const std::string& path) = 0;
  // Equal for file systems that have the same files under the same names.
  virtual const void* place() const { return this; }
  // A second name for an immutable file. Fails where there is no such thing, then it is to be copied.
  virtual Status link(const std::string& from, const std::string& to);
  virtual Status make_directory(const std::string& path) = 0;  // ok if it exists
  virtual Status sync_directory(const std::string& path) = 0;
  // Between processes, and between two locks of one process alike. Makes the file where there is none; never
  // waits: kBusy when somebody holds a lock that excludes this one.
  virtual Result<std::unique_ptr<FileLock>> lock(const std::string& path, LockMode mode) = 0;
};

// Whom a store's files belong to, and who may do what with them: as it is with the database's file.
struct FileOwner {
  uint32_t mode = 0666;
  uint32_t user = 0;
  uint32_t group = 0;
};

// The disk. Files that it makes are those of the process, as its umask says.
std::shared_ptr<FileSystem> posix_file_system();
// The files and directories that it makes have this owner, group and mode from the first moment; what the
// process may not give them, others than the owner do not get either.
std::shared_ptr<FileSystem> posix_file_system(const FileOwner& owner);
// Gives the files of a store that are there already the same, where the process may: as their owner, or root.
void mend_ownership(const std::string& directory, const FileOwner& owner);

std::shared_ptr<FileSystem> new_memory_file_system();  // empty, private, vanishes with its last user

}  // namespace spectradb::lsm
