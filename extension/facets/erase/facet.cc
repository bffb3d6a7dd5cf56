// Erases a row with its whole history from all files, and keeps a record of that.
#include "extension/facet/facet.h"

#include <set>
#include <string>
#include <vector>

#include "extension/access/read_only.h"
#include "extension/facets/erase/erase_statement.h"
#include "extension/facets/erase/erased_table.h"
#include "extension/facets/erase/eraser.h"
#include "extension/facets/erase/erasures_table.h"
#include "extension/facets/erase/found_keys.h"
#include "extension/facets/erase/holds.h"
#include "extension/host/query.h"
#include "extension/host/values.h"
#include "extension/session/connection.h"
#include "extension/session/fact_reader.h"
#include "temporal/key_codec.h"

namespace spectradb::extension {

namespace {

constexpr const char* kErase = "spectradb_erase";
constexpr const char* kShred = "spectradb_shred";

// What has begun is recorded: nobody need know the keys again.
Status to_be_finished(const erase::Act& act, const Status& status) {
  if (status || status.code() == Code::kNoMemory) return status;
  return {status.code(), status.message() + " (" + act.the_noun + " is recorded and unfinished: SELECT " +
                             act.call + " finishes it)"};
}

Result<uint64_t> finish_in(Connection& connection, const std::string& schema, const erase::Act& act) {
  const std::shared_ptr<Database> database = connection.database(schema);
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_store, database->has_store());
  if (!has_store) return uint64_t{0};
  erase::Eraser eraser(database, act);
  SPECTRADB_ASSIGN_OR_RETURN(const bool is_unfinished, eraser.is_unfinished());
  if (!is_unfinished) return uint64_t{0};
  SPECTRADB_RETURN_IF_ERROR(check_may_write(connection, schema, act.call));
  Status may_begin = eraser.check_may_begin();
  if (!may_begin) return to_be_finished(act, may_begin);
  Result<uint64_t> facts = eraser.finish();
  return facts ? facts : to_be_finished(act, facts.status());
}

Status finish_all(const FunctionCall& call, const erase::Act& act) {
  std::vector<std::string> schemas;
  for (Query list(call.connection.handle(), "PRAGMA database_list");;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, list.step());
    if (!row) break;
    schemas.push_back(list.text(1));
  }
  uint64_t facts = 0;
  for (const std::string& schema : schemas) {
    SPECTRADB_ASSIGN_OR_RETURN(const uint64_t finished, finish_in(call.connection, schema, act));
    facts += finished;
  }
  sqlite3_result_int64(call.context, static_cast<sqlite3_int64>(facts));
  return Status::ok();
}

// spectradb_erase() -> how many facts were erased by finishing what was interrupted, in all databases
Status finish_erasures(const FunctionCall& call) { return finish_all(call, erase::kErasing); }

// spectradb_shred() -> the same of shreddings, also of those whose keys are not yet taken out of the logs
Status finish_shreddings(const FunctionCall& call) { return finish_all(call, erase::kShredding); }

// Where the record says why and by whom, from the argument at `place` on.
Erasures::Cause cause_from(const FunctionCall& call, int place) {
  Erasures::Cause cause{temporal::Value::null(), temporal::Value::null()};
  if (call.count > place) cause.reason = from_sqlite(call.arguments[place]);
  if (call.count > place + 1) cause.author = from_sqlite(call.arguments[place + 1]);
  return cause;
}

Status check_permission(const TemporalTable& table, const erase::Act& act) {
  SPECTRADB_RETURN_IF_ERROR(
      check_may_write(table.database->connection(), table.database->schema(), act.call));
  if (table.hidden.empty()) return Status::ok();
  return Status::invalid(std::string(act.name) + ": not all of table " + table.schema.name +
                         " may be read: not authorized");
}

