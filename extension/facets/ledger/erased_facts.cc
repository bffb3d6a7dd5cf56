#include "extension/facets/ledger/erased_facts.h"

#include <algorithm>

#include "extension/host/query.h"
#include "extension/host/values.h"
#include "extension/session/database.h"
#include "extension/session/erasures.h"
#include "extension/session/own_table_seal.h"

namespace spectradb::extension::ledger {

using temporal::Value;

namespace {

constexpr const char* kErasedColumns =
    "commit_no, ordinal, table_id, erasure_no, operation, valid_from, valid_to, system_to, place, leaf";
constexpr int kHashedColumns = 10;
constexpr int kOperationColumn = 4;
constexpr const char* kErasureColumns =
    "erasure_no, table_id, table_name, surrogate, facts, commit_no, begun_us, author, reason";
constexpr int kErasureColumnCount = 9;
constexpr int kAfterCommitColumn = 5;

Hash leaf_of_row(const char* table, sqlite3_stmt* row, int columns) {
  NotesHash values;
  for (int column = 0; column < columns; ++column)
    values.add(table, from_sqlite(sqlite3_column_value(row, column)));
  return hash_leaf({bytes_of(*values.hash())});
}

Value bound_value(const temporal::Bound& bound) {
  const bool is_open = bound.us == temporal::kBeginningOfTime || bound.us == temporal::kEndOfTime;
  return is_open ? Value::null() : Value::of_integer(bound.us);
}

}  // namespace

Result<bool> ErasedFacts::are_there() { return database_.has_table(kTable); }

Status ErasedFacts::create() {
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, are_there());
  if (there) return Status::ok();
  const std::string text =
      "CREATE TABLE " + database_.qualified(kTable) +
      "(commit_no INTEGER NOT NULL, ordinal INTEGER NOT NULL, table_id INTEGER NOT NULL, "
      "erasure_no INTEGER NOT NULL, operation TEXT, valid_from INTEGER, valid_to INTEGER, "
      "system_to INTEGER, place INTEGER, leaf BLOB, entry INTEGER, "
      "PRIMARY KEY (commit_no, ordinal, table_id)) WITHOUT ROWID";
  return change_own_table(database_, kTable, kAllRows,
                          [&] { return execute(database_.connection().handle(), text); });
}

Status ErasedFacts::add(const std::vector<ErasedFact>& facts) {
  return change_own_table(database_, kTable, kAllRows, [&] { return insert(facts); });
}

Status ErasedFacts::insert(const std::vector<ErasedFact>& facts) {
  Query insert(database_.connection().handle(), "INSERT OR IGNORE INTO " + database_.qualified(kTable) + "(" +
                                                    kErasedColumns +
                                                    ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");
  for (const ErasedFact& fact : facts) {
    insert.bind(1, static_cast<int64_t>(fact.commit)).bind(2, int64_t{fact.ordinal});
    insert.bind(3, int64_t{fact.table_id}).bind(4, fact.erasure);
    insert.bind(5, fact.operation == nullptr ? Value::null() : Value::text(fact.operation));
    insert.bind(6, bound_value(fact.valid.from)).bind(7, bound_value(fact.valid.to));
    insert.bind(
        8, fact.system_to == 0 ? Value::null() : Value::of_integer(static_cast<int64_t>(fact.system_to)));
    if (fact.leaf) {
      insert.bind(9, static_cast<int64_t>(fact.leaf->place)).bind_blob(10, bytes_of(fact.leaf->hash));
    } else {
      insert.bind(9, Value::null()).bind(10, Value::null());
    }
    SPECTRADB_RETURN_IF_ERROR(insert.run());
  }
  return Status::ok();
}

Status ErasedFacts::tell(Entries& entries, uint64_t commit) {
  ErasureRecord record;
  record.commit = commit;
  SPECTRADB_RETURN_IF_ERROR(
      visit_erasures(database_, [&](uint64_t count, const MerkleTree& tree, uint64_t, int64_t) {
        record.erasures = count;
        record.erasures_root = tree.root();
        return Status::ok();
      }));
  SPECTRADB_ASSIGN_OR_RETURN(auto all, told());
  const MerkleTree& untold = all[0].tree;
  SPECTRADB_ASSIGN_OR_RETURN(Entry last, entries.newest());
  if (untold.size() == 0) return Status::ok();
  record.facts = untold.size();
  record.facts_root = untold.root();
  SPECTRADB_RETURN_IF_ERROR(entries.append(&last, commit, record.encode(), std::string()));
  Query update(database_.connection().handle(),
               "UPDATE " + database_.qualified(kTable) + " SET entry = ?1 WHERE entry IS NULL");
  update.bind(1, static_cast<int64_t>(last.number));
  return change_own_table(database_, kTable, kAllRows, [&] { return update.run(); });
}

Result<ErasedFacts::Leaves> ErasedFacts::read(const std::string& condition, uint64_t first, uint64_t last) {
  Leaves leaves;
  Query query(database_.connection().handle(),
              "SELECT commit_no, place, leaf FROM " + database_.qualified(kTable) +
                  " WHERE leaf IS NOT NULL AND commit_no BETWEEN ?1 AND ?2" + condition + " ORDER BY 1, 2");
  query.bind(1, static_cast<int64_t>(std::min<uint64_t>(first, INT64_MAX)));
  query.bind(2, static_cast<int64_t>(std::min<uint64_t>(last, INT64_MAX)));
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.step());
    if (!row) return leaves;
    const std::optional<Hash> leaf = hash_of(query.blob(2));
    if (!leaf || query.integer(1) < 0)
      return Status::corrupt("a row of commit " + query.text(0) + " in " + database_.schema() + "." + kTable +
                             " is not what SpectraDB wrote there");
    leaves[static_cast<uint64_t>(query.integer(0))].push_back(
        {static_cast<uint64_t>(query.integer(1)), *leaf});
  }
}

