#include "sql/edits.h"

#include <algorithm>

namespace spectradb::sql {

void Edits::replace(size_t begin, size_t end, std::string replacement) {
  auto place = std::upper_bound(edits_.begin(), edits_.end(), Edit{begin, end, {}}, [](const Edit& a, const Edit& b) {
    if (a.begin != b.begin) return a.begin < b.begin;
    const bool a_inserts = a.begin == a.end;
    const bool b_inserts = b.begin == b.end;
    if (a_inserts != b_inserts) return a_inserts;
    return a.end > b.end;
  });
  edits_.insert(place, {begin, end, std::move(replacement)});
}

std::string Edits::render(size_t begin, size_t end) const {
  std::string out;
  size_t at = begin;
  auto edit = std::lower_bound(edits_.begin(), edits_.end(), begin, [](const Edit& e, size_t place) { return e.begin < place; });
  for (; edit != edits_.end() && edit->begin <= end; ++edit) {
    if (edit->begin < at || edit->end > end) continue;  // inside an edit already rendered, or around this part
    out.append(text_.substr(at, edit->begin - at));
    out.append(edit->replacement);
    at = edit->end;
  }
  out.append(text_.substr(at, end - at));
  return out;
}

}  // namespace spectradb::sql
