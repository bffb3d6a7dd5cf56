#include "extension/read/plan_choice.h"

#include <algorithm>
#include <new>
#include <optional>

#include "extension/facet/matcher.h"
#include "extension/facet/ranking.h"
#include "extension/read/period_conditions.h"
#include "extension/read/plan_cost.h"
#include "extension/read/plan_covering.h"
#include "extension/read/plan_key.h"
#include "extension/read/plan_match.h"
#include "extension/read/plan_order.h"
#include "extension/read/plan_question.h"
#include "extension/read/plan_sizes.h"
#include "extension/schema/hidden_columns.h"
#include "extension/schema/twin.h"
#include "extension/times/time_collation.h"

namespace spectradb::extension {

using temporal::Collation;
using temporal::IndexPart;
using temporal::TableSchema;

namespace {

constexpr Collation kCollations[] = {Collation::kBinary, Collation::kNoCase, Collation::kRTrim};

// Reads one sqlite3_index_info and builds the Plan that reads by one index, or by the key.
class Planner {
 public:
  // With `searches`, the plan searches the first index that ranks the column of MATCH.
  Planner(const PlannedTable& table, const temporal::IndexSchema* index, bool searches,
          const lsm::RangeSize& size, const Measure& measure, const TableStatistics& statistics,
          bool may_promise, bool is_utf16, sqlite3_index_info* info)
      : schema_(table.schema),
        index_(index),
        visible_(static_cast<int>(table.schema.columns.size())),
        size_(size),
        measure_(measure),
        statistics_(statistics),
        may_promise_(may_promise),
        info_(info),
        question_(info),
        key_(table, index, question_, plan_),
        match_(table, searches, question_, plan_) {
    plan_.is_utf16 = is_utf16;
  }

  // Answers SQLite's question. Returns false when the plan cannot be run.
  bool run() {
    if (!take_times() || !match_.take()) return false;
    plan_.columns_used = info_->colUsed;
    plan_.misses_time = is_time_missing();
    if (plan_.written != Plan::kNone) {
      say_cost(cost_of_written_rows());
      return true;
    }
    take_count();
    if (plan_.count != Plan::kNone) {
      say_cost({1, 1, 1});
      return true;
    }
    if (index_ != nullptr) {
      plan_.index_id = index_->id;
      is_covering_ = !gives_own_order() && covers(*index_, schema_, plan_, info_);
    }
    if (index_ != nullptr) say((is_covering_ ? "COVERING INDEX " : "INDEX ") + index_->name);
    key_.take();
    if (plan_.match.is_in_order()) {
      match_.take_partition();
      take_order_of(kDistance, "distance");
    } else if (has_matched()) {
      take_order_of(kRank, "rank");
    } else {
      take_order();
    }
    take_filters();
    take_periods();
    plan_.is_bare = is_bare();
    estimate();
    return true;
  }

  bool has_match() const { return plan_.match.column != Plan::kNone; }
  bool has_matched() const { return !plan_.matched.conditions.empty(); }
  bool gives_own_order() const { return has_match() || has_matched(); }
  bool can_search() const { return plan_.match.index_id != 0; }
  // For a plan that searches: a call orders the rows of one partition only, and nothing would sort several
  // together.
  bool may_search() const {
    const Plan::Match& match = plan_.match;
    return match.call == nullptr ||
           (info_->orderByConsumed != 0 &&
            std::find(match.partition.begin(), match.partition.end(), Plan::kNone) == match.partition.end());
  }

  // Whether the index helps with any condition or order.
  bool is_useful() const {
    // An EntryMaker's entries exist for some rows only, and one row may have many.
    if (index_ != nullptr && index_->maker != nullptr) return !plan_.key.empty();
    return !plan_.key.empty() || plan_.is_bounded() || info_->orderByConsumed != 0 || is_narrower();
  }

