// Decides which files SQL may reach. In a host whose SQL reads and writes files anyway, as in the sqlite3
// shell with readfile() and writefile(), all files can be reached. In any other host only files below the
// folder that the host names in the environment, SPECTRADB_COPY_FOLDER, can be; no statement can change
// that. No link is followed out of that folder, and none is written to. Used by the thread that uses the
// connection.
#pragma once

#include <string>

#include "base/status.h"

namespace spectradb::extension {

class Connection;

}  // namespace spectradb::extension

namespace spectradb::extension::copy {

inline constexpr const char* kStandard = "-";  // the name of the standard streams

// Owns a file descriptor, and closes it.
class OpenFile {
 public:
  OpenFile() = default;
  explicit OpenFile(int descriptor) : descriptor_(descriptor) {}
  OpenFile(OpenFile&& other) noexcept : descriptor_(other.release()) {}
  OpenFile& operator=(OpenFile&& other) noexcept;
  ~OpenFile();

  int descriptor() const { return descriptor_; }
  int release();

 private:
  int descriptor_ = -1;
};

// Opens a file. kInvalid where it may not be reached, kMissing or kIo where it cannot be opened. "-" is
// standard input, in the shell only, and only if the script does not come from there.
Result<OpenFile> open_to_read(Connection& connection, const std::string& name);

// A new file has another name until it is complete: `path` is its final one.
struct NewFile {
  OpenFile file;
  std::string path;
  std::string temporary;
};
// Opens a new file. `way_out` is for the message where the file exists already.
Result<NewFile> open_to_write(Connection& connection, const std::string& name, bool may_overwrite,
                              const char* way_out = "WITH (OVERWRITE) takes its place");
Status finish(const NewFile& file, bool may_overwrite);
void take_away(const NewFile& file);

// Says whether SQL of this host may write to the standard streams.
bool is_shell(Connection& connection);

}  // namespace spectradb::extension::copy
