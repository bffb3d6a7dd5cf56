// xUpdate: INSERT, UPDATE and DELETE on one temporal table become facts in the transaction's batch. Nothing
// is ever overwritten. Used by the thread that uses the connection.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "extension/host/api.h"
#include "extension/index/index_writer.h"
#include "extension/schema/definition.h"
#include "extension/schema/row_identity.h"
#include "extension/session/latest_rows.h"
#include "extension/session/row_set.h"
#include "extension/session/upsert.h"
#include "extension/write/integer_keys.h"
#include "extension/write/row_cuts.h"
#include "extension/write/unchanged_columns.h"
#include "temporal/row_cursor.h"
#include "temporal/value.h"

namespace spectradb::extension {

class Connection;
class LostStatements;
class OutlivedReaders;
class PresentTable;
class Table;

class Writer {
 public:
  explicit Writer(Table& table);
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Takes the arguments of xUpdate, see https://sqlite.org/vtab.html#the_xupdate_method. Returns an SQLite
  // code; the message is set on the table.
  int update(int argument_count, sqlite3_value** arguments, sqlite3_int64* rowid);

  // plain_rows.cc: returns the writer of a temporal table; null where the connection has no such table.
  static Writer* of(Connection& connection, const std::string& schema, const std::string& table);
  const Table& table() const { return table_; }
  bool is_writing() const { return is_writing_; }  // a row, whose functions may do anything
  // COPY writes most rows without a statement of SQLite's for each, which would take a seventh of its
  // time. takes_plain_rows() says whether that comes to the same: false where constraints have actions, expressions
  // or other tables behind them, or where a row's period depends on the statement's time or on other rows.
  bool takes_plain_rows();
  // Inserts a row, as INSERT does that gives all visible columns, in their order, and no period; `said` is its OR
  // action, which is not kFail or kRollback. Returns whether the row was written: false where IGNORE has left it
  // out. kConstraint when it violates a constraint, and nothing is written. Call it in a transaction that an INSERT
  // on this table has begun.
  Result<bool> insert_plain(const std::vector<temporal::Value>& values, ConflictAction said);

 private:
  struct Outcome {
    Status status;
    int constraint_code = SQLITE_CONSTRAINT;         // the extended code of a constraint that has one
    bool is_final = false;                           // fails whatever OR IGNORE and its kind say
    ConflictAction action = ConflictAction::kAbort;  // the action that the definition gives the constraint
  };

  Outcome write_whole(const std::function<Outcome()>& write);
  Outcome write_row(int argument_count, sqlite3_value** arguments, sqlite3_int64* rowid);
  Outcome insert(sqlite3_value** arguments, sqlite3_int64* rowid);
  // replay_writer.cc: in a replay (Annotation::Kind::kReplay), an INSERT with a text as _given is a fact of another
  // database's history. It is written as it stands there: what was in its way then is history, too.
  Outcome replay(sqlite3_value** columns, std::string_view operation);
  Status compute_columns();
  Outcome change(sqlite3_value** arguments);
  Outcome change_key(sqlite3_value** columns, std::string_view old_key);
  Outcome erase(sqlite3_value* identity);

  // conflict_writer.cc
  struct Piece;  // a row that is in the way
  struct KeyedPiece;
  struct ConflictClause;
  struct Conflicts;
  Status read_conflict_clauses(sqlite3_value* given);
  Status read_conflict_clause(std::string_view text);
  std::vector<size_t> unique_constraints() const;
  bool is_about(const ConflictClause& clause, size_t constraint) const;
  Result<Conflicts> find_conflicts(const temporal::Period& period);
  Result<std::vector<KeyedPiece>> rows_in_the_way(size_t constraint, const temporal::Period& period,
                                                  bool is_update);
  Status see_pieces(std::string_view key, const temporal::Period& period,
                    const std::function<Status(const temporal::ResolvedRow&)>& see);
  Status add_piece(std::string_view key, const temporal::ResolvedRow& piece, RowSet& rows) const;
  Outcome on_conflict(sqlite3_value* given, const temporal::Period& period, bool& is_done,
                      sqlite3_int64* rowid);
  struct UpsertRun;
  Outcome upsert(UpsertRun& run, const Conflicts& conflicts, const temporal::Period& period);
  Outcome insert_in_gap(UpsertRun& run, const temporal::Period& gap);
  Outcome check_and_encode();
  Outcome put_row(const temporal::Period& period);
  Status update_piece(const Upsert& upsert, const Piece& piece, const RowSet& excluded, Outcome& outcome);
  Status store_updated(const Piece& piece, const std::string& old_key, Outcome& outcome);
  void remember_written(const temporal::Period& period);
  Status remember_erased(const RowIdentity& row);

