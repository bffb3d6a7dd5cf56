#include "extension/facets/vector/vector_search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_set>

#include "base/assert.h"
#include "extension/facets/vector/stored_vector.h"
#include "extension/facets/vector/vector_code.h"
#include "extension/facets/vector/vector_json.h"
#include "temporal/key_codec.h"
#include "temporal/row_run.h"

namespace spectradb::extension {

using temporal::Value;

namespace {

constexpr size_t kSearchedIdBytes = sizeof(uint32_t);
// A search measures rows by their own vectors, in the order of what their codes say, until the next one is
// unlikely to be among those that are wanted: its code would have to deviate by so many times what codes deviate
// by, as far as they were measured.
constexpr double kDeviations = 3;
constexpr size_t kMeasuredMin = 12;  // to know that
constexpr size_t kMeasuredMost = 4;  // times as many as are wanted, or as kMeasuredMin
// Lists are left out by the distance of the last row that is wanted, but at least of this one: the first few
// rows of the first list say little of how near others may be.
constexpr size_t kComparedMin = 14;

// By so much each list lessens what those before it say of how far entries point toward the query. The first
// lists are those of the query's own neighbours, which do so more than any others.
constexpr double kFading = 0.97;

std::optional<Metric> metric_of(const RankedCall& call) {
  return call.meaning == kMetricOfArguments ? std::nullopt : std::optional(static_cast<Metric>(call.meaning));
}

// Keeps the k least of many numbers.
class Least {
 public:
  explicit Least(size_t count) : count_(count) {}
  void add(double number) {
    if (numbers_.size() < count_) {
      numbers_.push_back(number);
      std::push_heap(numbers_.begin(), numbers_.end());
    } else if (number < numbers_.front()) {
      std::pop_heap(numbers_.begin(), numbers_.end());
      numbers_.back() = number;
      std::push_heap(numbers_.begin(), numbers_.end());
    }
  }
  bool is_full() const { return numbers_.size() == count_; }
  double last() const { return numbers_.front(); }

 private:
  const size_t count_;
  std::vector<double> numbers_;  // a heap with the greatest on top
};

// Tells how far codes deviate from the vectors that they stand for.
class Deviations {
 public:
  void add(double guess, double measured) {
    const double deviation = guess - measured;
    ++count_;
    sum_ += deviation;
    squares_ += deviation * deviation;
  }
  // Returns the distance that a vector with this guess hardly falls below.
  double least_of(double guess) const {
    const double mean = sum_ / static_cast<double>(count_);
    const double variance = std::max(squares_ / static_cast<double>(count_) - mean * mean, 0.0);
    return guess - mean - kDeviations * std::sqrt(variance);
  }
  size_t count() const { return count_; }

 private:
  size_t count_ = 0;
  double sum_ = 0;
  double squares_ = 0;
};

class VectorSearch final : public RankedSearch {
 public:
  VectorSearch(VectorQuery& query, RankedSpace space)
      : query_(query),
        space_(std::move(space)),
        entries_(space_.store.new_cursor(space_.options), space_.times),
        run_(entries_, space_.times.callbacks),
        asked_(query.floats()) {}

  Status open();
  Status next_wave(size_t wanted, const Measure& measure, std::vector<RankedRow>* rows) override;
  Status next_nulls(size_t wanted, double distance, std::vector<RankedRow>* rows) override;
  uint64_t row_count() const override {
    return read_lists_ == 0 ? 0 : read_entries_ * list_count_ / read_lists_;
  }

 private:
  struct Candidate {
    double guess;  // the estimated square of its distance
    size_t key;    // where its key begins in keys_
    size_t key_size;
  };
  std::string_view key_of(const Candidate& candidate) const {
    return std::string_view(keys_).substr(candidate.key, candidate.key_size);
  }
  std::string with_id(std::string_view key) const {
    std::string whole;
    temporal::append_table_id(whole, space_.index.id);
    return whole.append(key);
  }
  Status find_partition(std::string* found, bool* is_there);
  Status read_tree(const std::string& lists);
  Status read_list(const ListTree::Leaf& leaf, Least* least);
  double expected_toward() const;
  bool is_far(const ListTree::Leaf& leaf, const Least& least) const;
  Status measure_best(size_t wanted, const Measure& measure);
  double square(double distance) const {
    return query_.metric() == Metric::kCosine ? 2 * distance : distance * distance;
  }

