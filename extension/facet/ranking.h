// Rows in the order of how near they are to a value, the nearest first:
//
//   SELECT id, _distance FROM t AS OF 12 WHERE column MATCH value ORDER BY _distance LIMIT 10
//
// A type of columns, or a kind of indexes, says what near means. Without an index all rows are ranked that a plan
// reads, at whatever times; with one, at one instant of both, the rows of a search come in waves, and each wave is in
// order. So SQL's filters, joins and LIMIT come behind, and no row is ever lost, only late.
//
// Where a statement says ORDER BY f(column, value) LIMIT n, for a function f that an index ranks by, the rewriter says the
// same with a condition more (sql/rewrite/ranking_rewriter.cc): _ranked_by = 'f'. Then rows of NULL belong to the answer,
// and where no index helps rows come in any order and SQLite sorts them. Used by the thread that uses the connection.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "lsm/store/store.h"
#include "sql/shape/catalog.h"
#include "temporal/index_schema.h"
#include "temporal/row_cursor.h"
#include "temporal/schema.h"
#include "temporal/value.h"

namespace spectradb::extension {

class Database;

struct RankedRow {
  static constexpr double kNullFirst = -std::numeric_limits<double>::infinity();  // no distance is
  static constexpr double kNullLast = std::numeric_limits<double>::infinity();

  double distance = 0;
  std::string key;     // of the row, behind the id of its table
  uint32_t place = 0;  // among the rows of that key, where times show several

  bool operator<(const RankedRow& other) const {
    if (distance != other.distance) return distance < other.distance;
    return key != other.key ? key < other.key : place < other.place;
  }
};

// Measures rows by how far they are from the value that a statement gives in column MATCH value.
class RankedQuery {
 public:
  virtual ~RankedQuery() = default;
  // Of a row whose column has this value, which is not NULL.
  virtual Result<double> distance(const temporal::Value& value) = 0;
  // Whether the statement wants all rows ranked, though there is an index.
  virtual bool wants_all() const = 0;
};

// What a search reads: the index at one instant of both times, from its first commit on.
struct RankedSpace {
  lsm::Store& store;
  lsm::CursorOptions options;
  temporal::ReadTimes times;
  const temporal::TableSchema& table;
  const temporal::IndexSchema& index;
  // Encoded values of the columns behind the first one; nothing where the statement does not say all of them.
  std::optional<std::string> partition;
  // Whether a row of this key is in the plan's ranges; empty: all are.
  std::function<bool(std::string_view key)> admits;
};

class RankedSearch {
 public:
  virtual ~RankedSearch() = default;
  // The distance of the row that this key has; nothing where there is none that is wanted.
  using Measure = std::function<Result<std::optional<double>>(std::string_view key)>;
  // Appends the rows that come next, in order: about `wanted`, none only when there are no more.
  virtual Status next_wave(size_t wanted, const Measure& measure, std::vector<RankedRow>* rows) = 0;
  // Appends rows whose column is NULL, which waves do not have: at most `wanted`, none only when there are no more.
  virtual Status next_nulls(size_t wanted, double distance, std::vector<RankedRow>* rows) = 0;
};

// A function by which statements order rows, f(column, value [, 'literal']).
struct RankedCall {
  sql::RankingCall said;
  int meaning;  // the ranking's own
};

struct Ranking {
  // `index` is null where the type of the column ranks; `effort` NULL where the statement says none.
  Result<std::unique_ptr<RankedQuery>> (*query)(const temporal::IndexSchema* index,
                                                const temporal::Value& asked, const temporal::Value& effort);
  // The same for a call: rows are as far as it says. `index` is null, or one that finds rows in its order.
  Result<std::unique_ptr<RankedQuery>> (*called)(const RankedCall& call, const temporal::IndexSchema* index,
                                                 const temporal::Value& asked, const temporal::Value& effort);
  // `query` is one that this ranking made for the index, and lives as long.
  Result<std::unique_ptr<RankedSearch>> (*search)(RankedQuery& query, RankedSpace space);
  // What a statement means that says nothing of the partition, which has one column: its value, encoded; nothing where
  // that is not said anywhere. At a commit, or without one now.
  Result<std::optional<std::string>> (*partition)(Database& database, const temporal::TableSchema& table,
                                                  const temporal::IndexSchema& index,
                                                  std::optional<uint64_t> commit);
  // Calls of functions that rows can be ranked by, whether an index finds rows in the order of one, and whether it knows
  // the rows of NULL.
  std::span<const RankedCall> calls;
  bool (*ranks_by)(const temporal::IndexSchema& index, const RankedCall& call);
  bool (*has_nulls)(const temporal::IndexSchema& index);
};

// What _ranked_by says: a call, and where rows of NULL come.
struct SaidRanking {
  const RankedCall* call = nullptr;
  bool has_nulls_last = false;
};
// Nothing where it is none of the ranking's.
std::optional<SaidRanking> read_ranking(const Ranking& ranking, std::string_view said);

// "index emb_e is partitioned by model, and rows of 'a' and of 'b' match: say model = …". The partitions are encoded.
Status mixed_partitions(const temporal::TableSchema& table, const temporal::IndexSchema& index,
                        std::string_view one, std::string_view other);

}  // namespace spectradb::extension
