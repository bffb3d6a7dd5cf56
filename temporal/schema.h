// What temporal and lsm know of a temporal table: its columns, its key and its options.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "temporal/value.h"

namespace spectradb::temporal {

enum class TableKind : uint8_t { kDocument, kTyped };
// What INSERT of a visible key does. kSeries: the new piece begins where it says and ends where the key's
// next piece begins.
enum class OnInsert : uint8_t { kAppend, kUnique, kSeries };
enum class ValidDefault : uint8_t { kAlways, kNow };  // what INSERT without a period means
// The form in which bounds of valid time are shown: kAsGiven shows each as it was given (tables of older
// releases), kOpen is not decided yet, the others are one form for all.
enum class ValidForm : uint8_t { kAsGiven, kOpen, kText, kInteger };

class RowReader;

// A value with its own bytes, shared by the copies of a schema.
struct StoredValue {
  explicit StoredValue(const Value& of) : bytes(of.bytes), value(of) { value.bytes = bytes; }
  StoredValue(const StoredValue&) = delete;
  StoredValue& operator=(const StoredValue&) = delete;

  std::string bytes;
  Value value;
};

// Computes generated columns of rows that were written before the table had them.
class GeneratedColumns {
 public:
  virtual ~GeneratedColumns() = default;
  // The value's bytes live until the next call.
  virtual Result<Value> compute(RowReader& row, int column) = 0;
};

struct Column {
  std::string name;
  std::string declared_type;  // as the user wrote it, may be empty
  Affinity affinity = Affinity::kBlob;
  Collation collation = Collation::kBinary;
  bool not_null = false;
  bool is_json = false;  // the doc of a document table: every write checks it with RapidJSON
  bool is_generated = false;
  bool is_virtual = false;                 // generated, and in no row of an ordinary table
  bool is_hidden = false;                  // generated for an index, not declared by the user
  std::optional<std::string> default_sql;  // the text of the DEFAULT expression
  int key_position = -1;                   // 0-based place in the primary key; -1 for none
  bool is_added = false;                   // by ALTER TABLE
  // Its value in rows from before the column was added; null: NULL.
  std::shared_ptr<const StoredValue> before;
};

struct TableSchema {
  uint32_t id = 0;  // the first four bytes of every key of the table, big-endian
  std::string name;
  TableKind kind = TableKind::kTyped;
  OnInsert on_insert = OnInsert::kUnique;
  ValidDefault valid_default = ValidDefault::kAlways;
  ValidForm valid_form = ValidForm::kAsGiven;
  bool says_integers = false;    // true when the option valid_form says integer
  std::vector<Column> columns;   // the visible ones, in the order of CREATE TABLE, then those of indexes
  std::vector<int> key_columns;  // indexes into columns, in key order; empty: a hidden integer key
  bool has_integer_key = false;  // a single INTEGER PRIMARY KEY, or the hidden key: NULL gets the next number

  bool is_autoincrement = false;  // an integer that a key ever had is not assigned again

  // Set for tables whose columns were altered: for each value of a row its column, or -1 for a dropped one.
  // Empty when the values are the columns outside the key, in their order.
  std::vector<int> payload;
  std::shared_ptr<GeneratedColumns> generated;  // null: nothing to compute
};

// Splits off the options among the arguments of CREATE VIRTUAL TABLE … USING spectradb(…): arguments of the
// form `name = value` whose name is not followed by a type. Known are on_insert = append | unique | series,
// valid_default = always | now, valid_form = text | integer, and definition = plain | literals. kInvalid
// names an unknown option or value and lists the known ones. What remains are column and constraint
// definitions; where the option says that they are written as SQL strings, these hold them.
enum class DefinitionForm : uint8_t { kPlain, kLiterals };
struct TableOptions {
  std::vector<std::string> definitions;
  std::vector<std::string> texts;  // of the options, as written
  std::optional<OnInsert> on_insert;
  std::optional<ValidDefault> valid_default;
  std::optional<ValidForm> valid_form;
  std::optional<DefinitionForm> form;
};
Result<TableOptions> split_options(const std::vector<std::string>& arguments);

}  // namespace spectradb::temporal
