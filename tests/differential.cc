// Runs random statements on whole tables through SQL, and compares the answers with those of a model that
// was made from the specification alone.
//
//   differential --extension=PATH [--seed=N] [--seeds=COUNT] [--steps=COUNT]
//
// Prints each seed before it runs; on a difference it prints the statements that led there and ends with
// status 1.
#include <algorithm>
#include <cstdio>
#include <random>

#include "tests/database.h"
#include "tests/ledger_changes.h"
#include "tests/ledger_model.h"
#include "tests/ledger_question.h"

namespace spectradb::tests {
namespace {

// Says what a table is called and how its keys and payloads are written. Keys are numbered in key order.
struct Shape {
  std::string name;
  std::string create;
  std::string key_columns;  // as in ORDER BY
  std::string key_columns_desc;
  std::vector<std::string> keys;       // literals for VALUES, in key order
  std::vector<std::string> key_texts;  // as a row shows them
  std::string columns;                 // of INSERT: keys, then the payload
  std::string payload;
  bool unique = false;
  bool is_document = false;
};

Shape document_shape() {
  Shape shape;
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

Shape typed_shape() {
  Shape shape;
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

Shape integer_shape() {
  Shape shape;
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

class Table {
 public:
  Table(Shape shape_of_table, LedgerModel model_of_table)
      : shape(std::move(shape_of_table)), model(std::move(model_of_table)) {}
  Shape shape;
  LedgerModel model;
  int key_count() const { return static_cast<int>(shape.keys.size()); }
  ChangedTable changed() const {
    ChangedTable changed{shape.name, shape.keys, shape.key_texts, "key", "$." + shape.payload};
    if (shape.key_columns.find(',') == std::string::npos) return changed;
    changed.key_columns = "key ->> 0, key ->> 1";
    for (std::string& key : changed.key_arguments) key = "json_array(" + key + ")";
    return changed;
  }
};

class Run {
 public:
  Run(uint64_t seed, std::string extension)
      : seed_(seed),
        random_(seed),
        extension_(std::move(extension)),
        database_(directory_.path("d.db"), extension_) {
    if (!database_.open_outcome().is_ok()) differ("cannot open: " + database_.open_outcome().message);
    for (Shape shape : {document_shape(), typed_shape(), integer_shape()}) {
      execute(shape.create);
      const bool unique = shape.unique;
      tables_.emplace_back(std::move(shape), LedgerModel(unique));
    }
    if (chance(50)) execute("PRAGMA journal_mode = WAL");
    if (chance(80)) execute("PRAGMA synchronous = OFF");
  }

  void steps(int count) {
    for (int i = 0; i < count; i++) {
      const int what = below(100);
      if (what < 40) {
        insert();
      } else if (what < 55) {
        update();
      } else if (what < 63) {
        change_key();
      } else if (what < 72) {
        remove();
      } else if (what < 88) {
        transaction_step();
      } else if (what < 92) {
        upkeep();
      } else {
        check_all_keys_once();
      }
      check_random();
    }
    if (is_open_) commit();
    check_everything();
  }

 private:
  int below(int bound) { return static_cast<int>(random_() % static_cast<uint64_t>(bound)); }
  bool chance(int percent) { return below(100) < percent; }
  Table& any_table() { return tables_[static_cast<size_t>(below(static_cast<int>(tables_.size())))]; }
  int any_key(const Table& table) { return below(table.key_count()); }
  Span any_span() {
    if (chance(40)) return {};
    Span span{below(kPoints), 0};
    span.to = span.from + 1 + below(kPoints - span.from);
    return span;
  }

  [[noreturn]] void differ(const std::string& what) {
    std::string report = "seed " + std::to_string(seed_) + "; the statements so far:\n";
    for (const std::string& statement : log_) report += statement + ";\n";
    fail(report + "\n" + what);
  }

  Outcome execute(const std::string& sql) {
    log_.push_back(sql);
    Outcome outcome = database_.run(sql);
    if (!outcome.is_ok()) differ("fails: " + outcome.message);
    return outcome;
  }

  // Runs a statement whose outcome the model knows: `rows` is the number of rows that it touches, or
  // nothing if it violates a constraint.
  void execute_write(const std::string& sql, std::optional<int> rows) {
    log_.push_back(sql);
    const Outcome outcome = database_.run(sql);
    if (!rows) {
      if ((outcome.code & 0xff) != SQLITE_CONSTRAINT) {
        differ("must violate a constraint, but says " + std::to_string(outcome.code) + " " + outcome.message);
      }
    } else if (!outcome.is_ok()) {
      differ("fails: " + outcome.message);
    } else if (outcome.changes != *rows) {
      differ("changes() is " + std::to_string(outcome.changes) + ", not " + std::to_string(*rows));
    }
    if (!is_open_) commit_model();
  }

  void commit_model() {
    bool wrote = false;
    for (const Table& table : tables_) wrote = wrote || table.model.has_own_facts();
    const int64_t number = tables_[0].model.last_commit() + (wrote ? 1 : 0);
    for (Table& table : tables_) table.model.set_last_commit(number);
  }
  void rollback_model() {
    for (Table& table : tables_) table.model.rollback();
  }

  std::string key_equals(const Table& table, int key) const {
    return "(" + table.shape.key_columns + ") = (" + table.shape.keys[static_cast<size_t>(key)] + ")";
  }

  // Makes a WHERE condition on keys: all, one, a range or a list. Sets in `wanted` whether it selects each
  // key.
  std::string any_condition(const Table& table, std::vector<bool>& wanted) {
    const int count = table.key_count();
    wanted.assign(static_cast<size_t>(count), true);
    const std::string columns = table.shape.key_columns;
    const bool is_composite = columns.find(',') != std::string::npos;
    const auto only = [&](auto test) {
      for (int key = 0; key < count; key++) wanted[static_cast<size_t>(key)] = test(key);
    };
    const auto literal = [&](int key) { return table.shape.keys[static_cast<size_t>(key)]; };
    switch (below(5)) {
      case 0:
        return "1";
      case 1: {
        const int key = any_key(table);
        only([&](int k) { return k == key; });
        if (!is_composite) return columns + " = " + literal(key);
        const size_t comma = literal(key).find(',');
        return "b = " + literal(key).substr(0, comma) + " AND a = " + literal(key).substr(comma + 1);
      }
      case 2: {
        const int low = any_key(table);
        const int high = any_key(table);
        const bool with_low = chance(50);
        const bool with_high = chance(50);
        only([&](int k) { return (with_low ? k >= low : k > low) && (with_high ? k <= high : k < high); });
        return "(" + columns + ") " + (with_low ? ">=" : ">") + " (" + literal(low) + ") AND (" + columns +
               ") " + (with_high ? "<=" : "<") + " (" + literal(high) + ")";
      }
      case 3: {
        if (is_composite) {  // names only the first column of the key
          const int group = below(count / 2);
          only([&](int k) { return k / 2 == group; });
          const std::string first = literal(group * 2);
          return "b = " + first.substr(0, first.find(','));
        }
        const int one = any_key(table);
        const int other = any_key(table);
        only([&](int k) { return k == one || k == other; });
        return columns + " IN (" + literal(one) + ", " + literal(other) + ")";
      }
      default: {
        const int one = any_key(table);
        const int other = any_key(table);
        if (is_composite) {
          only([&](int k) { return (k / 2 == one / 2 || k / 2 == other / 2) && k % 2 == 1; });
          return "b IN (" + literal(one).substr(0, literal(one).find(',')) + ", " +
                 literal(other).substr(0, literal(other).find(',')) + ") AND a = 'y'";
        }
        only([&](int k) { return k != one; });
        return columns + " <> " + literal(one);
      }
    }
  }

  // ---- writing

  void insert() {
    Table& table = any_table();
    struct NewRow {
      int key;
      Span span;
      int64_t payload;
    };
    std::vector<NewRow> rows;
    const bool clause = chance(60);  // VALID FROM … TO … says one period for all rows
    const Span common = any_span();
    const int row_count = 1 + below(chance(30) ? 4 : 1);
    for (int i = 0; i < row_count; i++)
      rows.push_back({any_key(table), clause ? common : any_span(), next_payload_++});
    const int conflict = below(10);
    const std::string word = conflict < 3   ? " OR REPLACE"
                             : conflict < 5 ? " OR IGNORE"
                             : conflict < 6 ? " OR FAIL"
                             : conflict < 7 ? " OR ABORT"
                             : conflict < 8 ? " OR ROLLBACK"
                                            : "";
    std::string sql = "INSERT" + word + " INTO " + table.shape.name + " (" + table.shape.columns +
                      (clause ? "" : ", _valid_from, _valid_to") + ") VALUES ";
    for (size_t i = 0; i < rows.size(); i++) {
      sql += (i > 0 ? ", (" : "(") + table.shape.keys[static_cast<size_t>(rows[i].key)] + ", " +
             payload_sql(table, rows[i].payload);
      if (!clause) sql += ", " + bound_sql(rows[i].span.from) + ", " + bound_sql(rows[i].span.to);
      sql += ")";
    }
    const bool says_nothing = clause && common == Span{} && chance(50);
    if (clause && !says_nothing) sql += " VALID " + span_sql(common);

    const size_t start = table.model.mark();
    int touched = 0;
    bool failed = false;
    for (const NewRow& row : rows) {
      const bool conflicts = word == " OR IGNORE" ? table.model.is_visible(row.key, row.span)
                                                  : table.model.is_taken(row.key, row.span);
      if (conflicts && word == " OR IGNORE") continue;
      if (conflicts && word != " OR REPLACE") {
        failed = true;
        break;
      }
      table.model.put(row.key, row.span, row.payload);
      touched++;
    }
    if (failed && word != " OR FAIL") table.model.rollback_to(start);
    if (failed && word == " OR ROLLBACK") {
      rollback_model();
      is_open_ = false;
      savepoints_.clear();
    }
    execute_write(sql, failed ? std::nullopt : std::optional<int>(touched));
  }

  static std::string payload_sql(const Table& table, int64_t payload) {
    return table.shape.is_document ? "'" + std::to_string(payload) + "'" : std::to_string(payload);
  }

  // Returns the rows that a write touches: whole pieces, or the parts of them that lie in the portion.
  std::vector<LedgerRow> touched_rows(const Table& table, const std::vector<bool>& wanted,
                                      std::optional<Span> portion) {
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

  std::optional<Span> any_portion() { return chance(55) ? std::optional<Span>(any_span()) : std::nullopt; }
  static std::string portion_sql(const std::optional<Span>& portion) {
    return portion ? " FOR PORTION OF VALID_TIME " + span_sql(*portion) : "";
  }

  void update() {
    Table& table = any_table();
    std::vector<bool> wanted;
    const std::string condition = any_condition(table, wanted);
    const std::optional<Span> portion = any_portion();
    const bool adds = chance(50);
    const int64_t payload = next_payload_++;
    const std::string value = adds ? table.shape.payload + " + 100000" : payload_sql(table, payload);
    const std::vector<LedgerRow> rows = touched_rows(table, wanted, portion);
    for (const LedgerRow& row : rows)
      table.model.put(row.key, row.valid, adds ? row.payload + 100000 : payload);
    execute_write("UPDATE " + table.shape.name + portion_sql(portion) + " SET " + table.shape.payload +
                      " = " + value + " WHERE " + condition,
                  static_cast<int>(rows.size()));
  }

  void change_key() {
    Table& table = any_table();
    const int from = any_key(table);
    const int to = any_key(table);
    if (from == to) return;
    const std::optional<Span> portion = any_portion();
    const int conflict = below(4);
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
    execute_write("UPDATE" + word + " " + table.shape.name + portion_sql(portion) + " SET (" +
                      table.shape.key_columns + ") = (" + table.shape.keys[static_cast<size_t>(to)] +
                      ") WHERE " + key_equals(table, from),
                  touched);
  }

  void remove() {
    Table& table = any_table();
    std::vector<bool> wanted;
    const std::string condition = any_condition(table, wanted);
    const std::optional<Span> portion = any_portion();
    const std::vector<LedgerRow> rows = touched_rows(table, wanted, portion);
    for (const LedgerRow& row : rows) table.model.remove(row.key, row.valid);
    execute_write("DELETE FROM " + table.shape.name + portion_sql(portion) + " WHERE " + condition,
                  static_cast<int>(rows.size()));
  }

  // ---- transactions and upkeep

  struct Savepoint {
    std::string name;
    std::vector<size_t> marks;  // of each table's model
  };

  void commit() {
    execute("COMMIT");
    is_open_ = false;
    savepoints_.clear();
    commit_model();
  }

  void transaction_step() {
    if (!is_open_) {
      execute("BEGIN");
      is_open_ = true;
      return;
    }
    const int what = below(10);
    if (what < 4) {
      Savepoint savepoint{"s" + std::to_string(below(3)), {}};
      for (const Table& table : tables_) savepoint.marks.push_back(table.model.mark());
      execute("SAVEPOINT " + savepoint.name);
      savepoints_.push_back(savepoint);
    } else if (what < 6 && !savepoints_.empty()) {
      const Savepoint savepoint = find_savepoint();
      execute("ROLLBACK TO " + savepoint.name);
      for (size_t i = 0; i < tables_.size(); i++) tables_[i].model.rollback_to(savepoint.marks[i]);
    } else if (what < 7 && !savepoints_.empty()) {
      const Savepoint savepoint = find_savepoint();
      execute("RELEASE " + savepoint.name);
      savepoints_.pop_back();
    } else if (what < 8) {
      execute("ROLLBACK");
      is_open_ = false;
      savepoints_.clear();
      rollback_model();
    } else {
      commit();
    }
  }

  // Returns the newest savepoint with the name of a random one; those above it are released, as in SQLite.
  Savepoint find_savepoint() {
    const std::string name =
        savepoints_[static_cast<size_t>(below(static_cast<int>(savepoints_.size())))].name;
    while (savepoints_.back().name != name) savepoints_.pop_back();
    return savepoints_.back();
  }

  void upkeep() {
    if (is_open_) return;
    const int what = below(10);
    if (what < 5) {
      execute("SELECT spectradb_flush()");
    } else if (what < 8) {
      execute("SELECT spectradb_compact()");
    } else {
      reopen();
    }
  }

  void reopen() {
    log_.push_back("-- reopened");
    database_.close();
    database_ = Database(directory_.path("d.db"), extension_);
    if (!database_.open_outcome().is_ok()) differ("cannot reopen: " + database_.open_outcome().message);
  }

  // ---- reading

  std::string shown(const Table& table, const LedgerRow& row, bool with_valid) const {
    std::string text =
        table.shape.key_texts[static_cast<size_t>(row.key)] + "|" + std::to_string(row.payload);
    if (with_valid) text += "|" + bound_sql(row.valid.from) + "|" + bound_sql(row.valid.to);
    text += "|" + std::to_string(row.system_from) + "|" +
            (row.system_to == 0 ? "NULL" : std::to_string(row.system_to));
    return text;
  }

  void check_random() {
    if (chance(25)) return check_changes(any_table());
    if (chance(15)) return check_session(any_table());
    check(any_table(), chance(30));
  }

  // Sets times of the session instead of writing clauses; on an axis that also has a clause the clause
  // counts.
  void check_session(const Table& table) {
    const int64_t as_of = below(static_cast<int>(table.model.last_commit()) + 1);
    const int point = below(kPoints);
    const int form = below(4);
    LedgerTimes times{as_of, point};
    std::string clauses;
    if (form == 0) times.as_of = table.model.own_commit();
    if (form == 1) times.valid_at = kNow;
    if (form == 2) {
      times.valid_at.reset();
      clauses = " FOR ALL VALID_TIME";
    }
    if (form == 3) {
      times.as_of = below(static_cast<int>(table.model.last_commit()) + 1);
      clauses = " AS OF " + std::to_string(*times.as_of);
    }
    execute("SELECT spectradb_as_of(" + (form == 0 ? "NULL" : std::to_string(as_of)) +
            "), spectradb_valid_at(" + (form == 1 ? "NULL" : instant_sql(point)) + ")");
    std::vector<std::string> expected;
    for (const LedgerRow& row : table.model.read(times, table.key_count()))
      expected.push_back(shown(table, row, true));
    compare(table,
            "SELECT " + table.shape.key_columns + ", " + table.shape.payload +
                ", _valid_from, _valid_to, _system_from, _system_to FROM " + table.shape.name + clauses +
                " ORDER BY " + table.shape.key_columns + ", _system_from, _valid_from",
            expected, true);
    execute("SELECT spectradb_as_of(NULL), spectradb_valid_at(NULL)");
  }

  void check_changes(const Table& table) {
    ChangeQuestion question = any_change_question(random_, table.model, table.changed());
    const Outcome outcome = database_.run(question.sql);
    if (!outcome.is_ok()) differ(question.sql + "\nfails: " + outcome.message);
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

  void check_all_keys_once() {
    for (Table& table : tables_) check(table, false);
  }

  void check(Table& table, bool limited) {
    const Question question = any_question(random_, table.model);
    std::vector<bool> wanted;
    const std::string condition = any_condition(table, wanted);
    const bool descending = chance(40);
    const bool full_order = limited || chance(50);
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
      const auto limit = static_cast<size_t>(below(5));
      const auto offset = static_cast<size_t>(below(4));
      sql += " LIMIT " + std::to_string(limit) + " OFFSET " + std::to_string(offset);
      expected.erase(expected.begin(),
                     expected.begin() + static_cast<std::ptrdiff_t>(std::min(offset, expected.size())));
      expected.resize(std::min(limit, expected.size()));
    }
    compare(table, sql, expected, full_order);
  }

  // Without a full order the rows of one key may come in any order, but keys may not.
  void compare(const Table& table, const std::string& sql, std::vector<std::string> expected,
               bool full_order) {
    const Outcome outcome = database_.run(sql);
    if (!outcome.is_ok()) differ(sql + "\nfails: " + outcome.message);
    std::vector<std::string> actual;
    for (const Row& row : outcome.rows) actual.push_back(describe({row}));
    for (std::string& line : actual) line.pop_back();
    if (!full_order) {
      const auto keys = [&](const std::vector<std::string>& lines) {
        std::vector<std::string> result;
        const int bars = table.shape.key_columns.find(',') != std::string::npos ? 2 : 1;
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

  [[noreturn]] void report(const std::string& sql, const std::vector<std::string>& expected,
                           const std::vector<std::string>& actual) {
    std::string text = sql + "\nexpected:\n";
    for (const std::string& line : expected) text += "  " + line + "\n";
    text += "but got:\n";
    for (const std::string& line : actual) text += "  " + line + "\n";
    differ(text);
  }

  // Checks every commit at every point on both axes: as the tables are, then from files, then reopened.
  void check_everything() {
    check_every_time();
    execute("SELECT spectradb_flush()");
    check_every_time();
    execute("SELECT spectradb_compact()");
    reopen();
    check_every_time();
  }

  void check_every_time() {
    for (const Table& table : tables_) {
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
        const int point = below(kPoints);
        ask({commit, point}, " VALID AT " + instant_sql(point) + " AS OF " + std::to_string(commit), true);
      }
      for (int point = 0; point < kPoints; point++) {
        ask({table.model.last_commit(), point}, " VALID AT " + instant_sql(point), true);
        ask({std::nullopt, point}, " FOR SYSTEM_TIME ALL VALID AT " + instant_sql(point), false);
      }
    }
    const int64_t number = database_.integer("SELECT spectradb_commit()");
    if (number != tables_[0].model.last_commit()) {
      differ("spectradb_commit() is " + std::to_string(number) + ", not " +
             std::to_string(tables_[0].model.last_commit()));
    }
  }

 public:
  int checks() const { return checks_; }
  int64_t commits() const { return tables_[0].model.last_commit(); }

 private:
  uint64_t seed_;
  std::mt19937_64 random_;
  std::string extension_;
  TemporaryDirectory directory_;
  Database database_;
  std::vector<Table> tables_;
  std::vector<std::string> log_;
  std::vector<Savepoint> savepoints_;
  bool is_open_ = false;
  int64_t next_payload_ = 1;
  int checks_ = 0;
};

// The model itself is checked first, by the worked example of the specification. Its points 2, 7, 8, 9 and
// 11 stand for the first days of the months and for the day that the bounds of the example name.
void check_model() {
  LedgerModel model(true);
  const auto write = [&](Span span, bool is_delete, int64_t price) {
    if (is_delete) model.remove(0, span);
    if (!is_delete) model.put(0, span, price);
    model.set_last_commit(model.own_commit());
  };
  write({2, kPoints}, false, 10);
  write({7, 9}, false, 8);
  write({8, 11}, true, 0);
  const std::vector<LedgerRow> at3 = {
      {0, 10, {2, 7}, 1, 0}, {0, 10, {11, kPoints}, 1, 0}, {0, 8, {7, 8}, 2, 0}};
  const std::vector<LedgerRow> at2 = {
      {0, 10, {2, 7}, 1, 0}, {0, 10, {9, kPoints}, 1, 0}, {0, 8, {7, 9}, 2, 0}};
  const std::vector<LedgerRow> all = {{0, 10, {2, 7}, 1, 0},  {0, 10, {7, 9}, 1, 2},
                                      {0, 10, {9, 11}, 1, 3}, {0, 10, {11, kPoints}, 1, 0},
                                      {0, 8, {7, 8}, 2, 0},   {0, 8, {8, 9}, 2, 3}};
  if (model.read({3, std::nullopt}, 1) != at3 || model.read({2, std::nullopt}, 1) != at2 ||
      model.read({}, 1) != all) {
    fail("the model itself does not give the worked example");
  }
}

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  const std::string extension = argument(argc, argv, "extension", "");
  if (extension.empty())
    fail("usage: differential --extension=PATH [--seed=N] [--seeds=COUNT] [--steps=COUNT]");
  const uint64_t first = std::strtoull(argument(argc, argv, "seed", "1").c_str(), nullptr, 10);
  const uint64_t count = std::strtoull(argument(argc, argv, "seeds", "1").c_str(), nullptr, 10);
  const int steps = std::atoi(argument(argc, argv, "steps", "120").c_str());
  choose_mode(Mode::kHook);
  check_model();
  for (uint64_t seed = first; seed < first + count; seed++) {
    std::printf("seed %llu: ", static_cast<unsigned long long>(seed));
    std::fflush(stdout);
    Run run(seed, extension);
    run.steps(steps);
    std::printf("%lld commits, %d answers as the model has them\n", static_cast<long long>(run.commits()),
                run.checks());
  }
  return 0;
}