Result<ErasedFacts::Leaves> ErasedFacts::leaves(uint64_t first_commit, uint64_t last_commit) {
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, are_there());
  return there ? read("", first_commit, last_commit) : Result<Leaves>(Leaves());
}

Result<ErasedFacts::Leaves> ErasedFacts::unfinished() {
  return read(" AND erasure_no IN (SELECT erasure_no FROM " + database_.qualified(Erasures::kTable) +
                  " WHERE stage IN (" + std::to_string(static_cast<int64_t>(Erasures::Stage::kBegun)) + ", " +
                  std::to_string(static_cast<int64_t>(Erasures::Stage::kShredding)) + "))",
              0, UINT64_MAX);
}

Result<std::unordered_map<uint64_t, ErasedFacts::Told>> ErasedFacts::told() {
  std::unordered_map<uint64_t, Told> told;
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, are_there());
  if (!there) return told;
  Query query(database_.connection().handle(), std::string("SELECT ") + kErasedColumns + ", entry FROM " +
                                                   database_.qualified(kTable) +
                                                   " ORDER BY commit_no, ordinal, table_id");
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.step());
    if (!row) return told;
    Told& one = told[static_cast<uint64_t>(query.integer(kHashedColumns))];
    one.tree.add(leaf_of_row(kTable, query.statement(), kHashedColumns));
    one.rows += query.is_null(kOperationColumn) ? 0 : 1;
    one.last_commit = std::max(one.last_commit, static_cast<uint64_t>(query.integer(0)));
    one.has_leaves = one.has_leaves || !query.is_null(kHashedColumns - 1);
  }
}

Status visit_erasures(Database& database, const VisitErasure& visit) {
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, database.has_table(Erasures::kTable));
  if (!there) return Status::ok();
  Query query(database.connection().handle(), std::string("SELECT ") + kErasureColumns + ", stage FROM " +
                                                  database.qualified(Erasures::kTable) +
                                                  " ORDER BY erasure_no");
  MerkleTree tree;
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.step());
    if (!row) return Status::ok();
    tree.add(leaf_of_row(Erasures::kTable, query.statement(), kErasureColumnCount));
    const int64_t stage = query.is_null(kErasureColumnCount) ? -1 : query.integer(kErasureColumnCount);
    SPECTRADB_RETURN_IF_ERROR(
        visit(tree.size(), tree, static_cast<uint64_t>(query.integer(kAfterCommitColumn)), stage));
  }
}

}  // namespace spectradb::extension::ledger