  // Whether entries alone hold everything that a scan would read of rows. Not for the past, which may be
  // older than the index; and not where values of another table are looked for, again and again: a scan of rows
  // then indexes them by itself.
  bool is_narrower() const {
    if (has_unknown_filter_) return false;
    const sqlite3_uint64 visible = (sqlite3_uint64{1} << std::min(visible_, kSharedBit)) - 1;
    return is_covering_ && plan_.as_of == Plan::kNone && (info_->colUsed & visible) != 0;
  }

  // The cost with what SQLite adds for sorting.
  double whole_cost() const {
    const auto rows = static_cast<double>(info_->estimatedRows);
    const bool is_sorted = info_->nOrderBy > 0 && info_->orderByConsumed == 0;
    return info_->estimatedCost + (is_sorted ? cost_of_sorting(rows) : 0);
  }

  void answer(std::vector<Plan>& plans) const {
    auto known = std::find(plans.begin(), plans.end(), plan_);
    if (known == plans.end()) known = plans.insert(known, plan_);
    info_->idxNum = static_cast<int>(known - plans.begin());
    info_->idxStr = sqlite3_mprintf("%s", (question_.words() + filter_words_).c_str());
    info_->needToFreeIdxStr = 1;
    if (info_->idxStr == nullptr) throw std::bad_alloc();
  }

 private:
  const sqlite3_index_info::sqlite3_index_constraint& constraint(int i) const {
    return question_.constraint(i);
  }
  bool is_taken(int i) const { return question_.is_taken(i); }
  int take(int i, bool omit) { return question_.take(i, omit); }
  void say(const std::string& words) { question_.say(words); }

  // Only the constraint that passes the argument down reads its column; where SQLite passes none, the time
  // comes from the row itself.
  bool is_time_missing() const {
    if (announces_all()) return false;
    for (const HiddenColumn column : {kSystemArgument, kValidArgument}) {
      const int place = visible_ + column;
      if (place >= kSharedBit || (info_->colUsed >> place & 1) == 0) continue;
      bool is_given = false;
      for (int i = 0; i < question_.count(); ++i) is_given = is_given || constraint(i).iColumn == place;
      if (!is_given) return true;
    }
    return false;
  }

  // Takes the times to read at. Returns false when one comes from a table that is read later.
  bool take_times() {
    struct Time {
      HiddenColumn column;
      int* argument;
      const char* words;
    };
    const Time times[] = {
        {kDefine, &plan_.define, "DEFINE"},         {kWritten, &plan_.written, "written rows"},
        {kSystemArgument, &plan_.as_of, "AS OF ?"}, {kValidArgument, &plan_.valid_at, "VALID AT ?"},
        {kAsOf, &plan_.as_of, "AS OF ?"},           {kValidAt, &plan_.valid_at, "VALID AT ?"},
        {kPortion, &plan_.portion, "PORTION ?"}};
    for (const Time& time : times) {
      for (int i = 0; i < question_.count(); ++i) {
        if (constraint(i).iColumn != visible_ + time.column || constraint(i).op != SQLITE_INDEX_CONSTRAINT_EQ)
          continue;
        if (!constraint(i).usable) return false;
        if (*time.argument != Plan::kNone) continue;  // SQLite checks a second one
        *time.argument = take(i, true);
        say(time.words);
      }
    }
    return true;
  }

  // Takes what the rewriter says of a query that only counts the rows (sql/rewrite/count_rewriter.cc).
  void take_count() {
    for (int i = 0; i < question_.count(); ++i) {
      if (!question_.is(i, visible_ + kGiven, SQLITE_INDEX_CONSTRAINT_EQ) || !constraint(i).usable ||
          plan_.count != Plan::kNone)
        continue;
      plan_.count = take(i, true);
      say("count");
    }
  }

