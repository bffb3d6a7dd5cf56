// The salts of a commit's facts: without one, whoever guesses a name could compare its hash. They are the leaves of a
// tree of seeds, of which a commit keeps the root, 16 random bytes. To forget the salt of one fact is to keep the seeds
// beside its path instead of the root; all other salts can then still be derived, and this one by nobody.
// One thread.
//
//   depth       = the fewest bits that count up to `count` leaves; 0 for one: its salt is the root
//   seeds below = the two halves of SHA-256(0x02, seed)
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace spectradb::extension::ledger {

inline constexpr size_t kSaltBytes = 16;
using Salt = std::array<char, kSaltBytes>;

inline std::string_view bytes_of(const Salt& salt) { return {salt.data(), salt.size()}; }
Result<Salt> random_salt();

class Salts {
 public:
  Salts(const Salt& root, uint64_t count);

  // Costs one hash where places are asked for in order. `place` is below the count.
  const Salt& at(uint64_t place);

 private:
  size_t depth_;
  std::vector<Salt> seeds_;  // from the root down to `last_`
  std::optional<uint64_t> last_;
};

}  // namespace spectradb::extension::ledger
