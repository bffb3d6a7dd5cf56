#include "extension/facets/copy/set_aside.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace spectradb::extension::copy {

namespace {

// Where temporary files go: where SQLite's are told to, or else everybody's.
std::string temporary_directory() {
  for (const char* name : {"SQLITE_TMPDIR", "TMPDIR"}) {
    const char* given = std::getenv(name);
    if (given != nullptr && *given != '\0') return given;
  }
  return "/tmp";
}

OpenFile make_temporary_file() {
  std::string path = temporary_directory() + "/spectradb-copy-XXXXXX";
  OpenFile file(::mkostemp(path.data(), O_CLOEXEC));
  if (file.descriptor() >= 0) ::unlink(path.c_str());
  return file;
}

Status cannot_set_aside(const char* doing) {
  const std::string text = std::string("could not ") + doing + " a temporary file: " + std::strerror(errno);
  return errno == ENOSPC ? Status(Code::kFull, text) : Status::io(text);
}

}  // namespace

Result<std::optional<SetAside::Place>> SetAside::add(std::string_view bytes) {
  if (!was_tried_) file_ = make_temporary_file();
  was_tried_ = true;
  if (file_.descriptor() < 0) return std::optional<Place>();
  const Place place{size_, bytes.size()};
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(file_.descriptor(), bytes.data(), bytes.size(), size_);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return cannot_set_aside("write");
    size_ += written;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return std::optional(place);
}

Status SetAside::read(const Place& place, std::string& out) {
  out.resize(place.size);
  for (size_t filled = 0; filled < place.size;) {
    const ssize_t got = ::pread(file_.descriptor(), out.data() + filled, place.size - filled,
                                place.offset + static_cast<int64_t>(filled));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return cannot_set_aside("read");
    filled += static_cast<size_t>(got);
  }
  return Status::ok();
}

}  // namespace spectradb::extension::copy
