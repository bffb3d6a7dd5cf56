#include "tests/ledger_writes.h"

#include <algorithm>

#include "tests/ledger_question.h"

namespace spectradb::tests {

namespace {

std::string portion_sql(const std::optional<Span>& portion) {
  return portion ? " FOR PORTION OF VALID_TIME " + span_sql(*portion) : "";
}

std::string key_equals(const LedgerTable& table, int key) {
  return "(" + table.shape.key_columns + ") = (" + table.shape.keys[static_cast<size_t>(key)] + ")";
}

}  // namespace

Span LedgerWrites::any_span() {
  if (dice_.chance(40)) return {};
  Span span{dice_.below(kPoints), 0};
  span.to = span.from + 1 + dice_.below(kPoints - span.from);
  return span;
}

std::optional<Span> LedgerWrites::any_portion() {
  return dice_.chance(55) ? std::optional<Span>(any_span()) : std::nullopt;
}

void LedgerWrites::insert() {
  LedgerTable& table = scene_.any_table();
  std::vector<NewRow> rows;
  const bool has_clause = dice_.chance(60);  // VALID FROM … TO … says one period for all rows
  const Span common = any_span();
  const int row_count = 1 + dice_.below(dice_.chance(30) ? 4 : 1);
  for (int i = 0; i < row_count; i++)
    rows.push_back({table.any_key(dice_), has_clause ? common : any_span(), next_payload_++});
  const int conflict = dice_.below(10);
  const std::string word = conflict < 3   ? " OR REPLACE"
                           : conflict < 5 ? " OR IGNORE"
                           : conflict < 6 ? " OR FAIL"
                           : conflict < 7 ? " OR ABORT"
                           : conflict < 8 ? " OR ROLLBACK"
                                          : "";
  std::string sql = insert_sql(table, word, rows, has_clause);
  const bool says_nothing = has_clause && common == Span{} && dice_.chance(50);
  if (has_clause && !says_nothing) sql += " VALID " + span_sql(common);
  const std::optional<int> touched = put(table, word, rows);
  scene_.execute_write(sql, touched);
}

std::string LedgerWrites::insert_sql(const LedgerTable& table, const std::string& word,
                                     const std::vector<NewRow>& rows, bool has_clause) {
  std::string sql = "INSERT" + word + " INTO " + table.shape.name + " (" + table.shape.columns +
                    (has_clause ? "" : ", _valid_from, _valid_to") + ") VALUES ";
  for (size_t i = 0; i < rows.size(); i++) {
    sql += (i > 0 ? ", (" : "(") + table.shape.keys[static_cast<size_t>(rows[i].key)] + ", " +
           table.payload_sql(rows[i].payload);
    if (!has_clause) sql += ", " + bound_sql(rows[i].span.from) + ", " + bound_sql(rows[i].span.to);
    sql += ")";
  }
  return sql;
}

// Returns how many rows the model takes, or nothing if one of them violates a constraint.
std::optional<int> LedgerWrites::put(LedgerTable& table, const std::string& word,
                                     const std::vector<NewRow>& rows) {
  const size_t start = table.model.mark();
  int touched = 0;
  for (const NewRow& row : rows) {
    const bool conflicts = word == " OR IGNORE" ? table.model.is_visible(row.key, row.span)
                                                : table.model.is_taken(row.key, row.span);
    if (conflicts && word == " OR IGNORE") continue;
    if (conflicts && word != " OR REPLACE") {
      if (word != " OR FAIL") table.model.rollback_to(start);
      if (word == " OR ROLLBACK") scene_.rolled_back();
      return std::nullopt;
    }
    table.model.put(row.key, row.span, row.payload);
    touched++;
  }
  return touched;
}

// Returns the rows that a write touches: whole pieces, or the parts of them that lie in the portion.
std::vector<LedgerRow> LedgerWrites::touched_rows(const LedgerTable& table, const std::vector<bool>& wanted,
                                                  std::optional<Span> portion) const {
  LedgerTimes times;
  times.as_of = table.model.own_commit();
  if (!portion) times.valid_at = kNow;
  std::vector<LedgerRow> rows;
  for (LedgerRow row : table.model.read(times, table.key_count())) {
    if (!wanted[static_cast<size_t>(row.key)]) continue;
    if (portion) {
      row.valid = {std::max(row.valid.from, portion->from), std::min(row.valid.to, portion->to)};
      if (row.valid.from >= row.valid.to) continue;
    }
    rows.push_back(row);
  }
  return rows;
}

void LedgerWrites::update() {
  LedgerTable& table = scene_.any_table();
  std::vector<bool> wanted;
  const std::string condition = table.any_condition(dice_, wanted);
  const std::optional<Span> portion = any_portion();
  const bool adds = dice_.chance(50);
  const int64_t payload = next_payload_++;
  const std::string value = adds ? table.shape.payload + " + 100000" : table.payload_sql(payload);
  const std::vector<LedgerRow> rows = touched_rows(table, wanted, portion);
  for (const LedgerRow& row : rows)
    table.model.put(row.key, row.valid, adds ? row.payload + 100000 : payload);
  scene_.execute_write("UPDATE " + table.shape.name + portion_sql(portion) + " SET " + table.shape.payload +
                           " = " + value + " WHERE " + condition,
                       static_cast<int>(rows.size()));
}

void LedgerWrites::change_key() {
  LedgerTable& table = scene_.any_table();
  const int from = table.any_key(dice_);
  const int to = table.any_key(dice_);
  if (from == to) return;
  const std::optional<Span> portion = any_portion();
  const int conflict = dice_.below(4);
  const bool may_ignore = !table.shape.is_document;  // nothing conflicts in a table that appends
  const std::string word = conflict == 0 ? " OR REPLACE" : conflict == 1 && may_ignore ? " OR IGNORE" : "";
  std::vector<bool> wanted(static_cast<size_t>(table.key_count()), false);
  wanted[static_cast<size_t>(from)] = true;
  const size_t start = table.model.mark();
  std::optional<int> touched = 0;
  for (const LedgerRow& row : touched_rows(table, wanted, portion)) {
    const bool conflicts =
        word == " OR IGNORE" ? table.model.is_visible(to, row.valid) : table.model.is_taken(to, row.valid);
    if (conflicts && word == " OR IGNORE") continue;
    if (conflicts && word.empty()) {
      table.model.rollback_to(start);
      touched = std::nullopt;
      break;
    }
    table.model.remove(from, row.valid);
    table.model.put(to, row.valid, row.payload);
    ++*touched;
  }
  scene_.execute_write("UPDATE" + word + " " + table.shape.name + portion_sql(portion) + " SET (" +
                           table.shape.key_columns + ") = (" + table.shape.keys[static_cast<size_t>(to)] +
                           ") WHERE " + key_equals(table, from),
                       touched);
}

void LedgerWrites::remove() {
  LedgerTable& table = scene_.any_table();
  std::vector<bool> wanted;
  const std::string condition = table.any_condition(dice_, wanted);
  const std::optional<Span> portion = any_portion();
  const std::vector<LedgerRow> rows = touched_rows(table, wanted, portion);
  for (const LedgerRow& row : rows) table.model.remove(row.key, row.valid);
  scene_.execute_write("DELETE FROM " + table.shape.name + portion_sql(portion) + " WHERE " + condition,
                       static_cast<int>(rows.size()));
}

}  // namespace spectradb::tests
