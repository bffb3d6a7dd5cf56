#include "extension/facets/experiments/compare.h"

#include <algorithm>
#include <array>
#include <map>

#include "extension/access/gate.h"
#include "extension/facets/search/retrieval.h"
#include "extension/host/query.h"
#include "extension/host/values.h"
#include "extension/table/temporal_tables.h"
#include "sql/text/reader.h"

namespace spectradb::extension {

using temporal::Value;

namespace {

constexpr const char* kCompareName = "spectradb_compare";

enum CompareColumn : int {
  kComparedItem,
  kComparedPath,
  kComparedA,
  kComparedB,
  kComparedDelta,
  kTableOfCompare,
  kColumnOfCompare,
  kSideOfA,
  kSideOfB,
  kAsOfOfA,
  kAsOfOfB,
  kPlaceOfCompared,
};
constexpr int kArgumentsOfCompare = kPlaceOfCompared - kTableOfCompare;
constexpr const char* kDeclarationOfCompare =
    "CREATE TABLE x(item, path TEXT, a, b, delta REAL, of_table HIDDEN, key_column HIDDEN, side_a HIDDEN, "
    "side_b "
    "HIDDEN, as_of_a HIDDEN, as_of_b HIDDEN, _place INTEGER HIDDEN PRIMARY KEY) WITHOUT ROWID";

bool is_a_number(const Value& value) {
  return value.type == Value::Type::kInteger || value.type == Value::Type::kReal;
}
double as_number(const Value& value) {
  return value.type == Value::Type::kInteger ? static_cast<double>(value.integer) : value.real;
}

struct Compared {
  KeptValue item;
  std::string path;
  std::array<KeptValue, 2> side;
};

class CompareCursor final : public GatheredCursor<Compared> {
 public:
  explicit CompareCursor(Connection& connection) : connection_(connection) {}

  Status filter(const FunctionArguments& arguments) override;
  Status column(sqlite3_context* context, int index) override;

 private:
  Status read_side(const TemporalTable& table, const std::string& column, const Value& key,
                   const Value& as_of, size_t side);

  Connection& connection_;
  std::map<std::pair<std::string, std::string>, size_t> places_;  // places of items and paths in all_
  std::vector<Compared> all_;
};

// Reads the rows of one side, with a value for each path: a column, or a place in a column's JSON.
Status CompareCursor::read_side(const TemporalTable& table, const std::string& column, const Value& key,
                                const Value& as_of, size_t side) {
  std::vector<std::string> items;
  std::vector<std::string> values;
  const temporal::TableSchema& schema = table.schema;
  for (size_t i = 0; i < schema.columns.size(); ++i) {
    const std::string& name = schema.columns[i].name;
    if (schema.columns[i].is_hidden || sql::equals_word(name, column)) continue;
    const bool is_key = std::find(schema.key_columns.begin(), schema.key_columns.end(),
                                  static_cast<int>(i)) != schema.key_columns.end();
    (is_key ? items : values).push_back(quoted(name));
  }
  std::string item;
  for (const std::string& name : items) item += (item.empty() ? "" : ", ") + name;
  if (items.size() > 1) item = "json_array(" + item + ")";
  if (items.empty()) item = "NULL";
  std::string text = "WITH side AS (SELECT " + item + " AS item";
  for (size_t i = 0; i < values.size(); ++i) text += ", " + values[i] + " AS c" + std::to_string(i);
  text += " FROM " + table.database->qualified(schema.name) + " WHERE " + quoted(column) + " IS ?1" +
          (as_of.is_null() ? "" : " AND _as_of = ?2") + ")";
  for (size_t i = 0; i < values.size(); ++i) {
    const std::string of = "c" + std::to_string(i);
    // json_tree() has no rows for NULL, and otherwise one for each place. Only leaves have an atom, and a
    // NULL in JSON counts as missing.
    const std::string json = "CASE WHEN typeof(" + of + ") = 'text' AND json_valid(" + of +
                             ") THEN CASE WHEN json_type(" + of + ") IN ('object', 'array') THEN " + of +
                             " END END";
    text += (i == 0 ? " SELECT " : " UNION ALL SELECT ") + std::string("item, '") + std::to_string(i) +
            "', '', " + of + " FROM side WHERE (" + json + ") IS NULL UNION ALL SELECT item, '" +
            std::to_string(i) + "', substr(fullkey, 2), atom FROM side, json_tree(" + json +
            ") WHERE atom IS NOT NULL";
  }
  if (values.empty()) text += " SELECT item, '', '', NULL FROM side WHERE FALSE";
  SPECTRADB_RETURN_IF_ERROR(ask_for_statement(connection_.handle(), text));
  Query query(connection_.handle(), text, Author::kUsForUser);
  query.bind(1, key);
  if (!as_of.is_null()) query.bind(2, as_of);
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_row, query.step());
    if (!is_row) return Status::ok();
    const auto at = [&query](int place) {
      return from_sqlite(sqlite3_column_value(query.statement(), place));
    };
    const size_t number = static_cast<size_t>(std::stoul(query.text(1)));
    const std::string path = sql::unquote(values[number]) + query.text(2);
    const auto [known, is_new] = places_.emplace(std::pair(spelled(at(0)), path), all_.size());
    if (is_new) all_.push_back({KeptValue(at(0)), path, {}});
    all_[known->second].side[side] = KeptValue(at(3));
  }
}

