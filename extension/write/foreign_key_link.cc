#include "extension/write/foreign_key_link.h"

#include <algorithm>

#include "extension/host/values.h"
#include "extension/write/reference_table.h"
#include "temporal/row_codec.h"

namespace spectradb::extension {

using temporal::Period;
using temporal::TableSchema;
using temporal::Value;

ForeignKeyLink::ForeignKeyLink() = default;
ForeignKeyLink::~ForeignKeyLink() = default;

void ForeignKeyLink::forget_statements() {
  if (references != nullptr) references->forget_statements();
  for (std::unique_ptr<Query>* query : {&find_parents, &find_children, &remove, &change}) query->reset();
}

std::vector<Value> KeptValues::values() const {
  std::vector<Value> values = values_;
  for (size_t i = 0; i < values.size(); ++i) values[i].bytes = bytes_[i];
  return values;
}

bool KeptValues::has_null() const {
  return std::any_of(values_.begin(), values_.end(), [](const Value& value) { return value.is_null(); });
}

Result<std::vector<KeptPiece>> pieces_of(temporal::RowCursor& rows, const TableSchema& schema,
                                         const std::vector<int>& columns, std::string_view key) {
  std::vector<KeptPiece> pieces;
  temporal::RowReader reader(schema);
  for (rows.seek_point(key); rows.valid(); rows.next()) {
    reader.bind(rows.row().user_key, rows.row().payload);
    KeptPiece piece{rows.row().valid, {}};
    for (const int column : columns) {
      SPECTRADB_ASSIGN_OR_RETURN(Value value, reader.column(column));
      piece.values.add(value);
    }
    if (!piece.values.has_null()) pieces.push_back(std::move(piece));
  }
  return rows.status() ? Result<std::vector<KeptPiece>>(std::move(pieces)) : rows.status();
}

bool are_equal(const std::vector<Value>& a, const std::vector<Value>& b) {
  for (size_t i = 0; i < a.size(); ++i) {
    if (temporal::compare(a[i], b[i], temporal::Collation::kBinary) != 0) return false;
  }
  return true;
}

std::vector<Period> uncovered(std::vector<Period> pieces, const Period& period) {
  std::sort(pieces.begin(), pieces.end(),
            [](const Period& a, const Period& b) { return a.from.us < b.from.us; });
  std::vector<Period> parts;
  temporal::Bound reached = period.from;
  for (const Period& piece : pieces) {
    if (piece.from.us >= period.to.us) break;
    if (piece.from.us > reached.us) parts.push_back({reached, piece.from});
    if (piece.to.us > reached.us) reached = piece.to;
  }
  if (reached.us < period.to.us) parts.push_back({reached, period.to});
  return parts;
}

Result<std::vector<Period>> periods_of(Query& query, const std::vector<Value>& values) {
  const QueryScope scope(query);
  query.reset();
  for (size_t i = 0; i < values.size(); ++i) query.bind(static_cast<int>(i) + 1, values[i]);
  std::vector<Period> periods;
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.step());
    if (!row) return periods;
    SPECTRADB_ASSIGN_OR_RETURN(Period period,
                               to_period(from_sqlite(sqlite3_column_value(query.statement(), 0)),
                                         from_sqlite(sqlite3_column_value(query.statement(), 1)), 0));
    periods.push_back(period);
  }
}

std::string column_names(const TableSchema& schema, const std::vector<int>& columns) {
  std::string names;
  for (const int column : columns)
    names += (names.empty() ? "" : ", ") + schema.columns[static_cast<size_t>(column)].name;
  return columns.size() == 1 ? names : "(" + names + ")";
}

std::string referring_words(const ForeignKeyLink& link, const std::vector<Value>& values) {
  std::string shown;
  for (const Value& value : values) shown += (shown.empty() ? "" : ", ") + spelled(value);
  if (values.size() > 1) shown = "(" + shown + ")";
  return link.child.name + "." + column_names(link.child, link.key.columns) + " is " + shown;
}

}  // namespace spectradb::extension
