// The last commit that a store was seen to have, in a small file that is never synced. A database that
// ends before that commit is an older copy, unless the machine lost power: with PRAGMA synchronous =
// NORMAL a power loss takes commits from a database. So the file counts only until the machine is started
// again.
//
//   LAST := magic:fixed64 boot:bytes commit:varint frame:fixed64 checksum:fixed64
//
// `boot` names the machine's start, the checksum is XXH3_64, seeded by the store's id. A file that is not whole says
// nothing. One thread at a time.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lsm/file/file.h"
#include "lsm/file/file_names.h"
#include "lsm/store/recent_commits.h"

namespace spectradb::lsm {

struct LastSeen {
  std::string boot;
  CommitToken commit;
};
// Returns nothing when the bytes are not whole.
std::optional<LastSeen> decode_last(std::string_view bytes, uint64_t seed);

// Returns the last commit seen since the machine was started. Returns nothing where the file system is not
// a disk, or the system does not tell when it was started.
std::optional<CommitToken> last_seen(FileSystem& file_system, const std::string& directory, uint64_t seed);

// Records the commit. A failure to write is ignored: then the commit is simply not known later. kRewound
// records it even where a later commit was seen.
enum class Seen : uint8_t { kForward, kRewound };
void note_last(FileSystem& file_system, const std::string& directory, uint64_t seed, CommitToken last,
               Seen seen = Seen::kForward);

}  // namespace spectradb::lsm
