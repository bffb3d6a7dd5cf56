// spectradb_timeline(table [, keys [, time [, options]]]) draws a few keys over valid time, as a system
// time shows them.
#include <algorithm>

#include "extension/facets/plot/pictures.h"
#include "extension/facets/plot/subject.h"
#include "extension/facets/plot/svg.h"
#include "extension/facets/plot/valid_axis.h"
#include "extension/host/values.h"
#include "extension/session/connection.h"
#include "extension/times/horizon.h"
#include "extension/times/session_time.h"
#include "extension/times/system_time.h"
#include "temporal/key_codec.h"

namespace spectradb::extension::plot {

using temporal::Value;

namespace {

constexpr double kRowHeight = 36;
constexpr double kBarHeight = 26;
constexpr size_t kMaxKeys = 30;  // keys that are shown where none are named

struct Bar {
  temporal::Period valid;
  std::vector<std::string> lines;
};
struct Row {
  std::string key;
  std::vector<Bar> bars;
};

Result<uint64_t> commit_of_argument(const FunctionCall& call, Subject& subject) {
  const FactReader& reader = subject.reader();
  const SessionTime& session = call.connection.part<SessionTimes>().as_of;
  Value given = call.count > 2 ? from_sqlite(call.arguments[2]) : Value::null();
  if (given.is_null() && !session.is_set()) return reader.last_commit();
  if (given.is_null()) given = session.value();
  SPECTRADB_ASSIGN_OR_RETURN(
      const SystemTime time,
      to_system_time(reader.database(), given, reader.snapshot(), call.connection.statement_now()));
  if (time.is_all) return Status::invalid("'all' is no system time: name a commit, or a time as text");
  return time.commit;
}

Status read_bars(Subject& subject, temporal::RowCursor& rows, Row* row) {
  const std::string user_key(rows.row().user_key);
  SPECTRADB_ASSIGN_OR_RETURN(row->key, subject.key_text(user_key));
  for (; rows.valid() && rows.row().user_key == user_key; rows.next()) {
    SPECTRADB_ASSIGN_OR_RETURN(std::vector<std::string> lines, subject.lines(user_key, rows.row().payload));
    row->bars.push_back({rows.row().valid, std::move(lines)});
    SPECTRADB_RETURN_IF_ERROR(subject.reader().check_interrupted());
  }
  return rows.status();
}

Result<std::vector<Row>> read_rows(const FunctionCall& call, Subject& subject, uint64_t commit,
                                   bool* has_more) {
  temporal::ReadTimes times;
  times.valid = temporal::ValidMode::kAll;
  const auto cursor = subject.reader().rows(commit, times);
  std::vector<Row> rows;
  const Value keys = call.count > 1 ? from_sqlite(call.arguments[1]) : Value::null();
  if (!keys.is_null()) {
    SPECTRADB_ASSIGN_OR_RETURN(const std::vector<Element> elements, read_array(call.connection, keys));
    for (const Element& element : elements) {
      Value value = element.value;
      value.bytes = element.bytes;
      SPECTRADB_ASSIGN_OR_RETURN(const std::optional<std::string> user_key, subject.find_key(value));
      if (user_key) cursor->seek_point(*user_key);
      SPECTRADB_RETURN_IF_ERROR(cursor->status());
      if (!user_key || !cursor->valid())
        return Status::invalid("table " + subject.schema().name + " has no row with the key " +
                               spelled(value) + " at commit " + std::to_string(commit));
      SPECTRADB_RETURN_IF_ERROR(read_bars(subject, *cursor, &rows.emplace_back()));
    }
    return rows;
  }
  std::string lower;
  temporal::append_table_id(lower, subject.schema().id);
  cursor->seek(lower, temporal::after_prefix(lower), false);
  while (cursor->valid() && rows.size() < kMaxKeys)
    SPECTRADB_RETURN_IF_ERROR(read_bars(subject, *cursor, &rows.emplace_back()));
  SPECTRADB_RETURN_IF_ERROR(cursor->status());
  *has_more = cursor->valid();
  return rows;
}

void draw_row(Svg& svg, const Subject& subject, const Row& row, double y, const ValidAxis& valid,
              std::vector<std::vector<std::string>>& colours) {
  const double middle = y + kRowHeight / 2;
  svg.text(kSide - kSideGap, middle + kSideAscent, "side", shortened(row.key, kSide - kSideGap - kTitleLeft));
  for (const Bar& bar : row.bars) {
    Svg::Region region;
    region.columns = {
        {valid.place(bar.valid.from.us), valid.place(bar.valid.to.us), middle - kBarHeight / 2, false}};
    region.bottom = middle + kBarHeight / 2;
    region.is_open_left = bar.valid.from.us == temporal::kBeginningOfTime;
    region.is_open_right = bar.valid.to.us == temporal::kEndOfTime;
    region.is_open_below = false;
    region.colour = colour_of(colours, bar.lines);
    region.lines = bar.lines;
    region.tooltip = row.key + ": ";
    for (const std::string& line : bar.lines) region.tooltip += line + "; ";
    region.tooltip += "valid " + text_of(bar.valid, subject.schema().valid_form);
    svg.region(region);
  }
}

Result<std::string> draw_timeline(const FunctionCall& call) {
  const Value options = call.count > 3 ? from_sqlite(call.arguments[3]) : Value::null();
  SPECTRADB_ASSIGN_OR_RETURN(Options read, read_options(call.connection, options));
  SPECTRADB_ASSIGN_OR_RETURN(
      const std::unique_ptr<Subject> subject,
      Subject::open(call.connection, from_sqlite(call.arguments[0]), std::move(read), kTimeline));
  SPECTRADB_ASSIGN_OR_RETURN(const uint64_t commit, commit_of_argument(call, *subject));
  SPECTRADB_RETURN_IF_ERROR(check_horizon(subject->table(), commit));
  bool has_more = false;
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<Row> rows, read_rows(call, *subject, commit, &has_more));
  const std::string& table = subject->schema().name;
  if (rows.empty())
    return Status::invalid("table " + table + " has no rows at commit " + std::to_string(commit));

