// Finds the rows of a full-text query in the entries of an index, or in rows themselves, and ranks them as
// FTS5's bm25() does over the rows that the times show. Used by the thread that uses the connection.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "extension/facet/matcher.h"
#include "extension/facets/text/bm25.h"
#include "extension/facets/text/text_index.h"
#include "extension/facets/text/text_query.h"

namespace spectradb::extension {

class Postings;
using PostingLists = std::vector<std::shared_ptr<const Postings>>;

class TextMatch final : public Match {
 public:
  TextMatch(TextQuery query, TextEntries& entries)
      : query_(std::move(query)), entries_(entries), rows_with_phrase_(query_.phrases().size(), 0) {}

  Status search(const MatchSpace& space, bool wants_ranks, std::vector<RankedRow>* rows) override;
  Status find_candidates(IndexScan& entries, std::vector<std::string>* keys) override;
  Result<bool> add(std::span<const temporal::Value> values) override;
  double rank(size_t n) override;

  const TextQuery& query() const { return query_; }
  TextEntries& entries() const { return entries_; }
  // Returns the rank of a row of so many words, if ranks were asked for; `occurrences` is what Bm25 takes.
  double rank(std::span<const double> occurrences, uint64_t words);

 private:
  struct Range {
    std::string from;  // how keys begin after the index's id
    std::string to;
    bool is_merged = false;  // it has entries of several words
  };
  Range range_of(const TextQuery::Term& term) const;
  bool is_plain(const TextQuery::Phrase& phrase) const;
  Status read_postings(const MatchSpace& space, PostingLists* lists) const;
  Status count_sizes(const MatchSpace& space, const std::vector<RankedRow>& rows);
  Status find_sizes(const MatchSpace& space, const std::vector<RankedRow>& rows);
  bool take();

  const TextQuery query_;
  TextEntries& entries_;
  TextSize all_;
  std::vector<uint64_t> rows_with_phrase_;
  std::vector<double> occurrences_;  // of each phrase in each row that matches, row by row
  std::vector<uint64_t> words_;      // of each row that matches
  std::optional<Bm25> ranks_;        // made when a rank is first needed
  TextQuery::Row row_;               // scratch
};

Result<std::unique_ptr<Match>> match_text(const temporal::TableSchema& table,
                                          const temporal::IndexSchema& index,
                                          std::span<const MatchCondition> conditions);

}  // namespace spectradb::extension