Status CompareCursor::filter(const FunctionArguments& arguments) {
  start_over();
  places_.clear();
  all_.clear();
  const auto argument = [&arguments](int column) { return arguments.value(column - kTableOfCompare); };
  const Value column = argument(kColumnOfCompare);
  if (argument(kTableOfCompare).is_null() || column.type != Value::Type::kText)
    return Status::invalid(
        "spectradb_compare needs a table, a column and two of its values: "
        "spectradb_compare('x_output', 'run', 'r1', 'r2')");
  SPECTRADB_ASSIGN_OR_RETURN(
      const TemporalTable table,
      find_temporal_table(connection_, argument(kTableOfCompare), arguments.schema(), kCompareName));
  const std::string name(column.bytes);
  const std::vector<temporal::Column>& columns = table.schema.columns;
  if (std::none_of(columns.begin(), columns.end(),
                   [&name](const temporal::Column& one) { return sql::equals_word(one.name, name); }))
    return Status::invalid(std::string(kCompareName) + ": table " + table.schema.name + " has no column " +
                           name);
  SPECTRADB_RETURN_IF_ERROR(read_side(table, name, argument(kSideOfA), argument(kAsOfOfA), 0));
  SPECTRADB_RETURN_IF_ERROR(read_side(table, name, argument(kSideOfB), argument(kAsOfOfB), 1));
  for (Compared& one : all_) {
    const Value a = one.side[0].get();
    const Value b = one.side[1].get();
    const bool is_same = a.is_null()
                             ? b.is_null()
                             : !b.is_null() && temporal::compare(a, b, temporal::Collation::kBinary) == 0;
    if (!is_same) rows().push_back(std::move(one));
  }
  std::sort(rows().begin(), rows().end(), [](const Compared& a, const Compared& b) {
    const int order = temporal::compare(a.item.get(), b.item.get(), temporal::Collation::kBinary);
    return order != 0 ? order < 0 : a.path < b.path;
  });
  return Status::ok();
}

Status CompareCursor::column(sqlite3_context* context, int index) {
  const Compared& one = current();
  const Value a = one.side[0].get();
  const Value b = one.side[1].get();
  switch (index) {
    case kComparedItem:
      give(context, one.item.get());
      break;
    case kComparedPath:
      give(context, Value::text(one.path));
      break;
    case kComparedA:
      give(context, a);
      break;
    case kComparedB:
      give(context, b);
      break;
    case kComparedDelta:
      if (is_a_number(a) && is_a_number(b)) sqlite3_result_double(context, as_number(b) - as_number(a));
      break;
    case kPlaceOfCompared:
      sqlite3_result_int64(context, static_cast<sqlite3_int64>(place()));
      break;
    default:
      return give_argument(context, index - kTableOfCompare);
  }
  return Status::ok();
}

void plan_compare(FunctionPlanner& planner) {
  constexpr double kCostOfCompare = 1e5;
  constexpr int64_t kRowsOfCompare = 1000;
  planner.answer(kCostOfCompare, kRowsOfCompare, 0);
}

std::unique_ptr<FunctionCursor> open_compare(Connection& connection) {
  return std::make_unique<CompareCursor>(connection);
}

}  // namespace

constexpr TableFunction kCompare{
    kCompareName, kDeclarationOfCompare, kTableOfCompare, kArgumentsOfCompare, plan_compare, open_compare,
    true};

}  // namespace spectradb::extension
