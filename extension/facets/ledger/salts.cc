#include "extension/facets/ledger/salts.h"

#include <unistd.h>

#include <bit>
#include <cstring>

#include "base/assert.h"
#include "extension/facets/ledger/hash.h"

namespace spectradb::extension::ledger {

namespace {

constexpr std::string_view kSeedPrefix("\x02", 1);

}  // namespace

Result<Salt> random_salt() {
  Salt salt;
  if (getentropy(salt.data(), salt.size()) != 0) return Status::io("the system gives no random bytes");
  return salt;
}

Salts::Salts(const Salt& root, uint64_t count)
    : depth_(count < 2 ? 0 : static_cast<size_t>(std::bit_width(count - 1))), seeds_{root} {}

const Salt& Salts::at(uint64_t place) {
  SPECTRADB_ASSERT(depth_ >= 64 || place >> depth_ == 0);
  const size_t known = last_ ? depth_ - static_cast<size_t>(std::bit_width(*last_ ^ place)) : 0;
  last_ = place;
  seeds_.resize(known + 1);
  while (seeds_.size() <= depth_) {
    const Hash both = sha256({kSeedPrefix, bytes_of(seeds_.back())});
    const bool is_right = (place >> (depth_ - seeds_.size()) & 1) != 0;
    Salt seed;
    std::memcpy(seed.data(), both.data() + (is_right ? kSaltBytes : 0), kSaltBytes);
    seeds_.push_back(seed);
  }
  return seeds_.back();
}

}  // namespace spectradb::extension::ledger
