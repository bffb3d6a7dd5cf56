#include "tests/twin_table.h"

namespace spectradb::tests {

TwinTable any_twin_table(Dice& dice, TwinIndexes& indexes, char letter) {
  static const std::vector<std::string_view> kTypes = {
      "INTEGER", "TEXT", "REAL", "NUMERIC", "", "BLOB", "TEXT COLLATE NOCASE", "COLLATE RTRIM"};
  static const std::vector<std::string_view> kExtras = {"",
                                                        "",
                                                        "",
                                                        "",
                                                        " DEFAULT 7",
                                                        " NOT NULL",
                                                        " NOT NULL DEFAULT 'd'",
                                                        " CHECK ($ <> 7)",
                                                        " CHECK ($ < 'b')"};
  TwinTable made;
  made.letter = letter;
  bool has_integer_type = false;
  // Of the columns so many are the key; 3 stands for an INTEGER PRIMARY KEY.
  const int key = dice.below(4);
  const int count = 2 + dice.below(3);
  for (int i = 0; i < count; i++) {
    const std::string name = letter + std::to_string(i);
    made.columns.push_back(name);
    std::string column = name + " ";
    const bool is_key = key == 3 ? i == 0 : i < key;
    if (is_key) {
      const std::string type(dice.any(kTypes));
      has_integer_type = type == "INTEGER";
      column += key == 3 ? "INTEGER PRIMARY KEY" : type + " NOT NULL";
      made.key.insert(made.key.begin(), name);
    } else {
      column += dice.any(kTypes);
      for (const char c : dice.any(kExtras)) column += c == '$' ? name : std::string(1, c);
      column += indexes.column_constraint();
    }
    made.definition += (i > 0 ? ", " : "") + column;
  }
  made.has_integer_key = key == 3 || (key == 1 && has_integer_type);
  if (key == 1 || key == 2) made.definition += ", PRIMARY KEY (" + joined(made.key, "", ", ") + ")";
  made.definition += indexes.table_constraint(made.columns);
  return made;
}

std::string joined(const std::vector<std::string>& words, const std::string& before,
                   const std::string& between) {
  std::string out;
  for (const std::string& word : words) {
    if (!out.empty()) out += between;
    out += before.empty() ? word : before + "(" + word + ")";
  }
  return out;
}

}  // namespace spectradb::tests
