#include "extension/facets/series/series_table.h"

#include <string>
#include <utility>

#include "extension/facets/series/series_functions.h"
#include "extension/facets/series/width.h"
#include "extension/facets/series/zone.h"
#include "extension/host/values.h"
#include "temporal/calendar.h"

namespace spectradb::extension::series {

namespace {

using temporal::Value;

enum SeriesColumn : int { kAt, kUntil, kFromArgument, kToArgument, kWidthArgument, kZoneArgument };
constexpr int kArguments = 4;
constexpr double kCost = 100;
constexpr int64_t kRows = 100;

constexpr const char* kDeclaration =
    "CREATE TABLE x(at, until, start HIDDEN, stop HIDDEN, width HIDDEN, zone HIDDEN, PRIMARY KEY (at, start, "
    "stop, width, "
    "zone)) WITHOUT ROWID";

class SeriesCursor final : public FunctionCursor {
 public:
  explicit SeriesCursor(Connection& connection) : connection_(connection) {}

  Status filter(const FunctionArguments& arguments) override {
    count_ = 0;
    at_end_ = true;
    const Status status = begin(arguments);
    return status ? status : Status(status.code(), "spectradb_series: " + status.message());
  }

  Status next() override {
    at_ = until_;
    ++count_;
    return settle();
  }

  bool at_end() const override { return at_end_; }

  Status column(sqlite3_context* context, int index) override {
    if (index == kAt) give_time(context, at_, as_text_);
    if (index == kUntil) give_time(context, until_, as_text_);
    return Status::ok();
  }

 private:
  Status begin(const FunctionArguments& arguments) {
    sqlite3_value* const given[] = {arguments.argument(0), arguments.argument(1), arguments.argument(2)};
    for (sqlite3_value* value : given)
      if (value == nullptr)
        return Status::invalid("it takes a start, an end and a width: ('2026-01-01', '2026-02-01', '1 day')");
    for (sqlite3_value* value : given)
      if (sqlite3_value_type(value) == SQLITE_NULL) return Status::ok();
    SPECTRADB_ASSIGN_OR_RETURN(width_, read_width(from_sqlite(given[2])));
    SPECTRADB_ASSIGN_OR_RETURN(const temporal::Bound from,
                               to_bound(from_sqlite(given[0]), connection_.statement_now()));
    SPECTRADB_ASSIGN_OR_RETURN(const temporal::Bound to,
                               to_bound(from_sqlite(given[1]), connection_.statement_now()));
    if (from.us > to.us)
      return Status::invalid("it starts at " + spelled(from_sqlite(given[0])) + ", behind its end " +
                             spelled(from_sqlite(given[1])));
    if (width_.is_number && from.as_text)
      return Status::invalid("the times are text, and the width " + std::to_string(width_.us) +
                             " a number: write '15 minutes', '1 day' or '1 month'");
    SPECTRADB_RETURN_IF_ERROR(find_zone(arguments.argument(3), from.us, to.us));
    as_text_ = from.as_text;
    end_ = to.us;
    at_ = from.us;
    start_ = zone_ == nullptr ? at_ : at_ + zone_->offset_us(at_);
    return settle();
  }

  Status find_zone(sqlite3_value* value, int64_t from_us, int64_t to_us) {
    zone_ = nullptr;
    if (value == nullptr || sqlite3_value_type(value) == SQLITE_NULL) return Status::ok();
    const Value name = from_sqlite(value);
    if (name.type != Value::Type::kText) return Status::invalid(spelled(name) + " is no time zone");
    SPECTRADB_RETURN_IF_ERROR(check_local(from_us));
    SPECTRADB_RETURN_IF_ERROR(check_local(to_us));
    if (!width_.is_of_days()) return Status::ok();  // hours have the same length in every zone
    SPECTRADB_ASSIGN_OR_RETURN(zone_, Zone::find(std::string(name.bytes)));
    return Status::ok();
  }

  // Finds the end of the current row, which is the beginning of the next one. It is counted from the start,
  // so that in a series of months that starts on the 31st each row ends on the 31st, or on the last day of
  // its month. The last row of all time has none.
  Status settle() {
    at_end_ = at_ >= end_;
    if (at_end_) return Status::ok();
    const Result<int64_t> local = step(start_, width_, count_ + 1);
    if (!local || (zone_ != nullptr && !temporal::is_in_readable_years(*local))) {
      until_ = end_;
      return Status::ok();
    }
    until_ = zone_ == nullptr ? *local : zone_->to_utc(*local);
    return Status::ok();
  }

  Connection& connection_;
  Width width_;
  std::shared_ptr<const Zone> zone_;  // null for UTC
  int64_t start_ = 0;                 // in local time
  int64_t end_ = 0;
  int64_t at_ = 0;
  int64_t until_ = 0;
  int64_t count_ = 0;  // rows before this one
  bool as_text_ = false;
  bool at_end_ = true;
};

}  // namespace

constinit const TableFunction kSeriesTable = {
    "spectradb_series",
    kDeclaration,
    kFromArgument,
    kArguments,
    [](FunctionPlanner& planner) { planner.answer(kCost, kRows, 0); },
    [](Connection& connection) -> std::unique_ptr<FunctionCursor> {
      return std::make_unique<SeriesCursor>(connection);
    }};

}  // namespace spectradb::extension::series
