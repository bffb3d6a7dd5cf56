// spectradb_audit_svg(table [, from [, to [, options]]]) draws what spectradb_audit() tells: bars of how many
// rows were inserted, updated and deleted over time, and below them a dot for each fact that came late, the
// higher the later.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "extension/facets/plot/options.h"
#include "extension/facets/plot/pictures.h"
#include "extension/facets/plot/svg.h"
#include "extension/functions/free_name.h"
#include "extension/host/query.h"
#include "extension/host/values.h"
#include "extension/session/connection.h"
#include "temporal/instant.h"

namespace spectradb::extension::plot {

using temporal::Value;

namespace {

constexpr const char* kAuditFunction = "spectradb_audit";

constexpr double kAuditSide = 84;  // the width left of the axes
constexpr double kLegendLine = 62;
constexpr double kBarsTop = 84;
constexpr double kBarsHeight = 150;
constexpr double kDotsHead = 40;  // the height of the words above the dots
constexpr double kDotsHeight = 130;
constexpr double kAuditFoot = 40;
constexpr double kBucketWidth = 9;
constexpr double kBetweenBars = 1.5;
constexpr double kDotRadius = 3.5;
constexpr double kDotCell = 6;  // dots that would hide each other are one
constexpr double kLegendBox = 10;
constexpr double kLegendGap = 18;
constexpr double kTickLine = 16;
constexpr double kTickRoom = 150;

constexpr size_t kKinds = 3;
struct ChangeKind {
  const char* operation;  // as spectradb_audit() says it
  const char* one;
  const char* many;
  size_t colour;
};
constexpr std::array<ChangeKind, kKinds> kChangeKinds = {{{"insert", "insert", "inserts", 2},
                                                          {"update", "update", "updates", 0},
                                                          {"delete", "delete", "deletes", 4}}};
constexpr size_t kLateColour = 1;

constexpr int64_t kAuditSecond = 1'000'000;
constexpr int64_t kAuditDay = 86'400 * kAuditSecond;
struct Lateness {
  int64_t us;
  const char* words;
};
constexpr std::array<Lateness, 10> kLatenesses = {{{kAuditSecond, "1 second"},
                                                   {60 * kAuditSecond, "1 minute"},
                                                   {3600 * kAuditSecond, "1 hour"},
                                                   {kAuditDay, "1 day"},
                                                   {7 * kAuditDay, "1 week"},
                                                   {30 * kAuditDay, "30 days"},
                                                   {365 * kAuditDay, "1 year"},
                                                   {3652 * kAuditDay, "10 years"},
                                                   {36525 * kAuditDay, "100 years"},
                                                   {365250 * kAuditDay, "1000 years"}}};

// How much of an instant is written, so that those that are a unit apart differ.
struct Precision {
  int64_t unit_us;
  size_t length;  // of what is written
};
constexpr Precision kToTheMinute = {60 * kAuditSecond, 16};  // 2026-01-01 10:00
constexpr std::array<Precision, 4> kPrecisions = {
    {kToTheMinute, {kAuditSecond, 19}, {kAuditSecond / 1000, 23}, {1, 26}}};

struct Change {
  int64_t at_us;
  uint64_t commit;
  size_t kind;
  int64_t late_us;  // 0: in time
};

std::string in_words(uint64_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

Precision precision_of(double between_us) {
  const auto* const fits = std::find_if(kPrecisions.begin(), kPrecisions.end(), [&](const Precision& one) {
    return static_cast<double>(one.unit_us) <= between_us;
  });
  return fits == kPrecisions.end() ? kPrecisions.back() : *fits;
}

std::string lateness_text(int64_t us) {
  for (size_t i = kLatenesses.size(); i-- > 0;) {
    if (us >= kLatenesses[i].us) {
      if (kLatenesses[i].us < kAuditDay) return std::string("more than ") + kLatenesses[i].words;
      return in_words(static_cast<uint64_t>(us / kAuditDay), "day", "days");
    }
  }
  return "less than a second";
}

// Where something has no time that can be read, it is not late.
int64_t lateness_of(const Query& rows, int column, int64_t at_us) {
  const Value from = from_sqlite(sqlite3_column_value(rows.statement(), column));
  int64_t from_us = at_us;
  if (from.type == Value::Type::kInteger) from_us = from.integer;
  if (from.type == Value::Type::kText) {
    const Result<int64_t> read = temporal::parse_instant(from.bytes, 0);
    if (read) from_us = *read;
  }
  if (from_us >= at_us) return 0;
  const auto late = static_cast<uint64_t>(at_us) - static_cast<uint64_t>(from_us);
  return static_cast<int64_t>(std::min<uint64_t>(late, INT64_MAX));
}

Result<std::vector<Change>> read_changes(const FunctionCall& call, const Options& options) {
  SPECTRADB_RETURN_IF_ERROR(check_name_is_free(call.connection, kAuditFunction, kAuditPicture));
  Query rows(call.connection.handle(),
             "SELECT commit_no, committed_at, operation, is_late, _valid_from FROM "
             "spectradb_audit(?1, ?2, ?3, ?4)",
             Author::kUsForUser);
  for (int i = 0; i < 3; ++i)
    rows.bind(i + 1, call.count > i ? from_sqlite(call.arguments[i]) : Value::null());
  if (!options.schema.empty()) rows.bind(4, std::string_view(options.schema));
  std::vector<Change> changes;
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, rows.step());
    if (!row) return changes;
    const std::string at = rows.text(1);
    SPECTRADB_ASSIGN_OR_RETURN(const int64_t at_us, temporal::parse_instant(at, 0));
    const std::string operation = rows.text(2);
    const auto* const kind = std::find_if(kChangeKinds.begin(), kChangeKinds.end(),
                                          [&](const ChangeKind& one) { return operation == one.operation; });
    if (kind == kChangeKinds.end()) continue;
    changes.push_back({at_us, static_cast<uint64_t>(rows.integer(0)),
                       static_cast<size_t>(kind - kChangeKinds.begin()),
                       rows.integer(3) != 0 ? lateness_of(rows, 4, at_us) : 0});
  }
}

// Times of commits from left to right.
class CommitAxis {
 public:
  CommitAxis(const std::vector<Change>& changes, double left, double right) : left_(left), right_(right) {
    const auto [first, last] = std::minmax_element(
        changes.begin(), changes.end(), [](const Change& a, const Change& b) { return a.at_us < b.at_us; });
    first_us_ = first->at_us;
    last_us_ = last->at_us;
    buckets_ = std::max<size_t>(1, static_cast<size_t>((right - left) / kBucketWidth));
    if (first_us_ != last_us_) set_ticks();
  }

