#include "extension/facets/plot/valid_axis.h"

#include <algorithm>

#include "base/assert.h"
#include "extension/times/valid_forms.h"

namespace spectradb::extension::plot {

using temporal::Bound;
using temporal::kBeginningOfTime;
using temporal::kEndOfTime;

namespace {

constexpr double kSharedEqually = 0.5;  // this share of the width is divided equally
constexpr double kBetweenLabels = 8;
constexpr double kFirstLine = 16;
constexpr double kSecondLine = 29;
constexpr double kCaption = 46;

double length_of(const Bound& from, const Bound& to) {
  return static_cast<double>(to.us) - static_cast<double>(from.us);
}

}  // namespace

ValidAxis::ValidAxis(const std::vector<temporal::Period>& periods, temporal::ValidForm form, double left,
                     double right)
    : form_(form), left_(left), right_(right) {
  for (const temporal::Period& period : periods) {
    for (const Bound& bound : {period.from, period.to})
      if (bound.us != kBeginningOfTime && bound.us != kEndOfTime) marks_.push_back({bound, 0});
    is_open_left_ |= period.from.us == kBeginningOfTime;
    is_open_right_ |= period.to.us == kEndOfTime;
  }
  std::stable_sort(marks_.begin(), marks_.end(),
                   [](const Mark& a, const Mark& b) { return a.bound.us < b.bound.us; });
  marks_.erase(std::unique(marks_.begin(), marks_.end(),
                           [](const Mark& a, const Mark& b) { return a.bound.us == b.bound.us; }),
               marks_.end());
  if (marks_.empty()) return;

  const double open = (is_open_left_ ? 1 : 0) + (is_open_right_ ? 1 : 0);
  const double stretches = static_cast<double>(marks_.size() - 1) + open;
  if (stretches == 0) return;
  const double total = length_of(marks_.front().bound, marks_.back().bound);
  const double equal = (total > 0 ? kSharedEqually : 1) * (right - left) / stretches;
  const double by_length = right - left - equal * stretches;
  double x = left + (is_open_left_ ? equal : 0);
  for (size_t i = 0; i < marks_.size(); ++i) {
    if (i > 0) x += equal + by_length * length_of(marks_[i - 1].bound, marks_[i].bound) / total;
    marks_[i].x = x;
  }
}

double ValidAxis::place(int64_t us) const {
  if (us == kBeginningOfTime) return left_;
  if (us == kEndOfTime) return right_;
  const auto mark = std::lower_bound(marks_.begin(), marks_.end(), us,
                                     [](const Mark& a, int64_t wanted) { return a.bound.us < wanted; });
  SPECTRADB_ASSERT(mark != marks_.end() && mark->bound.us == us);
  return mark->x;
}

void ValidAxis::draw(Svg& svg, double top, double bottom) const {
  const auto draw_open = [&](bool is_open, double x, const char* text) {
    if (is_open) svg.text(x, bottom + kFirstLine, "tick", text);
  };
  draw_open(is_open_left_, left_, "\xe2\x88\x92\xe2\x88\x9e");
  draw_open(is_open_right_, right_, "\xe2\x88\x9e");
  double taken = is_open_left_ ? left_ + kBetweenLabels : 0;
  for (const Mark& mark : marks_) {
    svg.line(mark.x, top, mark.x, bottom + kBetweenLabels / 2);
    const std::string text = text_of(mark.bound, form_);
    const size_t blank = text.find(' ');
    const std::string first = text.substr(0, blank);
    const std::string second = blank == std::string::npos ? std::string() : text.substr(blank + 1);
    const double half = std::max(width_of_text(first), width_of_text(second)) / 2;
    if (mark.x - half < taken || (is_open_right_ && mark.x + half > right_ - kBetweenLabels)) continue;
    svg.text(mark.x, bottom + kFirstLine, "tick", first);
    if (!second.empty()) svg.text(mark.x, bottom + kSecondLine, "tick", second);
    taken = mark.x + half + kBetweenLabels;
  }
  svg.text(right_, bottom + kCaption, "end", "valid time \xe2\x86\x92");
}

std::string text_of(const Bound& bound, temporal::ValidForm form) {
  if (bound.us == kBeginningOfTime) return "the beginning";
  if (bound.us == kEndOfTime) return "the end";
  const Bound shown = in_form(bound, form);
  return shown.as_text ? temporal::format_instant(shown.us) : std::to_string(shown.us);
}

std::string text_of(const temporal::Period& period, temporal::ValidForm form) {
  if (period == temporal::Period{}) return "always";
  return "from " + text_of(period.from, form) + " to " + text_of(period.to, form);
}

}  // namespace spectradb::extension::plot
