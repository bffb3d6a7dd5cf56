// The last commit that a store was seen to have, in a small file that is never synced: a database that ends before it
// is an older copy. Only a loss of power takes commits from a database that had them (PRAGMA synchronous = NORMAL), so
// the file counts until the machine starts anew.
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
std::optional<LastSeen> decode_last(std::string_view bytes, uint64_t seed);  // nothing: they are not whole

// What is known since the machine was started; nothing where the file system is not a machine's, or the system does
// not say when it was started.
std::optional<CommitToken> last_seen(FileSystem& file_system, const std::string& directory, uint64_t seed);

// As far as it can: what fails is not known later. kRewound: also where a later commit was seen.
enum class Seen : uint8_t { kForward, kRewound };
void note_last(FileSystem& file_system, const std::string& directory, uint64_t seed, CommitToken last,
               Seen seen = Seen::kForward);

}  // namespace spectradb::lsm
