#include "extension/plan.h"

#include <algorithm>
#include <cmath>
#include <new>

#include "extension/hidden_columns.h"
#include "extension/period_conditions.h"

namespace spectradb::extension {

using temporal::Affinity;
using temporal::Collation;
using temporal::Column;
using temporal::TableSchema;

namespace {

constexpr double kSeekCost = 4.0;
constexpr double kRowCost = 1.0;
// Of the rows, without better knowledge:
constexpr double kKeyColumnFraction = 0.02;  // for each column of an equality on a part of the key
constexpr double kRangeFraction = 0.25;      // for each bound of a range
constexpr double kFilterFraction = 0.1;      // for each equality on another column
constexpr double kListValues = 10;           // of an IN

constexpr Collation kCollations[] = {Collation::kBinary, Collation::kNoCase, Collation::kRTrim};

const char* collation_name(Collation collation) {
  switch (collation) {
    case Collation::kBinary:
      return "BINARY";
    case Collation::kNoCase:
      return "NOCASE";
    case Collation::kRTrim:
      return "RTRIM";
  }
  return "BINARY";
}

// Reads one sqlite3_index_info and builds a Plan from it.
class Planner {
 public:
  Planner(const TableSchema& schema, const lsm::RangeSize& size, sqlite3_index_info* info)
      : schema_(schema), visible_(static_cast<int>(schema.columns.size())), size_(size), info_(info) {}

  bool run(std::vector<Plan>& plans) {
    if (!take_times()) return false;
    plan_.columns_used = info_->colUsed;
    if (plan_.written == Plan::kNone) {
      take_key();
      take_order();
      take_filters();
      take_periods();
      estimate();
    } else {
      info_->estimatedCost = kSeekCost;
      info_->estimatedRows = 1;
    }
    auto known = std::find(plans.begin(), plans.end(), plan_);
    if (known == plans.end()) known = plans.insert(known, plan_);
    info_->idxNum = static_cast<int>(known - plans.begin());
    info_->idxStr = sqlite3_mprintf("%s", words_.c_str());
    info_->needToFreeIdxStr = 1;
    if (info_->idxStr == nullptr) throw std::bad_alloc();
    return true;
  }

 private:
  const sqlite3_index_info::sqlite3_index_constraint& constraint(int i) const {
    return info_->aConstraint[i];
  }
  bool is_taken(int i) const { return info_->aConstraintUsage[i].argvIndex > 0; }

  int take(int i, bool omit) {
    info_->aConstraintUsage[i].argvIndex = ++arguments_;
    info_->aConstraintUsage[i].omit = omit ? 1 : 0;
    return arguments_ - 1;
  }

  void say(const std::string& words) { words_ += (words_.empty() ? "" : " ") + words; }

  // The times to read at. False when one is given by a table that this plan reads later.
  bool take_times() {
    struct Time {
      HiddenColumn column;
      int* argument;
      const char* words;
    };
    const Time times[] = {
        {kWritten, &plan_.written, "written rows"},      {kSystemArgument, &plan_.as_of, "AS OF ?"},
        {kValidArgument, &plan_.valid_at, "VALID AT ?"}, {kAsOf, &plan_.as_of, "AS OF ?"},
        {kValidAt, &plan_.valid_at, "VALID AT ?"},       {kPortion, &plan_.portion, "PORTION ?"}};
    for (const Time& time : times) {
      for (int i = 0; i < info_->nConstraint; ++i) {
        if (constraint(i).iColumn != visible_ + time.column || constraint(i).op != SQLITE_INDEX_CONSTRAINT_EQ)
          continue;
        if (!constraint(i).usable) return false;
        if (*time.argument != Plan::kNone) continue;  // a second one is SQLite's to check
        *time.argument = take(i, true);
        say(time.words);
      }
    }
    return true;
  }

  bool is_usable_on(int i, int column) const {
    const int at = constraint(i).iColumn;
    const bool is_alias = at == visible_ + kRowid && schema_.has_integer_key;
    if (!constraint(i).usable || is_taken(i)) return false;
    if (at != column && !(is_alias && (column == visible_ + kRowid || (schema_.key_columns.size() == 1 &&
                                                                       schema_.key_columns[0] == column)))) {
      return false;
    }
    // Keys are encoded for one collation. A numeric column may hold text too; only an integer key never does.
    const char* collation = sqlite3_vtab_collation(info_, i);
    return schema_.has_integer_key || collation == nullptr ||
           sqlite3_stricmp(collation, collation_name(collation_of(column))) == 0;
  }

