// Runs random statements on ordinary tables and on their temporal twins, which must answer alike.
//
//   twins --extension=PATH [--seed=N] [--seeds=COUNT] [--steps=COUNT]
//
// A statement is made from the grammar below with `@` where the letter of a side belongs and `~` where that
// of the other side does: o0 and o1 are the ordinary tables, t0 and t1 their twins. Compared are rows and
// their types, changes(), last_insert_rowid(), result codes and messages, and after every write whole tables.
// Prints each seed before it runs; on a difference it prints what led there and ends with status 1.
#include <algorithm>
#include <cstdio>
#include <map>
#include <random>
#include <tuple>

#include "tests/database.h"
#include "tests/twin_indexes.h"

namespace spectradb::tests {
namespace {

using Grammar = std::map<char, std::vector<std::string_view>>;

// `$x` in a text stands for an alternative of x; below some depth the first one is taken. More symbols are
// in Run::symbol: $T and $U are the two tables, $c and $d columns of them, $l literals or parameters.
const Grammar& grammar() {
  static const Grammar kGrammar = {
      {'l',
       {"NULL",
        "0",
        "1",
        "2",
        "-1",
        "3.0",
        "2.5",
        "'1'",
        "'a'",
        "'A'",
        "'b'",
        "'1.0'",
        "' 1'",
        "x'61'",
        "''",
        "10",
        "1e3",
        "'2'",
        "7",
        "-0.0",
        "'zz'",
        "9007199254740993",
        "'abc '",
        "'ABC'",
        "9223372036854775807",
        "9007199254740992.0",
        "x''"}},
      {'n', {"0", "1", "2", "3", "5"}},
      {'r', {"=", "<", ">", "<=", ">=", "<>", "IS", "IS NOT"}},
      {'m', {"+", "-", "*", "||", "%"}},
      {'f', {"typeof", "length", "upper", "hex", "quote", "sign"}},
      {'y', {"INTEGER", "TEXT", "REAL", "NUMERIC", "BLOB"}},
      {'g', {"'a%'", "'1%'", "'%'", "'_'", "'A%'", "'%c_'"}},
      {'G', {"'a*'", "'1*'", "'*'", "'?'", "'[aA]*'", "'abc*'"}},
      {'j', {"JOIN", "LEFT JOIN"}},
      {'D',
       {"", " ASC", " DESC", " DESC NULLS LAST", " NULLS LAST", " COLLATE NOCASE", " COLLATE BINARY DESC"}},
      {'Z', {"", " ASC", " DESC", " DESC NULLS LAST", " NULLS LAST"}},
      {'O',
       {"INSERT", "INSERT OR IGNORE", "INSERT OR REPLACE", "INSERT OR FAIL", "INSERT OR ABORT", "REPLACE"}},
      {'i', {"INSERT", "INSERT", "INSERT OR ABORT"}},
      // SQLite 3.40 may show values of `excluded` before its columns' affinities were applied, so it is
      // only stored, and into the same column.
      {'N',
       {"DO NOTHING", "DO UPDATE SET $s", "DO UPDATE SET $s, $s", "DO UPDATE SET $s WHERE $w",
        "DO UPDATE SET $c = (SELECT max($d) FROM $U WHERE $d $r $l)"}},
      // RETURNING compares nothing, because SQLite 3.40 converts the values that it returns.
      {'R',
       {"", "", "RETURNING *", "RETURNING $f($c), $c, coalesce($c, $l) AS x",
        "RETURNING $c, (SELECT count(*) FROM $U) AS n"}},
      {'P', {"UPDATE", "UPDATE OR IGNORE", "UPDATE OR REPLACE", "UPDATE OR FAIL", "UPDATE OR ABORT"}},
      {'e',
       {"$c", "$c", "$c", "$c", "$l", "$l", "($e $m $e)", "($e $m $e)", "$f($e)", "CAST($e AS $y)",
        "coalesce($e, $l)", "CASE $c WHEN $l THEN $e ELSE $e END", "CASE WHEN $w THEN $e END", "($w)"}},
      {'w',
       {"$c $r $l",
        "$c $r $l",
        "$c $r $l",
        "$c $r $l",
        "$l $r $c",
        "$c IN ($l, $l, $l)",
        "$c NOT IN ($l, $l)",
        "$c BETWEEN $l AND $l",
        "$c NOT BETWEEN $l AND $l",
        "$c LIKE $g",
        "$c GLOB $G",
        "$c ISNULL",
        "$c NOTNULL",
        "$e $r $e",
        "$f($c) $r $l",
        "$l $r $f($c)",
        "CAST($c AS TEXT) $r $l",
        "($c || 'x') IN ($l, 'ax', '1x')",
        "$c COLLATE NOCASE $r $l",
        "($c, $c) $r ($l, $l)",
        "($h) $r ($l, $l)",
        "($c, $c) BETWEEN ($l, $l) AND ($l, $l)",
        "($c, $c) IN (VALUES ($l, $l), ($l, $l))",
        "($c, $c) IN (SELECT +$d, +$d FROM $U)",  // with affinities SQLite compares these otherwise
        "$c IN (SELECT $d FROM $U WHERE $x)",
        "$c NOT IN (SELECT $d FROM $U WHERE $x)",
        "EXISTS (SELECT 1 FROM $U WHERE $d $r $c)",
        "NOT EXISTS (SELECT 1 FROM $U WHERE $d = $c AND $x)",
        "$l < (SELECT count(*) FROM $U WHERE $d = $c)",
        "($w AND $w)",
        "($w AND $w)",
        "($w OR $w)",
        "NOT ($w)",
        "($w) IS NOT TRUE"}},
      {'x', {"$X", "$X", "$d LIKE $g", "$d GLOB $G"}},
      // These stand alone behind ON, because SQLite 3.40 loses rows of a LEFT JOIN with LIKE on an INTEGER
      // PRIMARY KEY.
      {'X', {"$d $r $l", "$d BETWEEN $l AND $l", "$d IN ($l, $l)", "1"}}};
  return kGrammar;
}

// Says what a query promises of its rows. A loose query shows one of several equal values, depending on the
// order of the rows: 1 or 1.0, 'a' or 'A' under NOCASE. Sums are of whole numbers, because sums of reals
// depend on the order of the rows.
struct Query {
  std::string_view sql;
  bool is_ordered = false;
  bool is_loose = false;
};

constexpr Query kQueries[] = {
    {"SELECT $e, $e FROM $T WHERE $w"},
    {"SELECT $c, $c, typeof($c) FROM $T WHERE $w"},
    {"SELECT count(*) FROM $T WHERE $w"},
    {"SELECT * FROM $T $j $U ON $c = $d WHERE $w"},
    {"SELECT * FROM $T $j $U ON $c $r $d AND $X WHERE $w AND $c $r $l"},
    {"SELECT $c, $d FROM $T, $U WHERE ($c, $c) = ($d, $d) AND $x"},
    {"SELECT y.* FROM $T x $j $T y ON x.$c = y.$c AND x.$c $r y.$c"},
    {"SELECT *, (SELECT count(*) FROM $U WHERE $d = $c AND $x) FROM $T WHERE $w"},
    {"SELECT $c FROM $T WHERE $w UNION ALL SELECT $d FROM $U WHERE $x"},
    {"WITH v AS (SELECT $e AS p, $c AS q FROM $T WHERE $w) SELECT * FROM v WHERE p $r $l OR q $r $l"},
    {"SELECT * FROM $T WHERE $w ORDER BY $k, $q LIMIT $n OFFSET $n", true},
    {"SELECT * FROM $T WHERE $w ORDER BY $c$D, $q LIMIT $n OFFSET $n", true},
    {"SELECT * FROM $T ORDER BY $c$D, $q LIMIT $n OFFSET $n", true},
    {"SELECT * FROM $T WHERE $c IN ($l, $l) ORDER BY $c$D, $c$D, $q LIMIT $n", true},
    {"SELECT count(*), count(DISTINCT $c) FROM $T"},
    {"SELECT DISTINCT $c FROM $T WHERE $c $r $l", false, true},
    {"SELECT * FROM $T WHERE $c $r $l ORDER BY $k LIMIT $n OFFSET $n", true, true},
    {"SELECT $c, $d FROM $T JOIN $U ON $c = $d WHERE $w ORDER BY $q, $Q LIMIT $n OFFSET $n", true},
    {"SELECT DISTINCT $c FROM $T WHERE $w ORDER BY 1 LIMIT $n", true, true},
    {"SELECT DISTINCT $h FROM $T", false, true},
    {"SELECT $c AS g, count(*), min($c), max($c), sum($c % 7) FROM $T WHERE $w GROUP BY g", false, true},
    {"SELECT $h, count(*), count(DISTINCT $c) FROM $T GROUP BY 1, 2 HAVING count(*) $r $n", false, true},
    {"SELECT count($c), min($c), max($c), total($c % 100), avg($c % 100) FROM $T WHERE $w", false, true},
    {"SELECT max($c) FROM $T", false, true},
    {"SELECT min($c) FROM $T WHERE $w", false, true},
    {"SELECT $c, (SELECT max($d) FROM $U WHERE +$d $r $c) FROM $T WHERE $w", false, true},
    {"SELECT $M, $M FROM $T WHERE $w UNION SELECT $d, $d FROM $U WHERE $x", false, true},
    {"SELECT $M FROM $T WHERE $w EXCEPT SELECT $d FROM $U WHERE $x", false, true},
    {"SELECT $M FROM $T INTERSECT SELECT $d FROM $U WHERE $x", false, true},
    // The order is by the collation that distinguishes the values; under another one it matters which of
    // equal values is shown.
    {"SELECT $M FROM $T WHERE $w UNION SELECT $d FROM $U ORDER BY 1$Z LIMIT $n", true, true}};

// Rows that are written or taken one after another have a full order, because later ones may conflict with
// earlier ones.
constexpr std::string_view kInserts[] = {
    "$O INTO $T VALUES ($L)",
    "$O INTO $T VALUES ($L), ($L)",
    "$O INTO $T VALUES ($L), ($L), ($L)",
    "$O INTO $T ($h) VALUES ($l, $l)",
    "$O INTO $T ($h) SELECT $d, $d FROM $U WHERE $x ORDER BY $Q LIMIT $n",
    "$O INTO $T SELECT $E FROM $T WHERE $w ORDER BY $q LIMIT $n"};
constexpr std::string_view kUpserts[] = {
    "$i INTO $T VALUES ($L) $K $N $R",
    "$i INTO $T VALUES ($L), ($L), ($L) $K $N $R",
    "$i INTO $T ($h) VALUES ($l, $l), ($l, $l) $K $N $R",
    "$i INTO $T ($h) SELECT $d, $d FROM $U WHERE $x ORDER BY $Q LIMIT $n $K $N $R",
    "$i INTO $T SELECT $E FROM $T WHERE $w ORDER BY $q LIMIT $n $K $N $R",
    "INSERT OR IGNORE INTO $T VALUES ($L), ($L) $R",
    "INSERT OR REPLACE INTO $T VALUES ($L), ($L) $R",
    "INSERT INTO $T VALUES ($L), ($L) $R"};
// Where more than one row may change, one order of the rows may fail and another may not.
constexpr std::string_view kUpdates[] = {
    "UPDATE $T SET $c = $e WHERE $w $R", "UPDATE $T SET $c = $e, ($h) = ($e, $l) WHERE $w",
    "UPDATE $T SET $c = (SELECT count(*) FROM $U WHERE $d $r $c) WHERE $w", "UPDATE $T SET $c = $l"};
constexpr std::string_view kPinned[] = {"$P $T SET $c = $e WHERE $p", "$P $T SET ($h) = ($l, $l) WHERE $p",
                                        "UPDATE $T SET $c = $e WHERE $p $R", "DELETE FROM $T WHERE $p $R"};
constexpr std::string_view kDeletes[] = {"DELETE FROM $T WHERE $w", "DELETE FROM $T WHERE $w $R",
                                         "DELETE FROM $T WHERE $c IN (SELECT $d FROM $U WHERE $x)",
                                         "DELETE FROM $T"};
constexpr std::string_view kTransactions[] = {"BEGIN",         "BEGIN",         "SAVEPOINT a", "SAVEPOINT b",
                                              "ROLLBACK TO a", "ROLLBACK TO b", "RELEASE a",   "RELEASE b",
                                              "COMMIT",        "COMMIT",        "ROLLBACK"};

// `$` is the new column, `%` an existing one. Expressions whose affinity SQLite 3.40 would keep are left
// out.
constexpr std::string_view kAdded[] = {"$",
                                       "$ INTEGER DEFAULT '12'",
                                       "$ TEXT DEFAULT 5",
                                       "$ REAL DEFAULT 3",
                                       "$ COLLATE NOCASE DEFAULT 'Abc'",
                                       "$ BLOB DEFAULT x'61'",
                                       "$ NUMERIC NOT NULL DEFAULT '1.0'",
                                       "$ TEXT NOT NULL",
                                       "$ INTEGER CHECK ($ IS NULL OR % <> 7)",
                                       "$ TEXT DEFAULT 'q' CHECK ($ <> 'a')",
                                       "$ TEXT DEFAULT CURRENT_TIMESTAMP",
                                       "$ INTEGER UNIQUE",
                                       "% TEXT"};

struct Table {
  char letter = 'a';  // columns are a0, a1 … or b0, b1 …
  std::vector<std::string> columns;
  std::vector<std::string> key;  // none, one or two of the columns
  bool has_integer_key = false;  // last_insert_rowid() is then specified
  std::string definition;
};

class Run {
 public:
  Run(uint64_t seed, std::string extension) : seed_(seed), random_(seed), extension_(std::move(extension)) {
    open();
    if (chance(30)) database_.must("PRAGMA journal_mode = WAL");
    for (int i = 0; i < 2; i++) {
      tables_.push_back(any_table(i == 0 ? 'a' : 'b'));
      const std::string body = std::to_string(i) + " (" + tables_.back().definition + ")";
      database_.must("CREATE TABLE o" + body);
      database_.must("CREATE TABLE t" + body + " WITH SYSTEM VERSIONING");
    }
  }

