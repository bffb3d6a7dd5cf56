// Numbers the values of columns that name nodes. Equal values (1 and 1.0) are one node, and in the end nodes
// are numbered in the order of their values. Integers, which most nodes are, take a way of their own: no
// bytes are made of them where there is nothing else. One thread.
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
  // Returns the node of a value that is not NULL, in the order in which nodes were first taken.
  Node take(const temporal::Value& value);
  Node take_integer(int64_t value);
  // Ends the taking: returns for each node its number in the order of the values, which is its number now.
  std::vector<Node> put_in_order();

  size_t size() const { return size_; }
  // Both are for nodes that are in order.
  std::optional<Node> find(const temporal::Value& value) const;
  void give(sqlite3_context* context, Node node) const;

 private:
  // A hash table of integers: the place of one is sought from its hash on.
  class Integers {
   public:
    Node take(int64_t value, Node otherwise);  // takes `otherwise` where the value is new

   private:
    struct Slot {
      int64_t value = 0;
      Node node = kNone;
    };
    static constexpr Node kNone = UINT32_MAX;

    size_t place_of(int64_t value) const;
    void grow();

    std::vector<Slot> slots_;
    size_t count_ = 0;
  };

  void sort_integers(std::vector<Node>& numbers);
  void sort_bytes(std::vector<Node>& numbers);

  size_t size_ = 0;
  Integers taken_integers_;
  std::unordered_map<std::string, Node> taken_others_;  // by the bytes that key columns have for them
  std::vector<std::pair<int64_t, Node>> new_integers_;  // until nodes are in order
  // In order, one of these has all nodes.
  std::vector<int64_t> integers_;
  std::vector<std::string> bytes_;
};

}  // namespace spectradb::extension::graph
