#include "extension/facets/plot/svg.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/assert.h"
#include "temporal/real_text.h"

namespace spectradb::extension::plot {

namespace {

constexpr double kNarrow = 6.7;  // width of a letter in pixels
constexpr double kWide = 12;     // width of an East Asian letter, or a picture
constexpr uint32_t kFirstWide = 0x1100;
constexpr double kLineHeight = 15;
constexpr double kPadding = 5;
constexpr double kArrow = 5;
constexpr double kMinForArrow = 26;
constexpr double kAscent = 4;  // from the middle of a line down to its baseline
constexpr const char* kReplacement = "\xef\xbf\xbd";
constexpr const char* kEllipsis = "\xe2\x80\xa6";

struct Colour {
  const char* fill;
  const char* stroke;
  const char* dark_fill;
  const char* dark_stroke;
};
constexpr std::array<Colour, 8> kColours = {{{"#cfe3fb", "#2f6fb5", "#1d3d63", "#6aaaf0"},
                                             {"#fde0c2", "#b8651b", "#5a3a17", "#f0a35c"},
                                             {"#cdebd0", "#2e7d3a", "#1f4a28", "#6cc87b"},
                                             {"#e4d7f5", "#7448ab", "#412a63", "#b690ee"},
                                             {"#f9d3da", "#b03a52", "#5c2230", "#f08a9d"},
                                             {"#c9ecec", "#1f7a7e", "#17484a", "#5fc4c8"},
                                             {"#f7ebb5", "#8f7412", "#4d4312", "#dcc04e"},
                                             {"#e1e4e8", "#5a6472", "#3a4048", "#a0abb8"}}};

// Class names are long, because the styles of an SVG apply to the whole page that includes it.
std::string style_sheet() {
  std::string light =
      ".spectradb-plot text{font:12px system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;"
      "fill:#1c2128}"
      ".spectradb-plot .title{font-size:14px;font-weight:600}"
      ".spectradb-plot .value,.spectradb-plot .tick{text-anchor:middle}"
      ".spectradb-plot .side,.spectradb-plot .small-side,.spectradb-plot .end{text-anchor:end}"
      ".spectradb-plot .tick,.spectradb-plot .small-side{font-size:11px}"
      ".spectradb-plot .tick,.spectradb-plot .small-side,.spectradb-plot .note,.spectradb-plot "
      ".end{fill:#59636e}"
      ".spectradb-plot .paper{fill:#fff}"
      ".spectradb-plot .grid{stroke:#d0d7de;stroke-dasharray:2 3}";
  std::string dark =
      ".spectradb-plot text{fill:#e6edf3}"
      ".spectradb-plot .tick,.spectradb-plot .small-side,.spectradb-plot .note,.spectradb-plot "
      ".end{fill:#9198a1}"
      ".spectradb-plot .paper{fill:#0d1117}"
      ".spectradb-plot .grid{stroke:#3d444d}";
  for (size_t i = 0; i < kColours.size(); ++i) {
    const std::string fill = ".spectradb-plot .fill" + std::to_string(i) + "{fill:";
    const std::string line =
        ".spectradb-plot .line" + std::to_string(i) + "{fill:none;stroke-width:1.5;stroke:";
    light += fill + kColours[i].fill + "}" + line + kColours[i].stroke + "}";
    dark += fill + kColours[i].dark_fill + "}" + line + kColours[i].dark_stroke + "}";
  }
  return "<style>" + light + "@media screen and (prefers-color-scheme:dark){" + dark + "}</style>\n";
}

struct Character {
  uint32_t code;
  size_t bytes;
  bool is_sound;  // well-formed UTF-8 of a character that XML allows
};

Character first_character(std::string_view text) {
  SPECTRADB_ASSERT(!text.empty());
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const uint32_t first = byte(0);
  if (first < 0x80) return {first, 1, first >= 0x20 && first != 0x7f};
  const size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < bytes) return {first, 1, false};
  uint32_t code = first & (0xffu >> (bytes + 1));
  for (size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0u) != 0x80) return {first, 1, false};
    code = code << 6u | (byte(i) & 0x3fu);
  }
  constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool is_sound = code >= kLeast[bytes] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) &&
                        code != 0xfffe && code != 0xffff;
  return {code, is_sound ? bytes : 1, is_sound};
}

