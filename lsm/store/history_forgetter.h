// What stores do besides store.h: give back the space of history that nobody may read any more.
#pragma once

#include <functional>

#include "base/status.h"
#include "lsm/base/horizons.h"

namespace spectradb::lsm {

class Store;

class HistoryForgetter {
 public:
  virtual ~HistoryForgetter() = default;

  // Flushes, and merges what lies behind the horizons, leaving it out. Readers at a horizon's commit or later
  // see what they saw before, also while it works; so do those of all system time, as far as they ask for
  // what was visible after it (CursorOptions::superseded_by). The caller knows that nobody reads earlier
  // commits. Nothing is remembered: what a later merge supersedes behind a horizon stays until the next call.
  // In a store of rows no statement of this connection may be reading.
  virtual Status forget(const Horizons& horizons, const std::function<bool()>& is_interrupted = {}) = 0;

  static HistoryForgetter& of(Store& store);
};

}  // namespace spectradb::lsm
