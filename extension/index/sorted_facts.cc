#include "extension/index/sorted_facts.h"

#include <algorithm>

namespace spectradb::extension {

namespace {

constexpr size_t kMostUnsortedBytes = 16u << 20;
constexpr size_t kAhead = 8;  // places

}  // namespace

Status SortedFacts::add(std::string_view key, const temporal::Fact& fact) {
  Place place{lsm::KeyHead::of(key),
              static_cast<uint32_t>(bytes_.size()),
              static_cast<uint32_t>(key.size()),
              0,
              {fact.valid.from.us, fact.valid.to.us}};
  bytes_.append(key);
  temporal::encode_fact(bytes_, fact);
  place.fact_size = static_cast<uint32_t>(bytes_.size() - place.begin - place.key_size);
  places_.push_back(place);
  const bool is_full = bytes_.size() + places_.size() * sizeof(Place) >= kMostUnsortedBytes;
  return is_full ? write() : Status::ok();
}

Status SortedFacts::write() {
  // Where keys are equal, the place tells which came first.
  std::sort(places_.begin(), places_.end(), [this](const Place& a, const Place& b) {
    if (const auto order = a.head <=> b.head; order != 0) return order < 0;
    if (const int order = key_of(a).compare(key_of(b)); order != 0) return order < 0;
    return a.begin < b.begin;
  });
  // Keys in order lie all over the bytes, and their slots all over the batch's table: waiting for the memory took half of
  // the time of a put.
  lsm::WriteBatch& batch = *database_.batch();
  for (size_t i = 0; i < places_.size(); ++i) {
    if (i + 2 * kAhead < places_.size()) __builtin_prefetch(bytes_.data() + places_[i + 2 * kAhead].begin);
    if (i + kAhead < places_.size()) batch.prefetch(key_of(places_[i + kAhead]));
    const Place& place = places_[i];
    const std::string_view fact =
        std::string_view(bytes_).substr(place.begin + place.key_size, place.fact_size);
    batch.put(key_of(place), fact, place.valid);
  }
  bytes_.clear();
  places_.clear();
  return database_.make_room();
}

}  // namespace spectradb::extension