  // As precise as the ticks, which differ from each other.
  std::string words(int64_t us) const { return temporal::format_instant(us).substr(0, precision_.length); }

  size_t bucket(int64_t us) const {
    const auto at = static_cast<size_t>(share(us) * static_cast<double>(buckets_));
    return std::min(at, buckets_ - 1);
  }
  double left_of(size_t bucket) const {
    return left_ + (right_ - left_) * static_cast<double>(bucket) / static_cast<double>(buckets_);
  }
  double place(int64_t us) const { return left_ + (right_ - left_) * share(us); }

  void draw(Svg& svg, double top, double bottom) const {
    if (first_us_ == last_us_) svg.text(place(first_us_), bottom + kTickLine, "tick", words(first_us_));
    for (int i = 0; i < ticks_; ++i) {
      const double part = static_cast<double>(i) / (ticks_ - 1);
      const int64_t us = i == ticks_ - 1 ? last_us_ : first_us_ + static_cast<int64_t>(span() * part);
      const double x = left_ + (right_ - left_) * part;
      svg.line(x, top, x, bottom + kTickLine / 4);
      // The last one ends at the edge of the picture, the others are in the middle of their lines.
      svg.text(i == ticks_ - 1 ? right_ + kRightEdge / 2 : x, bottom + kTickLine,
               i == ticks_ - 1 ? "small-side" : "tick", words(us));
    }
    svg.text(right_, bottom + 2 * kTickLine, "end", "committed at \xe2\x86\x92");
  }

 private:
  double share(int64_t us) const {
    if (first_us_ == last_us_) return 0.5;
    return (static_cast<double>(us) - static_cast<double>(first_us_)) / span();
  }
  double span() const { return static_cast<double>(last_us_) - static_cast<double>(first_us_); }

