// How one use of a temporal table in a statement will be read: which constraints xBestIndex took, in terms of
// xFilter's arguments. A table keeps the distinct plans of its statements; idxNum is the place in that list
// and idxStr the plan in words, for EXPLAIN QUERY PLAN.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "extension/host/api.h"
#include "lsm/store/store.h"
#include "temporal/index_schema.h"
#include "temporal/schema.h"

namespace spectradb::extension {

struct RankedCall;

// Of sqlite3_index_info::colUsed: columns before it have a bit each, this one and all behind it share one.
inline constexpr int kSharedBit = 63;

struct Plan {
  static constexpr int kNone = -1;

  struct KeyValue {  // an equality on a key column
    int argument = kNone;
    bool is_list = false;       // all values of an IN at once
    bool matches_null = false;  // IS, IS NULL
    bool is_certain = false;    // a constant that means the same whatever its affinity
    bool operator==(const KeyValue&) const = default;
  };
  struct KeyBound {
    int argument = kNone;
    bool is_inclusive = false;
    bool is_certain = false;
    bool operator==(const KeyBound&) const = default;
  };

  struct Filter {  // an equality that no key helps with
    int column = kNone;
    int argument = kNone;
    bool operator==(const Filter&) const = default;
  };

  struct PeriodBound {   // a comparison of _system_from, _system_to, _valid_from or _valid_to
    int column = kNone;  // HiddenColumn
    unsigned char op = 0;
    int argument = kNone;
    bool is_list = false;  // all values of an IN at once
    bool operator==(const PeriodBound&) const = default;
  };

  // column MATCH value (extension/facet/ranking.h): rows come as near as they are to the value. With a call all
  // rows belong to the answer, and only those of a search come in order.
  struct Match {
    int column = kNone;
    int argument = kNone;
    int count = kNone;       // _k = ?
    int effort = kNone;      // _effort = ?
    int limit = kNone;       // of the statement: about so many rows are wanted
    uint32_t index_id = 0;   // of the index that says what near means; 0: the type of the column does
    bool is_search = false;  // it is searched, where the times are one instant
    const RankedCall* call = nullptr;  // _ranked_by = ?
    bool is_call_unknown = false;      // what that says is none
    bool has_nulls_last = false;       // of the call: where rows of NULL come
    bool has_no_nulls = false;         // they are not wanted
    std::vector<int> partition;        // arguments, of the columns behind its first one
    bool says_partition = false;       // something is said of those columns, though it may be no single value
    bool operator==(const Match&) const = default;
    // Whether rows come in the order of their distance, or those of NULL first or last.
    bool is_in_order() const { return column != kNone && (call == nullptr || is_search); }
  };

  // column MATCH query (extension/facet/matcher.h): the rows that an index of words, or the like, finds.
  struct Matched {
    struct Condition {
      int column = kNone;  // of the index, or kText behind the visible ones
      int argument = kNone;
      bool operator==(const Condition&) const = default;
    };
    uint32_t index_id = 0;
    std::vector<Condition> conditions;
    bool operator==(const Matched&) const = default;
  };

  uint32_t index_id = 0;  // of the index that is read, 0 for the table's own key
  int define = kNone;     // not a scan: the statement changes the table's indexes
  int written = kNone;    // arguments of xFilter; the number of a row set, in the place of everything else
  int as_of = kNone;
  int valid_at = kNone;
  int portion = kNone;
  std::vector<KeyValue> key;  // equalities on a prefix of the columns of the key, or of the index and the key
  KeyBound lower;             // on the column after that prefix
  KeyBound upper;
  bool is_not_null = false;          // IS NOT NULL on that column
  int prefix_pattern = kNone;        // GLOB or LIKE on that column
  bool is_like = false;              // it is LIKE
  std::vector<Filter> filters;       // SQLite checks them too
  std::vector<PeriodBound> periods;  // SQLite leaves these to us
  Match match;
  Matched matched;
  bool descending = false;
  std::vector<int> order;  // places in the key that ORDER BY was promised by; those of single values may miss
  // How many columns in front are in the direction above, where those behind are in the other one: ORDER BY
  // a, b DESC. 0: all are.
  size_t turn = 0;
  size_t distinct = 0;  // one row is wanted of those that are equal in so many columns in front; 0: all rows
  uint64_t columns_used = 0;  // as sqlite3_index_info.colUsed
  // A time is an argument that SQLite does not hand down, as it comes from the row itself: to be planned (for
  // one side of an OR, where it is handed down later), but not to be run.
  bool misses_time = false;
  // The database is one of UTF-16: SQLite compares text by the bytes of that encoding, keys lie in UTF-8's order.
  bool is_utf16 = false;
  // One row was promised, though a value may turn out to match more: then the statement must be planned anew.
  bool promises_one_row = false;

  bool operator==(const Plan&) const = default;
  bool is_point(const temporal::TableSchema& schema) const;
  bool limits_valid_time() const;  // whether any of `periods` needs the row's valid period
};
// As a plan in words calls a column; one that an index on an expression made has no name.
std::string name_of_column(const temporal::TableSchema& schema, int column);

// How much the keys in [from, to) hold: a table, a part of it, or a part of an index.
using Measure = std::function<lsm::RangeSize(std::string_view from, std::string_view to)>;

// What xBestIndex is to know of a table.
struct PlannedTable {
  const temporal::TableSchema& schema;
  const std::vector<temporal::IndexSchema>& indexes;
  const std::vector<int>& ranked_columns;  // whose type has a ranking
};

// xBestIndex: the cheapest way to read, by the key or by one of the indexes. `may_promise`: plans may set
// promises_one_row. `is_utf16`: of the database. False when no plan can be run (a time is not known yet), so that SQLite looks for
// another.
bool choose_plan(const PlannedTable& table, const Measure& measure, bool may_promise, bool is_utf16,
                 sqlite3_index_info* info, std::vector<Plan>& plans);

}  // namespace spectradb::extension
