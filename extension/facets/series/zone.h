// Computes local time by fixed offsets, and by the zones of the IANA database where the system has its
// files. A zone never changes once it was read.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace spectradb::extension::series {

class Zone {
 public:
  // Finds 'UTC', 'Z', '+02:00', '-0330' or 'Europe/Berlin'. kInvalid where there is no such zone, or no
  // file of it.
  static Result<std::shared_ptr<const Zone>> find(const std::string& name);

  // Reads the bytes of a zone's file (RFC 8536), which are untrusted.
  static Result<std::shared_ptr<const Zone>> read(std::string_view file, const std::string& name);

  // Returns what must be added to an instant to get the local time.
  int64_t offset_us(int64_t utc_us) const;

  // Returns the instant at which clocks show this local time. Where they show it twice, the first instant;
  // where they skip it, the instant of the change.
  int64_t to_utc(int64_t local_us) const;

 private:
  // Holds Mm.w.d/time of a rule for the years after the last transition: the w-th day d of month m, 5 being
  // the last one.
  struct YearlyChange {
    int month = 0;
    int week = 0;
    int weekday = 0;  // 0 is Sunday
    int64_t time_us = 0;
  };
  struct Rule {
    bool has_summer = false;
    int64_t standard_us = 0;
    int64_t summer_us = 0;
    YearlyChange summer_begins;  // by the clock before the change
    YearlyChange summer_ends;
  };
  struct Transition {
    int64_t utc_us;
    int64_t offset_us;  // applies from the transition on
  };

  static bool read_rule(std::string_view text, Rule& rule);
  static int64_t local_us_of(const YearlyChange& change, int64_t year);
  int64_t offset_by_rule(int64_t utc_us) const;

  int64_t first_offset_us_ = 0;  // applies before all transitions
  std::vector<Transition> transitions_;
  bool has_rule_ = false;  // applies after all transitions
  Rule rule_;
};

}  // namespace spectradb::extension::series