  bool has_built_in_collation(int i) const {
    const char* collation = sqlite3_vtab_collation(info_, i);
    if (collation == nullptr) return true;
    return std::any_of(std::begin(kCollations), std::end(kCollations), [collation](Collation built_in) {
      return sqlite3_stricmp(collation, collation_name(built_in)) == 0;
    });
  }

  Affinity affinity_of(int column) const {
    return column < visible_ ? schema_.columns[static_cast<size_t>(column)].affinity : Affinity::kInteger;
  }
  Collation collation_of(int column) const {
    return column < visible_ ? schema_.columns[static_cast<size_t>(column)].collation : Collation::kBinary;
  }
  // Comparisons on columns of numeric affinity mean the same whatever stands on the other side, so SQLite
  // need not check them again. Text against numbers depends on where the number comes from, which only SQLite
  // knows.
  bool is_exact(int column) const {
    return affinity_of(column) == Affinity::kInteger || affinity_of(column) == Affinity::kReal ||
           affinity_of(column) == Affinity::kNumeric;
  }
  bool is_literal(int i) const {
    sqlite3_value* value = nullptr;
    return sqlite3_vtab_rhs_value(info_, i, &value) == SQLITE_OK && value != nullptr;
  }
  std::string name_of(int column) const {
    return column < visible_ ? schema_.columns[static_cast<size_t>(column)].name : "rowid";
  }

  std::vector<int> key_columns() const {
    return schema_.key_columns.empty() ? std::vector<int>{visible_ + kRowid} : schema_.key_columns;
  }

  // Equalities on a prefix of the key, then a range on the next column.
  void take_key() {
    bool has_list = false;
    for (int column : key_columns()) {
      const int found = find_equality(column);
      if (found < 0) {
        take_range(column);
        return;
      }
      Plan::KeyValue value;
      value.is_literal = is_literal(found);
      // One list at a time can be walked in key order; SQLite itself loops over further ones.
      value.is_list = !has_list && sqlite3_vtab_in(info_, found, -1) != 0;
      if (value.is_list) sqlite3_vtab_in(info_, found, 1);
      has_list = has_list || value.is_list;
      value.argument = take(found, is_exact(column) && !value.is_list && !may_widen_);
      may_widen_ = may_widen_ || (!is_exact(column) && !value.is_literal);
      say(name_of(column) + (value.is_list ? " IN ?" : "=?"));
      plan_.key.push_back(value);
    }
  }

  int find_equality(int column) const {
    for (int i = 0; i < info_->nConstraint; ++i) {
      if (constraint(i).op == SQLITE_INDEX_CONSTRAINT_EQ && is_usable_on(i, column)) return i;
    }
    return -1;
  }

  void take_range(int column) {
    for (int i = 0; i < info_->nConstraint; ++i) {
      if (!is_usable_on(i, column)) continue;
      const unsigned char op = constraint(i).op;
      const bool is_lower = op == SQLITE_INDEX_CONSTRAINT_GT || op == SQLITE_INDEX_CONSTRAINT_GE;
      const bool is_upper = op == SQLITE_INDEX_CONSTRAINT_LT || op == SQLITE_INDEX_CONSTRAINT_LE;
      if (is_lower || is_upper) {
        Plan::KeyBound& bound = is_lower ? plan_.lower : plan_.upper;
        if (bound.argument != Plan::kNone) continue;
        bound.is_inclusive = op == SQLITE_INDEX_CONSTRAINT_GE || op == SQLITE_INDEX_CONSTRAINT_LE;
        bound.is_literal = is_literal(i);
        bound.argument = take(i, is_exact(column) && !may_widen_);
        say(name_of(column) + (is_lower ? ">" : "<") + (bound.is_inclusive ? "=?" : "?"));
      } else if (op == SQLITE_INDEX_CONSTRAINT_GLOB && plan_.prefix_pattern == Plan::kNone &&
                 affinity_of(column) == Affinity::kText && collation_of(column) == Collation::kBinary) {
        plan_.prefix_pattern = take(i, false);
        say(name_of(column) + " GLOB ?");
      }
    }
  }

  // Equalities that no key helps with. SQLite checks them; they are taken so that it sees this way of reading
  // depend on the tables that the values come from, and how few rows remain: else it may put the tables of a
  // join in an order in which nothing limits them. IN is left alone: SQLite would read once for every value.
  void take_filters() {
    for (int i = 0; i < info_->nConstraint; ++i) {
      if (constraint(i).op != SQLITE_INDEX_CONSTRAINT_EQ || constraint(i).iColumn < 0) continue;
      if (constraint(i).iColumn >= visible_ || !constraint(i).usable || is_taken(i)) continue;
      if (sqlite3_vtab_in(info_, i, -1) != 0 || !has_built_in_collation(i)) continue;
      plan_.filters.push_back({constraint(i).iColumn, take(i, false)});
    }
  }

