// Runs random statements on ordinary tables and on their temporal twins, which must answer alike.
//
//   twins --extension=PATH [--seed=N] [--seeds=COUNT] [--steps=COUNT]
//
// A statement is made from the grammar (twin_grammar.h) with `@` where the letter of a side belongs and `~`
// where that of the other side does: o0 and o1 are the ordinary tables, t0 and t1 their twins. Compared are
// rows and their types, changes(), last_insert_rowid(), result codes and messages, and after every write whole tables.
// Prints each seed before it runs; on a difference it prints what led there and ends with status 1.
#include <cstdio>
#include <map>
#include <random>

#include "tests/database.h"
#include "tests/twin_comparison.h"
#include "tests/twin_queries.h"
#include "tests/twin_text.h"

namespace spectradb::tests {
namespace {

class Run {
 public:
  Run(uint64_t seed, std::string extension) : seed_(seed), random_(seed), extension_(std::move(extension)) {
    open();
    if (dice_.chance(30)) database_.must("PRAGMA journal_mode = WAL");
    for (int i = 0; i < 2; i++) {
      TwinTable& table = tables_.all[static_cast<size_t>(i)];
      table = any_twin_table(dice_, indexes_, i == 0 ? 'a' : 'b');
      const std::string body = std::to_string(i) + " (" + table.definition + ")";
      database_.must("CREATE TABLE o" + body);
      database_.must("CREATE TABLE t" + body + " WITH SYSTEM VERSIONING");
    }
  }

  void steps(int count) {
    for (int i = 0; i < count; i++) {
      tables_.first = static_cast<size_t>(dice_.below(2));
      const int what = dice_.below(100);
      if (what < 15) {
        write(dice_.any(kInserts), false);
      } else if (what < 25) {
        write(dice_.any(kUpserts), false);
      } else if (what < 32) {
        write(dice_.any(kUpdates), true);
      } else if (what < 40) {
        // When many rows match, UPDATE OR REPLACE depends on the order in which SQLite finds them.
        const std::string_view pinned = dice_.any(kPinned);
        const bool has_key = !tables_.chosen().key.empty();
        write(!has_key && pinned.starts_with("$P") ? kUpdates[0] : pinned, !has_key);
      } else if (what < 44) {
        write(dice_.any(kDeletes), false);
      } else if (what < 52) {
        change_transaction();
      } else if (what < 54) {
        upkeep();
      } else if (what < 57) {
        change_indexes();
      } else if (what < 59) {
        change_columns();
      } else {
        const TwinQuery& query = dice_.any(kQueries);
        ask(text_.make(query.sql), query);
      }
    }
    database_.run("COMMIT");  // if there is a transaction
    reopen();
    compare_tables();
  }

  int compared() const { return compared_; }
  int failures() const { return failures_; }

 private:
  TwinOutcome run_both(const std::string& sql) {
    std::string noted = sql;
    for (const Binding& binding : text_.bindings()) noted += "  -- " + binding.name + " = " + binding.literal;
    log_.push_back(noted);
    compared_++;
    TwinOutcome pair{database_.run(sided(sql, 'o', 't'), text_.bindings()),
                     database_.run(sided(sql, 't', 'o'), text_.bindings())};
    if (!pair.ordinary.is_ok()) failures_++;
    name_twins(pair.ordinary.message);
    return pair;
  }

  void ask(const std::string& sql, const TwinQuery& query) {
    const TwinOutcome pair = run_both(sql);
    if (!fail_alike(pair, log_.back()) || pair.ordinary.columns != pair.temporal.columns ||
        !show_alike(pair, query)) {
      differ(pair);
    }
  }

