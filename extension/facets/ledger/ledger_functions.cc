#include "extension/facets/ledger/ledger_functions.h"

#include <memory>
#include <optional>
#include <string>

#include "extension/access/read_only.h"
#include "extension/facets/ledger/entries.h"
#include "extension/facets/ledger/proof.h"
#include "extension/facets/ledger/verify.h"
#include "extension/host/numbers.h"
#include "extension/host/values.h"
#include "extension/session/database.h"
#include "extension/session/formats.h"
#include "extension/session/transaction.h"
#include "extension/session/write_scope.h"
#include "extension/table/temporal_tables.h"
#include "extension/times/horizon.h"
#include "extension/times/system_time.h"

namespace spectradb::extension::ledger {

using temporal::Value;

namespace {

constexpr int kLedgerSchemaPlace = 1;  // of all of these functions

Result<std::shared_ptr<Database>> database_of(const FunctionCall& call, const char* function) {
  sqlite3_value* given = call.count > kLedgerSchemaPlace ? call.arguments[kLedgerSchemaPlace] : nullptr;
  SPECTRADB_ASSIGN_OR_RETURN(const std::string schema, schema_of_argument(call.connection, given, function));
  return call.connection.database(schema);
}

Value first_argument(const FunctionCall& call) {
  return call.count > 0 ? from_sqlite(call.arguments[0]) : Value::null();
}

void give_text(const FunctionCall& call, const std::string& text) {
  sqlite3_result_text64(call.context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

Status no_ledger(const Database& database) {
  return Status::invalid("database " + database.schema() +
                         " keeps no ledger: SELECT spectradb_ledger('on') begins one");
}

Status set_ledger_format(Database& database) {
  SPECTRADB_RETURN_IF_ERROR(database.catalog_seal().will_change());
  Query update(database.connection().handle(),
               "UPDATE " + database.qualified("_spectradb_meta") + " SET value = ?1 WHERE name = 'format'");
  return update.bind(1, kLedgerFormat).run();
}

Status turn_on(const std::shared_ptr<Database>& database) {
  SPECTRADB_RETURN_IF_ERROR(
      check_may_write(database->connection(), database->schema(), std::string(kLedger) + "()"));
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_store, database->has_store());
  if (!has_store)
    return Status::invalid(
        "database " + database->schema() +
        " has no temporal tables to keep a ledger of: CREATE TABLE … WITH SYSTEM VERSIONING first");
  Entries entries(*database);
  SPECTRADB_ASSIGN_OR_RETURN(const bool are_kept, entries.are_kept());
  if (are_kept) return Status::ok();
  WriteScope scope(*database);
  SPECTRADB_RETURN_IF_ERROR(scope.begin());
  SPECTRADB_RETURN_IF_ERROR(join_transaction(database));
  SPECTRADB_RETURN_IF_ERROR(database->upgrade());
  SPECTRADB_RETURN_IF_ERROR(entries.create());
  SPECTRADB_RETURN_IF_ERROR(set_ledger_format(*database));
  return scope.keep();
}

}  // namespace

Status ledger(const FunctionCall& call) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::shared_ptr<Database> database, database_of(call, kLedger));
  const Value wanted = first_argument(call);
  const bool is_text = wanted.type == Value::Type::kText;
  if (is_text && wanted.bytes == "on") {
    SPECTRADB_RETURN_IF_ERROR(turn_on(database));
  } else if (is_text && wanted.bytes == "off") {
    SPECTRADB_ASSIGN_OR_RETURN(const bool are_kept, Entries(*database).are_kept());
    if (are_kept)
      return Status::invalid(
          "a ledger is never turned off, since nothing could then be proven of what comes later: "
          "spectradb_dump() makes a database without one");
  } else if (!wanted.is_null()) {
    return Status::invalid("spectradb_ledger takes 'on', not " + spelled(wanted));
  }
  SPECTRADB_ASSIGN_OR_RETURN(const bool are_kept, Entries(*database).are_kept());
  give_text(call, are_kept ? "on" : "off");
  return Status::ok();
}

Status digest(const FunctionCall& call) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::shared_ptr<Database> database, database_of(call, kDigest));
  Entries entries(*database);
  SPECTRADB_ASSIGN_OR_RETURN(const bool are_kept, entries.are_kept());
  if (!are_kept) return no_ledger(*database);
  SPECTRADB_ASSIGN_OR_RETURN(Entry entry, entries.newest());
  if (const Value given = integral(first_argument(call)); !given.is_null()) {
    SPECTRADB_ASSIGN_OR_RETURN(const uint64_t last, database->last_commit());
    SPECTRADB_ASSIGN_OR_RETURN(const SystemTime time,
                               to_system_time(*database, given, last, call.connection.statement_now()));
    if (time.is_all) return Status::invalid("spectradb_digest takes a commit or a time, not 'all'");
    SPECTRADB_ASSIGN_OR_RETURN(entry, entries.of_commit(time.commit));
    if (entry.number == 0)
      return Status::invalid("commit " + std::to_string(time.commit) +
                             " has no entry in the ledger, which begins behind it");
  }
  if (entry.number == 0)
    return Status::invalid(
        "the ledger of database " + database->schema() +
        " has no entry yet, so nothing that a digest could stand for: its first is that of the next commit");
  SPECTRADB_ASSIGN_OR_RETURN(const Hash root, entries.root(0, entry.number));
  give_text(call, Digest{entry.commit, entry.number, root}.text());
  return Status::ok();
}

