// A dropped key is gone, for ever, and all others stay what they were; states that are none are refused.
#include "temporal/subject_keys.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "temporal/key_codec.h"

namespace spectradb::temporal {
namespace {

constexpr uint32_t kTable = 7;

std::string key_with(const std::vector<Value>& values) {
  std::string key;
  append_table_id(key, kTable);
  for (const Value& value : values) append_key_value(key, value, Collation::kBinary);
  return key;
}

SubjectKeys::Leaf leaf(int number) { return SubjectKeys::leaf_of(std::to_string(number)); }

SubjectKeys fresh() {
  SubjectKeys keys;
  keys.begin_epoch({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});
  return keys;
}

TEST_CASE("the subject is the first column of a key") {
  for (const Value& value : {Value::null(), Value::of_integer(1), Value::of_integer((int64_t{1} << 62) + 1),
                             Value::text(""), Value::text("ann"), Value::text(std::string_view("a\0\0b", 4)),
                             Value::blob(std::string_view("\0\xff\0", 3))}) {
    const std::string alone = key_with({value});
    const std::string longer = key_with({value, Value::text("more")});
    CHECK(SubjectKeys::subject_of(alone) == alone);
    CHECK(SubjectKeys::subject_of(longer) == alone);
    for (size_t size = 0; size < alone.size(); ++size)
      CHECK(SubjectKeys::subject_of(alone.substr(0, size)).empty());
  }
}

TEST_CASE("keys of subjects differ, and so do those of epochs" * doctest::skip(!has_cipher())) {
  SubjectKeys keys = fresh();
  CHECK(keys.key_of(leaf(1), 0) != keys.key_of(leaf(2), 0));
  CHECK_FALSE(keys.key_of(leaf(1), 1));
  keys.begin_epoch({1});
  CHECK(keys.key_of(leaf(1), 0) != keys.key_of(leaf(1), 1));
}

TEST_CASE("a dropped key is gone, and all others stay" * doctest::skip(!has_cipher())) {
  const SubjectKeys before = fresh();
  SubjectKeys keys = fresh();
  std::vector<bool> is_dropped(300);
  for (int round = 0; round < 10; ++round) {
    std::vector<SubjectKeys::Leaf> dropped;
    for (int i = 0; i < 10; ++i) {
      const int number = (round * 37 + i * 11) % 300;
      dropped.push_back(leaf(number));
      is_dropped[static_cast<size_t>(number)] = true;
    }
    keys.drop(dropped);
    const std::optional<SubjectKeys> again = SubjectKeys::decode(keys.encode());
    REQUIRE(again);
    REQUIRE(again->encode() == keys.encode());
    for (int number = 0; number < 300; ++number) {
      const bool is_gone = is_dropped[static_cast<size_t>(number)];
      REQUIRE(keys.is_dropped(leaf(number)) == is_gone);
      REQUIRE(again->is_dropped(leaf(number)) == is_gone);
      REQUIRE(again->key_of(leaf(number), 0) == (is_gone ? std::nullopt : before.key_of(leaf(number), 0)));
    }
  }
}

TEST_CASE("an epoch gives back what was dropped, under another key" * doctest::skip(!has_cipher())) {
  SubjectKeys keys = fresh();
  keys.drop({leaf(1)});
  keys.begin_epoch({9});
  CHECK_FALSE(keys.is_dropped(leaf(1)));
  CHECK_FALSE(keys.has_dropped());
  CHECK_FALSE(keys.key_of(leaf(1), 0));
  CHECK(keys.key_of(leaf(1), 1));
  keys.drop({leaf(2)});
  CHECK_FALSE(keys.key_of(leaf(2), 0));
  CHECK_FALSE(keys.key_of(leaf(2), 1));
}

TEST_CASE("what is no state is refused" * doctest::skip(!has_cipher())) {
  SubjectKeys keys = fresh();
  keys.drop({leaf(1)});
  const std::string state = keys.encode();
  for (size_t size = 0; size < state.size(); ++size)
    REQUIRE_FALSE(SubjectKeys::decode(state.substr(0, size)));
  CHECK_FALSE(SubjectKeys::decode(state + '\1'));
  CHECK_FALSE(SubjectKeys::decode(std::string("\1\1", 2) + std::string(16, 'x')));
  CHECK_FALSE(SubjectKeys::decode(std::string("\1\x15", 2) + std::string(16, 'x')));
}

}  // namespace
}  // namespace spectradb::temporal
