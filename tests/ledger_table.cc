#include "tests/ledger_table.h"

namespace spectradb::tests {

LedgerShape document_shape() {
  LedgerShape shape;
  shape.name = "docs";
  shape.create = "CREATE TABLE docs (pk TEXT PRIMARY KEY)";
  shape.key_columns = "pk";
  shape.key_columns_desc = "pk DESC";
  for (const char* key : {"", "A", "a", "a1", "b"}) {
    shape.keys.push_back("'" + std::string(key) + "'");
    shape.key_texts.push_back(key);
  }
  shape.columns = "pk, doc";
  shape.payload = "doc";
  shape.is_document = true;
  return shape;
}

LedgerShape typed_shape() {
  LedgerShape shape;
  shape.name = "typed";
  shape.create =
      "CREATE TABLE typed (a TEXT, v INTEGER, b INTEGER, PRIMARY KEY (b, a)) WITH SYSTEM VERSIONING";
  shape.key_columns = "b, a";
  shape.key_columns_desc = "b DESC, a DESC";
  for (const char* b : {"-1", "0", "7"}) {
    for (const char* a : {"x", "y"}) {
      shape.keys.push_back(std::string(b) + ", '" + a + "'");
      shape.key_texts.push_back(std::string(b) + "|" + a);
    }
  }
  shape.columns = "b, a, v";
  shape.payload = "v";
  shape.unique = true;
  return shape;
}

LedgerShape integer_shape() {
  LedgerShape shape;
  shape.name = "numbers";
  shape.create = "CREATE TABLE numbers (id INTEGER PRIMARY KEY, v INTEGER) WITH SYSTEM VERSIONING";
  shape.key_columns = "id";
  shape.key_columns_desc = "id DESC";
  for (const char* key : {"-9223372036854775808", "-1", "0", "1", "256", "9223372036854775807"}) {
    shape.keys.push_back(key);
    shape.key_texts.push_back(key);
  }
  shape.columns = "id, v";
  shape.payload = "v";
  shape.unique = true;
  return shape;
}

ChangedTable LedgerTable::changed() const {
  ChangedTable columns{shape.name, shape.keys, shape.key_texts, "key", "$." + shape.payload};
  if (!is_composite()) return columns;
  columns.key_columns = "key ->> 0, key ->> 1";
  for (std::string& key : columns.key_arguments) key = "json_array(" + key + ")";
  return columns;
}

std::string LedgerTable::payload_sql(int64_t payload) const {
  return shape.is_document ? "'" + std::to_string(payload) + "'" : std::to_string(payload);
}

std::string LedgerTable::any_condition(Dice& dice, std::vector<bool>& wanted) const {
  const int count = key_count();
  wanted.assign(static_cast<size_t>(count), true);
  const std::string columns = shape.key_columns;
  const auto only = [&](auto test) {
    for (int key = 0; key < count; key++) wanted[static_cast<size_t>(key)] = test(key);
  };
  const auto literal = [&](int key) { return shape.keys[static_cast<size_t>(key)]; };
  switch (dice.below(5)) {
    case 0:
      return "1";
    case 1: {
      const int key = any_key(dice);
      only([&](int k) { return k == key; });
      if (!is_composite()) return columns + " = " + literal(key);
      const size_t comma = literal(key).find(',');
      return "b = " + literal(key).substr(0, comma) + " AND a = " + literal(key).substr(comma + 1);
    }
    case 2: {
      const int low = any_key(dice);
      const int high = any_key(dice);
      const bool with_low = dice.chance(50);
      const bool with_high = dice.chance(50);
      only([&](int k) { return (with_low ? k >= low : k > low) && (with_high ? k <= high : k < high); });
      return "(" + columns + ") " + (with_low ? ">=" : ">") + " (" + literal(low) + ") AND (" + columns +
             ") " + (with_high ? "<=" : "<") + " (" + literal(high) + ")";
    }
    case 3: {
      if (is_composite()) {  // names only the first column of the key
        const int group = dice.below(count / 2);
        only([&](int k) { return k / 2 == group; });
        const std::string first = literal(group * 2);
        return "b = " + first.substr(0, first.find(','));
      }
      const int one = any_key(dice);
      const int other = any_key(dice);
      only([&](int k) { return k == one || k == other; });
      return columns + " IN (" + literal(one) + ", " + literal(other) + ")";
    }
    default: {
      const int one = any_key(dice);
      const int other = any_key(dice);
      if (is_composite()) {
        only([&](int k) { return (k / 2 == one / 2 || k / 2 == other / 2) && k % 2 == 1; });
        return "b IN (" + literal(one).substr(0, literal(one).find(',')) + ", " +
               literal(other).substr(0, literal(other).find(',')) + ") AND a = 'y'";
      }
      only([&](int k) { return k != one; });
      return columns + " <> " + literal(one);
    }
  }
}

}  // namespace spectradb::tests
