// Makes the entries of an index on vectors, and the lists into which they are divided.
#include <algorithm>
#include <cmath>
#include <map>

#include "base/assert.h"
#include "extension/facets/vector/stored_vector.h"
#include "extension/facets/vector/vector_code.h"
#include "extension/facets/vector/vector_index.h"
#include "lsm/base/checksum.h"
#include "temporal/key_codec.h"

namespace spectradb::extension {

using temporal::EntrySpace;
using temporal::Value;

namespace {

// Once a list is full, about so many of its inserts check whether it is too long.
constexpr uint64_t kQuestionsAList = 10;
// A list that has grown beyond so many times that size stays as it is; its vectors are so alike that no
// centroids separate them.
constexpr size_t kLongestSplit = 4;
constexpr size_t kWantedPart = 8;  // a split makes lists of about this part of the longest one
constexpr size_t kMostChildren = 16;
constexpr int kSplitRounds = 4;
constexpr double kMostInOneChild = 0.95;  // otherwise a split gains nothing

constexpr size_t kSampleBytes = 16U << 20;  // size of the vectors that a new index learns from
constexpr size_t kVectorsACentroid = 4;     // at least
constexpr double kListsARoot = 2;           // n rows get so many times sqrt(n) lists
constexpr int kBuildRounds = 4;

constexpr size_t kKnownTrees = 32;

Result<int64_t> take_number(std::string_view& in) {
  std::string scratch;
  SPECTRADB_ASSIGN_OR_RETURN(Value number, temporal::take_key_value(in, scratch));
  return number.integer;
}

}  // namespace

void append_number(std::string& out, int64_t number) {
  temporal::append_key_value(out, Value::of_integer(number), temporal::Collation::kBinary);
}

std::shared_ptr<const ListTree> KnownTrees::find(uint64_t fingerprint) const {
  const auto known = trees_.find(fingerprint);
  return known == trees_.end() ? nullptr : known->second;
}

void KnownTrees::keep(std::shared_ptr<const ListTree> tree) {
  if (trees_.size() >= kKnownTrees) trees_.clear();
  const uint64_t fingerprint = tree->fingerprint();
  trees_[fingerprint] = std::move(tree);
}

VectorEntries::VectorEntries(const VectorOptions& options, std::vector<temporal::IndexPart> partition)
    : options_(options), parts_(std::move(partition)), budget_(options.list_size) {
  for (int number = 0; number < 2; ++number) parts_.push_back({temporal::IndexPart::kNoColumn});
}

Result<std::optional<VectorEntries::Placed>> VectorEntries::place(std::span<const Value> values) const {
  if (values.front().is_null()) return std::optional<Placed>();
  SPECTRADB_ASSIGN_OR_RETURN(std::vector<float> floats, floats_of(values.front()));
  Placed placed;
  for (size_t i = 1; i < values.size(); ++i)
    temporal::append_index_part(placed.partition, values[i], parts_[i - 1]);
  append_number(placed.partition, static_cast<int64_t>(floats.size()));
  const CodeKind kind = options_.code_in(floats.size());
  prepare(floats, options_.metric, kind);
  placed.code = encode_code(floats, kind);
  SPECTRADB_ASSIGN_OR_RETURN(CodeView code, read_code(placed.code, floats.size(), kind));
  decode(code, floats);  // what the index stores decides where the vector belongs
  placed.floats = std::move(floats);
  return std::optional<Placed>(std::move(placed));
}

std::string VectorEntries::place_of_null(std::span<const Value> values) const {
  std::string key;
  for (size_t i = 1; i < values.size(); ++i) temporal::append_index_part(key, values[i], parts_[i - 1]);
  append_number(key, kNoDimensions);
  append_number(key, ListTree::kRoot);
  return key;
}

Result<std::shared_ptr<const ListTree>> VectorEntries::tree(EntrySpace& space, const std::string& partition,
                                                            size_t dimensions) {
  std::string key = partition;
  append_number(key, ListTree::kHead);
  std::string bytes;
  SPECTRADB_ASSIGN_OR_RETURN(const bool is_split, space.find(key, &bytes));
  auto read = std::make_shared<ListTree>(dimensions, partition, options_.centroids);
  if (!is_split) return std::shared_ptr<const ListTree>(std::move(read));
  SPECTRADB_ASSIGN_OR_RETURN(ListTree::Head head, ListTree::read_head(bytes));
  if (std::shared_ptr<const ListTree> known = known_.find(head.fingerprint)) return known;
  key = partition;
  append_number(key, ListTree::kNodes);
  Status status;
  SPECTRADB_RETURN_IF_ERROR(space.each(key, [&](const EntrySpace::Held& held) {
    status = read->add_node(held.payload);
    return status.is_ok();
  }));
  if (!status) return status;
  if (read->fingerprint() != head.fingerprint)
    return Status::corrupt(
        "the lists of an index on vectors are not those that it was made with: say REINDEX");
  known_.keep(read);
  return std::shared_ptr<const ListTree>(std::move(read));
}

Status VectorEntries::make(EntrySpace* space, std::span<const Value> values,
                           std::vector<temporal::IndexEntry>* entries) {
  SPECTRADB_ASSERT(space != nullptr);
  if (values.front().is_null()) {
    if (options_.lists_nulls) entries->push_back({place_of_null(values), {}});
    return Status::ok();
  }
  Result<std::optional<Placed>> placed = place(values);
  if (!placed || !placed->has_value()) return placed.status();
  SPECTRADB_ASSIGN_OR_RETURN(std::shared_ptr<const ListTree> lists,
                             tree(*space, (*placed)->partition, (*placed)->floats.size()));
  const size_t dimensions = (*placed)->floats.size();
  SPECTRADB_ASSIGN_OR_RETURN(const CodeView code,
                             read_code((*placed)->code, dimensions, options_.code_in(dimensions)));
  const int64_t list = lists->list_of(code, (*placed)->floats.data());
  temporal::IndexEntry entry{std::move((*placed)->partition), std::move((*placed)->code)};
  append_number(entry.key, list);
  entries->push_back(std::move(entry));
  return Status::ok();
}

// Writes the children of a list.
Status VectorEntries::grow(EntrySpace& space, const std::string& partition, ListTree& tree, int64_t list,
                           std::span<const float> centroids) {
  const int64_t first = tree.split(list, centroids);
  for (auto number = first; number <= static_cast<int64_t>(tree.node_count()); ++number) {
    std::string key = partition;
    append_number(key, ListTree::kNodes);
    append_number(key, number);
    space.put(key, tree.node(number), temporal::Period{});
  }
  std::string key = partition;
  append_number(key, ListTree::kHead);
  space.put(key, tree.head(), temporal::Period{});
  return Status::ok();
}

Status VectorEntries::wrote(EntrySpace& space, std::string_view key) {
  budget_.pay();
  const uint64_t entries_a_question = std::max<uint64_t>(options_.list_size / kQuestionsAList, 1);
  if (lsm::checksum64(key, 0) % entries_a_question == 0) SPECTRADB_RETURN_IF_ERROR(add_to_budget(key));
  const std::optional<SplitBudget::List> list = budget_.take();
  return list ? split(space, *list) : Status::ok();
}

// Has the list of an entry looked at.
Status VectorEntries::add_to_budget(std::string_view key) {
  const std::vector<temporal::IndexPart> before_list(parts_.begin(), parts_.end() - 1);
  SPECTRADB_ASSIGN_OR_RETURN(temporal::PartsExtent extent, temporal::extent_of_parts(key, before_list));
  const std::string partition(key.substr(0, extent.size));
  std::string_view rest = key.substr(extent.size);
  SPECTRADB_ASSIGN_OR_RETURN(const int64_t list, take_number(rest));
  std::string scratch;
  std::string_view dimensions = partition;
  for (size_t i = 0; i + 1 < before_list.size(); ++i) {
    SPECTRADB_ASSIGN_OR_RETURN(temporal::PartsExtent one,
                               temporal::extent_of_parts(dimensions, {before_list[i]}));
    dimensions.remove_prefix(one.size);
  }
  SPECTRADB_ASSIGN_OR_RETURN(const int64_t count, take_number(dimensions));
  if (count != kNoDimensions) budget_.add({partition, list, static_cast<size_t>(count)});
  return Status::ok();
}

// Splits a list if it is too long. It may have been split, or its transaction rolled back, since somebody asked.
Status VectorEntries::split(EntrySpace& space, const SplitBudget::List& long_list) {
  const auto& [partition, list, dimensions] = long_list;
  SPECTRADB_ASSIGN_OR_RETURN(std::shared_ptr<const ListTree> lists, tree(space, partition, dimensions));
  if (!lists->is_leaf(list)) return Status::ok();
  const size_t longest = std::max(options_.list_size, lists->leaf_count());
  struct Entry {
    std::string key;
    std::string payload;
    temporal::Period valid;
  };
  std::vector<Entry> entries;
  std::string prefix = partition;
  append_number(prefix, list);
  SPECTRADB_RETURN_IF_ERROR(space.each(prefix, [&](const EntrySpace::Held& held) {
    entries.push_back({std::string(held.key), std::string(held.payload), held.valid});
    return entries.size() <= kLongestSplit * longest;
  }));
  if (entries.size() <= longest || entries.size() > kLongestSplit * longest) return Status::ok();
  budget_.spend(entries.size());
  std::vector<float> vectors(entries.size() * dimensions);
  for (size_t i = 0; i < entries.size(); ++i) {
    SPECTRADB_ASSIGN_OR_RETURN(CodeView code,
                               read_code(entries[i].payload, dimensions, options_.code_in(dimensions)));
    decode(code, std::span(vectors).subspan(i * dimensions, dimensions));
  }
  const size_t children =
      std::clamp<size_t>(entries.size() / std::max<size_t>(longest / kWantedPart, 1), 2, kMostChildren);
  const std::vector<float> centroids = find_centroids(vectors, dimensions, children, kSplitRounds);
  if (centroids.size() < 2 * dimensions) return Status::ok();
  auto grown = std::make_shared<ListTree>(*lists);
  ListTree& after = *grown;
  const int64_t first = static_cast<int64_t>(after.node_count()) + 1;
  after.split(list, centroids);
  std::vector<int64_t> places;
  std::vector<size_t> sizes(centroids.size() / dimensions);
  for (size_t i = 0; i < entries.size(); ++i) {
    places.push_back(after.child_of(list, vectors.data() + i * dimensions));
    ++sizes[static_cast<size_t>(places.back() - first)];
  }
  const auto most = static_cast<double>(*std::max_element(sizes.begin(), sizes.end()));
  if (most > kMostInOneChild * static_cast<double>(entries.size())) return Status::ok();
  grown = std::make_shared<ListTree>(*lists);
  SPECTRADB_RETURN_IF_ERROR(grow(space, partition, *grown, list, centroids));
  for (size_t i = 0; i < entries.size(); ++i) {
    space.erase(entries[i].key, entries[i].valid);
    std::string key = partition;
    append_number(key, places[i]);
    key.append(entries[i].key, prefix.size());
    space.put(key, entries[i].payload, entries[i].valid);
  }
  known_.keep(std::move(grown));
  return Status::ok();
}

// A random sample of the rows' vectors that fits into memory; each row has the same chance to be in it.
struct VectorEntries::Taught {
  struct Partition {
    uint64_t rows = 0;
    size_t dimensions = 0;
  };
  struct Sample {
    const std::string* partition;
    std::vector<float> floats;
  };
  std::map<std::string, Partition> partitions;
  std::vector<Sample> samples;
  size_t sample_bytes = 0;
  uint64_t rows = 0;
  uint64_t random = 1;  // the same rows give the same numbers

