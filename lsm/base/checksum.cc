#include "lsm/base/checksum.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace spectradb::lsm {

struct RunningChecksum::State {
  XXH3_state_t xxh;
};

uint64_t checksum64(std::string_view bytes, uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

uint64_t hash_key(std::string_view user_key) { return XXH3_64bits(user_key.data(), user_key.size()); }

RunningChecksum::RunningChecksum(uint64_t seed) : state_(std::make_unique<State>()) {
  XXH3_64bits_reset_withSeed(&state_->xxh, seed);
}

RunningChecksum::~RunningChecksum() = default;

void RunningChecksum::update(std::string_view bytes) {
  XXH3_64bits_update(&state_->xxh, bytes.data(), bytes.size());
}

uint64_t RunningChecksum::value() const { return XXH3_64bits_digest(&state_->xxh); }

}  // namespace spectradb::lsm
