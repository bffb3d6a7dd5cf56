// spectradb_plot(table, key [, options]) draws what was believed of one key, and when.
#include <algorithm>
#include <map>
#include <set>

#include "extension/facets/plot/pictures.h"
#include "extension/facets/plot/subject.h"
#include "extension/facets/plot/svg.h"
#include "extension/facets/plot/valid_axis.h"
#include "extension/host/values.h"
#include "extension/times/horizon.h"

namespace spectradb::extension::plot {

using temporal::Value;

namespace {

constexpr double kWantedHeight = 380;
constexpr double kLowest = 24;
constexpr double kHighest = 72;
constexpr double kTwoLines = 34;
constexpr double kBetweenLines = 13;

struct Piece {
  temporal::Period valid;
  uint64_t system_from;
  uint64_t system_to;  // 0 while it still holds
  uint32_t ordinal;
  std::vector<std::string> lines;
};

Result<std::vector<Piece>> read_pieces(Subject& subject, std::string_view user_key) {
  temporal::ReadTimes times;
  times.system = temporal::SystemMode::kAll;
  times.valid = temporal::ValidMode::kAll;
  const uint64_t horizon = horizon_of(subject.table());
  times.after_commit = std::min(horizon, subject.reader().snapshot());
  const auto rows = subject.reader().rows(UINT64_MAX, times);
  std::vector<Piece> pieces;
  for (rows->seek_point(user_key); rows->valid(); rows->next()) {
    const temporal::ResolvedRow& row = rows->row();
    if (subject.reader().is_later(row.system_from, row.ordinal)) continue;
    if (row.system_to != 0 && row.system_to <= horizon) continue;
    SPECTRADB_ASSIGN_OR_RETURN(std::vector<std::string> lines, subject.lines(row.user_key, row.payload));
    pieces.push_back({row.valid, row.system_from, row.system_to, row.ordinal, std::move(lines)});
    SPECTRADB_RETURN_IF_ERROR(subject.reader().check_interrupted());
  }
  SPECTRADB_RETURN_IF_ERROR(rows->status());
  return pieces;
}

// Returns the last of the commits at which something began or ended, and removes pieces that ended before
// them.
std::vector<uint64_t> choose_commits(std::vector<Piece>& pieces, int64_t limit, size_t* count) {
  std::set<uint64_t> all;
  for (const Piece& piece : pieces) {
    all.insert(piece.system_from);
    if (piece.system_to != 0) all.insert(piece.system_to);
  }
  std::vector<uint64_t> commits(all.begin(), all.end());
  *count = commits.size();
  if (commits.size() > static_cast<size_t>(limit)) {
    commits.erase(commits.begin(), commits.end() - limit);
    std::erase_if(pieces, [&](const Piece& piece) {
      return piece.system_to != 0 && piece.system_to <= commits.front();
    });
  }
  return commits;
}

// Commits go from bottom to top, and each has the same height.
class SystemAxis {
 public:
  SystemAxis(std::vector<uint64_t> commits, double top)
      : commits_(std::move(commits)),
        step_(std::clamp(kWantedHeight / static_cast<double>(commits_.size()), kLowest, kHighest)),
        top_(top) {}

  double top() const { return top_; }
  double bottom() const { return top_ + step_ * static_cast<double>(commits_.size()); }
  bool begins_before(uint64_t commit) const { return commit < commits_.front(); }
  double place(uint64_t commit) const {
    const auto at = std::lower_bound(commits_.begin(), commits_.end(), commit);
    return bottom() - step_ * static_cast<double>(at - commits_.begin());
  }

  Status draw(Svg& svg, Subject& subject, double right) const {
    for (const uint64_t commit : commits_) {
      const double y = place(commit);
      svg.line(kSide - kSideGap / 2, y, right, y);
      SPECTRADB_ASSIGN_OR_RETURN(std::string time, subject.time_text(commit));
      if (time.empty()) time = "not committed";
      const double middle = y - step_ / 2 + kSideAscent;  // the middle of the state that the commit made
      if (step_ < kTwoLines) {
        svg.text(kSide - kSideGap, middle, "small-side", std::to_string(commit) + ", " + time);
        continue;
      }
      svg.text(kSide - kSideGap, middle - kBetweenLines / 2, "side", "commit " + std::to_string(commit));
      svg.text(kSide - kSideGap, middle + kBetweenLines / 2, "small-side", time);
    }
    return Status::ok();
  }