  // conflict_actions.cc: what a violated constraint does
  void read_conflict_actions(int argument_count, sqlite3_value** arguments);
  ConflictAction on_null(size_t column) const;
  ConflictAction on_taken_key() const;
  ConflictAction on_taken(const temporal::IndexSchema& index) const;
  bool may_replace() const;
  int code_of(const Outcome& outcome);

  Status find_references();
  Result<RowIdentity> writable(sqlite3_value* identity) const;
  bool assigns_all(sqlite3_value** columns) const;
  Status refuse_read_only_columns(sqlite3_value** columns, bool is_update) const;
  Status refuse_generated_columns(sqlite3_value** columns) const;
  Status ensure_judge();
  Status check_transaction() const;
  Status transaction_ended() const;
  struct Given;
  Outcome read_row(sqlite3_value** columns, const Given& given);
  bool wants_default(size_t column, bool is_given) const;
  Result<temporal::Value> compute_default(size_t column);
  Outcome assign_key(const temporal::Value& rowid);
  Status end_at_next(temporal::Period& period);
  Result<temporal::Bound> begin_of_next(const temporal::Period& period, const temporal::Bound& after);
  Outcome check_documents() const;
  Outcome check_row();
  bool may_append() const;
  // KConstraint when a visible piece overlaps.
  Outcome check_free(const std::string& key, const temporal::Period& period);
  Outcome check_unique(const temporal::IndexSchema& index, std::string_view own_key,
                       const temporal::Period& period);
  Outcome follow_displaced();
  size_t indexes_before_key() const;
  Outcome check_constraints(const std::string& key, const temporal::Period& period, bool is_key_kept);
  Status put_in_form(temporal::Period& period);
  Status append(std::string_view key, const temporal::Period& period, temporal::Operation operation);
  Status append_sealed(std::string_view key, const temporal::Period& period);
  std::string key_names() const;
  bool is_required(size_t column) const;
  Outcome check_not_null(bool are_generated) const;

  Table& table_;
  std::unique_ptr<RowJudge> judge_;
  std::unique_ptr<RowJudge> replay_judge_;        // of rows that had their checks elsewhere
  ConflictAction said_ = ConflictAction::kAbort;  // by the statement whose row is being written: OR …
  bool asks_definition_ = false;                  // … which says nothing, and constraints do
  std::vector<temporal::Value> row_;              // the visible columns of the row being written
  std::vector<std::string> scratch_;              // bytes of values made by affinity
  int64_t integer_key_ = 0;                       // for tables with an integer key
  std::string key_;
  std::string fact_;
  std::string row_bytes_;                // of a row that is to be encrypted
  std::vector<ConflictClause> clauses_;  // ON CONFLICT clauses of the row being written, in order
  LostStatements& lost_;
  OutlivedReaders& outlived_;
  uint64_t transaction_ = 0;       // in which the row is written
  uint64_t losses_ = 0;            // LostStatements::count() when its writing began
  bool is_writing_ = false;        // a row; its foreign keys may write others of the table meanwhile
  bool is_series_ = false;         // the row being inserted ends where the next piece of its key begins
  bool replaces_reading_ = false;  // in a series: a piece of its key begins at the same instant
  uint64_t moved_in_ = 0;          // the transaction in which an UPDATE moved a row last
  bool is_counted_ = false;        // the row was counted, where rows are only counted

  LatestRows latest_;           // for checks against what is there
  UnchangedColumns unchanged_;  // of the row that an UPDATE is writing
  IndexWriter indexes_;
  RowCuts cuts_;
  IntegerKeys integer_keys_;
  const bool is_sealed_;                                   // the table's rows are encrypted
  std::shared_ptr<const ForeignKeyLinks> kept_by_sqlite_;  // of the table's own foreign keys; null for none
  std::shared_ptr<PresentTable> present_;  // stands for the row to ordinary tables; null for none
};

}  // namespace spectradb::extension
