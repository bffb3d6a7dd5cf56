#include "extension/read/plan_order.h"

#include <algorithm>

#include "extension/read/plan_sizes.h"
#include "extension/schema/hidden_columns.h"

namespace spectradb::extension {

using temporal::Affinity;
using temporal::Collation;
using temporal::IndexPart;

namespace {

// Reading many groups in turn costs at worst two seeks each; it pays where LIMIT wants only a small part of
// the table:
constexpr double kTurnedRowsMin = 10;  // rows of the table for each wanted row

class OrderFinder {
 public:
  OrderFinder(const OrderedPath& path, sqlite3_index_info* info)
      : path_(path), visible_(static_cast<int>(path.schema.columns.size())), info_(info) {}

  // Keys come in key order, ascending or descending; columns bound to one value do not matter.
  PlanOrder find() {
    PlanOrder order;
    const std::vector<IndexPart>& parts = path_.parts;
    size_t next = 0;
    int direction = -1;
    for (int i = 0; i < info_->nOrderBy; ++i) {
      const int column = column_of(i);
      while (next < parts.size() && parts[next].column != column && is_one_value(next)) ++next;
      if (next >= parts.size()) {
        if (!path_.has_one_row_a_key || path_.may_widen) return {};
        break;  // the whole key is fixed before, so nothing is left to order
      }
      if (parts[next].column != column) {
        if (is_among_first(column, std::min(next, path_.plan.key.size())) && !path_.may_widen) continue;
        return {};
      }
      if (!has_column_collation(parts[next])) return {};
      const int term = (info_->aOrderBy[i].desc != 0) != parts[next].is_descending ? 1 : 0;
      const bool has_direction = !is_one_value(next) || path_.may_widen;
      if (has_direction && direction >= 0 && direction != term) {
        if (order.turn != 0 || !is_turn_worth_it()) return {};
        order.turn = next;
      }
      if (has_direction) direction = term;
      order.places.push_back(static_cast<int>(next));
      ++next;
    }
    order.is_given = true;
    order.descending = (direction == 1) != (order.turn != 0);
    if (order.turn == 0 && are_equal_rows_alike()) order.distinct = next;
    return order;
  }

 private:
  int column_of(int term) const {
    const temporal::TableSchema& schema = path_.schema;
    const int column = info_->aOrderBy[term].iColumn;
    const bool is_key =
        column == visible_ + kRowid && schema.key_columns.size() == 1 && schema.has_integer_key;
    return is_key ? schema.key_columns[0] : column;
  }
  bool is_one_value(size_t place) const {
    return place < path_.plan.key.size() && !path_.plan.key[place].is_list;
  }
  bool is_among_first(int column, size_t count) const {
    return std::any_of(path_.parts.begin(), path_.parts.begin() + static_cast<long>(count),
                       [column](const IndexPart& part) { return part.column == column; });
  }
  // Orders are usable only under the column's own collation, the only one that SQLite asks for.
  bool has_column_collation(const IndexPart& part) const {
    return part.column >= visible_ ||
           part.collation == path_.schema.columns[static_cast<size_t>(part.column)].collation;
  }
  bool is_turn_worth_it() const {
    return !path_.may_widen && wanted_rows(info_) * kTurnedRowsMin <= path_.rows;
  }

  // Whether DISTINCT wants one of the rows that the order finds equal, and these rows are alike in all that
  // the statement uses, conditions that SQLite checks included.
  bool are_equal_rows_alike() const {
    constexpr int kOneOfEqualRows = 2;
    if (sqlite3_vtab_distinct(info_) != kOneOfEqualRows || path_.may_widen) return false;
    for (int column = 0; column <= kSharedBit; ++column) {
      if ((info_->colUsed >> column & 1) == 0) continue;
      if (column == kSharedBit) return false;
      if (column == visible_ + kSystemArgument || column == visible_ + kValidArgument) continue;
      if (column >= visible_ || !is_ordered_by(column) || !has_one_form(column)) return false;
    }
    return true;
  }
  bool is_ordered_by(int column) const {
    for (int i = 0; i < info_->nOrderBy; ++i) {
      if (column_of(i) == column) return true;
    }
    return false;
  }
  // Whether equal values always look the same.
  bool has_one_form(int column) const {
    const temporal::Column& asked = path_.schema.columns[static_cast<size_t>(column)];
    return asked.collation == Collation::kBinary &&
           (asked.affinity == Affinity::kText || asked.affinity == Affinity::kInteger ||
            asked.affinity == Affinity::kNumeric);
  }

  const OrderedPath& path_;
  const int visible_;
  sqlite3_index_info* const info_;
};

}  // namespace

PlanOrder order_of(const OrderedPath& path, sqlite3_index_info* info) {
  return info->nOrderBy == 0 ? PlanOrder{} : OrderFinder(path, info).find();
}

}  // namespace spectradb::extension
