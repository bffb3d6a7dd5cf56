// Valid time from left to right: which place each bound has. Every stretch between two bounds has room for a label, and
// the rest of the width goes to them by how long they are; what has no bound reaches the edge. One thread.
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

  double place(int64_t us) const;  // of a bound of one of the periods
  // Lines through the whole picture, and what they mean below it.
  void draw(Svg& svg, double top, double bottom) const;
  static constexpr double kHeight = 52;  // what is below

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

// "2026-01-01", "17"; "the beginning" and "the end" of all time.
std::string text_of(const temporal::Bound& bound, temporal::ValidForm form);
std::string text_of(const temporal::Period& period, temporal::ValidForm form);

}  // namespace spectradb::extension::plot
