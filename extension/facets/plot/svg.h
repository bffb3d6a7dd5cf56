// Makes pictures as SVG text, which follow the viewer's light or dark colours. All text from a database is
// escaped, whatever bytes it has. One thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace spectradb::extension::plot {

// Estimates a width in pixels, since the font is unknown: text that should fit does so in the usual fonts.
double width_of_text(std::string_view text);
// Returns as much of a text as fits into one line, with an ellipsis for the rest; empty where not even that
// fits.
std::string shortened(std::string_view text, double width);

class Svg {
 public:
  // `label` is for screen readers.
  explicit Svg(std::string_view label);

  // `style` is one of the classes that svg.cc lists.
  void text(double x, double y, std::string_view style, std::string_view text);
  void line(double x1, double y1, double x2, double y2);
  void box(double left, double top, double right, double bottom, size_t colour, std::string_view tooltip);
  void dot(double x, double y, double radius, size_t colour, std::string_view tooltip);

  // A fact is a region. The region consists of rectangles side by side along valid time, each as high as
  // the system time for which the fact held. Where it has no end, its outline stays open, with an arrow.
  struct Column {
    double left;
    double right;
    double top;
    bool is_open;  // the column has no upper end
  };
  struct Region {
    std::vector<Column> columns;  // at least one; each begins where the one before it ends
    double bottom;
    bool is_open_left;
    bool is_open_right;
    bool is_open_below;
    size_t colour;
    std::vector<std::string> lines;  // its label, of which as much is written as fits
    std::string tooltip;
  };
  void region(const Region& region);

  std::string finish(double width, double height) const;

 private:
  void point(double x, double y);
  void arrow(double x, double y, double dx, double dy);
  void label(const Region& region);

  std::string label_;
  std::string body_;
};

}  // namespace spectradb::extension::plot