Status verify_ledger(const FunctionCall& call) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::shared_ptr<Database> database, database_of(call, kVerify));
  std::optional<Digest> published;
  if (const Value given = first_argument(call); !given.is_null()) {
    SPECTRADB_ASSIGN_OR_RETURN(published, digest_of_argument(given, kVerify));
  } else if (call.count == 1) {  // 'ok' would be taken for an answer about the digest that was not found
    return Status::invalid(
        "spectradb_verify was given NULL for a digest: spectradb_verify() asks without one, "
        "spectradb_verify(NULL, schema) of another database");
  }
  SPECTRADB_ASSIGN_OR_RETURN(const bool are_kept, Entries(*database).are_kept());
  if (!are_kept) {
    give_text(call,
              published
                  ? "the database has no ledger: its history is not that of the digest"
                  : "there is no ledger, so nothing is proven: SELECT spectradb_ledger('on') begins one");
    return Status::ok();
  }
  SPECTRADB_ASSIGN_OR_RETURN(const std::string found, verify(database, published));
  give_text(call, found);
  return Status::ok();
}

Status proof(const FunctionCall& call) {
  SPECTRADB_ASSIGN_OR_RETURN(
      const TemporalTable table,
      find_temporal_table(call.connection, from_sqlite(call.arguments[0]), "", kProof));
  if (!table.hidden.empty())
    return Status::invalid("spectradb_proof: some columns of the table may not be read: not authorized");
  SPECTRADB_ASSIGN_OR_RETURN(const bool are_kept, Entries(*table.database).are_kept());
  if (!are_kept) return no_ledger(*table.database);
  SPECTRADB_ASSIGN_OR_RETURN(uint64_t until, table.database->last_commit());
  constexpr int kCommitPlace = 2;
  if (call.count > kCommitPlace) {
    SPECTRADB_ASSIGN_OR_RETURN(
        const SystemTime time,
        to_system_time(*table.database, integral(from_sqlite(call.arguments[kCommitPlace])), until,
                       call.connection.statement_now()));
    if (time.is_all) return Status::invalid("spectradb_proof takes a commit or a time, not 'all'");
    until = time.commit;
  }
  const Value key = from_sqlite(call.arguments[1]);
  SPECTRADB_ASSIGN_OR_RETURN(const std::optional<int64_t> erasure, erasure_named(table, key));
  // A row may have a text as its key that names an erasure.
  const Result<KeyWanted> wanted = key_of_argument(table.schema, key);
  if (!wanted && !erasure) return wanted.status();
  const bool is_key = wanted && wanted->user_key;
  if (is_key) {
    SPECTRADB_ASSIGN_OR_RETURN(const uint64_t horizon, horizon_of_key(table, *wanted->user_key));
    SPECTRADB_RETURN_IF_ERROR(check_horizon(table.schema.name, horizon, until));
  }
  if (!is_key && !erasure) return Status::ok();
  SPECTRADB_ASSIGN_OR_RETURN(const std::string json, is_key ? prove(table, *wanted->user_key, erasure, until)
                                                            : prove_erased(table, erasure, until));
  if (!json.empty()) give_text(call, json);
  return Status::ok();
}

Status consistency(const FunctionCall& call) {
  constexpr int kConsistencySchema = 2;
  SPECTRADB_ASSIGN_OR_RETURN(
      const std::string schema,
      schema_of_argument(call.connection,
                         call.count > kConsistencySchema ? call.arguments[kConsistencySchema] : nullptr,
                         kConsistency));
  const std::shared_ptr<Database> database = call.connection.database(schema);
  SPECTRADB_ASSIGN_OR_RETURN(const Digest earlier, digest_of_argument(first_argument(call), kConsistency));
  SPECTRADB_ASSIGN_OR_RETURN(const bool are_kept, Entries(*database).are_kept());
  if (!are_kept)
    return Status::invalid("database " + schema + " keeps no ledger: its history is not that of " +
                           earlier.text());
  Digest later;
  if (const Value given = call.count > 1 ? from_sqlite(call.arguments[1]) : Value::null(); !given.is_null()) {
    SPECTRADB_ASSIGN_OR_RETURN(later, digest_of_argument(given, kConsistency));
  } else {
    SPECTRADB_ASSIGN_OR_RETURN(later, newest_digest(*database));
  }
  SPECTRADB_ASSIGN_OR_RETURN(const std::string json, prove_consistency(*database, earlier, later));
  give_text(call, json);
  return Status::ok();
}

}  // namespace spectradb::extension::ledger