  // Whether SQLite asks for nothing of the rows but that they are there. A row's times are known without it.
  bool is_bare() const {
    sqlite3_uint64 known = 0;
    for (const HiddenColumn column : {kSystemArgument, kValidArgument, kAsOf, kValidAt}) {
      if (visible_ + column < kSharedBit) known |= sqlite3_uint64{1} << (visible_ + column);
    }
    return (info_->colUsed & ~known) == 0 && index_ == nullptr && !has_match() && !has_matched() &&
           plan_.define == Plan::kNone && plan_.portion == Plan::kNone && plan_.key.empty() &&
           !plan_.is_bounded() && plan_.filters.empty() && plan_.periods.empty() && plan_.turn == 0 &&
           plan_.distinct == 0;
  }

  // Takes the only order that such rows have. It does not make groups: a search may return rows late, and
  // groups would fall apart.
  void take_order_of(HiddenColumn column, const char* words) {
    const bool is_wanted = info_->nOrderBy == 1 && info_->aOrderBy[0].iColumn == visible_ + column &&
                           info_->aOrderBy[0].desc == 0 && sqlite3_vtab_distinct(info_) == 0;
    if (!is_wanted) return;
    info_->orderByConsumed = 1;
    say(std::string("ORDER BY ") + words);
  }

  bool has_built_in_collation(int i) const {
    const char* collation = question_.collation(i);
    if (collation == nullptr) return true;
    return std::any_of(std::begin(kCollations), std::end(kCollations), [collation](Collation built_in) {
      return sqlite3_stricmp(collation, collation_name(built_in)) == 0;
    });
  }

  // Takes equalities that no key serves. SQLite still checks them. Taking them makes SQLite see that this way
  // of reading depends on the tables that the values come from, and how few rows remain; otherwise it may
  // order the tables of a join so that nothing limits them. IN is not taken: SQLite would read once for every
  // value.
  void take_filters() {
    for (int i = 0; i < question_.count(); ++i) {
      if (constraint(i).op != SQLITE_INDEX_CONSTRAINT_EQ || constraint(i).iColumn < 0) continue;
      if (constraint(i).iColumn >= visible_ || !constraint(i).usable || is_taken(i)) continue;
      if (question_.is_list(i) || !has_built_in_collation(i)) continue;
      sqlite3_value* given = nullptr;
      has_unknown_filter_ =
          has_unknown_filter_ || sqlite3_vtab_rhs_value(info_, i, &given) != SQLITE_OK || given == nullptr;
      plan_.filters.push_back({constraint(i).iColumn, take(i, false)});
      filter_words_ +=
          (filter_words_.empty() ? " FILTER " : " ") + name_of_column(schema_, constraint(i).iColumn) + "=?";
    }
  }

  // Takes comparisons of a row's periods, which compare times. They change no estimate, since it is unknown
  // how much of history they leave. Under a collation of the user's, SQLite compares the shown texts itself.
  void take_periods() {
    for (int i = 0; i < question_.count(); ++i) {
      const int column = constraint(i).iColumn - visible_;
      if (constraint(i).iColumn < visible_ || !constraint(i).usable || is_taken(i)) continue;
      if (!PeriodConditions::knows(column, constraint(i).op)) continue;
      const char* collation = question_.collation(i);
      if (collation != nullptr && sqlite3_stricmp(collation, "BINARY") != 0 && !is_time_collation(collation))
        continue;
      const bool is_list = question_.is_list(i);
      if (is_list) question_.take_as_list(i);
      plan_.periods.push_back({column, constraint(i).op, take(i, true), is_list});
      say(hidden_name(static_cast<HiddenColumn>(column)) + std::string(operator_name(constraint(i).op)));
    }
  }

