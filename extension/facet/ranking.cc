#include "extension/facet/ranking.h"

#include <algorithm>
#include <utility>

#include "extension/host/values.h"
#include "sql/text/tokenizer.h"
#include "temporal/key_codec.h"

namespace spectradb::extension {

namespace {

// Returns a text such as "'a', 5"; sets `*has_null` where a value is NULL.
std::string spelled_partition(std::string_view encoded, bool* has_null) {
  std::string shown;
  std::string scratch;
  while (!encoded.empty()) {
    const Result<temporal::Value> value = temporal::take_key_value(encoded, scratch);
    if (!value) break;
    shown += (shown.empty() ? "" : ", ") + spelled(*value);
    *has_null = *has_null || value->is_null();
  }
  return shown;
}

}  // namespace

std::optional<SaidRanking> read_ranking(const Ranking& ranking, std::string_view said) {
  constexpr std::string_view kLast = " NULLS LAST";
  SaidRanking read;
  if (said.ends_with(kLast)) {
    read.has_nulls_last = true;
    said.remove_suffix(kLast.size());
  }
  const size_t blank = std::min(said.find(' '), said.size());
  const std::string_view literal = said.substr(std::min(blank + 1, said.size()));
  for (const RankedCall& call : ranking.calls) {
    if (!sql::equals_word(said.substr(0, blank), call.said.function) || literal != call.said.literal)
      continue;
    read.call = &call;
    return read;
  }
  return std::nullopt;
}

std::string named_partition(const temporal::TableSchema& table, const temporal::IndexSchema& index,
                            std::string_view partition) {
  std::string shown;
  std::string scratch;
  for (size_t i = 1; i < index.parts.size(); ++i) {
    const Result<temporal::Value> value = temporal::take_key_value(partition, scratch);
    if (!value) return {};
    shown += (shown.empty() ? "" : ", ") + table.columns[static_cast<size_t>(index.parts[i].column)].name +
             (value->is_null() ? " is NULL" : " = " + spelled(*value));
  }
  return shown.empty() ? shown : " (of the rows where " + shown + ")";
}

Status mixed_partitions(const temporal::TableSchema& table, const temporal::IndexSchema& index,
                        std::string_view one, std::string_view other) {
  if (other < one) std::swap(one, other);
  std::string names;
  std::string conditions;
  for (size_t i = 1; i < index.parts.size(); ++i) {
    const std::string& name = table.columns[static_cast<size_t>(index.parts[i].column)].name;
    names += (names.empty() ? "" : ", ") + name;
    conditions += (conditions.empty() ? "" : " AND ") + name + " = …";
  }
  bool has_null = false;
  const std::string shown =
      "rows of " + spelled_partition(one, &has_null) + " and of " + spelled_partition(other, &has_null);
  return Status::invalid("index " + index.name + " of table " + table.name + " is partitioned by " + names +
                         ", and " + shown + " are there: their distances do not compare, say " + conditions +
                         (has_null ? " (IS NULL names the rows of NULL)" : ""));
}

}  // namespace spectradb::extension