  void steps(int count) {
    for (int i = 0; i < count; i++) {
      first_ = below(2);
      const int what = below(100);
      if (what < 15) {
        write(any(kInserts), false);
      } else if (what < 25) {
        write(any(kUpserts), false);
      } else if (what < 32) {
        write(any(kUpdates), true);
      } else if (what < 40) {
        // When many rows match, UPDATE OR REPLACE depends on the order in which SQLite finds them.
        const std::string_view pinned = any(kPinned);
        const bool has_key = !table().key.empty();
        write(!has_key && pinned.starts_with("$P") ? kUpdates[0] : pinned, !has_key);
      } else if (what < 44) {
        write(any(kDeletes), false);
      } else if (what < 52) {
        change_transaction();
      } else if (what < 54) {
        upkeep();
      } else if (what < 57) {
        change_indexes();
      } else if (what < 59) {
        change_columns();
      } else {
        const Query& query = any(kQueries);
        ask(text(query.sql), query);
      }
    }
    database_.run("COMMIT");  // if there is a transaction
    reopen();
    compare_tables();
  }

  int compared() const { return compared_; }
  int failures() const { return failures_; }

 private:
  struct Pair {
    Outcome ordinary;
    Outcome temporal;
  };

  int below(size_t bound) { return static_cast<int>(random_() % bound); }
  bool chance(int percent) { return below(100) < percent; }
  template <typename List>
  auto any(const List& list) -> decltype(list[0]) {
    return list[static_cast<size_t>(below(std::size(list)))];
  }
  const Table& table() const { return tables_[static_cast<size_t>(first_)]; }
  const Table& other() const { return tables_[static_cast<size_t>(1 - first_)]; }