  uint64_t draw(uint64_t below) {
    random = random * 6364136223846793005U + 1442695040888963407U;
    return (random >> 33) % below;
  }
  void add(const std::string& partition, std::vector<float> floats) {
    const auto place = partitions.try_emplace(partition).first;
    ++place->second.rows;
    place->second.dimensions = floats.size();
    ++rows;
    const size_t bytes = floats.size() * sizeof(float);
    if (sample_bytes + bytes <= kSampleBytes) {
      samples.push_back({&place->first, std::move(floats)});
      sample_bytes += bytes;
    } else if (const uint64_t drawn = draw(rows); drawn < samples.size()) {
      samples[drawn] = {&place->first, std::move(floats)};
    }
  }
};

Status VectorEntries::learn(std::span<const Value> values) {
  if (taught_ == nullptr) taught_ = std::make_shared<Taught>();
  Result<std::optional<Placed>> placed = place(values);
  if (!placed || !placed->has_value()) return placed.status();
  taught_->add((*placed)->partition, std::move((*placed)->floats));
  return Status::ok();
}

Status VectorEntries::learned(EntrySpace& space) {
  const std::shared_ptr<Taught> taught = std::move(taught_);
  taught_.reset();
  if (taught == nullptr) return Status::ok();
  for (const auto& [partition, about] : taught->partitions) {
    if (about.rows <= options_.list_size) continue;
    std::vector<float> vectors;
    for (const Taught::Sample& sample : taught->samples) {
      if (sample.partition == &partition)
        vectors.insert(vectors.end(), sample.floats.begin(), sample.floats.end());
    }
    const size_t known = vectors.size() / about.dimensions;
    const auto wanted = static_cast<size_t>(kListsARoot * std::sqrt(static_cast<double>(about.rows)));
    const std::vector<float> centroids =
        find_centroids(vectors, about.dimensions, std::min(wanted, known / kVectorsACentroid), kBuildRounds);
    if (centroids.size() < 2 * about.dimensions) continue;
    auto tree = std::make_shared<ListTree>(about.dimensions, partition, options_.centroids);
    SPECTRADB_RETURN_IF_ERROR(grow(space, partition, *tree, ListTree::kRoot, centroids));
    known_.keep(std::move(tree));
  }
  return Status::ok();
}

}  // namespace spectradb::extension
