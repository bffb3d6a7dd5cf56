// Places valid time from left to right: each bound has a place. Every stretch between two bounds has room
// for a label, and the rest of the width is divided by their lengths; a side without a bound reaches the
// edge. One thread.
#pragma once

#include <vector>

#include "extension/facets/plot/svg.h"
#include "temporal/instant.h"
#include "temporal/schema.h"

namespace spectradb::extension::plot {

class ValidAxis {
 public:
  ValidAxis(const std::vector<temporal::Period>& periods, temporal::ValidForm form, double left,
            double right);

  double place(int64_t us) const;  // us must be a bound of one of the periods
  // Draws lines through the whole picture, and writes below it what they mean.
  void draw(Svg& svg, double top, double bottom) const;
  static constexpr double kHeight = 52;  // the height below the picture

 private:
  struct Mark {
    temporal::Bound bound;
    double x;
  };
  std::vector<Mark> marks_;  // in order
  temporal::ValidForm form_;
  double left_;
  double right_;
  bool is_open_left_ = false;
  bool is_open_right_ = false;
};

// Returns texts like "2026-01-01" and "17"; and "the beginning" and "the end" of all time.
std::string text_of(const temporal::Bound& bound, temporal::ValidForm form);
std::string text_of(const temporal::Period& period, temporal::ValidForm form);

}  // namespace spectradb::extension::plot