  Table any_table(char letter) {
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
    Table made;
    made.letter = letter;
    bool has_integer_type = false;
    // Of the columns so many are the key; 3 stands for an INTEGER PRIMARY KEY.
    const int key = below(4);
    const int count = 2 + below(3);
    for (int i = 0; i < count; i++) {
      const std::string name = letter + std::to_string(i);
      made.columns.push_back(name);
      std::string column = name + " ";
      const bool is_key = key == 3 ? i == 0 : i < key;
      if (is_key) {
        const std::string type(any(kTypes));
        has_integer_type = type == "INTEGER";
        column += key == 3 ? "INTEGER PRIMARY KEY" : type + " NOT NULL";
        made.key.insert(made.key.begin(), name);
      } else {
        column += any(kTypes);
        for (const char c : any(kExtras)) column += c == '$' ? name : std::string(1, c);
        column += indexes_.column_constraint();
      }
      made.definition += (i > 0 ? ", " : "") + column;
    }
    made.has_integer_key = key == 3 || (key == 1 && has_integer_type);
    if (key == 1 || key == 2) made.definition += ", PRIMARY KEY (" + joined(made.key, "", ", ") + ")";
    made.definition += indexes_.table_constraint(made.columns);
    return made;
  }

  static std::string joined(const std::vector<std::string>& words, const std::string& before,
                            const std::string& between) {
    std::string out;
    for (const std::string& word : words) {
      if (!out.empty()) out += between;
      out += before.empty() ? word : before + "(" + word + ")";
    }
    return out;
  }

