#include "tests/ledger_comparison.h"

#include <algorithm>

#include "tests/ledger_question.h"

namespace spectradb::tests {

namespace {

std::string shown(const LedgerTable& table, const LedgerRow& row, bool with_valid) {
  std::string text = table.shape.key_texts[static_cast<size_t>(row.key)] + "|" + std::to_string(row.payload);
  if (with_valid) text += "|" + bound_sql(row.valid.from) + "|" + bound_sql(row.valid.to);
  text += "|" + std::to_string(row.system_from) + "|" +
          (row.system_to == 0 ? "NULL" : std::to_string(row.system_to));
  return text;
}

}  // namespace

void LedgerComparison::check_random() {
  if (dice_.chance(25)) return check_changes(scene_.any_table());
  if (dice_.chance(15)) return check_session(scene_.any_table());
  check(scene_.any_table(), dice_.chance(30));
}

// Sets times of the session instead of writing clauses; on an axis that also has a clause the clause
// counts.
void LedgerComparison::check_session(const LedgerTable& table) {
  const int64_t as_of = dice_.below(static_cast<int>(table.model.last_commit()) + 1);
  const int point = dice_.below(kPoints);
  const int form = dice_.below(4);
  LedgerTimes times{as_of, point};
  std::string clauses;
  if (form == 0) times.as_of = table.model.own_commit();
  if (form == 1) times.valid_at = kNow;
  if (form == 2) {
    times.valid_at.reset();
    clauses = " FOR ALL VALID_TIME";
  }
  if (form == 3) {
    times.as_of = dice_.below(static_cast<int>(table.model.last_commit()) + 1);
    clauses = " AS OF " + std::to_string(*times.as_of);
  }
  scene_.execute("SELECT spectradb_as_of(" + (form == 0 ? "NULL" : std::to_string(as_of)) +
                 "), spectradb_valid_at(" + (form == 1 ? "NULL" : instant_sql(point)) + ")");
  std::vector<std::string> expected;
  for (const LedgerRow& row : table.model.read(times, table.key_count()))
    expected.push_back(shown(table, row, true));
  compare(table,
          "SELECT " + table.shape.key_columns + ", " + table.shape.payload +
              ", _valid_from, _valid_to, _system_from, _system_to FROM " + table.shape.name + clauses +
              " ORDER BY " + table.shape.key_columns + ", _system_from, _valid_from",
          expected, true);
  scene_.execute("SELECT spectradb_as_of(NULL), spectradb_valid_at(NULL)");
}

void LedgerComparison::check_changes(const LedgerTable& table) {
  ChangeQuestion question = any_change_question(dice_.random(), table.model, table.changed());
  const Outcome outcome = scene_.database().run(question.sql);
  if (!outcome.is_ok()) scene_.differ(question.sql + "\nfails: " + outcome.message);
  std::vector<std::string> order;
  std::vector<std::string> actual;
  for (const Row& row : outcome.rows) {
    order.push_back(describe({{row.begin(), row.begin() + 1}}));
    order.back().pop_back();
    actual.push_back(describe({{row.begin() + 1, row.end()}}));
    actual.back().pop_back();
  }
  if (order != question.order) report(question.sql, question.expected, actual);
  std::sort(question.expected.begin(), question.expected.end());
  std::sort(actual.begin(), actual.end());
  checks_++;
  if (actual != question.expected) report(question.sql, question.expected, actual);
}

void LedgerComparison::check_all_keys_once() {
  for (LedgerTable& table : scene_.tables()) check(table, false);
}

void LedgerComparison::check(const LedgerTable& table, bool limited) {
  const Question question = any_question(dice_.random(), table.model);
  std::vector<bool> wanted;
  const std::string condition = table.any_condition(dice_, wanted);
  const bool descending = dice_.chance(40);
  const bool full_order = limited || dice_.chance(50);
  std::string sql = "SELECT " + table.shape.key_columns + ", " + table.shape.payload +
                    (question.valid_is_known ? ", _valid_from, _valid_to" : "") +
                    ", _system_from, _system_to FROM " + table.shape.name + question.clauses + " WHERE (" +
                    condition + ")" + question.conditions + " ORDER BY ";
  sql += descending ? table.shape.key_columns_desc : table.shape.key_columns;
  if (full_order) {
    sql += descending ? ", _system_from DESC, _valid_from DESC" : ", _system_from, _valid_from";
  }
  std::vector<std::string> expected;
  for (LedgerRow row : table.model.read(question.times, table.key_count())) {
    if (wanted[static_cast<size_t>(row.key)] && question.keep(row))
      expected.push_back(shown(table, row, question.valid_is_known));
  }
  if (descending) std::reverse(expected.begin(), expected.end());
  if (limited) {
    const auto limit = static_cast<size_t>(dice_.below(5));
    const auto offset = static_cast<size_t>(dice_.below(4));
    sql += " LIMIT " + std::to_string(limit) + " OFFSET " + std::to_string(offset);
    expected.erase(expected.begin(),
                   expected.begin() + static_cast<std::ptrdiff_t>(std::min(offset, expected.size())));
    expected.resize(std::min(limit, expected.size()));
  }
  compare(table, sql, expected, full_order);
}

// Without a full order the rows of one key may come in any order, but keys may not.
void LedgerComparison::compare(const LedgerTable& table, const std::string& sql,
                               std::vector<std::string> expected, bool full_order) {
  const Outcome outcome = scene_.database().run(sql);
  if (!outcome.is_ok()) scene_.differ(sql + "\nfails: " + outcome.message);
  std::vector<std::string> actual;
  for (const Row& row : outcome.rows) actual.push_back(describe({row}));
  for (std::string& line : actual) line.pop_back();
  if (!full_order) {
    const auto keys = [&](const std::vector<std::string>& lines) {
      std::vector<std::string> result;
      const int bars = table.is_composite() ? 2 : 1;
      for (const std::string& line : lines) {
        size_t end = 0;
        for (int i = 0; i < bars; i++) end = line.find('|', end) + 1;
        result.push_back(line.substr(0, end));
      }
      return result;
    };
    if (keys(expected) != keys(actual)) report(sql, expected, actual);
    std::sort(expected.begin(), expected.end());
    std::sort(actual.begin(), actual.end());
  }
  checks_++;
  if (expected != actual) report(sql, expected, actual);
}

void LedgerComparison::report(const std::string& sql, const std::vector<std::string>& expected,
                              const std::vector<std::string>& actual) const {
  std::string text = sql + "\nexpected:\n";
  for (const std::string& line : expected) text += "  " + line + "\n";
  text += "but got:\n";
  for (const std::string& line : actual) text += "  " + line + "\n";
  scene_.differ(text);
}

void LedgerComparison::check_everything() {
  check_every_time();
  scene_.execute("SELECT spectradb_flush()");
  check_every_time();
  scene_.execute("SELECT spectradb_compact()");
  scene_.reopen();
  check_every_time();
}

void LedgerComparison::check_every_time() {
  for (const LedgerTable& table : scene_.tables()) {
    const auto ask = [&](const LedgerTimes& times, const std::string& clauses, bool with_valid) {
      std::vector<std::string> expected;
      for (const LedgerRow& row : table.model.read(times, table.key_count())) {
        expected.push_back(shown(table, row, with_valid));
      }
      compare(table,
              "SELECT " + table.shape.key_columns + ", " + table.shape.payload +
                  (with_valid ? ", _valid_from, _valid_to" : "") + ", _system_from, _system_to FROM " +
                  table.shape.name + clauses + " ORDER BY " + table.shape.key_columns +
                  ", _system_from, _valid_from",
              expected, true);
    };
    for (int i = 0; i < 20; i++) check_changes(table);
    ask({}, " FOR ALL SYSTEM_TIME FOR ALL VALID_TIME", true);
    ask({std::nullopt, kNow}, " FOR ALL SYSTEM_TIME", false);
    for (int64_t commit = 0; commit <= table.model.last_commit(); commit++) {
      ask({commit, std::nullopt}, " FOR ALL VALID_TIME AS OF " + std::to_string(commit), true);
      ask({commit, kNow}, " AS OF " + std::to_string(commit), true);
      const int point = dice_.below(kPoints);
      ask({commit, point}, " VALID AT " + instant_sql(point) + " AS OF " + std::to_string(commit), true);
    }
    for (int point = 0; point < kPoints; point++) {
      ask({table.model.last_commit(), point}, " VALID AT " + instant_sql(point), true);
      ask({std::nullopt, point}, " FOR SYSTEM_TIME ALL VALID AT " + instant_sql(point), false);
    }
  }
  const int64_t number = scene_.database().integer("SELECT spectradb_commit()");
  if (number != scene_.last_commit()) {
    scene_.differ("spectradb_commit() is " + std::to_string(number) + ", not " +
                  std::to_string(scene_.last_commit()));
  }
}

}  // namespace spectradb::tests