  const auto width = static_cast<double>(subject->options().width);
  std::vector<temporal::Period> periods;
  for (const Row& row : rows)
    for (const Bar& bar : row.bars) periods.push_back(bar.valid);
  const ValidAxis valid(periods, subject->schema().valid_form, kSide, width - kRightEdge);
  const double bottom = kHead + kRowHeight * static_cast<double>(rows.size());
  SPECTRADB_ASSIGN_OR_RETURN(const std::string at, subject->commit_text(commit));
  Svg svg("The rows of " + table + " at " + at + ", over valid time");
  svg.text(kTitleLeft, kTitleLine, "title", shortened(table, width - 2 * kTitleLeft));
  svg.text(kTitleLeft, kNoteLine, "note",
           at + (has_more ? ": the first " + std::to_string(rows.size()) + " keys" : std::string()));
  valid.draw(svg, kHead, bottom);
  std::vector<std::vector<std::string>> colours;
  double y = kHead;
  for (const Row& row : rows) {
    draw_row(svg, *subject, row, y, valid, colours);
    y += kRowHeight;
  }
  return svg.finish(width, bottom + ValidAxis::kHeight);
}

}  // namespace

Status timeline(const FunctionCall& call) {
  if (call.count < 1 || call.count > 4)
    return Status::invalid(
        "spectradb_timeline takes a table, and may take keys, a system time and options: (table, keys, time, "
        "options)");
  const Result<std::string> svg = draw_timeline(call);
  if (!svg) {
    const std::string& why = svg.status().message();
    return why.starts_with(kTimeline) ? svg.status()
                                      : Status(svg.status().code(), std::string(kTimeline) + ": " + why);
  }
  sqlite3_result_text64(call.context, svg->data(), svg->size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return Status::ok();
}

}  // namespace spectradb::extension::plot
