#include "extension/session/upsert.h"

namespace spectradb::extension {

Upsert::~Upsert() { sqlite3_finalize(query); }

int64_t Upserts::keep(std::shared_ptr<Upsert> upsert) {
  kept_[next_] = std::move(upsert);
  return next_++;
}

std::shared_ptr<Upsert> Upserts::find(int64_t number) const {
  auto found = kept_.find(number);
  return found == kept_.end() ? nullptr : found->second;
}

}  // namespace spectradb::extension