Status erase_keys(const FunctionCall& call, const TemporalTable& table,
                  const std::vector<std::string>& user_keys, const Erasures::Cause& cause) {
  erase::Eraser eraser(table.database, erase::kErasing);
  SPECTRADB_RETURN_IF_ERROR(eraser.check_may_begin());
  SPECTRADB_ASSIGN_OR_RETURN(const uint64_t facts, eraser.begin(table, user_keys, cause));
  const Result<uint64_t> finished = eraser.finish();
  if (!finished) return to_be_finished(erase::kErasing, finished.status());
  sqlite3_result_int64(call.context, static_cast<sqlite3_int64>(facts));
  return Status::ok();
}

// Without this, the answer 0 would be taken for a row that is gone already.
Status no_such_key(const std::string& function, const TemporalTable& table, const temporal::Value& key) {
  return Status::invalid(function + ": no row of " + table.schema.name + " can have the key " + spelled(key) +
                         ", as the keys of that table are integers");
}

// spectradb_erase('ERASE FROM table WHERE condition' [, reason [, author]])
Status erase_where(const FunctionCall& call) {
  const std::string text(from_sqlite(call.arguments[0]).bytes);
  SPECTRADB_ASSIGN_OR_RETURN(const erase::EraseStatement statement, erase::read_erase_statement(text));
  SPECTRADB_ASSIGN_OR_RETURN(
      const TemporalTable table,
      find_temporal_table(call.connection, temporal::Value::text(statement.table), statement.schema, kErase));
  SPECTRADB_RETURN_IF_ERROR(check_permission(table, erase::kErasing));
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<std::string> user_keys,
                             erase::keys_where(table, statement.condition));
  return erase_keys(call, table, user_keys, cause_from(call, 1));
}

// spectradb_erase(table, key [, reason [, author]]) -> how many facts the row had; 0, and nothing is done, where
// there are none
Status erase_row(const FunctionCall& call) {
  const temporal::Value name = from_sqlite(call.arguments[0]);
  if (name.type == temporal::Value::Type::kText && erase::is_erase_statement(name.bytes))
    return erase_where(call);
  SPECTRADB_ASSIGN_OR_RETURN(const TemporalTable table,
                             find_temporal_table(call.connection, name, {}, kErase));
  if (call.count == 1)
    return Status::invalid("spectradb_erase needs the key of the row to erase: spectradb_erase('t', 1)");
  const temporal::Value key = from_sqlite(call.arguments[1]);
  if (key.is_null()) return Status::invalid("spectradb_erase needs the key of the row to erase, not NULL");
  SPECTRADB_ASSIGN_OR_RETURN(const KeyWanted wanted, key_of_argument(table.schema, key));
  if (!wanted.user_key) return no_such_key(kErase, table, key);
  SPECTRADB_RETURN_IF_ERROR(check_permission(table, erase::kErasing));
  return erase_keys(call, table, {*wanted.user_key}, cause_from(call, 2));
}

// Of a table WITH SYSTEM VERSIONING (erase_by = column): the values of that column, or the condition, as arguments say it.
Result<std::set<std::string>> subjects_of_call(const FunctionCall& call, const TemporalTable& table,
                                               const std::string& condition) {
  std::set<std::string> subjects;
  if (!condition.empty()) {
    SPECTRADB_ASSIGN_OR_RETURN(const std::vector<std::string> keys, erase::keys_where(table, condition));
    for (const std::string& key : keys) subjects.emplace(temporal::SubjectKeys::subject_of(key));
    return subjects;
  }
  const temporal::Value given = call.count < 2 ? temporal::Value::null() : from_sqlite(call.arguments[1]);
  if (given.is_null())
    return Status::invalid("spectradb_shred needs whom to shred: spectradb_shred('t', 'ann')");
  const temporal::Column& column = table.schema.columns[static_cast<size_t>(table.schema.key_columns[0])];
  std::string scratch;
  std::string subject;
  temporal::append_table_id(subject, table.schema.id);
  const temporal::Value key = temporal::apply_affinity(given, column.affinity, scratch);
  if (table.schema.has_integer_key && key.type != temporal::Value::Type::kInteger)
    return no_such_key(kShred, table, given);
  temporal::append_key_value(subject, key, column.collation);
  subjects.insert(std::move(subject));
  return subjects;
}