double width_of(const Character& character) {
  return character.is_sound && character.code >= kFirstWide ? kWide : kNarrow;
}

// Tabs and line ends are drawn as blanks, because every text is one line.
bool is_blank(const Character& character) {
  return character.code == '\n' || character.code == '\r' || character.code == '\t';
}

std::string escaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Character character = first_character(text);
    if (is_blank(character)) {
      out += ' ';
    } else if (!character.is_sound) {
      out += kReplacement;
    } else if (character.code == '&') {
      out += "&amp;";
    } else if (character.code == '<') {
      out += "&lt;";
    } else if (character.code == '>') {
      out += "&gt;";
    } else if (character.code == '"') {
      out += "&quot;";
    } else {
      out += text.substr(0, character.bytes);
    }
    text.remove_prefix(character.bytes);
  }
  return out;
}

std::string number(double value) {
  std::array<char, 32> text{};  // written as "%.1f" in the C locale, whatever the program's is
  const auto written = temporal::write_real(text.data(), text.data() + text.size(), value, 1);
  std::string out(text.data(), written.ptr);
  if (out.ends_with(".0")) out.resize(out.size() - 2);
  return out == "-0" ? "0" : out;
}

}  // namespace

double width_of_text(std::string_view text) {
  double width = 0;
  while (!text.empty()) {
    const Character character = first_character(text);
    width += width_of(character);
    text.remove_prefix(character.bytes);
  }
  return width;
}

std::string shortened(std::string_view text, double width) {
  double used = 0;
  size_t kept = 0;  // what fits beside an ellipsis
  for (size_t at = 0; at < text.size();) {
    const Character character = first_character(text.substr(at));
    if (used + kNarrow <= width) kept = at;
    used += width_of(character);
    if (used > width) return kept == 0 ? std::string() : std::string(text.substr(0, kept)) + kEllipsis;
    at += character.bytes;
  }
  return std::string(text);
}

Svg::Svg(std::string_view label) : label_(escaped(label)) {}

void Svg::text(double x, double y, std::string_view style, std::string_view text) {
  body_ += "<text class=\"" + std::string(style) + "\" x=\"" + number(x) + "\" y=\"" + number(y) + "\">" +
           escaped(text) + "</text>\n";
}

void Svg::line(double x1, double y1, double x2, double y2) {
  body_ += "<path class=\"grid\" d=\"M";
  point(x1, y1);
  body_ += 'L';
  point(x2, y2);
  body_ += "\"/>\n";
}

void Svg::box(double left, double top, double right, double bottom, size_t colour, std::string_view tooltip) {
  const std::string place = "\" x=\"" + number(left) + "\" y=\"" + number(top) + "\" width=\"" +
                            number(right - left) + "\" height=\"" + number(bottom - top) + "\"/>\n";
  const std::string name = std::to_string(colour % kColours.size());
  body_ += "<g><title>" + escaped(tooltip) + "</title>\n<rect class=\"fill" + name + place;
  body_ += "<rect class=\"line" + name + place + "</g>\n";
}

void Svg::dot(double x, double y, double radius, size_t colour, std::string_view tooltip) {
  const std::string place =
      "\" cx=\"" + number(x) + "\" cy=\"" + number(y) + "\" r=\"" + number(radius) + "\"/>\n";
  const std::string name = std::to_string(colour % kColours.size());
  body_ += "<g><title>" + escaped(tooltip) + "</title>\n<circle class=\"fill" + name + place;
  body_ += "<circle class=\"line" + name + place + "</g>\n";
}

void Svg::point(double x, double y) { body_ += number(x) + ' ' + number(y); }