  // ---- statements

  // Makes a new statement: returns its text, and puts its parameters into bindings_.
  std::string text(std::string_view form) {
    bindings_.clear();
    return expand(form, 0);
  }

  std::string expand(std::string_view form, int depth) {
    std::string out;
    for (size_t i = 0; i < form.size(); i++) {
      if (form[i] == '$') {
        out += symbol(form[++i], depth + 1);
      } else {
        out += form[i];
      }
    }
    return out;
  }

  std::string repeated(std::string_view form, size_t count, std::string_view between, int depth) {
    std::string out;
    for (size_t i = 0; i < count; i++) out += (i > 0 ? std::string(between) : "") + expand(form, depth);
    return out;
  }

  std::string symbol(char name, int depth) {
    std::vector<std::string> columns = table().columns;
    switch (name) {
      case 'T':
        return "@" + std::to_string(first_);
      case 'U':
        return (chance(70) ? "@" : "~") + std::to_string(1 - first_);
      case 'c':
        return any(columns);
      case 'd':
        return any(other().columns);
      // In a compound SELECT an ordinary table's row id has no collation, but other columns have one.
      case 'M': {
        const std::string& column = any(columns);
        return column + (table().has_integer_key && column == columns[0] ? " COLLATE BINARY" : "");
      }
      case 's': {  // an assignment of ON CONFLICT DO UPDATE
        const std::string& column = any(columns);
        if (chance(30)) return column + " = " + expand("$e", depth);
        return column + " = " +
               (chance(50) ? "excluded." + column : "coalesce(" + column + ", excluded." + column + ")");
      }
      case 'K':  // the conflict target
        if (table().key.empty() || chance(30)) return "ON CONFLICT";
        return "ON CONFLICT (" + joined(table().key, "", ", ") + ")";
      case 'h':  // two columns
        std::shuffle(columns.begin(), columns.end(), random_);
        return columns[0] + ", " + columns[1];
      case 'k': {  // all columns, in some order
        std::shuffle(columns.begin(), columns.end(), random_);
        std::string terms;
        for (const std::string& column : columns)
          terms += (terms.empty() ? "" : ", ") + column + expand("$D", depth);
        return terms;
      }
      case 'q':
        return joined(columns, "quote", ", ");
      case 'Q':
        return joined(other().columns, "quote", ", ");
      case 'L':
        return repeated("$l", columns.size(), ", ", depth);
      case 'E':
        return repeated("$e", columns.size(), ", ", depth);
      case 'p': {  // at most one row, if there is a key
        std::string condition = table().key.empty() ? expand("$w", depth) : "";
        for (const std::string& column : table().key)
          condition += (condition.empty() ? "" : " AND ") + column + expand(" = $l", depth);
        return condition;
      }
      default:
        break;
    }
    const std::vector<std::string_view>& alternatives = grammar().at(name);
    const bool may_nest = depth < 5 || (name != 'e' && name != 'w');
    std::string made = expand(may_nest ? any(alternatives) : alternatives.front(), depth);
    // SQLite chooses random keys once the largest one is used.
    if (made == "9223372036854775807" && (table().has_integer_key || other().has_integer_key))
      made = "4611686018427387904";
    if (name != 'l' || !chance(15)) return made;
    bindings_.push_back({"?" + std::to_string(bindings_.size() + 1), made});
    return bindings_.back().name;
  }