 private:
  std::vector<uint64_t> commits_;  // ascending
  double step_;
  double top_;
};

// Draws the pieces of one fact that are side by side as one region.
Status draw_pieces(Svg& svg, Subject& subject, std::vector<Piece>& pieces, const ValidAxis& valid,
                   const SystemAxis& system) {
  std::stable_sort(pieces.begin(), pieces.end(), [](const Piece& a, const Piece& b) {
    if (a.system_from != b.system_from) return a.system_from < b.system_from;
    if (a.ordinal != b.ordinal) return a.ordinal < b.ordinal;
    return a.valid.from.us < b.valid.from.us;
  });
  std::vector<std::vector<std::string>> colours;
  for (size_t i = 0; i < pieces.size();) {
    Svg::Region region;
    const Piece& first = pieces[i];
    for (bool is_one = true; is_one; ++i) {
      const Piece& piece = pieces[i];
      region.columns.push_back({valid.place(piece.valid.from.us), valid.place(piece.valid.to.us),
                                piece.system_to == 0 ? system.top() : system.place(piece.system_to),
                                piece.system_to == 0});
      for (const std::string& line : piece.lines)
        if (&piece == &first) region.tooltip += line + "; ";
      SPECTRADB_ASSIGN_OR_RETURN(const std::string until, piece.system_to == 0
                                                              ? Result<std::string>("still held")
                                                              : subject.commit_text(piece.system_to));
      region.tooltip += (&piece == &first ? "valid " : "; valid ") +
                        text_of(piece.valid, subject.schema().valid_form) +
                        (piece.system_to == 0 ? ", still held" : ", until " + until);
      is_one = i + 1 < pieces.size() && pieces[i + 1].system_from == piece.system_from &&
               pieces[i + 1].ordinal == piece.ordinal && pieces[i + 1].valid.from.us == piece.valid.to.us;
      region.is_open_right = piece.valid.to.us == temporal::kEndOfTime;
    }
    SPECTRADB_ASSIGN_OR_RETURN(const std::string since, subject.commit_text(first.system_from));
    region.tooltip += "; told by " + since;
    region.is_open_left = first.valid.from.us == temporal::kBeginningOfTime;
    region.is_open_below = system.begins_before(first.system_from);
    region.bottom = region.is_open_below ? system.bottom() : system.place(first.system_from);
    region.colour = colour_of(colours, first.lines);
    region.lines = first.lines;
    svg.region(region);
  }
  return Status::ok();
}

Result<std::string> draw_key(const FunctionCall& call) {
  const Value options = call.count > 2 ? from_sqlite(call.arguments[2]) : Value::null();
  SPECTRADB_ASSIGN_OR_RETURN(Options read, read_options(call.connection, options));
  SPECTRADB_ASSIGN_OR_RETURN(
      const std::unique_ptr<Subject> subject,
      Subject::open(call.connection, from_sqlite(call.arguments[0]), std::move(read), kPlot));
  const Value key = from_sqlite(call.arguments[1]);
  SPECTRADB_ASSIGN_OR_RETURN(const std::optional<std::string> user_key, subject->find_key(key));
  std::vector<Piece> pieces;
  if (user_key) {
    SPECTRADB_ASSIGN_OR_RETURN(pieces, read_pieces(*subject, *user_key));
  }
  const std::string& table = subject->schema().name;
  if (pieces.empty())
    return Status::invalid("table " + table + " never had a row with the key " + spelled(key));

  SPECTRADB_ASSIGN_OR_RETURN(const std::string key_text, subject->key_text(*user_key));
  size_t count = 0;
  std::vector<uint64_t> commits = choose_commits(pieces, subject->options().commits, &count);
  const size_t shown = commits.size();
  const auto width = static_cast<double>(subject->options().width);
  std::vector<temporal::Period> periods;
  periods.reserve(pieces.size());
  for (const Piece& piece : pieces) periods.push_back(piece.valid);
  const ValidAxis valid(periods, subject->schema().valid_form, kSide, width - kRightEdge);
  const SystemAxis system(std::move(commits), kHead);

  Svg svg("The history of " + table + ", key " + key_text +
          ": valid time from left to right, commits upwards");
  svg.text(kTitleLeft, kTitleLine, "title", shortened(table + ", key " + key_text, width - 2 * kTitleLeft));
  svg.text(kTitleLeft, kNoteLine, "note",
           "system time \xe2\x86\x91" + (shown < count ? ": the last " + std::to_string(shown) + " of " +
                                                             std::to_string(count) + " commits"
                                                       : std::string()));
  valid.draw(svg, system.top(), system.bottom());
  SPECTRADB_RETURN_IF_ERROR(system.draw(svg, *subject, width - kRightEdge));
  SPECTRADB_RETURN_IF_ERROR(draw_pieces(svg, *subject, pieces, valid, system));
  return svg.finish(width, system.bottom() + ValidAxis::kHeight);
}

}  // namespace

Status plot(const FunctionCall& call) {
  const Result<std::string> svg = draw_key(call);
  if (!svg) {
    const std::string& why = svg.status().message();
    return why.starts_with(kPlot) ? svg.status()
                                  : Status(svg.status().code(), std::string(kPlot) + ": " + why);
  }
  sqlite3_result_text64(call.context, svg->data(), svg->size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return Status::ok();
}

}  // namespace spectradb::extension::plot
