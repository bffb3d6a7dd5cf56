#include "extension/facets/vector/list_tree.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

#include "base/assert.h"
#include "extension/facets/vector/kernels.h"
#include "lsm/base/checksum.h"
#include "temporal/varint.h"

namespace spectradb::extension {

namespace {

constexpr float kFarthest = std::numeric_limits<float>::infinity();

constexpr int kZeroNibble = 8;         // vector_code.h
constexpr int64_t kLeastCompared = 8;  // centroids, for which codes are compared first
// What float32 rounds of a square of a distance, beside the squares of both vectors, is far below this.
constexpr float kRounded = 1e-3F;
constexpr float kLeastExact = 1e-30F;  // float32 rounds terms of smaller squares more than that
constexpr float kMostExact = 1e30F;    // and does not hold sums of larger ones

const char* bytes_of(const float* floats) { return reinterpret_cast<const char*>(floats); }

float squares_between(const float* a, const float* b, size_t dimensions) {
  return fastest_kernels().squares(bytes_of(a), bytes_of(b), dimensions);
}

Status wrong_node(const char* what) {
  return Status::corrupt("the lists of an index on vectors: " + std::string(what));
}

}  // namespace

ListTree::ListTree(size_t dimensions, std::string_view partition, CentroidBytes centroid_bytes)
    : dimensions_(dimensions),
      centroid_bytes_(centroid_bytes),
      fingerprint_(lsm::checksum64(partition, dimensions)) {}

float ListTree::from_centroid(int64_t list, const float* vector) const {
  const float squares = squares_between(vector, centroid(list), dimensions_);
  return std::isfinite(squares) ? squares : std::numeric_limits<float>::max();
}

int64_t ListTree::child_of(int64_t list, const float* vector) const {
  const Node& node = at(list);
  int64_t nearest = node.first_child;
  float least = kFarthest;
  for (int64_t child = node.first_child; child < node.first_child + node.child_count; ++child) {
    const float distance = from_centroid(child, vector);
    if (distance >= least) continue;
    least = distance;
    nearest = child;
  }
  return nearest;
}

int64_t ListTree::list_of(const float* vector) const {
  int64_t list = kRoot;
  while (at(list).child_count != 0) list = child_of(list, vector);
  return list;
}

// Centroid and vector are whole numbers times their scales, so that their distance follows from a scalar product of
// whole numbers, but for what float32 rounds. Those within twice of that from the least are compared as vectors are.
int64_t ListTree::child_of(int64_t list, const CodeView& code, const float* vector) const {
  const Node& node = at(list);
  const auto count = static_cast<size_t>(node.child_count);
  if (centroid_bytes_ != CentroidBytes::kInt8 || node.child_count < kLeastCompared)
    return child_of(list, vector);
  const VectorKernels& kernels = fastest_kernels();
  const bool is_int8 = code.kind == CodeKind::kInt8;
  const size_t size = centroid_size();
  const size_t first = static_cast<size_t>(node.first_child) - 1;
  const char* elements = written_.data() + first * size + (size - dimensions_);
  std::vector<float> guesses(count);
  float least = kFarthest;
  float largest_square = 0;
  for (size_t i = 0; i < count; ++i, elements += size) {
    const Written& centroid = said_[first + i];
    const int32_t product =
        is_int8 ? kernels.dot_int8(elements, code.elements, dimensions_)
                : kernels.dot_nibbles(elements, code.elements, dimensions_) - kZeroNibble * centroid.sum;
    guesses[i] =
        centroid.square + code.square - 2 * (centroid.scale * code.scale * static_cast<float>(product));
    least = std::min(least, guesses[i]);
    largest_square = std::max(largest_square, centroid.square);
  }
  const float squares = largest_square + code.square;
  if (!(squares > kLeastExact && squares < kMostExact)) return child_of(list, vector);
  const float near = least + kRounded * squares;
  int64_t nearest = node.first_child;
  float distance = kFarthest;
  for (size_t i = 0; i < count; ++i) {
    if (guesses[i] > near) continue;
    const int64_t child = node.first_child + static_cast<int64_t>(i);
    const float measured = from_centroid(child, vector);
    if (measured >= distance) continue;
    distance = measured;
    nearest = child;
  }
  return nearest;
}

int64_t ListTree::list_of(const CodeView& code, const float* vector) const {
  int64_t list = kRoot;
  while (at(list).child_count != 0) list = child_of(list, code, vector);
  return list;
}

std::vector<ListTree::Leaf> ListTree::leaves_from(const float* vector) const {
  std::vector<Leaf> leaves;
  if (root_.child_count == 0) {
    leaves.push_back({0, kRoot});
    return leaves;
  }
  leaves.reserve(leaf_count_);
  for (size_t i = 0; i < nodes_.size(); ++i) {
    const auto list = static_cast<int64_t>(i + 1);
    if (nodes_[i].child_count == 0) leaves.push_back({from_centroid(list, vector), list});
  }
  std::make_heap(leaves.begin(), leaves.end());
  return leaves;
}

size_t ListTree::centroid_size() const {
  return centroid_bytes_ == CentroidBytes::kInt8 ? code_bytes(dimensions_, CodeKind::kInt8)
                                                 : dimensions_ * sizeof(float);
}

Status ListTree::append(int64_t parent, std::string_view written) {
  if (centroid_bytes_ == CentroidBytes::kInt8) {
    SPECTRADB_ASSIGN_OR_RETURN(const CodeView code, read_code(written, dimensions_, CodeKind::kInt8));
    centroids_.resize(centroids_.size() + dimensions_);
    decode(code, std::span(centroids_).last(dimensions_));
    written_.append(written);
    int32_t sum = 0;
    for (size_t i = 0; i < dimensions_; ++i) sum += static_cast<int8_t>(code.elements[i]);
    said_.push_back({code.scale, code.square, sum});
  } else {
    centroids_.resize(centroids_.size() + dimensions_);
    std::memcpy(centroids_.data() + nodes_.size() * dimensions_, written.data(), written.size());
  }
  nodes_.push_back({parent});
  const auto number = static_cast<int64_t>(nodes_.size());
  Node& above = at(parent);
  if (above.child_count == 0) {
    above.first_child = number;
  } else {
    ++leaf_count_;
  }
  ++above.child_count;
  fingerprint_ = lsm::checksum64(node(number), fingerprint_);
  return Status::ok();
}

int64_t ListTree::split(int64_t list, std::span<const float> centroids) {
  SPECTRADB_ASSERT(at(list).child_count == 0 && centroids.size() % dimensions_ == 0 && !centroids.empty());
  const auto first = static_cast<int64_t>(nodes_.size()) + 1;
  for (size_t i = 0; i < centroids.size() / dimensions_; ++i) {
    const std::span<const float> one = centroids.subspan(i * dimensions_, dimensions_);
    const Status appended =
        append(list, centroid_bytes_ == CentroidBytes::kInt8
                         ? encode_code(one, CodeKind::kInt8)
                         : std::string(bytes_of(one.data()), dimensions_ * sizeof(float)));
    SPECTRADB_ASSERT(appended.is_ok());
  }
  return first;
}

std::string ListTree::node(int64_t number) const {
  std::string bytes;
  lsm::put_varint(bytes, static_cast<uint64_t>(at(number).parent));
  const size_t size = centroid_size();
  if (centroid_bytes_ == CentroidBytes::kInt8) {
    bytes.append(written_, (static_cast<size_t>(number) - 1) * size, size);
  } else {
    bytes.append(bytes_of(centroid(number)), size);
  }
  return bytes;
}

std::string ListTree::head() const {
  std::string bytes;
  lsm::put_varint(bytes, nodes_.size());
  lsm::put_fixed64(bytes, fingerprint_);
  return bytes;
}

Status ListTree::add_node(std::string_view bytes) {
  uint64_t parent = 0;
  if (!temporal::take_varint(bytes, parent) || bytes.size() != centroid_size())
    return wrong_node("a node is cut short");
  if (parent > nodes_.size()) return wrong_node("a node is before its parent");
  const Node& above = at(static_cast<int64_t>(parent));
  const auto number = static_cast<int64_t>(nodes_.size()) + 1;
  if (above.child_count != 0 && above.first_child + above.child_count != number)
    return wrong_node("the children of a list are no neighbours");
  return append(static_cast<int64_t>(parent), bytes);
}

Result<ListTree::Head> ListTree::read_head(std::string_view bytes) {
  Head head{};
  if (!temporal::take_varint(bytes, head.count) || bytes.size() != sizeof head.fingerprint)
    return wrong_node("the head is cut short");
  head.fingerprint = lsm::load_fixed64(bytes.data());
  return head;
}

std::vector<float> find_centroids(std::span<const float> vectors, size_t dimensions, size_t count,
                                  int rounds) {
  const size_t vector_count = vectors.size() / dimensions;
  count = std::min(count, vector_count);
  const auto vector = [&](size_t i) { return vectors.data() + i * dimensions; };
  // The first centroids are vectors at regular distances in the order in which the vectors are given.
  std::vector<float> centroids;
  for (size_t i = 0; i < count; ++i) {
    const float* chosen = vector(i * vector_count / count);
    centroids.insert(centroids.end(), chosen, chosen + dimensions);
  }
  std::vector<float> sums;
  std::vector<size_t> sizes;
  for (int round = 0; round < rounds; ++round) {
    count = centroids.size() / dimensions;
    sums.assign(count * dimensions, 0);
    sizes.assign(count, 0);
    for (size_t i = 0; i < vector_count; ++i) {
      size_t nearest = 0;
      float least = kFarthest;
      for (size_t j = 0; j < count; ++j) {
        const float distance = squares_between(vector(i), centroids.data() + j * dimensions, dimensions);
        if (distance >= least) continue;
        least = distance;
        nearest = j;
      }
      ++sizes[nearest];
      float* const sum = sums.data() + nearest * dimensions;
      for (size_t element = 0; element < dimensions; ++element) sum[element] += vector(i)[element];
    }
    centroids.clear();
    for (size_t j = 0; j < count; ++j) {  // drops a centroid that is nearest to no vector
      for (size_t element = 0; element < dimensions && sizes[j] != 0; ++element)
        centroids.push_back(sums[j * dimensions + element] / static_cast<float>(sizes[j]));
    }
  }
  return centroids;
}

}  // namespace spectradb::extension