  // ---- both sides

  static std::string sided(const std::string& sql, char side, char twin) {
    std::string out = sql;
    std::replace(out.begin(), out.end(), '@', side);
    std::replace(out.begin(), out.end(), '~', twin);
    return out;
  }

  Pair run_both(const std::string& sql) {
    std::string noted = sql;
    for (const Binding& binding : bindings_) noted += "  -- " + binding.name + " = " + binding.literal;
    log_.push_back(noted);
    compared_++;
    Pair pair{database_.run(sided(sql, 'o', 't'), bindings_), database_.run(sided(sql, 't', 'o'), bindings_)};
    if (!pair.ordinary.is_ok()) failures_++;
    std::string& message = pair.ordinary.message;
    for (const char* name : {"o0.", "o1.", "o0 after", "o1 after", "oi0", "oi1", "oi2", "oi3"}) {
      for (size_t at = 0; (at = message.find(name, at)) != std::string::npos;) message[at] = 't';
    }
    return pair;
  }

  // Returns a row as it is compared: exactly, or with equal values written alike.
  static Row comparable(Row row, bool is_loose) {
    for (Cell& cell : row) {
      if (!is_loose) continue;
      if (cell.type == SQLITE_TEXT) {
        cell.text.erase(cell.text.find_last_not_of(' ') + 1);
        for (char& c : cell.text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      } else if (cell.type == SQLITE_INTEGER || cell.type == SQLITE_FLOAT) {
        char digits[32];
        std::snprintf(digits, sizeof digits, "%.12g", std::strtod(cell.text.c_str(), nullptr) + 0.0);
        cell = {SQLITE_FLOAT, digits};
      }
    }
    return row;
  }

  static std::vector<Row> comparable(const Outcome& outcome, const Query& query) {
    std::vector<Row> rows;
    for (const Row& row : outcome.rows) rows.push_back(comparable(row, query.is_loose));
    if (!query.is_ordered) {
      std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
        return std::lexicographical_compare(
            a.begin(), a.end(), b.begin(), b.end(),
            [](const Cell& x, const Cell& y) { return std::tie(x.type, x.text) < std::tie(y.type, y.text); });
      });
    }
    return rows;
  }