  static const char* operator_name(unsigned char op) {
    switch (op) {
      case SQLITE_INDEX_CONSTRAINT_GT:
        return ">?";
      case SQLITE_INDEX_CONSTRAINT_GE:
        return ">=?";
      case SQLITE_INDEX_CONSTRAINT_LT:
        return "<?";
      case SQLITE_INDEX_CONSTRAINT_LE:
        return "<=?";
      case SQLITE_INDEX_CONSTRAINT_NE:
        return "<>?";
      case SQLITE_INDEX_CONSTRAINT_ISNOT:
        return " IS NOT ?";
      case SQLITE_INDEX_CONSTRAINT_ISNULL:
        return " IS NULL";
      case SQLITE_INDEX_CONSTRAINT_ISNOTNULL:
        return " IS NOT NULL";
      default:
        return "=?";
    }
  }

  bool has_one_row_a_key() const {
    return plan_.as_of == Plan::kNone && plan_.valid_at == Plan::kNone && plan_.portion == Plan::kNone;
  }

  void take_order() {
    if ((index_ != nullptr && key_.may_widen()) || !key_.is_in_key_order()) return;
    const auto rows = static_cast<double>(std::max(size_.current, kSmallTable));
    PlanOrder order =
        order_of({schema_, key_.path(), plan_, key_.may_widen(), has_one_row_a_key(), rows}, info_);
    if (!order.is_given) return;
    info_->orderByConsumed = 1;
    plan_.descending = order.descending;
    plan_.order = std::move(order.places);
    plan_.turn = order.turn;
    plan_.distinct = order.distinct;
    say(std::string(order.distinct != 0 ? "DISTINCT " : "ORDER BY ") + (index_ == nullptr ? "key" : "index") +
        (order.turn != 0    ? " IN TURN"
         : plan_.descending ? " DESC"
                            : ""));
  }

  ReadShape shape() const {
    ReadShape shape;
    shape.table = size_;
    shape.by_index = index_ != nullptr;
    shape.is_covering = is_covering_;
    shape.reads_past = plan_.as_of != Plan::kNone;
    shape.has_one_row_a_key = has_one_row_a_key();
    shape.is_whole_key = key_.is_whole();
    shape.equalities = plan_.key.size();
    for (const Plan::KeyValue& value : plan_.key) shape.lists += value.is_list ? 1 : 0;
    for (const int argument : {plan_.lower.argument, plan_.upper.argument, plan_.prefix_pattern})
      shape.bounds += argument == Plan::kNone ? 0 : 1;
    shape.is_not_null = plan_.is_not_null;
    // A second equality on a column of the key leaves no fewer of them to read.
    shape.filters = static_cast<size_t>(
        std::count_if(plan_.filters.begin(), plan_.filters.end(), [this](const Plan::Filter& filter) {
          const std::vector<IndexPart>& path = key_.path();
          const auto end = path.begin() + static_cast<long>(std::min(plan_.key.size(), path.size()));
          return std::none_of(path.begin(), end,
                              [&](const IndexPart& part) { return part.column == filter.column; });
        }));
    if (!shape.is_whole_key) {
      shape.rows_of_value = rows_of_value();
      shape.known = size_by_literals(plan_, schema_, index_, measure_, shape.rows_of_value, info_);
    }
    if (info_->orderByConsumed != 0 && !plan_.match.is_in_order() && !has_matched())
      shape.wanted = wanted_rows(info_);
    shape.is_in_turn = plan_.turn != 0;
    return shape;
  }

  // What is known of the columns that the key has equalities for. Entries that a maker makes are no rows, and
  // NULLs are not counted.
  std::optional<double> rows_of_value() const {
    if (plan_.key.empty() || (index_ != nullptr && index_->maker != nullptr)) return std::nullopt;
    if (std::any_of(plan_.key.begin(), plan_.key.end(),
                    [](const Plan::KeyValue& value) { return value.matches_null; }))
      return std::nullopt;
    return statistics_.rows_of_value(index_ != nullptr ? index_->id : schema_.id, key_.path(),
                                     plan_.key.size(), size_);
  }

  void say_cost(const PlanCost& cost) {
    info_->estimatedCost = cost.cost;
    info_->estimatedRows = static_cast<sqlite3_int64>(cost.rows);
  }

