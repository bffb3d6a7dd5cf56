// Finds rows in the order of their distance from a value, the nearest first:
//
//   SELECT id, _distance FROM t AS OF 12 WHERE column MATCH value ORDER BY _distance LIMIT 10
//
// A column type or an index kind defines the distance. Without an index, all rows that a plan reads are
// ranked, at any times. With one, at one instant of both times, rows come in waves from a search, and each
// wave is in order. SQL's filters, joins and LIMIT apply afterwards, so a row may come late but is never
// lost.
//
// For a statement with ORDER BY f(column, value) LIMIT n, where an index ranks by f, the rewriter adds a
// condition that means the same (sql/rewrite/ranking_rewriter.cc): _ranked_by = 'f'. Then rows with NULL
// belong to the answer, and where no index helps, rows come in any order and SQLite sorts them. Used by the
// thread that uses the connection.
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
  static constexpr double kNullFirst = -std::numeric_limits<double>::infinity();  // below every distance
  static constexpr double kNullLast = std::numeric_limits<double>::infinity();

  double distance = 0;
  std::string key;     // of the row, without the id of its table
  uint32_t place = 0;  // among the rows of that key, where the times show several
  size_t kept = 0;     // where the reader keeps it (extension/read/kept_rows.h); 0: nowhere

  bool operator<(const RankedRow& other) const {
    if (distance != other.distance) return distance < other.distance;
    return key != other.key ? key < other.key : place < other.place;
  }
};

// Measures how far rows are from the value of a statement's column MATCH value.
class RankedQuery {
 public:
  virtual ~RankedQuery() = default;
  // Returns the distance of a row whose column has this value, which is not NULL.
  virtual Result<double> distance(const temporal::Value& value) = 0;
  // Whether the statement wants all rows ranked even where an index could search.
  virtual bool wants_all() const = 0;
};

// What a search reads: the index at one instant of both times, not before its first commit.
struct RankedSpace {
  lsm::Store& store;
  lsm::CursorOptions options;
  temporal::ReadTimes times;
  const temporal::TableSchema& table;
  const temporal::IndexSchema& index;
  // The encoded values of the columns behind the first; nothing where the statement does not fix all of them.
  std::optional<std::string> partition;
  // Whether a row with this key lies in the plan's ranges; empty: every row does.
  std::function<bool(std::string_view key)> admits;
};

class RankedSearch {
 public:
  virtual ~RankedSearch() = default;
  // Returns the row with this key, measured; nothing where no wanted row has it.
  using Measure = std::function<Result<std::optional<RankedRow>>(std::string_view key)>;
  // Appends the next rows, in order: about `wanted`; none only when there are no more.
  virtual Status next_wave(size_t wanted, const Measure& measure, std::vector<RankedRow>* rows) = 0;
  // Appends rows whose column is NULL, which waves lack: at most `wanted`; none only when there are no more.
  virtual Status next_nulls(size_t wanted, double distance, std::vector<RankedRow>* rows) = 0;
  // Returns about how many rows the index has, as far as the search can tell by now. It hangs on what was read so
  // far, and on nothing that changes later for the same instant.
  virtual uint64_t row_count() const = 0;
};

// A function by which statements can order rows: f(column, value [, 'literal']).
struct RankedCall {
  sql::RankingCall said;
  int meaning;  // known to the ranking only
};

struct Ranking {
  // `index` is null where the column's type ranks; `effort` is NULL where the statement gives none.
  Result<std::unique_ptr<RankedQuery>> (*query)(const temporal::IndexSchema* index,
                                                const temporal::Value& asked, const temporal::Value& effort);
  // Makes the query of a call, which then defines the distance. `index` is null, or one that finds rows in
  // the call's order.
  Result<std::unique_ptr<RankedQuery>> (*called)(const RankedCall& call, const temporal::IndexSchema* index,
                                                 const temporal::Value& asked, const temporal::Value& effort);
  // `query` is one that this ranking made for the index, and outlives the search.
  Result<std::unique_ptr<RankedSearch>> (*search)(RankedQuery& query, RankedSpace space);
  // Returns the partition, encoded, that a statement means which does not name one; nothing where none is
  // set. Reads it as of a commit, or now without one.
  Result<std::optional<std::string>> (*partition)(Database& database, const temporal::TableSchema& table,
                                                  const temporal::IndexSchema& index,
                                                  std::optional<uint64_t> commit);
  // Lists the calls by which rows can be ranked; says whether an index finds rows in the order of one, and
  // whether it knows the rows with NULL.
  std::span<const RankedCall> calls;
  bool (*ranks_by)(const temporal::IndexSchema& index, const RankedCall& call);
  bool (*has_nulls)(const temporal::IndexSchema& index);
};

// The meaning of _ranked_by: a call, and where rows with NULL come.
struct SaidRanking {
  const RankedCall* call = nullptr;
  bool has_nulls_last = false;
};
// Returns nothing where `said` names no call of the ranking.
std::optional<SaidRanking> read_ranking(const Ranking& ranking, std::string_view said);

// Returns " (of the rows where model = 'a')", which ends a message about a partition; nothing where there is one only.
std::string named_partition(const temporal::TableSchema& table, const temporal::IndexSchema& index,
                            std::string_view partition);

// Makes "index emb_e is partitioned by model, and rows of 'a' and of 'b' match: say model = …". The
// partitions are encoded.
Status mixed_partitions(const temporal::TableSchema& table, const temporal::IndexSchema& index,
                        std::string_view one, std::string_view other);

}  // namespace spectradb::extension
