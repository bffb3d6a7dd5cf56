// Readers of a transaction that a function of the application has ended while code of ours writes, and looks at what it
// read by them: they stay until that is over. A part of the connection; used by the thread that uses it.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <utility>

#include "lsm/memory/write_batch.h"
#include "temporal/row_cursor.h"

namespace spectradb::extension {

class OutlivedReaders {
 public:
  // While one of these is there, code of ours is writing.
  class Writing {
   public:
    explicit Writing(OutlivedReaders& readers) : readers_(readers) { ++readers_.depth_; }
    ~Writing() {
      if (--readers_.depth_ == 0) readers_.clear();
    }
    Writing(const Writing&) = delete;
    Writing& operator=(const Writing&) = delete;

   private:
    OutlivedReaders& readers_;
  };

  // Cannot fail. Both go at once where nothing is writing.
  void keep(std::unique_ptr<temporal::RowCursor> rows, std::shared_ptr<lsm::WriteBatch> batch) noexcept {
    if (depth_ > 0 && size_ < kMost) {
      kept_[size_++] = {std::move(batch), std::move(rows)};
      return;
    }
    rows.reset();
    batch.reset();
  }

 private:
  struct Kept {
    std::shared_ptr<lsm::WriteBatch> batch;  // outlives the reader, which looks into it
    std::unique_ptr<temporal::RowCursor> rows;
  };
  static constexpr size_t kMost = 128;  // of a writer, and of those that it writes inside: each has six

  void clear() noexcept {
    for (; size_ > 0; --size_) {
      kept_[size_ - 1].rows.reset();
      kept_[size_ - 1].batch.reset();
    }
  }

  std::array<Kept, kMost> kept_;  // so that a rollback needs no memory
  size_t size_ = 0;
  size_t depth_ = 0;
};

}  // namespace spectradb::extension
