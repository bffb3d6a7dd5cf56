// Reads the rows of keys that are asked for in ascending order: by steps of one scan while they lie close
// together, else by seeking each. One thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"
#include "temporal/difference.h"
#include "temporal/row_cursor.h"

namespace spectradb::temporal {

class AscendingRows {
 public:
  // Both cursors read at the same system time, and all valid time. No key from `upper` on is asked for.
  AscendingRows(std::unique_ptr<RowCursor> scan, std::unique_ptr<RowCursor> points, std::string upper);

  Status read(std::string_view user_key, RowsOfKey& rows);

 private:
  bool reach(std::string_view user_key);

  const std::unique_ptr<RowCursor> scan_;
  const std::unique_ptr<RowCursor> points_;
  const std::string upper_;
  bool is_placed_ = false;  // scan_ stands before no key that was asked for
  int sought_ = 0;          // keys that are sought before a scan is tried again
  int patience_ = 0;        // how many those are next time
};

}  // namespace spectradb::temporal
