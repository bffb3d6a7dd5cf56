#include "extension/facets/erase/erased_keys.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "extension/facet/index_kind.h"
#include "extension/session/database.h"
#include "extension/table/opened_table.h"
#include "extension/table/table.h"
#include "extension/table/temporal_tables.h"
#include "extension/times/commit_times.h"
#include "temporal/fact_history.h"
#include "temporal/index_schema.h"
#include "temporal/key_codec.h"

namespace spectradb::extension::erase {

using temporal::Value;

namespace {

Status add_row_facts(const FactReader& reader, const std::string& user_key, int64_t erasure,
                     std::vector<ledger::ErasedFact>* facts) {
  const auto versions = reader.versions(0, UINT64_MAX);
  versions->seek_key(user_key);
  SPECTRADB_RETURN_IF_ERROR(versions->status());
  if (!versions->valid() || versions->user_key() != user_key) return Status::ok();
  temporal::FactHistory history;
  SPECTRADB_RETURN_IF_ERROR(history.read(*versions, temporal::FactHistory::Payloads::kNone));
  for (const temporal::ToldFact& fact : history.facts())
    facts->push_back({fact.commit,
                      fact.ordinal,
                      temporal::table_id_of(user_key),
                      erasure,
                      operation_name(fact.change),
                      fact.valid,
                      fact.superseded_by,
                      {}});
  return Status::ok();
}

Status add_entry_facts(const FactReader& reader, const std::string& key, int64_t erasure,
                       std::vector<ledger::ErasedFact>* facts) {
  return each_version(reader, key, [&](const lsm::VersionCursor& version) {
    ledger::ErasedFact fact;
    fact.commit = version.commit();
    fact.ordinal = version.ordinal();
    fact.table_id = temporal::table_id_of(key);
    fact.erasure = erasure;
    facts->push_back(fact);
  });
}

// Lists of vectors have nodes beside entries, under negative numbers (vector/list_tree.h).
bool is_entry(const temporal::IndexSchema& index, std::string_view parts) {
  if (ranking_of(index) == nullptr) return true;
  std::vector<temporal::IndexPart> head = index.entry_parts();
  const temporal::IndexPart list = head.back();
  head.pop_back();
  const auto extent = temporal::extent_of_parts(parts, head);
  if (!extent) return false;
  std::string first_list;
  temporal::append_index_part(first_list, Value::of_integer(0), list);
  return parts.substr(extent->size) >= first_list;
}

// Returns the row's key of an entry, without its table's id; nothing for what is no entry.
std::string_view key_of_entry(const temporal::IndexSchema& index, std::string_view entry) {
  if (entry.size() < kIdBytesOfKey) return {};  // of a forged store: it may lie between two ids
  const std::string_view rest = entry.substr(kIdBytesOfKey);
  const auto extent = temporal::extent_of_parts(rest, index.entry_parts());
  if (!extent || !is_entry(index, rest)) return {};
  return rest.substr(extent->size);
}

// Whatever values the rows ever had, their entries end with their keys.
Status add_entries(const std::shared_ptr<Database>& database, const TemporalTable& table,
                   const std::vector<Erasures::Record>& records, ErasedKeys* found) {
  SPECTRADB_ASSIGN_OR_RETURN(const Table* const connected, opened_table(*database, table.schema.name));
  std::map<std::string_view, int64_t> keys;
  for (const Erasures::Record& record : records)
    keys.emplace(std::string_view(record.user_key).substr(kIdBytesOfKey), record.number);
  FactReader reader;
  SPECTRADB_RETURN_IF_ERROR(reader.open(database));
  reader.show_from(nullptr);
  const auto versions = reader.versions(0, UINT64_MAX);
  for (const temporal::IndexSchema& index : connected->indexes()) {
    std::string from;
    std::string to;
    temporal::append_table_id(from, index.id);
    temporal::append_table_id(to, index.id + temporal::kIdsOfAnIndex);
    for (versions->seek(from); versions->valid() && versions->user_key() < to; versions->next_key()) {
      SPECTRADB_RETURN_IF_ERROR(reader.check_interrupted());
      const std::string_view key = key_of_entry(index, versions->user_key());
      const auto erased = keys.find(key);
      if (!key.empty() && erased != keys.end()) found->emplace(versions->user_key(), erased->second);
    }
    SPECTRADB_RETURN_IF_ERROR(versions->status());
  }
  return Status::ok();
}

}  // namespace

Result<ErasedKeys> erased_keys(const std::shared_ptr<Database>& database,
                               const std::vector<Erasures::Record>& records, uint64_t last_commit) {
  ErasedKeys keys;
  for (const Erasures::Record& record : records) keys.emplace(record.user_key, record.number);
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<TemporalTable> tables,
                             temporal_tables_of(database->connection(), database->schema()));
  for (const TemporalTable& table : tables) {
    std::vector<Erasures::Record> of_table;
    std::copy_if(records.begin(), records.end(), std::back_inserter(of_table),
                 [&](const Erasures::Record& record) { return record.table_id == table.schema.id; });
    if (!of_table.empty()) SPECTRADB_RETURN_IF_ERROR(add_entries(database, table, of_table, &keys));
  }
  FactReader reader;
  SPECTRADB_RETURN_IF_ERROR(reader.open(database));
  reader.show_from(nullptr);
  bool is_written_again = false;
  for (const auto& [key, erasure] : keys) {
    SPECTRADB_RETURN_IF_ERROR(each_version(reader, key, [&](const lsm::VersionCursor& version) {
      is_written_again = is_written_again || version.commit() > last_commit;
    }));
  }
  if (is_written_again)
    return Status::busy("a row that is to be erased, or an index of it, was written meanwhile");
  return keys;
}

Result<std::vector<ledger::ErasedFact>> facts_of(const std::shared_ptr<Database>& database,
                                                 const std::vector<Erasures::Record>& records,
                                                 const ErasedKeys& keys) {
  FactReader reader;
  SPECTRADB_RETURN_IF_ERROR(reader.open(database));
  reader.show_from(nullptr);
  std::set<std::string_view> rows;
  for (const Erasures::Record& record : records) rows.insert(record.user_key);
  std::vector<ledger::ErasedFact> facts;
  for (const auto& [key, erasure] : keys) {
    const bool is_row = rows.find(key) != rows.end();
    SPECTRADB_RETURN_IF_ERROR(is_row ? add_row_facts(reader, key, erasure, &facts)
                                     : add_entry_facts(reader, key, erasure, &facts));
  }
  return facts;
}

}  // namespace spectradb::extension::erase
