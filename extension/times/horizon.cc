#include "extension/times/horizon.h"

#include <algorithm>

#include "extension/host/query.h"
#include "extension/session/annotations.h"
#include "extension/session/connection.h"
#include "extension/session/database.h"
#include "extension/session/own_table_seal.h"
#include "extension/table/table.h"
#include "extension/table/temporal_tables.h"
#include "temporal/calendar.h"
#include "temporal/instant.h"
#include "temporal/retention.h"

namespace spectradb::extension {

namespace {

Status before_horizon(const std::string& table, uint64_t horizon, const std::string& asked,
                      const std::string& way_out) {
  return Status::invalid("table " + table + " has retired its history before commit " +
                         std::to_string(horizon) + ", its horizon: " + asked + " cannot be told any more; " +
                         way_out + ", and SELECT * FROM spectradb_retirements tells when and why");
}

struct ReadersBehindHorizons {
  int count = 0;
};

}  // namespace

uint64_t horizon_of(const Table& table) { return temporal::horizon_of(table.definition().options); }

uint64_t horizon_of(const TemporalTable& table) {
  const Table* connected =
      table.database->connection().find_table(table.database->schema(), table.schema.name);
  return connected == nullptr ? 0 : horizon_of(*connected);
}

Result<uint64_t> horizon_of_key(const TemporalTable& table, const std::string& user_key) {
  const uint64_t horizon = horizon_of(table);
  if (horizon == 0) return horizon;
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, table.database->has_table(kKeptTable));
  if (!there) return horizon;
  Query kept(table.database->connection().handle(), "SELECT horizon FROM " +
                                                        table.database->qualified(kKeptTable) +
                                                        " WHERE table_id = ?1 AND user_key = ?2");
  kept.bind(1, static_cast<int64_t>(table.schema.id)).bind_blob(2, user_key);
  SPECTRADB_ASSIGN_OR_RETURN(const bool is_kept, kept.step());
  return is_kept ? static_cast<uint64_t>(kept.integer(0)) : horizon;
}

Status keep_no_longer(const TemporalTable& table, const std::string& user_key) {
  for (const char* name : {kKeptTable, kValidKeptTable}) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool there, table.database->has_table(name));
    if (!there) continue;
    Query remove(table.database->connection().handle(),
                 "DELETE FROM " + table.database->qualified(name) + " WHERE table_id = ?1 AND user_key = ?2");
    remove.bind(1, static_cast<int64_t>(table.schema.id)).bind_blob(2, user_key);
    SPECTRADB_RETURN_IF_ERROR(change_own_table(*table.database, name, rows_of_key(table.schema.id, user_key),
                                               [&] { return remove.run(); }));
  }
  return Status::ok();
}

Status check_horizon(const std::string& table, uint64_t horizon, uint64_t commit) {
  if (commit >= horizon) return Status::ok();
  return before_horizon(table, horizon, "what it was at commit " + std::to_string(commit),
                        "AS OF " + std::to_string(horizon) + " and later can be read");
}

Status check_horizon(const TemporalTable& table, uint64_t commit) {
  return check_horizon(table.schema.name, horizon_of(table), commit);
}

int64_t valid_horizon_of(const Table& table) {
  return temporal::valid_horizon_of(table.definition().options);
}

int64_t valid_horizon_of(const TemporalTable& table) {
  const Table* connected =
      table.database->connection().find_table(table.database->schema(), table.schema.name);
  return connected == nullptr ? temporal::kBeginningOfTime : valid_horizon_of(*connected);
}

namespace {

bool shows_texts(const temporal::TableSchema& schema) {
  return !schema.says_integers && schema.valid_form != temporal::ValidForm::kInteger;
}

std::string instant_in_form(const temporal::TableSchema& schema, int64_t us) {
  return shows_texts(schema) && temporal::is_in_readable_years(us) ? "'" + temporal::format_instant(us) + "'"
                                                                   : std::to_string(us);
}

}  // namespace

temporal::Bound valid_horizon_in_form(const temporal::TableSchema& schema, int64_t us) {
  return {us, us != temporal::kBeginningOfTime && shows_texts(schema) && temporal::is_in_readable_years(us)};
}

