// Readers of a transaction's own writes, which its statements hand on to one another: to open one takes as long
// as a third of an UPDATE by key. A part of the connection; used by the thread that uses it.
#pragma once

#include <memory>
#include <vector>

#include "lsm/memory/write_batch.h"
#include "temporal/row_cursor.h"

namespace spectradb::extension {

class OwnReaders {
 public:
  OwnReaders();

  // Null where none is kept of this batch. Times and commit are to be set.
  std::unique_ptr<temporal::RowCursor> take(const std::shared_ptr<lsm::WriteBatch>& batch);
  // The batch must be that of a transaction that is under way, whose database drops it. Cannot
  // fail. One that stands at a large row is not kept, since it would hold the row until the transaction ends.
  void give_back(std::unique_ptr<temporal::RowCursor> reader, std::shared_ptr<lsm::WriteBatch> batch);
  void drop(const std::shared_ptr<lsm::WriteBatch>& batch);

 private:
  struct Kept {
    std::shared_ptr<lsm::WriteBatch> batch;  // outlives the reader, which looks into it
    std::unique_ptr<temporal::RowCursor> reader;
  };
  std::vector<Kept> kept_;
};

}  // namespace spectradb::extension
