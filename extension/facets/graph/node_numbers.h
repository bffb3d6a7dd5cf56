// Numbers the values of columns that name nodes. Equal values (1 and 1.0) are one node, and nodes are numbered
// in the order of their values. Integers, which most nodes are, take a way of their own: no bytes are made of
// them where there is nothing else, and nothing is sorted or sought where they lie close together, as ids do.
// One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "extension/host/api.h"
#include "temporal/value.h"

namespace spectradb::extension::graph {

using Node = uint32_t;

class NodeNumbers {
 public:
  // Take the values of all edges, one after another; none is NULL.
  void take(const temporal::Value& value);
  void take_integer(int64_t value) { taken_.push_back(has_others_ ? number_of(value) : value); }
  // Ends the taking: returns the node of each value, in the order in which they were taken.
  std::vector<Node> put_in_order();

  size_t size() const { return integers_.size() + bytes_.size(); }
  // Both are for nodes that are in order.
  std::optional<Node> find(const temporal::Value& value) const;
  void give(sqlite3_context* context, Node node) const;

 private:
  // Numbers integers in the order in which they come first. A hash table: the place of one is sought from its
  // hash on.
  class Integers {
   public:
    Node take(int64_t value, Node otherwise);  // takes `otherwise` where the value is new

   private:
    struct Slot {
      int64_t value = 0;
      Node node = kNone;
    };

    size_t place_of(int64_t value) const;
    void grow();

    std::vector<Slot> slots_;
    size_t count_ = 0;
  };
  static constexpr Node kNone = UINT32_MAX;

  void take_other(const std::string& bytes);
  Node number_of(int64_t value);
  std::vector<Node> put_close_integers_in_order(int64_t least, size_t count);
  std::vector<Node> put_integers_in_order();
  std::vector<Node> put_bytes_in_order();
  std::vector<Node> renumbered(const std::vector<Node>& order) const;

  // Until nodes are in order: the values, or, once one of them is no integer, the numbers of all so far.
  std::vector<int64_t> taken_;
  bool has_others_ = false;
  size_t numbered_ = 0;
  Integers numbers_of_integers_;
  std::unordered_map<std::string, Node> numbers_of_others_;  // by the bytes that key columns have for them
  std::vector<std::pair<int64_t, Node>> numbered_integers_;
  // In order, one of these has all nodes.
  std::vector<int64_t> integers_;
  std::vector<std::string> bytes_;
};

}  // namespace spectradb::extension::graph