Status check_valid_horizon(const temporal::TableSchema& schema, int64_t horizon_us, int64_t us) {
  if (us >= horizon_us) return Status::ok();
  const std::string horizon = instant_in_form(schema, horizon_us);
  return Status::invalid("table " + schema.name + " has retired what had ended by " + horizon +
                         ", its horizon of valid time: what held at " + instant_in_form(schema, us) +
                         " cannot be told any more; VALID AT " + horizon +
                         " and later can be read, FOR ALL VALID_TIME begins there, and SELECT * FROM "
                         "spectradb_retirements tells when and why");
}

Status check_valid_horizon(const TemporalTable& table, int64_t us) {
  return check_valid_horizon(table.schema, valid_horizon_of(table), us);
}

Status check_not_ended(const temporal::TableSchema& schema, int64_t horizon_us, int64_t to_us) {
  if (to_us > horizon_us) return Status::ok();
  return Status::invalid("table " + schema.name + " has retired what had ended by " +
                         instant_in_form(schema, horizon_us) + ", its horizon of valid time: what ends at " +
                         instant_in_form(schema, to_us) +
                         " can be neither written nor changed any more; a period that ends later can");
}

Result<temporal::ValidHorizons> valid_horizons_of_key(const TemporalTable& table,
                                                      const std::string& user_key) {
  temporal::ValidHorizons horizons;
  int64_t us = valid_horizon_of(table);
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, table.database->has_table(kValidKeptTable));
  if (there) {
    Query kept(table.database->connection().handle(), "SELECT horizon_us FROM " +
                                                          table.database->qualified(kValidKeptTable) +
                                                          " WHERE table_id = ?1 AND user_key = ?2");
    kept.bind(1, static_cast<int64_t>(table.schema.id)).bind_blob(2, user_key);
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_kept, kept.step());
    if (is_kept) us = std::min(us, kept.integer(0));
  }
  horizons.set(table.schema.id, valid_horizon_in_form(table.schema, us));
  return horizons;
}

Status begin_behind_horizon(const std::string& table, uint64_t horizon, uint64_t* min_commit,
                            uint64_t max_commit) {
  if (horizon == 0) return Status::ok();
  const bool is_before = (*min_commit > 0 && *min_commit <= horizon) || max_commit <= horizon;
  if (is_before)
    return before_horizon(
        table, horizon,
        "what happened in commit " + std::to_string(*min_commit > 0 ? *min_commit : max_commit),
        "name no commit, or one from " + std::to_string(horizon + 1) + " on");
  *min_commit = std::max(*min_commit, horizon + 1);
  return Status::ok();
}

Status check_new_horizon(Database& database, const std::string& table, uint64_t horizon) {
  if (horizon == 0 || database.connection().part<Annotations>().is_replay()) return Status::ok();
  SPECTRADB_ASSIGN_OR_RETURN(const uint64_t last, database.last_commit());
  if (horizon <= last) return Status::ok();
  return Status::invalid("table " + table + " cannot have the horizon " + std::to_string(horizon) +
                         ": the last commit of this database is " + std::to_string(last) +
                         ", so that nothing of it could be read; leave the option out, which "
                         "spectradb_retire() writes");
}

Status check_new_valid_horizon(Database& database, const temporal::TableSchema& schema, int64_t horizon_us) {
  const int64_t now_us = database.connection().statement_now();
  if (horizon_us <= now_us || database.connection().part<Annotations>().is_replay()) return Status::ok();
  return Status::invalid("table " + schema.name + " cannot have the horizon of valid time " +
                         instant_in_form(schema, horizon_us) +
                         ", which is to come, so that nothing that holds now could be read; leave the option "
                         "out, which spectradb_retire() writes");
}

BehindHorizons::BehindHorizons(Database& database)
    : readers_(database.connection().part<ReadersBehindHorizons>().count),
      of_valid_time_(database.valid_horizons()) {
  ++readers_;
}

BehindHorizons::~BehindHorizons() { --readers_; }

bool reads_behind_horizons(Connection& connection) {
  return connection.part<ReadersBehindHorizons>().count > 0;
}

}  // namespace spectradb::extension
