#include "extension/facets/ledger/salts.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "base/assert.h"
#include "base/random_bytes.h"
#include "extension/facets/ledger/hash.h"

namespace spectradb::extension::ledger {

namespace {

constexpr std::string_view kSeedPrefix("\x02", 1);
constexpr size_t kKeptSeedBytes = 1 + 8 + kSaltBytes;

size_t depth_of(uint64_t count) { return count < 2 ? 0 : static_cast<size_t>(std::bit_width(count - 1)); }

std::pair<Salt, Salt> seeds_below(const Salt& seed) {
  const Hash both = sha256({kSeedPrefix, bytes_of(seed)});
  std::pair<Salt, Salt> below;
  std::memcpy(below.first.data(), both.data(), kSaltBytes);
  std::memcpy(below.second.data(), both.data() + kSaltBytes, kSaltBytes);
  return below;
}

}  // namespace

Result<Salt> random_salt() {
  Salt salt;
  SPECTRADB_RETURN_IF_ERROR(fill_with_random(salt.data(), salt.size()));
  return salt;
}

Salts::Salts(uint64_t count) : count_(count), depth_(depth_of(count)) {}

Salts::Salts(const Salt& root, uint64_t count) : Salts(count) { kept_.push_back({0, 0, root}); }

uint64_t Salts::first_of(const Seed& seed) const {
  return seed.level == 0 ? 0 : seed.number << (depth_ - seed.level);
}

uint64_t Salts::last_of(const Seed& seed) const {
  const size_t below = depth_ - seed.level;
  return below >= 64 ? UINT64_MAX : first_of(seed) + ((uint64_t{1} << below) - 1);
}

std::optional<Salts> Salts::decode(std::string_view kept, uint64_t count) {
  if (kept.size() == kSaltBytes) {
    Salt root;
    std::memcpy(root.data(), kept.data(), kSaltBytes);
    return Salts(root, count);
  }
  if (kept.size() % kKeptSeedBytes != 0) return std::nullopt;
  Salts salts(count);
  for (size_t at = 0; at < kept.size(); at += kKeptSeedBytes) {
    Seed seed;
    seed.level = static_cast<uint8_t>(kept[at]);
    seed.number = number_of(kept.substr(at + 1, 8));
    std::memcpy(seed.seed.data(), kept.data() + at + kKeptSeedBytes - kSaltBytes, kSaltBytes);
    // A whole root is kept as 16 bytes.
    if (seed.level == 0 || seed.level > salts.depth_) return std::nullopt;
    if (seed.level < 64 && seed.number >> seed.level != 0) return std::nullopt;
    if (!salts.kept_.empty() && salts.first_of(seed) <= salts.last_of(salts.kept_.back()))
      return std::nullopt;
    salts.kept_.push_back(seed);
  }
  return salts;
}

std::string Salts::encode() const {
  if (kept_.size() == 1 && kept_[0].level == 0) return std::string(bytes_of(kept_[0].seed));
  std::string bytes;
  bytes.reserve(kept_.size() * kKeptSeedBytes);
  for (const Seed& seed : kept_) {
    put_number(bytes, seed.level, 1);
    put_number(bytes, seed.number, 8);
    bytes.append(bytes_of(seed.seed));
  }
  return bytes;
}

const Salt* Salts::at(uint64_t place) {
  SPECTRADB_ASSERT(depth_ >= 64 || place >> depth_ == 0);
  const bool is_near =
      last_ && at_ < kept_.size() && first_of(kept_[at_]) <= place && place <= last_of(kept_[at_]);
  size_t known = 0;  // levels of the path that are right, behind its first one
  if (is_near) {
    known = depth_ - kept_[at_].level - static_cast<size_t>(std::bit_width(*last_ ^ place));
  } else {
    const auto behind = std::upper_bound(kept_.begin(), kept_.end(), place,
                                         [this](uint64_t p, const Seed& seed) { return p < first_of(seed); });
    last_.reset();
    if (behind == kept_.begin() || place > last_of(*(behind - 1))) return nullptr;
    at_ = static_cast<size_t>(behind - kept_.begin()) - 1;
    path_.assign(1, kept_[at_].seed);
  }
  last_ = place;
  path_.resize(known + 1);
  for (size_t level = kept_[at_].level + known; level < depth_; ++level) {
    const auto [left, right] = seeds_below(path_.back());
    path_.push_back((place >> (depth_ - level - 1) & 1) != 0 ? right : left);
  }
  return &path_.back();
}

void Salts::keep_all_but(const Seed& seed, Place begin, Place end, std::vector<Seed>* left) const {
  if (begin == end) {
    if (first_of(seed) < std::max(count_, uint64_t{1})) left->push_back(seed);
    return;
  }
  if (seed.level == depth_) return;
  const auto [first, second] = seeds_below(seed.seed);
  const Seed low{seed.level + 1, seed.number * 2, first};
  const Seed high{seed.level + 1, seed.number * 2 + 1, second};
  const Place middle = std::lower_bound(begin, end, first_of(high));
  keep_all_but(low, begin, middle, left);
  keep_all_but(high, middle, end, left);
}

void Salts::forget(const std::vector<uint64_t>& places) {
  SPECTRADB_ASSERT(std::is_sorted(places.begin(), places.end()));
  std::vector<Seed> left;
  for (const Seed& seed : kept_) {
    const Place begin = std::lower_bound(places.begin(), places.end(), first_of(seed));
    const Place end = std::upper_bound(begin, places.end(), last_of(seed));
    keep_all_but(seed, begin, end, &left);
  }
  kept_ = std::move(left);
  last_.reset();
}

}  // namespace spectradb::extension::ledger