Status check_is_sealed(const TemporalTable& table) {
  std::string key;
  temporal::append_table_id(key, table.schema.id);
  if (table.database->subjects().tables().has_table_of(key)) return Status::ok();
  return Status::invalid("table " + table.schema.name +
                         " keeps no keys to drop: it is not WITH SYSTEM VERSIONING (erase_by = column). "
                         "spectradb_erase() erases its rows");
}

// spectradb_shred(table, subject [, reason [, author]]), spectradb_shred('ERASE FROM table WHERE condition' [, reason
// [, author]]) -> how many facts its rows had
Status shred(const FunctionCall& call) {
  temporal::Value name = from_sqlite(call.arguments[0]);
  std::string condition;
  std::string schema;
  std::string named;
  const bool is_statement =
      name.type == temporal::Value::Type::kText && erase::is_erase_statement(name.bytes);
  if (is_statement) {
    SPECTRADB_ASSIGN_OR_RETURN(const erase::EraseStatement statement,
                               erase::read_erase_statement(std::string(name.bytes)));
    condition = statement.condition;
    schema = statement.schema;
    named = statement.table;
    name = temporal::Value::text(named);
  }
  SPECTRADB_ASSIGN_OR_RETURN(const TemporalTable table,
                             find_temporal_table(call.connection, name, schema, kShred));
  SPECTRADB_RETURN_IF_ERROR(check_is_sealed(table));
  SPECTRADB_RETURN_IF_ERROR(table.database->subjects().check(table.schema.name));
  SPECTRADB_RETURN_IF_ERROR(check_permission(table, erase::kShredding));
  SPECTRADB_ASSIGN_OR_RETURN(const std::set<std::string> subjects, subjects_of_call(call, table, condition));
  erase::Eraser eraser(table.database, erase::kShredding);
  SPECTRADB_RETURN_IF_ERROR(eraser.check_may_begin());
  SPECTRADB_RETURN_IF_ERROR(eraser.check_none_is_erased());
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<std::string> user_keys,
                             erase::keys_of_subjects(table.database, subjects));
  SPECTRADB_ASSIGN_OR_RETURN(const uint64_t facts,
                             eraser.begin(table, user_keys, cause_from(call, is_statement ? 1 : 2)));
  if (const Result<uint64_t> finished = eraser.finish(); !finished)
    return to_be_finished(erase::kShredding, finished.status());
  sqlite3_result_int64(call.context, static_cast<sqlite3_int64>(facts));
  return Status::ok();
}

constexpr Function holding(const char* name, int argument_count, FunctionBody call) {
  return {.name = name,
          .argument_count = argument_count,
          .flags = SQLITE_DIRECTONLY,
          .call = call,
          .effect = Function::Effect::kOther};
}

constexpr Function kEraseFunctions[] = {
    holding(erase::kHold, 2, erase::hold),           holding(erase::kHold, 3, erase::hold),
    holding(erase::kHold, 4, erase::hold),           holding(erase::kRelease, 2, erase::release),
    {kErase, 0, SQLITE_DIRECTONLY, finish_erasures}, {kErase, 1, SQLITE_DIRECTONLY, erase_row},
    {kErase, 2, SQLITE_DIRECTONLY, erase_row},       {kErase, 3, SQLITE_DIRECTONLY, erase_row},
    {kErase, 4, SQLITE_DIRECTONLY, erase_row},       {kShred, 0, SQLITE_DIRECTONLY, finish_shreddings},
    {kShred, 1, SQLITE_DIRECTONLY, shred},           {kShred, 2, SQLITE_DIRECTONLY, shred},
    {kShred, 3, SQLITE_DIRECTONLY, shred},           {kShred, 4, SQLITE_DIRECTONLY, shred}};