// Draws an arrow; its tip is at (x, y), and it points in one of the four directions.
void Svg::arrow(double x, double y, double dx, double dy) {
  body_ += 'M';
  point(x - kArrow * (dx + dy), y - kArrow * (dy + dx));
  body_ += 'L';
  point(x, y);
  body_ += 'L';
  point(x - kArrow * (dx - dy), y - kArrow * (dy - dx));
}

void Svg::region(const Region& region) {
  SPECTRADB_ASSERT(!region.columns.empty());
  const Column& first = region.columns.front();
  const Column& last = region.columns.back();
  const std::string colour = std::to_string(region.colour % kColours.size());

  body_ += "<g><title>" + escaped(region.tooltip) + "</title>\n<path class=\"fill" + colour + "\" d=\"M";
  point(first.left, region.bottom);
  for (const Column& column : region.columns) {
    body_ += 'L';
    point(column.left, column.top);
    body_ += 'L';
    point(column.right, column.top);
  }
  body_ += 'L';
  point(last.right, region.bottom);
  body_ += "Z\"/>\n<path class=\"line" + colour + "\" d=\"M";

  const auto draw = [this](bool is_open, double x, double y) {
    body_ += is_open ? 'M' : 'L';
    point(x, y);
  };
  point(first.left, region.bottom);
  for (const Column& column : region.columns) {
    draw(&column == &first && region.is_open_left, column.left, column.top);
    draw(column.is_open, column.right, column.top);
  }
  draw(region.is_open_right, last.right, region.bottom);
  draw(region.is_open_below, first.left, region.bottom);
  for (const Column& column : region.columns)
    if (column.is_open && column.right - column.left >= kMinForArrow)
      arrow((column.left + column.right) / 2, column.top, 0, -1);
  if (region.is_open_left) arrow(first.left, (first.top + region.bottom) / 2, -1, 0);
  if (region.is_open_right) arrow(last.right, (last.top + region.bottom) / 2, 1, 0);
  body_ += "\"/>\n";
  label(region);
  body_ += "</g>\n";
}

// Writes the label into the largest rectangle that fits into the region.
void Svg::label(const Region& region) {
  double left = 0;
  double right = 0;
  double top = region.bottom;
  double largest = 0;
  for (size_t from = 0; from < region.columns.size(); ++from) {
    double lowest = region.columns[from].top;
    for (size_t to = from; to < region.columns.size(); ++to) {
      lowest = std::max(lowest, region.columns[to].top);
      const double area = (region.columns[to].right - region.columns[from].left) * (region.bottom - lowest);
      if (area <= largest) continue;
      largest = area;
      left = region.columns[from].left;
      right = region.columns[to].right;
      top = lowest;
    }
  }
  const double width = right - left - 2 * kPadding;
  std::vector<std::string> lines = region.lines;
  if (static_cast<double>(lines.size()) * kLineHeight > region.bottom - top - kPadding) {
    std::string one;
    for (const std::string& line : lines) one += (one.empty() ? "" : ", ") + line;
    lines = {one};
  }
  if (region.bottom - top < kLineHeight) return;
  double y = (top + region.bottom) / 2 + kAscent - static_cast<double>(lines.size() - 1) * kLineHeight / 2;
  for (const std::string& line : lines) {
    const std::string shown = shortened(line, width);
    if (!shown.empty()) text((left + right) / 2, y, "value", shown);
    y += kLineHeight;
  }
}

std::string Svg::finish(double width, double height) const {
  const std::string size = number(width) + "\" height=\"" + number(height);
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"spectradb-plot\" role=\"img\" aria-label=\"" +
         label_ + "\" width=\"" + size + "\" viewBox=\"0 0 " + number(width) + ' ' + number(height) +
         "\">\n" + style_sheet() + "<rect class=\"paper\" width=\"" + size + "\"/>\n" + body_ + "</svg>\n";
}

}  // namespace spectradb::extension::plot
