// Finds rows for queries over several columns, each with a rank, the smaller the better:
//
//   SELECT id, _rank FROM t AS OF 12 WHERE column MATCH query AND _text MATCH query ORDER BY _rank LIMIT 10
//
// An index of a kind with a matcher answers such a query. At one instant of both times, not before the
// index's first commit, its entries tell the rows; at other times they tell which rows to look at. A rank
// depends on all rows that the statement's times show, and on nothing else: the same times give the same
// ranks for ever. Used by the thread that uses the connection.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "extension/facet/index_kind.h"
#include "extension/facet/ranking.h"
#include "extension/index/index_scan.h"
#include "lsm/store/store.h"
#include "temporal/index_schema.h"
#include "temporal/row_cursor.h"
#include "temporal/schema.h"
#include "temporal/value.h"

namespace spectradb::extension {

class Database;
struct Matcher;

// A condition column MATCH query; the query is not NULL.
struct MatchCondition {
  std::optional<size_t> part;  // the index's part for the column; nothing: _text, all of them
  temporal::Value query;
};

// The index at one instant of both times, not before its first commit.
struct MatchSpace {
  Database& database;
  lsm::Store& store;
  lsm::CursorOptions options;
  temporal::ReadTimes times;
  const temporal::IndexSchema& index;
  uint64_t snapshot = 0;  // the last commit that the statement sees
};

// The conditions of a statement, all of which must hold.
class Match {
 public:
  virtual ~Match() = default;
  // Finds the rows at one instant, in the order of their keys; with ranks as distances where these are
  // wanted.
  virtual Status search(const MatchSpace& space, bool wants_ranks, std::vector<RankedRow>* rows) = 0;
  // At other times: finds the keys that matching rows may have, ascending and each once.
  virtual Status find_candidates(IndexScan& entries, std::vector<std::string>* keys) = 0;
  // Adds a row whose indexed columns have these values, and returns whether it matches.
  virtual Result<bool> add(std::span<const temporal::Value> values) = 0;
  // Once all rows that the times show were added: returns the rank of the n-th matching one, from 0.
  virtual double rank(size_t n) = 0;
};

// A found row, to which the pointer in _match leads (type kMatchedRow), for functions of the matcher's facet.
// It stays valid when the cursor moves on, and ends with the statement.
struct MatchedRow {
  const Matcher* matcher;
  std::shared_ptr<Match> match;  // its ranks are known
  std::vector<std::string> bytes;
  std::vector<temporal::Value> values;  // of the indexed columns
};
inline constexpr const char* kMatchedRow = "spectradb_matched_row";

struct Matcher {
  // `index` outlives the result.
  Result<std::unique_ptr<Match>> (*match)(const temporal::TableSchema& table,
                                          const temporal::IndexSchema& index,
                                          std::span<const MatchCondition> conditions);
  // Returns one more option for the definition, by which it remembers something of the host that makes or
  // rebuilds the index. The option replaces one of the same name.
  Result<std::string> (*remembered)(const IndexKind::Definition& definition);
};

// Returns the matcher of the index's kind, or null.
const Matcher* matcher_of(const temporal::IndexSchema& index);

}  // namespace spectradb::extension