  // SQLite applies OR FAIL and OR REPLACE to a virtual table only where the result code is the plain one,
  // not an extended one.
  bool fail_alike(const Pair& pair) const {
    const bool is_plain =
        log_.back().find("OR FAIL") != std::string::npos || log_.back().find("REPLACE") != std::string::npos;
    const int mask = is_plain ? 0xff : -1;
    return (pair.ordinary.code & mask) == (pair.temporal.code & mask) &&
           pair.ordinary.message == pair.temporal.message;
  }

  void ask(const std::string& sql, const Query& query) {
    const Pair pair = run_both(sql);
    if (!fail_alike(pair) || pair.ordinary.columns != pair.temporal.columns ||
        comparable(pair.ordinary, query) != comparable(pair.temporal, query)) {
      differ(pair);
    }
  }

  // Where rows may change in any order, one side may violate a key in between and the other may not; then
  // the effects of both are rolled back. A datatype mismatch leaves the earlier rows of its statement in an
  // ordinary table, because SQLite does not expect that failure when it decides whether to keep a statement
  // journal.
  void write(std::string_view form, bool is_order_free) {
    const std::string sql = text(form);
    const bool is_guarded = is_order_free || table().has_integer_key;
    if (is_guarded) database_.must("SAVEPOINT guard");
    const Pair pair = run_both(sql);
    const bool both_work = pair.ordinary.is_ok() && pair.temporal.is_ok();
    const bool is_undone = !both_work && (is_order_free || pair.ordinary.message == "datatype mismatch");
    if (is_guarded) database_.must(is_undone ? "ROLLBACK TO guard; RELEASE guard" : "RELEASE guard");
    if (both_work) {
      const bool has_rowid = form.starts_with("$O") && table().has_integer_key && pair.ordinary.changes > 0;
      if (pair.ordinary.changes != pair.temporal.changes) differ(pair);
      // In RETURNING, SQLite gives the value before its conversion for a REAL column, which may be an
      // integer.
      const Query returned{{}, false, true};
      if (comparable(pair.ordinary, returned) != comparable(pair.temporal, returned)) differ(pair);
      if (has_rowid && pair.ordinary.last_insert_rowid != pair.temporal.last_insert_rowid) differ(pair);
    } else if (!is_order_free) {
      if (!fail_alike(pair)) differ(pair);
    } else if (pair.ordinary.is_ok() || pair.temporal.is_ok()) {
      const Outcome& failed = pair.ordinary.is_ok() ? pair.temporal : pair.ordinary;
      if (!failed.message.starts_with("UNIQUE constraint failed")) differ(pair);
    }
    compare_tables();
  }