  // Comparisons of a row's periods. They change no estimate: how much of history they leave is not known.
  void take_periods() {
    for (int i = 0; i < info_->nConstraint; ++i) {
      const int column = constraint(i).iColumn - visible_;
      if (constraint(i).iColumn < visible_ || !constraint(i).usable || is_taken(i)) continue;
      if (!PeriodConditions::knows(column, constraint(i).op) || sqlite3_vtab_in(info_, i, -1) != 0) continue;
      const char* collation = sqlite3_vtab_collation(info_, i);
      if (collation != nullptr && sqlite3_stricmp(collation, "BINARY") != 0) continue;
      plan_.periods.push_back({column, constraint(i).op, take(i, false)});
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

  // Keys come in key order, ascending or descending; columns bound to one value do not matter.
  void take_order() {
    if (info_->nOrderBy == 0) return;
    const std::vector<int> key = key_columns();
    size_t next = 0;
    int direction = -1;
    std::vector<int> order;
    for (int i = 0; i < info_->nOrderBy; ++i) {
      int column = info_->aOrderBy[i].iColumn;
      if (column == visible_ + kRowid && schema_.key_columns.size() == 1 && schema_.has_integer_key)
        column = schema_.key_columns[0];
      while (next < key.size() && key[next] != column && next < plan_.key.size() && !plan_.key[next].is_list)
        ++next;
      if (next >= key.size()) {
        if (!has_one_row_a_key() || may_widen_) return;
        break;  // the whole key stands before: nothing is left to order
      }
      if (key[next] != column) {
        const bool is_fixed =
            std::any_of(key.begin(), key.begin() + static_cast<long>(std::min(next, plan_.key.size())),
                        [&](int fixed) { return fixed == column; });
        if (is_fixed && !may_widen_) continue;
        return;
      }
      if (direction >= 0 && direction != info_->aOrderBy[i].desc) return;
      direction = info_->aOrderBy[i].desc;
      order.push_back(static_cast<int>(next));
      ++next;
    }
    info_->orderByConsumed = 1;
    plan_.descending = direction == 1;
    plan_.order = std::move(order);
    say(plan_.descending ? "ORDER BY key DESC" : "ORDER BY key");
  }

  void estimate() {
    const size_t key_size = key_columns().size();
    double seeks = 1;
    for (const Plan::KeyValue& value : plan_.key) seeks *= value.is_list ? kListValues : 1;
    double read = 0;  // versions
    double rows = 0;  // of the answer
    if (plan_.key.size() == key_size) {
      read = rows = seeks * (has_one_row_a_key() ? 1 : 2);
    } else {
      double fraction = seeks;
      for (size_t i = 0; i < plan_.key.size(); ++i) fraction *= kKeyColumnFraction;
      for (const int argument : {plan_.lower.argument, plan_.upper.argument, plan_.prefix_pattern})
        fraction *= argument == Plan::kNone ? 1 : kRangeFraction;
      fraction = std::min(1.0, fraction);
      read =
          fraction * static_cast<double>(size_.current + (plan_.as_of == Plan::kNone ? 0 : size_.superseded));
      rows = fraction * static_cast<double>(size_.current);
    }
    for (size_t i = 0; i < plan_.filters.size(); ++i) rows *= kFilterFraction;
    info_->estimatedCost = seeks * kSeekCost + read * kRowCost;
    info_->estimatedRows = static_cast<sqlite3_int64>(std::max(1.0, rows));
    // Where SQLite is told of one row at most, an UPDATE looks at the first one only.
    if (plan_.key.size() == key_size && seeks < 2 && has_one_row_a_key() && !may_widen_)
      info_->idxFlags = SQLITE_INDEX_SCAN_UNIQUE;
    if (words_.empty()) say("scan");
  }

  const TableSchema& schema_;
  const int visible_;
  const lsm::RangeSize size_;
  sqlite3_index_info* const info_;
  Plan plan_;
  int arguments_ = 0;
  bool may_widen_ = false;  // a value may turn out not to be comparable in key order: then what follows is
                            // not used, and SQLite checks it
  std::string words_;
};

}  // namespace

bool Plan::is_point(const TableSchema& schema) const {
  return key.size() == std::max<size_t>(1, schema.key_columns.size());
}

bool choose_plan(const TableSchema& schema, const lsm::RangeSize& size, sqlite3_index_info* info,
                 std::vector<Plan>& plans) {
  return Planner(schema, size, info).run(plans);
}

}  // namespace spectradb::extension
