// Horizons of valid time: of each table that has one, the instant at which its valid time begins. What was before
// cannot be read, and what ended before may be gone. Facts that end by it show nothing, and those that began
// before begin at it: as far as anybody can tell, what holds from there on is all that was ever written.
// Plain data; used by the thread that uses the connection.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string_view>

#include "lsm/base/version_cursor.h"
#include "temporal/instant.h"

namespace spectradb::temporal {

class ValidHorizons {
 public:
  // kBeginningOfTime: all of the table's valid time is there.
  void set(uint32_t table_id, const Bound& horizon);
  bool is_empty() const { return horizons_.empty(); }
  // Where the valid time of a key's table begins; null: nowhere.
  const Bound* of(std::string_view user_key) const;
  // The part of a period that a table's valid time has; it may be empty.
  Period behind(uint32_t table_id, const Period& period) const;

  // While it lives, all that is still stored is shown.
  class Suspension {
   public:
    explicit Suspension(ValidHorizons& horizons) : horizons_(horizons) { ++horizons_.suspensions_; }
    ~Suspension() { --horizons_.suspensions_; }
    Suspension(const Suspension&) = delete;
    Suspension& operator=(const Suspension&) = delete;

   private:
    ValidHorizons& horizons_;
  };

 private:
  std::map<uint32_t, Bound> horizons_;
  int suspensions_ = 0;
};

// Versions as the horizons show them, which outlive the cursor and may be raised while it lives; it is sought anew then.
// Keys of indexes have none: their entries show nothing by themselves.
std::unique_ptr<lsm::VersionCursor> from_horizons(std::unique_ptr<lsm::VersionCursor> versions,
                                                  const ValidHorizons& horizons);

}  // namespace spectradb::temporal
