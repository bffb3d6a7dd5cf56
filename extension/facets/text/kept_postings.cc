#include "extension/facets/text/kept_postings.h"

#include <utility>

#include "extension/facets/text/text_postings.h"

namespace spectradb::extension {

namespace {

constexpr size_t kKeptListBytes = 8u << 20;  // of all lists of an index
constexpr size_t kFewestKept = 16;           // entries; shorter lists are read as fast as they are found
constexpr size_t kMostListBytes = kKeptListBytes / 4;
constexpr size_t kEntryBytes = 28;    // of an entry with a short key, about
constexpr size_t kMostSought = 1024;  // lists for which costs are noted

}  // namespace

Status KeptPostings::begin(const MatchSpace& space) {
  SPECTRADB_ASSIGN_OR_RETURN(const bool is_erased, erasures_.has_moved(space.database));
  if (is_erased || store_ != &space.store || index_id_ != space.index.id) forget();
  store_ = &space.store;
  index_id_ = space.index.id;
  commit_ = space.options.max_commit;
  is_open_ = space.options.own == nullptr;
  return Status::ok();
}

std::string KeptPostings::name_of(std::string_view from) const {
  return std::string(from) + '/' + std::to_string(commit_);
}

std::shared_ptr<const Postings> KeptPostings::find(std::string_view from) {
  if (!is_open_) return nullptr;
  const auto found = by_name_.find(name_of(from));
  if (found == by_name_.end()) return nullptr;
  lists_.splice(lists_.begin(), lists_, found->second);
  return found->second->list;
}

void KeptPostings::keep(std::string_view from, std::shared_ptr<const Postings> list) {
  const size_t bytes = list->bytes();
  if (!is_open_ || list->size() < kFewestKept || bytes > kMostListBytes) return;
  std::string name = name_of(from);
  if (by_name_.contains(name)) return;
  lists_.push_front({name, std::move(list)});
  bytes_ += bytes;  // first: where memory runs out below, the list is not found, and goes like the others
  by_name_.emplace(std::move(name), lists_.begin());
  while (bytes_ > kKeptListBytes) {
    bytes_ -= lists_.back().list->bytes();
    by_name_.erase(lists_.back().name);
    lists_.pop_back();
  }
}

bool KeptPostings::is_sought_too_often(std::string_view from, uint64_t cost, uint64_t size) {
  if (!is_open_ || size > kMostListBytes / kEntryBytes) return false;
  if (sought_.size() >= kMostSought) sought_.clear();
  uint64_t& spent = sought_[name_of(from)];
  spent += cost;
  return spent > size;
}

void KeptPostings::forget() {
  sought_.clear();
  by_name_.clear();
  lists_.clear();
  bytes_ = 0;
}

}  // namespace spectradb::extension
