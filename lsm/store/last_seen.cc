#include "lsm/store/last_seen.h"

#include <fcntl.h>
#include <unistd.h>

#include "lsm/base/checksum.h"
#include "lsm/base/coding.h"
#include "lsm/file/file_names.h"

namespace spectradb::lsm {
namespace {

constexpr uint64_t kLastMagic = 0x315453414c445053u;  // "SPDLAST1"
constexpr const char* kBootFile = "/proc/sys/kernel/random/boot_id";
constexpr size_t kMaxBootBytes = 64;
constexpr size_t kChecksumBytes = 8;

// Returns an id of the machine's current start; empty where it is unknown, or where the file system is no
// disk: only files of a disk have an identity.
std::string boot_of(FileSystem& file_system, const std::string& directory) {
  const auto identity = file_system.identify(directory);
  if (!identity || *identity == FileIdentity{}) return {};
  const int file = ::open(kBootFile, O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  char bytes[kMaxBootBytes];
  const ssize_t size = ::read(file, bytes, sizeof bytes);
  ::close(file);
  return size > 0 ? std::string(bytes, static_cast<size_t>(size)) : std::string();
}

std::optional<CommitToken> seen_since(FileSystem& file_system, const std::string& directory, uint64_t seed,
                                      std::string_view boot) {
  if (boot.empty()) return std::nullopt;
  const auto content = file_system.read_whole(path_in(directory, kLastName));
  if (!content) return std::nullopt;
  const auto last = decode_last(*content, seed);
  return last && last->boot == boot ? std::optional(last->commit) : std::nullopt;
}

}  // namespace

std::optional<LastSeen> decode_last(std::string_view bytes, uint64_t seed) {
  if (bytes.size() < kChecksumBytes) return std::nullopt;
  const std::string_view body = bytes.substr(0, bytes.size() - kChecksumBytes);
  if (load_fixed64(bytes.data() + body.size()) != checksum64(body, seed)) return std::nullopt;
  ByteReader reader(body);
  if (reader.fixed64() != kLastMagic) return std::nullopt;
  LastSeen last;
  last.boot = reader.raw(reader.varint());
  last.commit.commit = reader.varint();
  last.commit.frame = reader.fixed64();
  return reader.ok() && reader.at_end() ? std::optional(std::move(last)) : std::nullopt;
}

std::optional<CommitToken> last_seen(FileSystem& file_system, const std::string& directory, uint64_t seed) {
  return seen_since(file_system, directory, seed, boot_of(file_system, directory));
}

void note_last(FileSystem& file_system, const std::string& directory, uint64_t seed, CommitToken last,
               Seen seen) {
  const std::string boot = boot_of(file_system, directory);
  if (boot.empty()) return;
  const auto known = seen_since(file_system, directory, seed, boot);
  if (known && known->commit >= last.commit && seen == Seen::kForward) return;
  std::string bytes;
  put_fixed64(bytes, kLastMagic);
  put_bytes(bytes, boot);
  put_varint(bytes, last.commit);
  put_fixed64(bytes, last.frame);
  put_fixed64(bytes, checksum64(bytes, seed));
  if (auto file = file_system.create(path_in(directory, kLastName))) (void)(*file)->append(bytes);
}

}  // namespace spectradb::lsm
