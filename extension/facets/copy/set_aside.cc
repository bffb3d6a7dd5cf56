#include "extension/facets/copy/set_aside.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace spectradb::extension::copy {

namespace {

Status cannot_set_aside(const char* doing) {
  const std::string text = std::string("could not ") + doing + " a temporary file: " + std::strerror(errno);
  return errno == ENOSPC ? Status(Code::kFull, text) : Status::io(text);
}

}  // namespace

Result<SetAside::Place> SetAside::add(std::string_view bytes) {
  if (file_ == nullptr) file_.reset(std::tmpfile());
  if (file_ == nullptr) return cannot_set_aside("make");
  const Place place{size_, bytes.size()};
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(::fileno(file_.get()), bytes.data(), bytes.size(), size_);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return cannot_set_aside("write");
    size_ += written;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return place;
}

Status SetAside::read(const Place& place, std::string& out) {
  out.resize(place.size);
  for (size_t filled = 0; filled < place.size;) {
    const ssize_t got = ::pread(::fileno(file_.get()), out.data() + filled, place.size - filled,
                                place.offset + static_cast<int64_t>(filled));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return cannot_set_aside("read");
    filled += static_cast<size_t>(got);
  }
  return Status::ok();
}

}  // namespace spectradb::extension::copy