constexpr Help kEraseHelp[] = {
    {kErase, Help::Kind::kFunction, "spectradb_erase(table, key [, reason [, author]])",
     "Erases a row with its whole history from all files of the database, and gives the number of its facts. "
     "Without arguments it finishes an erasure that was interrupted.",
     "SELECT spectradb_erase('prices', 'nobody sells this', 'asked to', 'me');"},
    {kShred, Help::Kind::kFunction, "spectradb_shred(table, subject [, reason [, author]])",
     "Drops the key by which all that a table WITH SYSTEM VERSIONING (erase_by = column) has of a value of "
     "that column is "
     "encrypted, so that nobody can read it any more, and gives the number of facts. spectradb_erase() takes "
     "away what is "
     "left of them. Without arguments it finishes a shredding that was interrupted.",
     "CREATE TABLE visitor (id TEXT PRIMARY KEY, name TEXT) WITH SYSTEM VERSIONING (erase_by = id); SELECT "
     "spectradb_shred('visitor', 'ann', 'article 17', 'clerk'); DROP TABLE visitor;"},
    {"erase_by", Help::Kind::kOption, "WITH SYSTEM VERSIONING (erase_by = column)",
     "Encrypts each row by a key of its own for each value of a column, the first one of the PRIMARY KEY; "
     "spectradb_shred() drops "
     "one.",
     "CREATE TABLE tenant (id TEXT PRIMARY KEY, name TEXT) WITH SYSTEM VERSIONING (erase_by = id); DROP "
     "TABLE tenant;"},
    {"ERASE", Help::Kind::kStatement, "ERASE FROM table WHERE condition",
     "Erases the rows of which any version, at any time, fulfils the condition, as spectradb_erase() does.",
     "CREATE TABLE guest (id INTEGER PRIMARY KEY) WITH SYSTEM VERSIONING; ERASE FROM guest WHERE id = 1; "
     "DROP TABLE guest;"},
    {erase::kErasures, Help::Kind::kTable, "spectradb_erasures([schema])",
     "The erasures: of which table, how many facts, when, why and by whom, under a random name instead of "
     "the "
     "key.",
     "SELECT table_name, surrogate, facts, reason, author FROM spectradb_erasures;"},
    {erase::kErased, Help::Kind::kTable, "spectradb_erased([table [, since [, schema]]])",
     "What stays of facts that were erased: their commits and when they held, by which erasure they went, "
     "why and by "
     "whom; those of erasures behind a commit.",
     "SELECT commit_no, operation, _system_to, surrogate, reason FROM spectradb_erased('prices');"},
    {erase::kHold, Help::Kind::kFunction, "spectradb_hold(table, key [, reason [, author]])",
     "Keeps a row and its history from being erased, until spectradb_release() lets go of it.",
     "SELECT spectradb_hold('prices', 'tea', 'case 12');"},
    {erase::kRelease, Help::Kind::kFunction, "spectradb_release(table, key)",
     "Lets go of a row that spectradb_hold() keeps.", "SELECT spectradb_release('prices', 'tea');"},
    {erase::kHolds, Help::Kind::kTable, "spectradb_holds([schema])",
     "The keys that must not be erased: of which table, since when, why and by whom.",
     "SELECT table_name, key, since, reason FROM spectradb_holds;"},
};

}  // namespace

const Facet& facet_erase() {
  static const TableFunction* const tables[] = {&erase::kErasuresTable, &erase::kErasedFactsTable,
                                                &erase::kHoldsTable};
  static const sql::StatementForm* const forms[] = {&erase::kEraseForm};
  static const Facet facet{.name = "erase",
                           .functions = kEraseFunctions,
                           .table_functions = tables,
                           .help = kEraseHelp,
                           .statement_forms = forms};
  return facet;
}

}  // namespace spectradb::extension
