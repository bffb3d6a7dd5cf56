// Replacements in a text, and rendering of any part of it with the replacements that lie inside.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace spectradb::sql {

class Edits {
 public:
  explicit Edits(std::string_view text) : text_(text) {}

  // Bytes [begin, end) become `replacement`; begin == end inserts. Insertions at one place keep their order.
  // An edit inside another one is not rendered with it.
  void replace(size_t begin, size_t end, std::string replacement);
  void insert(size_t at, std::string text) { replace(at, at, std::move(text)); }
  size_t count() const { return edits_.size(); }

  // Insertions at either bound are part of it.
  std::string render(size_t begin, size_t end) const;

 private:
  struct Place {
    size_t begin;
    size_t end;
    size_t ordinal;  // the order of the edits
    bool operator<(const Place& other) const;
  };

  std::string_view text_;
  std::map<Place, std::string> edits_;
};

}  // namespace spectradb::sql
