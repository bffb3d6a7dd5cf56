// What stores do besides store.h: erase keys from all their files.
#pragma once

#include <functional>
#include <vector>

#include "base/status.h"
#include "lsm/base/retired_keys.h"

namespace spectradb::lsm {

class Store;

class KeyEraser {
 public:
  virtual ~KeyEraser() = default;

  // Writes all files anew without any version of the keys in these ranges, and gives up the log, so that no
  // file holds a byte of them when this returns. Nothing is remembered: the keys may be written again. While
  // it runs nobody may have a transaction that writes; what cursors read that were opened before stays on
  // disk, without a name, until they are gone. Nothing is lost when it fails: the keys are erased or not,
  // and a later call finishes. kBusy: another process has the store open; kInvalid names a file that was set
  // aside and may hold the keys.
  virtual Status erase(const std::vector<KeyRange>& ranges,
                       const std::function<bool()>& is_interrupted = {}) = 0;
  virtual Status check_may_erase() = 0;  // whether erase() would begin now

  static KeyEraser& of(Store& store);
};

}  // namespace spectradb::lsm
