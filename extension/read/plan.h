// How a statement will read a temporal table in one place: which constraints xBestIndex took, as arguments of
// xFilter. A table keeps the distinct plans of its statements; idxNum is the place in that list, and idxStr
// is the plan in words, for EXPLAIN QUERY PLAN.
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

// In sqlite3_index_info::colUsed columns before this one have a bit each; this one and all behind it share
// one.
inline constexpr int kSharedBit = 63;

struct Plan {
  static constexpr int kNone = -1;

  struct KeyValue {  // an equality on a key column
    int argument = kNone;
    bool is_list = false;       // all values of an IN at once
    bool matches_null = false;  // IS, IS NULL
    bool is_certain = false;    // a constant that means the same under any affinity
    bool operator==(const KeyValue&) const = default;
  };
  struct KeyBound {
    int argument = kNone;
    bool is_inclusive = false;
    bool is_certain = false;
    bool operator==(const KeyBound&) const = default;
  };

  struct Filter {  // an equality that no key serves
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

  // column MATCH value (extension/facet/ranking.h): the nearest rows come first. With a call all rows belong
  // to the answer, and only a search returns them in order.
  struct Match {
    int column = kNone;
    int argument = kNone;
    int count = kNone;                 // _k = ?
    int effort = kNone;                // _effort = ?
    int limit = kNone;                 // the statement's: about so many rows are wanted
    uint32_t index_id = 0;             // the index that defines the distance; 0: the column's type does
    bool is_search = false;            // the index is searched where the times are one instant
    const RankedCall* call = nullptr;  // _ranked_by = ?
    bool is_call_unknown = false;      // _ranked_by names no known call
    bool has_nulls_last = false;       // with a call: rows with NULL come last
    bool has_no_nulls = false;         // rows with NULL are not wanted
    std::vector<int> partition;        // arguments, for the index's columns behind the first
    bool says_partition = false;       // those columns are constrained, though perhaps not to single values
    bool operator==(const Match&) const = default;
    // Whether rows come by distance, those with NULL first or last.
    bool is_in_order() const { return column != kNone && (call == nullptr || is_search); }
  };

  // column MATCH query (extension/facet/matcher.h): rows that a full-text index, for example, finds.
  struct Matched {
    struct Condition {
      int column = kNone;  // of the index, or kText behind the visible columns
      int argument = kNone;
      bool operator==(const Condition&) const = default;
    };
    uint32_t index_id = 0;
    std::vector<Condition> conditions;
    bool operator==(const Matched&) const = default;
  };

  uint32_t index_id = 0;  // the index that is read, 0 for the table's own key
  int define = kNone;     // not a scan: the statement changes the table's indexes
  int written = kNone;    // xFilter argument with the number of a row set, which replaces everything else
  int as_of = kNone;
  int valid_at = kNone;
  int portion = kNone;
  int count = kNone;  // _given = 'count(*)': one row is shown, whose _upsert is the number of rows
  bool is_bare =
      false;  // all rows of the table at some times, of which no column is asked: SQLite counts them
  std::vector<KeyValue> key;  // equalities on a prefix of the key's columns, or of the index's and the key's
  KeyBound lower;             // on the column after that prefix
  KeyBound upper;
  bool is_not_null = false;    // IS NOT NULL on that column
  int prefix_pattern = kNone;  // GLOB, LIKE or spectradb_prefix() on that column
  bool is_like = false;        // it is LIKE
  bool is_prefix = false;      // it is spectradb_prefix(): the beginning itself
  bool is_own_like = false;    // and SQLite's own, on a column under NOCASE, whose letters are alike for both
  bool admits_blobs =
      false;  // the upper bound may be one that SQLite made of LIKE or GLOB, which match blobs, too
  std::vector<Filter> filters;       // SQLite checks them too
  std::vector<PeriodBound> periods;  // SQLite leaves checking these to us
  Match match;
  Matched matched;
  bool descending = false;
  // Places in the key by which ORDER BY was promised; places with a single value may be left out.
  std::vector<int> order;
  // How many columns come in the direction above before the others come in the opposite one: ORDER BY a, b
  // DESC. 0: no column turns.
  size_t turn = 0;
  // One row is wanted of each group that is equal in so many leading columns; 0: all rows.
  size_t distinct = 0;
  uint64_t columns_used = 0;  // as sqlite3_index_info.colUsed
  // A time is an argument that SQLite does not pass down, because it comes from the row itself. The plan may
  // be chosen (for one side of an OR, where SQLite passes it down later), but not be run.
  bool misses_time = false;
  // The database has UTF-16 text: SQLite compares the bytes of that encoding, while keys have the order of
  // UTF-8.
  bool is_utf16 = false;
  // One row was promised, though a value may turn out to match more: then the statement must be planned
  // again.
  bool promises_one_row = false;

  bool operator==(const Plan&) const = default;
  bool is_point(const temporal::TableSchema& schema) const;
  // Whether anything bounds the column after the equalities.
  bool is_bounded() const {
    return lower.argument != kNone || upper.argument != kNone || is_not_null || prefix_pattern != kNone;
  }
  bool announces_all_columns() const { return columns_used == ~uint64_t{0}; }
  bool limits_valid_time() const;  // whether any of `periods` needs the row's valid period
};
// As a plan in words calls a column; one that an index on an expression made has no name.
std::string name_of_column(const temporal::TableSchema& schema, int column);

// How much the keys in [from, to) hold: a table, a part of it, or a part of an index.
using Measure = std::function<lsm::RangeSize(std::string_view from, std::string_view to)>;

// What xBestIndex must know of a table.
struct PlannedTable {
  const temporal::TableSchema& schema;
  const std::vector<temporal::IndexSchema>& indexes;
  const std::vector<int>& ranked_columns;  // whose type has a ranking
  sqlite3* db;
};

}  // namespace spectradb::extension