  void estimate() {
    const PlanCost cost = cost_of(shape());
    say_cost(cost);
    if (has_match())
      info_->estimatedCost = plan_.match.is_search ? cost_of_search(size_) : cost_of_measuring(cost);
    if (has_matched()) say_cost(cost_of_matched(cost, size_, !plan_.key.empty()));
    // When SQLite is told of one row at most, an UPDATE reads only the first one, and needs no table of the
    // rows that it found.
    if (key_.is_whole() && cost.seeks < 2 && has_one_row_a_key() &&
        (!key_.may_widen() || (may_promise_ && is_update()))) {
      info_->idxFlags = SQLITE_INDEX_SCAN_UNIQUE;
      plan_.promises_one_row = key_.may_widen();
    }
    if (question_.words().empty()) say("scan");
  }

  // For an UPDATE all columns are announced as used, even those that do not exist. A query of a wide table
  // may use all, too.
  bool announces_all() const { return info_->colUsed == ~sqlite3_uint64{0}; }
  bool is_update() const { return visible_ + kHiddenColumnCount < kSharedBit && announces_all(); }

  const TableSchema& schema_;
  const temporal::IndexSchema* const index_;
  const int visible_;
  const lsm::RangeSize size_;
  const Measure& measure_;
  const TableStatistics& statistics_;
  const bool may_promise_;
  sqlite3_index_info* const info_;
  Plan plan_;
  PlanQuestion question_;
  PlanKey key_;
  PlanMatch match_;
  bool is_covering_ = false;
  bool has_unknown_filter_ = false;  // a value of Plan::filters is no literal
  std::string filter_words_;         // behind all others
};

// Newer versions of SQLite announce the key in every statement, since joins and OR may read it. Then no index would cover a
// query, and each row be read with its period. Who reads a key that was not announced gets it, too
// (Cursor::ensure_period). Where all columns are announced, rows are written.
void keep_key_unannounced(const TableSchema& schema, sqlite3_index_info* info) {
  const size_t place = schema.columns.size() + kKey;
  if (place < kSharedBit && info->colUsed != ~sqlite3_uint64{0})
    info->colUsed &= ~(sqlite3_uint64{1} << place);
}

}  // namespace

bool choose_plan(const PlannedTable& table, const Measure& measure, const TableStatistics& statistics,
                 bool may_promise, bool is_utf16, sqlite3_index_info* info, std::vector<Plan>& plans) {
  keep_key_unannounced(table.schema, info);
  const lsm::RangeSize size = statistics.size();
  lsm::RangeSize compared = size;
  if (!table.indexes.empty()) compared.current = std::max(compared.current, kSmallTable);
  Planner by_key(table, nullptr, false, compared, measure, statistics, may_promise, is_utf16, info);
  if (!by_key.run()) return false;
  if (table.indexes.empty()) {
    by_key.answer(plans);
    return true;
  }
  if (by_key.has_matched()) {
    by_key.answer(plans);
    return true;
  }
  double least = by_key.whole_cost();
  const temporal::IndexSchema* best = nullptr;
  for (const temporal::IndexSchema& index : table.indexes) {
    if (ranking_of(index) != nullptr || matcher_of(index) != nullptr) continue;
    Planner planner(table, &index, false, compared, measure, statistics, may_promise, is_utf16, info);
    if (!planner.run() || !planner.is_useful() || planner.whole_cost() >= least) continue;
    least = planner.whole_cost();
    best = &index;
  }
  bool searches = false;
  if (by_key.can_search()) {
    Planner planner(table, nullptr, true, compared, measure, statistics, may_promise, is_utf16, info);
    searches = planner.run() && planner.may_search() && planner.whole_cost() < least;
  }
  Planner chosen(table, searches ? nullptr : best, searches, size, measure, statistics, may_promise, is_utf16,
                 info);
  chosen.run();
  chosen.answer(plans);
  return true;
}

}  // namespace spectradb::extension