  // Longer words need more room, and then there are fewer of them.
  void set_ticks() {
    const auto ticks_that_fit = [&](size_t letters) {
      const double room = std::max(kTickRoom, width_of_text(std::string(letters, '0')) + kLegendGap);
      return std::max(2, static_cast<int>(std::min((right_ - left_) / room, span() + 1)));
    };
    precision_ = precision_of(span() / (ticks_that_fit(kToTheMinute.length) - 1));
    ticks_ = ticks_that_fit(precision_.length);
  }

  double left_;
  double right_;
  size_t buckets_ = 1;
  Precision precision_ = kToTheMinute;
  int ticks_ = 0;  // none where all was committed at one moment
  int64_t first_us_ = 0;
  int64_t last_us_ = 0;
};

void draw_legend(Svg& svg, bool has_late) {
  double x = kTitleLeft;
  const auto entry = [&](size_t colour, const char* words) {
    svg.box(x, kLegendLine - kLegendBox + 1, x + kLegendBox, kLegendLine + 1, colour, words);
    svg.text(x + kLegendBox + kLegendBox / 2, kLegendLine, "note", words);
    x += kLegendBox * 1.5 + width_of_text(words) + kLegendGap;
  };
  for (const ChangeKind& kind : kChangeKinds) entry(kind.colour, kind.many);
  if (has_late) entry(kLateColour, "recorded late");
}

void draw_bars(Svg& svg, const std::vector<Change>& changes, const CommitAxis& times, double right) {
  struct Bucket {
    std::array<uint64_t, kKinds> counts{};
    uint64_t late = 0;
    int64_t first_us = 0;
    int64_t last_us = 0;
    uint64_t sum() const { return counts[0] + counts[1] + counts[2]; }
  };
  std::map<size_t, Bucket> buckets;
  uint64_t greatest = 0;
  for (const Change& change : changes) {
    Bucket& bucket = buckets[times.bucket(change.at_us)];
    if (bucket.sum() == 0) bucket.first_us = change.at_us;
    bucket.last_us = change.at_us;
    ++bucket.counts[change.kind];
    if (change.late_us > 0) ++bucket.late;
    greatest = std::max(greatest, bucket.sum());
  }
  const double bottom = kBarsTop + kBarsHeight;
  svg.line(kAuditSide, kBarsTop, right, kBarsTop);
  svg.line(kAuditSide, bottom, right, bottom);
  svg.text(kAuditSide - kSideGap, kBarsTop + kSideAscent, "small-side", std::to_string(greatest));
  svg.text(kAuditSide - kSideGap, bottom + kSideAscent, "small-side", "0");
  svg.text(kAuditSide - kSideGap, (kBarsTop + bottom) / 2, "small-side", "changes");
  for (const auto& [number, bucket] : buckets) {
    std::string tooltip = times.words(bucket.first_us);
    if (bucket.last_us != bucket.first_us) tooltip += " to " + times.words(bucket.last_us);
    tooltip += ":";
    for (size_t kind = 0; kind < kKinds; ++kind)
      if (bucket.counts[kind] > 0)
        tooltip += " " + in_words(bucket.counts[kind], kChangeKinds[kind].one, kChangeKinds[kind].many) + ",";
    tooltip += " " + std::to_string(bucket.late) + " late";
    double y = bottom;
    for (size_t kind = 0; kind < kKinds; ++kind) {
      if (bucket.counts[kind] == 0) continue;
      const double height =
          kBarsHeight * static_cast<double>(bucket.counts[kind]) / static_cast<double>(greatest);
      svg.box(times.left_of(number), y - height, times.left_of(number + 1) - kBetweenBars, y,
              kChangeKinds[kind].colour, tooltip);
      y -= height;
    }
  }
}

void draw_dots(Svg& svg, const std::vector<Change>& changes, const CommitAxis& times, double top,
               double right) {
  int64_t least = INT64_MAX;
  int64_t most = 0;
  for (const Change& change : changes) {
    if (change.late_us == 0) continue;
    least = std::min(least, change.late_us);
    most = std::max(most, change.late_us);
  }
  size_t lowest = 0;
  while (lowest + 2 < kLatenesses.size() && kLatenesses[lowest + 1].us <= least) ++lowest;
  size_t highest = lowest + 1;
  while (highest + 1 < kLatenesses.size() && kLatenesses[highest].us < most) ++highest;
  const double bottom = top + kDotsHeight;
  const double floor = std::log(static_cast<double>(kLatenesses[lowest].us));
  const double ceiling = std::log(static_cast<double>(kLatenesses[highest].us));
  const auto height = [&](int64_t us) {
    const double share = (std::log(static_cast<double>(us)) - floor) / (ceiling - floor);
    return bottom - kDotsHeight * std::clamp(share, 0.0, 1.0);
  };
  double taken = bottom + kTickLine;
  for (size_t i = lowest; i <= highest; ++i) {
    svg.line(kAuditSide, height(kLatenesses[i].us), right, height(kLatenesses[i].us));
    if (taken - height(kLatenesses[i].us) < kTickLine * 3 / 4) continue;  // its words would hide others
    taken = height(kLatenesses[i].us);
    svg.text(kAuditSide - kSideGap, height(kLatenesses[i].us) + kSideAscent, "small-side",
             kLatenesses[i].words);
  }
  std::set<std::pair<int64_t, int64_t>> drawn;
  for (const Change& change : changes) {
    if (change.late_us == 0) continue;
    const double x = times.place(change.at_us);
    const double y = height(change.late_us);
    const std::pair cell{static_cast<int64_t>(x / kDotCell), static_cast<int64_t>(y / kDotCell)};
    if (!drawn.insert(cell).second) continue;
    svg.dot(x, y, kDotRadius, kLateColour,
            "commit " + std::to_string(change.commit) + ", " + times.words(change.at_us) + ": " +
                kChangeKinds[change.kind].one + " recorded " + lateness_text(change.late_us) +
                " after it began to be true");
  }
}

Result<std::string> draw_audit(const FunctionCall& call) {
  const Value given = call.count > 3 ? from_sqlite(call.arguments[3]) : Value::null();
  SPECTRADB_ASSIGN_OR_RETURN(const Options options, read_options(call.connection, given));
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<Change> changes, read_changes(call, options));
  const std::string table(from_sqlite(call.arguments[0]).bytes);
  const auto width = static_cast<double>(options.width);
  const double right = width - kRightEdge;
  const auto late = static_cast<uint64_t>(
      std::count_if(changes.begin(), changes.end(), [](const Change& change) { return change.late_us > 0; }));
  Svg svg("Changes of " + table + " over the time of their commits");
  svg.text(kTitleLeft, kTitleLine, "title", shortened("Changes of " + table, width - 2 * kTitleLeft));
  if (changes.empty()) {
    svg.text(kTitleLeft, kNoteLine, "note", "no changes");
    return svg.finish(width, kHead);
  }
  const auto first = std::min_element(changes.begin(), changes.end(),
                                      [](const Change& a, const Change& b) { return a.commit < b.commit; });
  const auto last = std::max_element(changes.begin(), changes.end(),
                                     [](const Change& a, const Change& b) { return a.commit < b.commit; });
  svg.text(kTitleLeft, kNoteLine, "note",
           shortened("commits " + std::to_string(first->commit) + " to " + std::to_string(last->commit) +
                         ": " + in_words(changes.size(), "change", "changes") + ", " + std::to_string(late) +
                         " recorded late",
                     width - 2 * kTitleLeft));
  draw_legend(svg, late > 0);
  const CommitAxis times(changes, kAuditSide, right);
  const double bars_bottom = kBarsTop + kBarsHeight;
  const double dots_top = bars_bottom + kDotsHead;
  const double bottom = late > 0 ? dots_top + kDotsHeight : bars_bottom;
  times.draw(svg, kBarsTop, bottom);
  draw_bars(svg, changes, times, right);
  if (late > 0) {
    svg.text(kAuditSide, dots_top - kTickLine / 2, "note",
             shortened("late corrections: how long after it began to be true", right - kAuditSide));
    draw_dots(svg, changes, times, dots_top, right);
  }
  return svg.finish(width, bottom + kAuditFoot);
}

}  // namespace

Status audit_picture(const FunctionCall& call) {
  if (call.count < 1 || call.count > 4)
    return Status::invalid(
        "spectradb_audit_svg takes a table, and may take where to begin and end, and options: (table, from, "
        "to, options)");
  const Result<std::string> svg = draw_audit(call);
  if (!svg) {
    const std::string& why = svg.status().message();
    return why.starts_with(kAuditPicture)
               ? svg.status()
               : Status(svg.status().code(), std::string(kAuditPicture) + ": " + why);
  }
  sqlite3_result_text64(call.context, svg->data(), svg->size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return Status::ok();
}

}  // namespace spectradb::extension::plot
