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
  virtual bool has_name() const { return true; }      // false: somebody has removed the file since
  // Whether the file has these bytes there; true in file systems in which nobody else changes anything.
  virtual bool has_at(uint64_t, std::string_view) const { return true; }
};

// The buffer that reads fill; its memory is reused from read to read. One thread at a time.
class ReadBuffer {
 public:
  char* reserve(size_t size_bytes);  // earlier contents are lost
  std::unique_ptr<char[]> take();    // gives away the memory of the last reserve()
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
  // Returns `size_bytes` bytes from the offset on; they stay valid as long as the file lives and nothing
  // else is read into the buffer. kIo where the file does not have them, because it was cut off or the
  // disk fails.
  virtual Result<std::string_view> read(uint64_t offset, size_t size_bytes, ReadBuffer& buffer) const = 0;
};

// A file that other processes append to.
class GrowingFile {
 public:
  virtual ~GrowingFile() = default;
  // Returns all bytes behind the offset that the file has by now; empty where the file ends before it.
  // Valid until the next call.
  virtual Result<std::string_view> read_from(uint64_t offset) = 0;
};

// Tells a file from another one that has taken its name since.
struct FileIdentity {
  uint64_t device = 0;
  uint64_t inode = 0;
  bool operator==(const FileIdentity&) const = default;
};

// What changes when somebody writes a file, or puts another one in its place. Of a directory: when a name in it comes,
// goes, or becomes another file's.
struct FileStamp {
  FileIdentity identity;
  uint64_t size_bytes = 0;
  int64_t changed_ns = 0;  // when it was last written
  bool operator==(const FileStamp&) const = default;
};

enum class LockMode : uint8_t { kShared, kExclusive };

// A lock that is held as long as the object lives; the operating system releases it when the process dies.
class FileLock {
 public:
  virtual ~FileLock() = default;
  // Fails with kBusy when somebody holds a lock that excludes the new mode; the old lock is lost then,
  // too, and must be asked for again. Between the two modes another lock may be granted.
  virtual Status change_to(LockMode mode) = 0;
  // False: somebody has removed the file, so that others lock another one of its name.
  virtual bool has_name() const { return true; }
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual Result<std::unique_ptr<WritableFile>> create(const std::string& path) = 0;  // truncates an old one
  virtual Result<std::unique_ptr<WritableFile>> append_to(const std::string& path) = 0;  // must exist
  virtual Result<std::unique_ptr<ReadableFile>> open(const std::string& path) = 0;       // kMissing if absent
  Result<std::string> read_whole(const std::string& path);                               // kMissing if absent
  // kMissing if absent. The file system outlives the file. This default opens the file anew for each read.
  virtual Result<std::unique_ptr<GrowingFile>> open_growing(const std::string& path);
  virtual Result<bool> exists(const std::string& path) = 0;
  // kMissing if absent. This default is for file systems in which nobody else changes anything.
  virtual Result<FileStamp> stamp(const std::string& path);
  Result<FileIdentity> identify(const std::string& path);
  virtual Result<std::vector<std::string>> list(const std::string& directory) = 0;  // names, sorted
  virtual Status rename(const std::string& from, const std::string& to) = 0;        // atomic, replaces `to`
  virtual Status remove(const std::string& path) = 0;
  // Returns equal pointers for file systems that have the same files under the same names.
  virtual const void* place() const { return this; }
  // Gives an immutable file a second name. Fails where the file system has no links: then the caller
  // copies.
  virtual Status link(const std::string& from, const std::string& to);
  virtual Status make_directory(const std::string& path) = 0;  // ok if it exists
  virtual Status sync_directory(const std::string& path) = 0;
  // Excludes other processes, and other locks of this process alike. Makes the file where it is missing.
  // Never waits: returns kBusy when somebody holds a lock that excludes this one.
  virtual Result<std::unique_ptr<FileLock>> lock(const std::string& path, LockMode mode) = 0;
};

// The owner and mode that a store's files get: those of the database file.
struct FileOwner {
  uint32_t mode = 0666;
  uint32_t user = 0;
  uint32_t group = 0;
};

// The disk. Files that it makes belong to the process, with the mode that its umask leaves.
std::shared_ptr<FileSystem> posix_file_system();
// The disk, too. Files and directories that it makes have this owner, group and mode from the first
// moment. Where the process may not give the group, the group gets no more rights than everybody has.
std::shared_ptr<FileSystem> posix_file_system(const FileOwner& owner);
// Gives the existing files of a store the same owner and mode, as far as the process may (as their owner,
// or as root).
void mend_ownership(const std::string& directory, const FileOwner& owner);

std::shared_ptr<FileSystem> new_memory_file_system();  // empty, private, vanishes with its last user

}  // namespace spectradb::lsm