  void compare_tables() {
    bindings_.clear();
    for (first_ = 0; first_ < 2; first_++)
      ask("SELECT *, " + symbol('q', 0) + " FROM @" + std::to_string(first_), {});
    first_ = 0;
  }

  void change_transaction() {
    const std::string sql(any(kTransactions));
    log_.push_back(sql);
    const Outcome outcome = database_.run(sql);
    const std::string& message = outcome.message;  // may say that there is no transaction, or already one
    if (!outcome.is_ok() && !message.starts_with("no such savepoint") && !message.starts_with("cannot ")) {
      differ({outcome, outcome});
    }
    read_columns();
    compare_tables();
  }

  void change_columns() {
    bindings_.clear();
    const std::string table_name = "@" + std::to_string(first_);
    const std::string fresh = table().letter + std::to_string(++columns_made_ + 10);
    std::string change;
    if (chance(40)) {
      std::string definition(any(kAdded));
      for (size_t at; (at = definition.find('$')) != std::string::npos;) definition.replace(at, 1, fresh);
      for (size_t at; (at = definition.find('%')) != std::string::npos;)
        definition.replace(at, 1, any(table().columns));
      change = "ADD COLUMN " + definition;
    } else if (chance(50) || table().columns.size() < 3) {  // the grammar wants two
      change = "RENAME COLUMN " + any(table().columns) + " TO " + fresh;
    } else {
      change = "DROP COLUMN " + any(table().columns);
    }
    const Pair pair = run_both("ALTER TABLE " + table_name + " " + change);
    if (!fail_alike(pair)) differ(pair);
    read_columns();
    compare_tables();
  }

