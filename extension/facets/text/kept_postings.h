// Keeps lists of entries that a connection has read, for questions with the same words at the same commit.
// Only lists of facts without valid periods are kept: they hold at any instant. Used by one thread.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"
#include "extension/facet/matcher.h"
#include "extension/session/erasure_mark.h"

namespace spectradb::extension {

class Postings;

class KeptPostings {
 public:
  // Comes before a question, and forgets what it must not have. Own writes are in no list: then nothing is
  // found or kept until the next call.
  Status begin(const MatchSpace& space);
  // Returns the list of the keys that begin so, or null. They stay the caller's when others take their place.
  std::shared_ptr<const Postings> find(std::string_view from);
  void keep(std::string_view from, std::shared_ptr<const Postings> list);
  // Notes that keys are about to be sought in a list of `size` entries, which costs as much as reading `cost` of
  // them. Returns whether the list is better read and kept, since seeking has cost as much by now.
  bool is_sought_too_often(std::string_view from, uint64_t cost, uint64_t size);

 private:
  struct Kept {
    std::string name;
    std::shared_ptr<const Postings> list;
  };
  std::string name_of(std::string_view from) const;
  void forget();

  std::list<Kept> lists_;  // the one used last comes first
  std::map<std::string, std::list<Kept>::iterator, std::less<>> by_name_;
  size_t bytes_ = 0;
  std::map<std::string, uint64_t, std::less<>> sought_;  // what seeking in a list has cost, in entries
  uint64_t commit_ = 0;
  const lsm::Store* store_ = nullptr;
  uint32_t index_id_ = 0;
  bool is_open_ = false;  // lists of this question may be found and kept
  ErasureMark erasures_;
};

}  // namespace spectradb::extension