  // Where rows may change in any order, one side may violate a key in between and the other may not; then
  // the effects of both are rolled back. A datatype mismatch leaves the earlier rows of its statement in an
  // ordinary table, because SQLite does not expect that failure when it decides whether to keep a statement
  // journal.
  void write(std::string_view form, bool is_order_free) {
    const std::string sql = text_.make(form);
    const bool is_guarded = is_order_free || tables_.chosen().has_integer_key;
    if (is_guarded) database_.must("SAVEPOINT guard");
    const TwinOutcome pair = run_both(sql);
    const bool both_work = pair.both_work();
    const bool is_undone = !both_work && (is_order_free || pair.ordinary.message == "datatype mismatch");
    if (is_guarded) database_.must(is_undone ? "ROLLBACK TO guard; RELEASE guard" : "RELEASE guard");
    if (both_work) {
      const bool has_rowid =
          form.starts_with("$O") && tables_.chosen().has_integer_key && pair.ordinary.changes > 0;
      if (pair.ordinary.changes != pair.temporal.changes) differ(pair);
      // In RETURNING, SQLite gives the value before its conversion for a REAL column, which may be an
      // integer.
      const TwinQuery returned{{}, false, true};
      if (!show_alike(pair, returned)) differ(pair);
      if (has_rowid && pair.ordinary.last_insert_rowid != pair.temporal.last_insert_rowid) differ(pair);
    } else if (!is_order_free) {
      if (!fail_alike(pair, log_.back())) differ(pair);
    } else if (pair.ordinary.is_ok() || pair.temporal.is_ok()) {
      const Outcome& failed = pair.ordinary.is_ok() ? pair.temporal : pair.ordinary;
      if (!failed.message.starts_with("UNIQUE constraint failed")) differ(pair);
    }
    compare_tables();
  }

  void compare_tables() {
    text_.clear();
    for (tables_.first = 0; tables_.first < tables_.all.size(); tables_.first++)
      ask("SELECT *, " + text_.symbol('q', 0) + " FROM " + tables_.chosen_name(), {});
    tables_.first = 0;
  }

  void change_transaction() {
    const std::string sql(dice_.any(kTransactions));
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
    text_.clear();
    const std::string table_name = tables_.chosen_name();
    const std::string fresh = tables_.chosen().letter + std::to_string(++columns_made_ + 10);
    std::string change;
    if (dice_.chance(40)) {
      std::string definition(dice_.any(kAdded));
      for (size_t at; (at = definition.find('$')) != std::string::npos;) definition.replace(at, 1, fresh);
      for (size_t at; (at = definition.find('%')) != std::string::npos;)
        definition.replace(at, 1, dice_.any(tables_.chosen().columns));
      change = "ADD COLUMN " + definition;
    } else if (dice_.chance(50) || tables_.chosen().columns.size() < 3) {  // the grammar wants two
      change = "RENAME COLUMN " + dice_.any(tables_.chosen().columns) + " TO " + fresh;
    } else {
      change = "DROP COLUMN " + dice_.any(tables_.chosen().columns);
    }
    const TwinOutcome pair = run_both("ALTER TABLE " + table_name + " " + change);
    if (!fail_alike(pair, log_.back())) differ(pair);
    read_columns();
    compare_tables();
  }

  // Reads the columns from the ordinary tables, because a rollback undoes what ALTER TABLE did.
  void read_columns() {
    for (size_t i = 0; i < tables_.all.size(); i++) {
      TwinTable& shape = tables_.all[i];
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
    text_.clear();
    const TwinOutcome pair = run_both(indexes_.statement(tables_.chosen_name(), tables_.chosen().columns));
    if (!fail_alike(pair, log_.back())) differ(pair);
    compare_tables();
  }

  void upkeep() {
    if (sqlite3_get_autocommit(database_.handle()) == 0) return;
    const int what = dice_.below(5);
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

  [[noreturn]] void differ(const TwinOutcome& pair) {
    constexpr size_t kStatementsShown = 40;
    std::string report = "seed " + std::to_string(seed_) + ": " + log_.back() +
                         "\nordinary: " + shown(pair.ordinary) + "temporal: " + shown(pair.temporal) +
                         "the last statements:\n";
    const size_t from = log_.size() > kStatementsShown ? log_.size() - kStatementsShown : 0;
    for (size_t i = from; i < log_.size(); i++) report += log_[i] + "\n";
    report += "the tables, as they are now:\n";
    for (const char* name : {"o0", "t0", "o1", "t1"}) {
      const Outcome rows = database_.run("SELECT * FROM " + std::string(name));
      const TwinTable& shape = tables_.all[name[1] == '0' ? 0 : 1];
      report += std::string(name) + " (" + shape.definition + ")\n" + describe(rows.rows);
    }
    fail(report);
  }

  uint64_t seed_;
  std::mt19937_64 random_;
  Dice dice_{random_};
  TwinIndexes indexes_{random_};
  std::string extension_;
  TemporaryDirectory directory_;
  Database database_;
  TwinTables tables_;
  TwinText text_{dice_, tables_};
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
