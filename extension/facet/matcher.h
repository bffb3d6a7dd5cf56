// Rows that a query over several columns finds, each with a rank, the smaller the better:
//
//   SELECT id, _rank FROM t AS OF 12 WHERE column MATCH query AND _text MATCH query ORDER BY _rank LIMIT 10
//
// An index of a kind with a matcher answers it. At one instant of both times, from the index's first commit on, its
// entries tell the rows; at other times they tell which rows to look at. A rank depends on all rows that the times of
// the statement show, and on nothing else: the same times give the same ranks for ever. Used by the thread that uses
// the connection.
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

struct Matcher;

// column MATCH query; not NULL.
struct MatchCondition {
  std::optional<size_t> part;  // of the index, that the column is; nothing: _text, all of them
  temporal::Value query;
};

// The index at one instant of both times, from its first commit on.
struct MatchSpace {
  lsm::Store& store;
  lsm::CursorOptions options;
  temporal::ReadTimes times;
  const temporal::IndexSchema& index;
};

// The conditions of a statement, all of which must hold.
class Match {
 public:
  virtual ~Match() = default;
  // The rows at one instant, in the order of their keys, with their ranks as distances where these are wanted.
  virtual Status search(const MatchSpace& space, bool wants_ranks, std::vector<RankedRow>* rows) = 0;
  // At other times: the keys, ascending and each once, that rows may have which match.
  virtual Status find_candidates(IndexScan& entries, std::vector<std::string>* keys) = 0;
  // Takes a row into account whose columns of the index have these values, and says whether it matches.
  virtual Result<bool> add(std::span<const temporal::Value> values) = 0;
  // Once all rows that the times show were added: the rank of the one that was the n-th to match, from 0.
  virtual double rank(size_t n) = 0;
};

// A row that was found, as the pointer in _match has it, of the type kMatchedRow: for functions of the matcher's facet. It
// may outlive the place of the cursor, and is gone when the statement ends.
struct MatchedRow {
  const Matcher* matcher;
  std::shared_ptr<Match> match;  // its ranks are known
  std::vector<std::string> bytes;
  std::vector<temporal::Value> values;  // of the columns of the index
};
inline constexpr const char* kMatchedRow = "spectradb_matched_row";

struct Matcher {
  // `index` outlives what is made.
  Result<std::unique_ptr<Match>> (*match)(const temporal::TableSchema& table,
                                          const temporal::IndexSchema& index,
                                          std::span<const MatchCondition> conditions);
  // What a definition is to remember of the host that makes the index, or makes it anew: one more option, which takes
  // the place of one of the same name.
  Result<std::string> (*remembered)(const IndexKind::Definition& definition);
};

// Of an index of a kind that has one, else null.
const Matcher* matcher_of(const temporal::IndexSchema& index);

}  // namespace spectradb::extension
