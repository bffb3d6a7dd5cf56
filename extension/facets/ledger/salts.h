// The salts of a commit's facts: without one, whoever guesses a name could compare its hash. They are the leaves of a
// tree of seeds, of which a commit keeps the root, 16 random bytes. To forget the salt of one fact is to keep the seeds
// beside its path instead of the root; all other salts can then still be derived, and this one by nobody.
// One thread.
//
//   depth       = the fewest bits that count up to `count` leaves; 0 for one: its salt is the root
//   seeds below = the two halves of SHA-256(0x02, seed)
//   kept        := seed:16 | (level:1 number:8 seed:16)*     the root, or once a salt is forgotten the seeds that are
//                                                            left, by place; number counts the seeds of a level
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
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

  static std::optional<Salts> decode(std::string_view kept, uint64_t count);  // nothing: these are no salts
  std::string encode() const;

  // Costs one hash where places are asked for in order. `place` is below the count. Null: it was forgotten.
  const Salt* at(uint64_t place);
  // `places` rise. What was forgotten already stays so.
  void forget(const std::vector<uint64_t>& places);

 private:
  struct Seed {
    size_t level = 0;  // 0: the root
    uint64_t number = 0;
    Salt seed{};
  };
  using Place = std::vector<uint64_t>::const_iterator;

  explicit Salts(uint64_t count);
  uint64_t first_of(const Seed& seed) const;
  uint64_t last_of(const Seed& seed) const;
  void keep_all_but(const Seed& seed, Place begin, Place end, std::vector<Seed>* left) const;

  uint64_t count_;
  size_t depth_;
  std::vector<Seed> kept_;  // by place; they have no salt in common
  size_t at_ = 0;           // the one of kept_ that path_ begins with
  std::vector<Salt> path_;  // from it down to last_
  std::optional<uint64_t> last_;
};

}  // namespace spectradb::extension::ledger
