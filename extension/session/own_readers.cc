#include "extension/session/own_readers.h"

#include <algorithm>

namespace spectradb::extension {

namespace {

constexpr size_t kMostReaders = 8;           // of all databases: as many as statements read at the same time
constexpr size_t kLargeRowBytes = 1u << 20;  // to read it takes far longer than to open a reader

}  // namespace

OwnReaders::OwnReaders() { kept_.reserve(kMostReaders); }

std::unique_ptr<temporal::RowCursor> OwnReaders::take(const std::shared_ptr<lsm::WriteBatch>& batch) {
  const auto found =
      std::find_if(kept_.rbegin(), kept_.rend(), [&batch](const Kept& kept) { return kept.batch == batch; });
  if (found == kept_.rend()) return nullptr;
  auto reader = std::move(found->reader);
  kept_.erase(std::next(found).base());
  return reader;
}

void OwnReaders::give_back(std::unique_ptr<temporal::RowCursor> reader,
                           std::shared_ptr<lsm::WriteBatch> batch) {
  const bool holds_large_row = reader->valid() && reader->row().payload.size() >= kLargeRowBytes;
  if (kept_.size() < kMostReaders && !holds_large_row) kept_.push_back({std::move(batch), std::move(reader)});
}

void OwnReaders::drop(const std::shared_ptr<lsm::WriteBatch>& batch) {
  std::erase_if(kept_, [&batch](const Kept& kept) { return kept.batch == batch; });
}

}  // namespace spectradb::extension