  // Reads the columns from the ordinary tables, because a rollback undoes what ALTER TABLE did.
  void read_columns() {
    for (size_t i = 0; i < tables_.size(); i++) {
      Table& shape = tables_[i];
      shape.columns.clear();
      std::map<std::string, std::string> key;  // by place
      const std::string ordinary = "'o" + std::to_string(i) + "'";
      for (const Row& row :
           database_.must("SELECT name, pk FROM pragma_table_xinfo(" + ordinary + ") WHERE hidden = 0")
               .rows) {
        shape.columns.push_back(row[0].text);
        if (row[1].text != "0") key[row[1].text] = row[0].text;
      }
      shape.key.clear();
      for (const auto& [place, column] : key) shape.key.push_back(column);
    }
  }

  void change_indexes() {
    bindings_.clear();
    const Pair pair = run_both(indexes_.statement("@" + std::to_string(first_), table().columns));
    if (!fail_alike(pair)) differ(pair);
    compare_tables();
  }

  void upkeep() {
    if (sqlite3_get_autocommit(database_.handle()) == 0) return;
    const int what = below(5);
    if (what < 4) {
      log_.push_back(what < 2 ? "SELECT spectradb_flush()" : "SELECT spectradb_compact()");
      database_.must(log_.back());
    } else {
      reopen();
    }
    compare_tables();
  }

  void open() {
    database_ = Database(directory_.path("d.db"), extension_);
    database_.must("PRAGMA synchronous = OFF");
    // SQLite 3.40 does not always make automatic indexes for the collation that their join compares with.
    database_.must("PRAGMA automatic_index = OFF");
  }

  void reopen() {
    log_.push_back("-- reopened");
    database_.close();
    open();
  }

  static std::string shown(const Outcome& outcome) {
    return (outcome.is_ok() ? "ok" : outcome.message) + " (" + std::to_string(outcome.code) + "), " +
           std::to_string(outcome.changes) + " changes, last rowid " +
           std::to_string(outcome.last_insert_rowid) + "\n" + describe(outcome.rows);
  }

  [[noreturn]] void differ(const Pair& pair) {
    constexpr size_t kStatementsShown = 40;
    std::string report = "seed " + std::to_string(seed_) + ": " + log_.back() +
                         "\nordinary: " + shown(pair.ordinary) + "temporal: " + shown(pair.temporal) +
                         "the last statements:\n";
    const size_t from = log_.size() > kStatementsShown ? log_.size() - kStatementsShown : 0;
    for (size_t i = from; i < log_.size(); i++) report += log_[i] + "\n";
    report += "the tables, as they are now:\n";
    for (const char* name : {"o0", "t0", "o1", "t1"}) {
      const Outcome rows = database_.run("SELECT * FROM " + std::string(name));
      const Table& shape = tables_[name[1] == '0' ? 0 : 1];
      report += std::string(name) + " (" + shape.definition + ")\n" + describe(rows.rows);
    }
    fail(report);
  }

  uint64_t seed_;
  std::mt19937_64 random_;
  TwinIndexes indexes_{random_};
  std::string extension_;
  TemporaryDirectory directory_;
  Database database_;
  std::vector<Table> tables_;
  int first_ = 0;                  // the table that the statement is about
  std::vector<Binding> bindings_;  // the parameters of the statement that is being made
  std::vector<std::string> log_;
  int columns_made_ = 0;
  int compared_ = 0;
  int failures_ = 0;
};

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  const std::string extension = argument(argc, argv, "extension", "");
  if (extension.empty()) fail("usage: twins --extension=PATH [--seed=N] [--seeds=COUNT] [--steps=COUNT]");
  const uint64_t first = std::strtoull(argument(argc, argv, "seed", "1").c_str(), nullptr, 10);
  const uint64_t count = std::strtoull(argument(argc, argv, "seeds", "1").c_str(), nullptr, 10);
  const int steps = std::atoi(argument(argc, argv, "steps", "400").c_str());
  choose_mode(Mode::kHook);
  for (uint64_t seed = first; seed < first + count; seed++) {
    std::printf("seed %llu: ", static_cast<unsigned long long>(seed));
    std::fflush(stdout);
    Run run(seed, extension);
    run.steps(steps);
    std::printf("%d statements compared, of which %d fail alike\n", run.compared(), run.failures());
  }
  return 0;
}
