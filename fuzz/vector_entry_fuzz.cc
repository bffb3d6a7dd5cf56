// Feeds what an index on vectors keeps in its entries. The input is taken as a code as it lies on disk; as
// the head and the nodes of a tree of lists; and as a vector as a column stores it, whose code is then
// made.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "extension/facets/vector/list_tree.h"
#include "extension/facets/vector/vector.h"
#include "extension/facets/vector/vector_code.h"
#include "extension/facets/vector/vector_json.h"
#include "fuzz/target.h"

namespace spectradb::fuzz {
namespace {

using extension::AskedCode;
using extension::CentroidBytes;
using extension::CodeKind;
using extension::CodeView;
using extension::ListTree;

constexpr size_t kCodeHeader = 2 * sizeof(float);
constexpr size_t kTreeDimensions = 2;
constexpr size_t kMostNodes = 64;
constexpr float kLeastStep = 1e-42F;  // at this step the scale itself is hardly a float32

constexpr CodeKind kKinds[] = {CodeKind::kInt8, CodeKind::kInt4};

// Codes can be read from any bytes, whatever numbers these make.
void feed_code(std::string_view input, CodeKind kind) {
  if (input.size() < kCodeHeader) {
    must(!extension::read_code(input, 1, kind), "a code has a header");
    return;
  }
  const size_t dimensions = (input.size() - kCodeHeader) * (kind == CodeKind::kInt4 ? 2 : 1);
  must(!extension::read_code(input, dimensions + 1, kind), "a code has as many elements as its vector");
  const Result<CodeView> code = extension::read_code(input, dimensions, kind);
  if (!code) return;
  must(code->dimensions == dimensions, "a code has the elements that were asked for");
  std::vector<float> floats(dimensions);
  extension::decode(*code, floats);
  if (!std::all_of(floats.begin(), floats.end(), [](float one) { return std::isfinite(one); })) return;
  const float distance = AskedCode(floats).squared_distance(*code);
  must(std::isfinite(distance) && distance >= 0, "a distance has a place in an order");
}

// The input is cut at a separator byte: the head of the tree comes first, then its nodes.
void feed_tree(std::string_view input, CentroidBytes centroid_bytes) {
  const size_t size = std::min(input.find('\xfe'), input.size());
  (void)ListTree::read_head(input.substr(0, size));
  ListTree tree(kTreeDimensions, "p", centroid_bytes);
  std::vector<std::string> nodes;
  for (size_t at = std::min(size + 1, input.size()); at < input.size() && nodes.size() < kMostNodes;) {
    const std::string_view node = input.substr(at, std::min(input.find('\xfe', at), input.size()) - at);
    at += node.size() + 1;
    const size_t count = tree.node_count();
    const Status status = tree.add_node(node);
    must(tree.node_count() == count + (status ? 1 : 0), "a node is there or it is not");
    if (!status) break;
    nodes.emplace_back(node);
  }
  const float asked[kTreeDimensions] = {0.5F, -2};
  const int64_t list = tree.list_of(asked);
  const std::vector<ListTree::Leaf> leaves = tree.leaves_from(asked);
  must(leaves.size() == tree.leaf_count(), "all leaves are read");
  must(std::any_of(leaves.begin(), leaves.end(),
                   [list](const ListTree::Leaf& leaf) { return leaf.list == list; }),
       "a vector belongs to a leaf");
  must(std::is_heap(leaves.begin(), leaves.end()), "the nearest leaf is on top of a heap");
  // A tree is written as its nodes: read again, they make the same tree.
  ListTree again(kTreeDimensions, "p", centroid_bytes);
  for (size_t i = 0; i < tree.node_count(); ++i)
    must(again.add_node(tree.node(static_cast<int64_t>(i + 1))).is_ok(), "a node comes back");
  must(again.fingerprint() == tree.fingerprint(), "a tree comes back the same");
  const Result<ListTree::Head> own = ListTree::read_head(tree.head());
  must(own && own->count == tree.node_count() && own->fingerprint == tree.fingerprint(),
       "a head comes back the same");
}

void feed_vector(std::vector<float> floats, extension::Metric metric, CodeKind kind) {
  extension::prepare(floats, metric, kind);
  const std::string bytes = extension::encode_code(floats, kind);
  const Result<CodeView> code = extension::read_code(bytes, floats.size(), kind);
  must(code.is_ok(), "a code comes back");
  std::vector<float> decoded(floats.size());
  extension::decode(*code, decoded);
  const float most = code->scale * (kind == CodeKind::kInt8 ? 127 : 7);
  for (size_t i = 0; i < floats.size(); ++i) {
    const float kept = std::clamp(floats[i], -most, most);  // what is farther is cut off
    must(!(std::fabs(decoded[i] - kept) > code->scale * 0.51F + kLeastStep),
         "an element is off by half a step at most");
  }
  const float distance = AskedCode(floats).squared_distance(*code);
  must(std::isfinite(distance) && distance >= 0, "a distance has a place in an order");
}

void feed_stored(std::string_view input) {
  for (const extension::Metric metric : {extension::Metric::kCosine, extension::Metric::kL2}) {
    const Result<std::vector<float>> read = extension::read_json_vector(input);
    for (const CodeKind kind : kKinds)
      if (read) feed_vector(*read, metric, kind);
    const Result<extension::VectorView> view = extension::read_vector(input);
    if (!view || !extension::check_finite(*view) || view->element == extension::Element::kBit) continue;
    std::vector<float> floats(view->dimensions);
    extension::decode(*view, floats);
    for (const CodeKind kind : kKinds) feed_vector(floats, metric, kind);
  }
}

std::string bytes_of(const std::vector<float>& floats) {
  std::string bytes(floats.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), floats.data(), bytes.size());
  return bytes;
}

}  // namespace

std::vector<std::string> seeds() {
  const std::vector<float> floats = {1, -0.5F, 0, 1e-30F};
  const auto nodes = [](CentroidBytes centroid_bytes) {
    ListTree tree(kTreeDimensions, "p", centroid_bytes);
    tree.split(ListTree::kRoot, std::vector<float>{1, 0, 0, 1, -1, 0.5F});
    tree.split(2, std::vector<float>{0, 1, 0.25F, 1});
    std::string written = tree.head();
    for (size_t i = 0; i < tree.node_count(); ++i) written += "\xfe" + tree.node(static_cast<int64_t>(i + 1));
    return written;
  };
  return {extension::encode_code(floats, CodeKind::kInt8),
          extension::encode_code(floats, CodeKind::kInt4),
          nodes(CentroidBytes::kFloat32),
          nodes(CentroidBytes::kInt8),
          bytes_of(floats),
          "[1, -0.5, 0, 1e-30, 3e38]",
          "[0." + std::string(600, '0') + "1e599]",
          *extension::encode(floats, extension::Element::kInt8),
          *extension::encode(floats, extension::Element::kFloat16)};
}

void feed(std::string_view input) {
  for (const CodeKind kind : kKinds) feed_code(input, kind);
  for (const CentroidBytes bytes : {CentroidBytes::kFloat32, CentroidBytes::kInt8}) feed_tree(input, bytes);
  feed_stored(input);
}

}  // namespace spectradb::fuzz
