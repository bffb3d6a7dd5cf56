// Replacements in a text, and rendering of any part of it with the replacements that lie inside.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace spectradb::sql {

class Edits {
 public:
  explicit Edits(std::string_view text) : text_(text) {}

  // Bytes [begin, end) become `replacement`; begin == end inserts. Insertions at one place keep their order. An edit
  // inside another one is not rendered with it.
  void replace(size_t begin, size_t end, std::string replacement);
  void insert(size_t at, std::string text) { replace(at, at, std::move(text)); }
  size_t count() const { return edits_.size(); }

  std::string render(size_t begin, size_t end) const;

 private:
  struct Edit {
    size_t begin;
    size_t end;
    std::string replacement;
  };
  std::string_view text_;
  std::vector<Edit> edits_;  // by begin; at one place insertions before replacements, longer ones before shorter
};

}  // namespace spectradb::sql