  VectorQuery& query_;
  const RankedSpace space_;
  temporal::RowCursor entries_;
  temporal::RowRun run_;  // over entries_
  const AskedCode asked_;
  std::string lists_;                   // how the keys of its lists begin, with the index's id
  std::vector<ListTree::Leaf> leaves_;  // those that were not read, a heap with the nearest on top
  uint64_t list_count_ = 0;
  uint64_t read_lists_ = 0;
  uint64_t read_entries_ = 0;  // whether they are admitted or not
  // Over the lists that were read: the mean square of the distance between centroid and entry, and the
  // largest part of an entry's offset from its centroid that pointed toward the query, of late.
  double square_sum_ = 0;
  size_t entry_count_ = 0;
  double most_toward_ = 0;
  std::vector<Candidate> candidates_;  // candidates that were not measured yet
  std::string keys_;                   // keys of all candidates that were read
  std::vector<RankedRow> measured_;    // rows that were measured, but not returned yet
  std::unordered_set<std::string> seen_;
  std::string nulls_from_;  // where the next entries of NULL are; empty before the first one
};

// Finds the only partition with rows of the query's dimensions; kInvalid where several have rows.
Status VectorSearch::find_partition(std::string* found, bool* is_there) {
  const std::vector<temporal::IndexPart>& parts = space_.index.entry_parts();
  const std::vector<temporal::IndexPart> columns(parts.begin(), parts.end() - 2);
  const std::string all = with_id(space_.partition.value_or(std::string()));
  const std::string end = temporal::after_prefix(all);
  std::string own;  // the columns of the first partition found
  *is_there = false;
  bool is_any = false;
  for (std::string from = all; from < end;) {
    entries_.seek(from, end, false);
    if (!entries_.valid()) return entries_.status();
    std::string_view rest = entries_.row().user_key.substr(kSearchedIdBytes);
    const std::string_view key = rest;
    SPECTRADB_ASSIGN_OR_RETURN(temporal::PartsExtent extent, temporal::extent_of_parts(rest, columns));
    const std::string partition(key.substr(0, extent.size));
    rest.remove_prefix(extent.size);
    std::string scratch;
    SPECTRADB_ASSIGN_OR_RETURN(Value dimensions, temporal::take_key_value(rest, scratch));
    const std::string lists(key.substr(0, key.size() - rest.size()));
    from = temporal::after_prefix(with_id(lists));
    if (dimensions.integer == VectorEntries::kNoDimensions) continue;
    std::string first_list = with_id(lists);
    append_number(first_list, ListTree::kRoot);
    entries_.seek(first_list, from, false);
    if (!entries_.valid()) {
      SPECTRADB_RETURN_IF_ERROR(entries_.status());
      continue;  // all of its rows were deleted
    }
    if (is_any && own != partition) return mixed_partitions(space_.table, space_.index, own, partition);
    own = partition;
    is_any = true;
    if (dimensions.integer != static_cast<int64_t>(query_.floats().size()))
      return Status::invalid(
          unequal_dimensions(query_.floats().size(), static_cast<size_t>(dimensions.integer)).message() +
          named_partition(space_.table, space_.index, partition));
    *found = lists;
    *is_there = true;
  }
  return Status::ok();
}

Status VectorSearch::read_tree(const std::string& lists) {
  std::string key = with_id(lists);
  append_number(key, ListTree::kHead);
  entries_.seek_point(key);
  SPECTRADB_RETURN_IF_ERROR(entries_.status());
  const size_t dimensions = query_.floats().size();
  auto tree = std::make_shared<ListTree>(dimensions, lists, query_.entries().options().centroids);
  std::shared_ptr<const ListTree> known = tree;
  if (entries_.valid()) {
    SPECTRADB_ASSIGN_OR_RETURN(ListTree::Head head, ListTree::read_head(entries_.row().payload));
    known = query_.entries().known_trees().find(head.fingerprint);
    if (known == nullptr) {
      key = with_id(lists);
      append_number(key, ListTree::kNodes);
      for (entries_.seek(key, temporal::after_prefix(key), false); entries_.valid(); entries_.next())
        SPECTRADB_RETURN_IF_ERROR(tree->add_node(entries_.row().payload));
      SPECTRADB_RETURN_IF_ERROR(entries_.status());
      if (tree->fingerprint() != head.fingerprint)
        return Status::corrupt("the lists of index " + space_.index.name + " of table " + space_.table.name +
                               " are not those that it was made with: say REINDEX");
      query_.entries().known_trees().keep(tree);
      known = tree;
    }
  }
  leaves_ = known->leaves_from(query_.floats().data());
  list_count_ = leaves_.size();
  return Status::ok();
}

Status VectorSearch::open() {
  std::string lists;
  bool is_there = false;
  SPECTRADB_RETURN_IF_ERROR(find_partition(&lists, &is_there));
  if (!is_there) return Status::ok();
  lists_ = with_id(lists);
  return read_tree(lists);
}

Status VectorSearch::read_list(const ListTree::Leaf& leaf, Least* least) {
  std::string prefix = lists_;
  append_number(prefix, leaf.list);
  double sum = 0;
  double nearest = std::numeric_limits<double>::infinity();
  size_t count = 0;
  const CodeKind kind = query_.entries().options().code_in(asked_.dimensions());
  const auto compare = [&](std::string_view user_key, std::string_view payload) -> Status {
    const std::string_view key = user_key.substr(prefix.size());
    ++read_entries_;
    if (space_.admits && !space_.admits(key)) return Status::ok();
    SPECTRADB_ASSIGN_OR_RETURN(const CodeView code, read_code(payload, asked_.dimensions(), kind));
    const double guess = asked_.squared_distance(code);
    least->add(guess);
    candidates_.push_back({guess, keys_.size(), key.size()});
    keys_.append(key);
    sum += guess;
    nearest = std::min(nearest, guess);
    ++count;
    return Status::ok();
  };
  SPECTRADB_RETURN_IF_ERROR(run_.read(prefix, temporal::after_prefix(prefix), compare));
  if (count == 0) return Status::ok();
  const double from_centroid = double{leaf.squared_distance};
  const double square = sum / static_cast<double>(count) - from_centroid;
  if (square <= 0 || from_centroid <= 0) return Status::ok();
  square_sum_ += square * static_cast<double>(count);
  entry_count_ += count;
  const double toward = (from_centroid + square - nearest) / (2 * std::sqrt(from_centroid * square));
  most_toward_ = std::max(most_toward_ * kFading, std::min(toward, 1.0));
  return Status::ok();
}

// Returns how far the nearest of so many entries can be expected to point toward the query, if their offsets had all
// directions alike: the largest cosine of n directions in d dimensions. In few dimensions what was seen in a
// list or two is too small.
double VectorSearch::expected_toward() const {
  const double entries =
      static_cast<double>(entry_count_) / static_cast<double>(std::max<uint64_t>(1, read_lists_));
  const auto dimensions = static_cast<double>(query_.floats().size());
  return std::min(1.0, std::sqrt(2 * std::log(std::max(2.0, entries)) / dimensions));
}

// Says whether the list is unlikely to have an entry among the wanted ones.
bool VectorSearch::is_far(const ListTree::Leaf& leaf, const Least& least) const {
  if (!least.is_full()) return false;
  const double from_centroid = leaf.squared_distance;
  if (from_centroid <= query_.effort() * least.last()) return false;
  if (entry_count_ == 0) return true;
  const double square = square_sum_ / static_cast<double>(entry_count_);
  const double toward = std::max(most_toward_, expected_toward());
  // Entries lie around the mean distance from the centroid, in many dimensions closely. The least distance is
  // that of an entry so far away that a right angle is between it and the query.
  const double mean = std::sqrt(square);
  const double farthest = mean * (1 + 1 / std::sqrt(static_cast<double>(query_.floats().size())));
  const double offset = std::clamp(toward * std::sqrt(from_centroid), mean, farthest);
  const double nearest = from_centroid + offset * offset - 2 * toward * offset * std::sqrt(from_centroid);
  return nearest > query_.effort() * least.last();
}

// Moves the nearest candidates to the measured rows, so many that these have the wanted ones most likely.
Status VectorSearch::measure_best(size_t wanted, const Measure& measure) {
  const size_t most = kMeasuredMost * std::max(wanted, kMeasuredMin);
  const size_t count = std::min(most, candidates_.size());
  const auto end = candidates_.begin() + static_cast<long>(count);
  const auto is_nearer = [this](const Candidate& a, const Candidate& b) {
    return a.guess != b.guess ? a.guess < b.guess : key_of(a) < key_of(b);
  };
  std::nth_element(candidates_.begin(), end, candidates_.end(), is_nearer);
  std::sort(candidates_.begin(), end, is_nearer);  // makes the order independent of what was read before
  Least nearest(std::max<size_t>(wanted, 1));
  for (const RankedRow& row : measured_) nearest.add(square(row.distance));
  Deviations deviations;
  auto candidate = candidates_.begin();
  for (; candidate != end; ++candidate) {
    if (nearest.is_full() && deviations.count() >= kMeasuredMin &&
        deviations.least_of(candidate->guess) > nearest.last())
      break;
    std::string key(key_of(*candidate));
    if (!seen_.insert(key).second) continue;
    SPECTRADB_ASSIGN_OR_RETURN(std::optional<RankedRow> row, measure(key));
    if (!row) continue;
    nearest.add(square(row->distance));
    deviations.add(candidate->guess, square(row->distance));
    measured_.push_back(std::move(*row));
  }
  candidates_.erase(candidates_.begin(), candidate);
  return Status::ok();
}

Status VectorSearch::next_wave(size_t wanted, const Measure& measure, std::vector<RankedRow>* rows) {
  Least least(std::max(wanted, kComparedMin));
  for (const Candidate& candidate : candidates_) least.add(candidate.guess);
  for (const RankedRow& row : measured_) least.add(square(row.distance));
  do {
    const auto is_short = [&] { return candidates_.empty() && measured_.size() < wanted; };
    for (; !leaves_.empty() && (is_short() || !is_far(leaves_.front(), least)); ++read_lists_) {
      SPECTRADB_RETURN_IF_ERROR(read_list(leaves_.front(), &least));
      std::pop_heap(leaves_.begin(), leaves_.end());
      leaves_.pop_back();
    }
    SPECTRADB_RETURN_IF_ERROR(measure_best(wanted, measure));
    // Candidates may turn out not to be rows, so that fewer than wanted are measured.
  } while (measured_.size() < wanted && (!candidates_.empty() || !leaves_.empty()));
  std::sort(measured_.begin(), measured_.end());
  const size_t given = std::min(wanted, measured_.size());
  std::move(measured_.begin(), measured_.begin() + static_cast<long>(given), std::back_inserter(*rows));
  measured_.erase(measured_.begin(), measured_.begin() + static_cast<long>(given));
  return Status::ok();
}

Status VectorSearch::next_nulls(size_t wanted, double distance, std::vector<RankedRow>* rows) {
  SPECTRADB_ASSERT(space_.partition.has_value());
  std::string prefix = with_id(*space_.partition);
  append_number(prefix, VectorEntries::kNoDimensions);
  append_number(prefix, ListTree::kRoot);
  if (nulls_from_.empty()) nulls_from_ = prefix;
  const std::string end = temporal::after_prefix(prefix);
  for (entries_.seek(nulls_from_, end, false); entries_.valid() && wanted > 0; entries_.next()) {
    const std::string_view key = entries_.row().user_key;
    nulls_from_ = std::string(key) + '\0';
    if (space_.admits && !space_.admits(key.substr(prefix.size()))) continue;
    rows->push_back({distance, std::string(key.substr(prefix.size()))});
    --wanted;
  }
  return entries_.status();
}

}  // namespace

Result<std::unique_ptr<RankedQuery>> VectorQuery::make(const temporal::IndexSchema* index, const Value& asked,
                                                       const Value& effort) {
  auto query = std::make_unique<VectorQuery>();
  if (asked.type == Value::Type::kText) {
    SPECTRADB_ASSIGN_OR_RETURN(std::vector<float> floats, read_json_vector(asked.bytes));
    SPECTRADB_ASSIGN_OR_RETURN(query->asked_, encode(floats, Element::kFloat32));
  } else if (asked.type == Value::Type::kBlob) {
    query->asked_ = asked.bytes;
  } else {
    return floats_of(asked).status();
  }
  SPECTRADB_ASSIGN_OR_RETURN(query->view_, read_vector(query->asked_));
  SPECTRADB_RETURN_IF_ERROR(check_finite(query->view_));
  query->effort_ = VectorOptions{}.effort;
  if (index != nullptr) {
    query->entries_ = static_cast<VectorEntries*>(index->maker.get());
    query->metric_ = query->entries_->options().metric;
    query->effort_ = query->entries_->options().effort;
    SPECTRADB_ASSIGN_OR_RETURN(query->floats_, floats_of(asked));
    prepare(query->floats_, *query->metric_, query->entries_->options().code_in(query->floats_.size()));
  }
  if (!effort.is_null()) {
    SPECTRADB_ASSIGN_OR_RETURN(query->effort_, read_effort(effort));
  }
  return std::unique_ptr<RankedQuery>(std::move(query));
}

Result<std::unique_ptr<RankedQuery>> VectorQuery::called(const RankedCall& call,
                                                         const temporal::IndexSchema* index,
                                                         const Value& asked, const Value& effort) {
  SPECTRADB_ASSIGN_OR_RETURN(std::unique_ptr<RankedQuery> made, make(index, asked, effort));
  auto& query = static_cast<VectorQuery&>(*made);
  if (query.view_.element == Element::kBit) query.effort_.reset();  // no index has bits
  // An index has no bits, so with one a call without a metric means cosine, as for the index.
  if (index == nullptr) query.metric_ = metric_of(call);
  return std::unique_ptr<RankedQuery>(std::move(made));
}

bool ranks_by_distance(const temporal::IndexSchema& index, const RankedCall& call) {
  return metric_of(call).value_or(Metric::kCosine) ==
         static_cast<const VectorEntries&>(*index.maker).options().metric;
}

Result<double> VectorQuery::distance(const Value& value) {
  std::vector<float> floats;
  VectorView stored;
  if (value.type == Value::Type::kBlob) {
    SPECTRADB_ASSIGN_OR_RETURN(stored, read_vector(value.bytes));
  } else {
    SPECTRADB_ASSIGN_OR_RETURN(floats, floats_of(value));
    stored = VectorView::of(floats);
  }
  return extension::distance(view_, stored, metric_ ? *metric_ : default_metric(stored, view_));
}

Result<std::unique_ptr<RankedSearch>> search_vectors(RankedQuery& query, RankedSpace space) {
  auto search = std::make_unique<VectorSearch>(static_cast<VectorQuery&>(query), std::move(space));
  SPECTRADB_RETURN_IF_ERROR(search->open());
  return std::unique_ptr<RankedSearch>(std::move(search));
}

}  // namespace spectradb::extension
