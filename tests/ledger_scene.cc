#include "tests/ledger_scene.h"

namespace spectradb::tests {

LedgerScene::LedgerScene(uint64_t seed, std::string extension)
    : seed_(seed),
      random_(seed),
      extension_(std::move(extension)),
      database_(directory_.path("d.db"), extension_) {
  if (!database_.open_outcome().is_ok()) differ("cannot open: " + database_.open_outcome().message);
  for (LedgerShape shape : {document_shape(), typed_shape(), integer_shape()}) {
    execute(shape.create);
    tables_.emplace_back(std::move(shape));
  }
  if (dice().chance(50)) execute("PRAGMA journal_mode = WAL");
  if (dice().chance(80)) execute("PRAGMA synchronous = OFF");
}

void LedgerScene::differ(const std::string& what) const {
  std::string report = "seed " + std::to_string(seed_) + "; the statements so far:\n";
  for (const std::string& statement : log_) report += statement + ";\n";
  fail(report + "\n" + what);
}

void LedgerScene::execute(const std::string& sql) {
  log_.push_back(sql);
  const Outcome outcome = database_.run(sql);
  if (!outcome.is_ok()) differ("fails: " + outcome.message);
}

void LedgerScene::execute_write(const std::string& sql, std::optional<int> rows) {
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

void LedgerScene::commit_model() {
  bool wrote = false;
  for (const LedgerTable& table : tables_) wrote = wrote || table.model.has_own_facts();
  const int64_t number = tables_[0].model.last_commit() + (wrote ? 1 : 0);
  for (LedgerTable& table : tables_) table.model.set_last_commit(number);
}

void LedgerScene::commit() {
  execute("COMMIT");
  is_open_ = false;
  savepoints_.clear();
  commit_model();
}

void LedgerScene::rolled_back() {
  is_open_ = false;
  savepoints_.clear();
  for (LedgerTable& table : tables_) table.model.rollback();
}

void LedgerScene::transaction_step() {
  if (!is_open_) {
    execute("BEGIN");
    is_open_ = true;
    return;
  }
  const int what = dice().below(10);
  if (what < 4) {
    Savepoint savepoint{"s" + std::to_string(dice().below(3)), {}};
    for (const LedgerTable& table : tables_) savepoint.marks.push_back(table.model.mark());
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
    rolled_back();
  } else {
    commit();
  }
}

// Returns the newest savepoint with the name of a random one; those above it are released, as in SQLite.
LedgerScene::Savepoint LedgerScene::find_savepoint() {
  const std::string name = savepoints_[static_cast<size_t>(dice().below(savepoints_.size()))].name;
  while (savepoints_.back().name != name) savepoints_.pop_back();
  return savepoints_.back();
}

void LedgerScene::reopen() {
  log_.push_back("-- reopened");
  database_.close();
  database_ = Database(directory_.path("d.db"), extension_);
  if (!database_.open_outcome().is_ok()) differ("cannot reopen: " + database_.open_outcome().message);
}

}  // namespace spectradb::tests
