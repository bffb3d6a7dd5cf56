// XXH3_64: the checksum of everything on disk, and the hash of user keys (shards, bloom filters). Pure; a
// RunningChecksum belongs to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

namespace spectradb::lsm {

uint64_t checksum64(std::string_view bytes, uint64_t seed);

inline uint32_t checksum32(std::string_view bytes, uint64_t seed) {
  return static_cast<uint32_t>(checksum64(bytes, seed));
}

uint64_t hash_key(std::string_view user_key);

// The checksum64 of bytes that arrive in pieces.
class RunningChecksum {
 public:
  explicit RunningChecksum(uint64_t seed);
  ~RunningChecksum();
  void update(std::string_view bytes);
  uint64_t value() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace spectradb::lsm
