// Replacements in a text; any part of the text can be rendered with the replacements inside it.
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
  // Rendering an edit's bytes drops edits that lie inside it.
  void replace(size_t begin, size_t end, std::string replacement);
  void insert(size_t at, std::string text) { replace(at, at, std::move(text)); }
  size_t count() const { return edits_.size(); }

  // Insertions at either bound are rendered, too.
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
