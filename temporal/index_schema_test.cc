#include "temporal/index_schema.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "base/random_seed.h"
#include "temporal/key_codec.h"

namespace spectradb::temporal {
namespace {

const std::vector<Value>& values() {
  static const std::string kZeros("\0a\0\0", 4);
  static const std::vector<Value> kValues = {
      Value::null(),       Value::of_integer(-5),  Value::of_integer(0), Value::of_integer(INT64_MAX),
      Value::of_real(0.5), Value::of_real(-1e300), Value::text(""),      Value::text("a"),
      Value::text("B"),    Value::text("a  "),     Value::text(kZeros),  Value::blob(""),
      Value::blob(kZeros), Value::blob("a"),       Value::of_integer(1), Value::of_real(1.0)};
  return kValues;
}

int sign(int number) { return (number > 0) - (number < 0); }

}  // namespace

TEST_CASE("the entries of an index are in its order, and tell where the key begins") {
  SPECTRADB_SHOW_SEED();
  std::mt19937_64 random(random_seed());
  const auto any = [&](size_t bound) { return static_cast<size_t>(random() % bound); };
  for (int round = 0; round < 2000; ++round) {
    std::vector<IndexPart> parts(1 + any(3));
    for (IndexPart& part : parts) {
      part.collation = static_cast<Collation>(any(3));
      part.is_descending = any(2) == 1;
    }
    std::vector<Value> rows[2];
    std::string entries[2];
    int order = 0;
    for (int i = 0; i < 2; ++i) {
      for (const IndexPart& part : parts) {
        rows[i].push_back(values()[any(values().size())]);
        append_index_part(entries[i], rows[i].back(), part);
      }
    }
    for (size_t p = 0; p < parts.size() && order == 0; ++p) {
      order = sign(compare(rows[0][p], rows[1][p], parts[p].collation));
      if (parts[p].is_descending) order = -order;
    }
    CHECK(sign(entries[0].compare(entries[1])) == order);
    std::string whole = entries[0];
    append_key_value(whole, values()[any(values().size())], Collation::kBinary);
    const Result<PartsExtent> extent = extent_of_parts(whole, parts);
    REQUIRE(extent.is_ok());
    CHECK(extent->size == entries[0].size());
    CHECK(extent->has_null ==
          std::any_of(rows[0].begin(), rows[0].end(), [](const Value& value) { return value.is_null(); }));
    const std::string_view cut(whole.data(), entries[0].size() - 1);
    CHECK(!extent_of_parts(cut, parts).is_ok());
  }
}

}  // namespace spectradb::temporal
