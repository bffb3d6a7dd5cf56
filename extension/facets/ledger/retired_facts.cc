#include "extension/facets/ledger/retired_facts.h"

#include <algorithm>
#include <utility>

#include "extension/facets/ledger/hash.h"
#include "extension/facets/retention/retirement.h"
#include "extension/host/kept_rowid.h"
#include "extension/host/values.h"
#include "extension/session/database.h"
#include "extension/session/own_table_seal.h"

namespace spectradb::extension::ledger {

using temporal::Value;

namespace {

constexpr uint32_t kMostSubtreeLevels = 32;  // a commit has at most 2^32 facts
constexpr const char* kRetiredColumns = "commit_no, table_id, facts, hashes";
constexpr int kFactsColumn = 2;
constexpr const char* kValidRetirementColumns =
    "retirement_no, table_id, table_name, horizon_us, was_us, retired_us, reason, author";
constexpr const char* kRetirementColumns =
    "retirement_no, table_id, table_name, horizon, was, retired_us, reason, author";

int64_t as_commit(uint64_t commit) { return static_cast<int64_t>(std::min<uint64_t>(commit, INT64_MAX)); }

// A query for the ids that begin keys of tables and indexes that are there.
Result<std::string> live_ids(Database& database) {
  std::string ids = "SELECT id FROM " + database.qualified("_spectradb_tables");
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_indexes, database.has_table("_spectradb_indexes"));
  if (!has_indexes) return ids;
  const std::string indexes = database.qualified("_spectradb_indexes");
  return ids + " UNION ALL SELECT key_id FROM " + indexes + " UNION ALL SELECT key_id + 1 FROM " + indexes;
}

// Adds a leaf for each row, whose values are hashed as notes.
Status add_rows(Query* rows, const char* table, MerkleTree* tree, uint64_t* facts) {
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, rows->step());
    if (!row) return Status::ok();
    NotesHash values;
    for (int column = 0; column < sqlite3_column_count(rows->statement()); ++column)
      values.add(table, from_sqlite(sqlite3_column_value(rows->statement(), column)));
    tree->add(hash_leaf({bytes_of(*values.hash())}));
    if (facts != nullptr) *facts += static_cast<uint64_t>(rows->integer(kFactsColumn));
  }
}

}  // namespace

std::string encode_hashes(const std::vector<KeptHash>& hashes) {
  std::string bytes;
  bytes.reserve(hashes.size() * kHashRowBytes);
  for (const KeptHash& kept : hashes) {
    put_number(bytes, kept.place, 8);
    put_number(bytes, kept.level, 1);
    bytes.append(bytes_of(kept.hash));
  }
  return bytes;
}

std::optional<std::vector<KeptHash>> decode_hashes(std::string_view bytes) {
  if (bytes.size() % kHashRowBytes != 0) return std::nullopt;
  std::vector<KeptHash> hashes;
  for (; !bytes.empty(); bytes.remove_prefix(kHashRowBytes)) {
    KeptHash kept;
    kept.place = number_of(bytes.substr(0, 8));
    kept.level = static_cast<uint8_t>(bytes[8]);
    kept.hash = *hash_of(bytes.substr(9, kHashBytes));
    const uint64_t end = hashes.empty() ? 0 : hashes.back().place + hashes.back().count();
    if (kept.level > kMostSubtreeLevels || kept.place < end || kept.place > UINT64_MAX - kept.count())
      return std::nullopt;
    hashes.push_back(kept);
  }
  return hashes;
}

std::vector<KeptHash> joined(const std::vector<KeptHash>& hashes, uint64_t first) {
  std::vector<KeptHash> all;
  for (KeptHash kept : hashes) {
    while (!all.empty() && all.back().level == kept.level && all.back().place + kept.count() == kept.place &&
           (all.back().place - first) % (2 * kept.count()) == 0) {
      kept = {all.back().place, hash_node(all.back().hash, kept.hash), kept.level + 1};
      all.pop_back();
    }
    all.push_back(kept);
  }
  return all;
}

bool are_joined_of(const std::vector<KeptHash>& joined, const std::vector<KeptHash>& parts) {
  auto part = parts.begin();
  for (const KeptHash& whole : joined) {
    MerkleTree tree;
    for (; part != parts.end() && part->place == whole.place + tree.size() && tree.size() < whole.count();
         ++part)
      if (tree.size() % part->count() == 0) tree.add_subtree(part->hash, part->count());
    if (tree.size() != whole.count() || tree.root() != whole.hash) return false;
  }
  return part == parts.end();
}

uint64_t leaves_of(const std::vector<KeptHash>& hashes) {
  uint64_t sum = 0;
  for (const KeptHash& kept : hashes) sum += kept.count();
  return sum;
}

Result<bool> RetiredFacts::are_there() { return database_.has_table(kTable); }

Status RetiredFacts::create() {
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, are_there());
  if (there) return Status::ok();
  const std::string text =
      "CREATE TABLE " + database_.qualified(kTable) +
      "(commit_no INTEGER NOT NULL, table_id INTEGER NOT NULL, facts INTEGER NOT NULL, hashes BLOB NOT NULL, "
      "entry INTEGER NOT NULL, pending BLOB, PRIMARY KEY (commit_no, table_id)) WITHOUT ROWID";
  return change_own_table(database_, kTable, kAllRows,
                          [&] { return execute(database_.connection().handle(), text); });
}

Status RetiredFacts::visit_where(const std::string& condition, uint64_t first, uint64_t last,
                                 const Visit& visit) {
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, are_there());
  if (!there) return Status::ok();
  Query rows(database_.connection().handle(),
             "SELECT commit_no, table_id, facts, hashes, entry, pending FROM " + database_.qualified(kTable) +
                 " WHERE commit_no BETWEEN ?1 AND ?2" + condition + " ORDER BY commit_no, table_id");
  rows.bind(1, as_commit(first)).bind(2, as_commit(last));
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, rows.step());
    if (!row) return Status::ok();
    RetiredPart part;
    part.commit = static_cast<uint64_t>(rows.integer(0));
    part.table_id = static_cast<uint32_t>(rows.integer(1));
    part.facts = static_cast<uint64_t>(rows.integer(2));
    part.entry = static_cast<uint64_t>(rows.integer(4));
    std::optional<std::vector<KeptHash>> hashes = decode_hashes(rows.blob(3));
    bool is_sound = hashes && rows.integer(2) > 0;
    if (is_sound && !rows.is_null(5)) {
      part.pending = decode_hashes(rows.blob(5));
      is_sound = part.pending && leaves_of(*part.pending) == part.facts;
    }
    if (!is_sound || (!hashes->empty() && leaves_of(*hashes) != part.facts))
      return Status::corrupt("a row of commit " + rows.text(0) + " in " + database_.schema() + "." + kTable +
                             " is not what SpectraDB wrote there");
    part.hashes = std::move(*hashes);
    SPECTRADB_RETURN_IF_ERROR(visit(std::move(part)));
  }
}

Status RetiredFacts::visit(uint64_t first_commit, uint64_t last_commit, const Visit& visit) {
  return visit_where("", first_commit, last_commit, visit);
}

// The facts of a table that was dropped are not looked for.
Status RetiredFacts::visit_unfinished(const Visit& visit) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::string live, live_ids(database_));
  return visit_where(" AND pending IS NOT NULL AND table_id IN (" + live + ")", 0, UINT64_MAX, visit);
}

Status RetiredFacts::visit_dropped(const Visit& visit) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::string live, live_ids(database_));
  return visit_where(" AND pending IS NOT NULL AND table_id NOT IN (" + live + ")", 0, UINT64_MAX, visit);
}

// Also of a table that was dropped since.
Status RetiredFacts::visit_told(uint64_t entry, const Visit& visit) {
  return visit_where(" AND pending IS NOT NULL AND entry = " + std::to_string(entry), 0, UINT64_MAX, visit);
}

Result<bool> RetiredFacts::are_unfinished() {
  bool are = false;
  SPECTRADB_RETURN_IF_ERROR(visit_unfinished([&](const RetiredPart&) {
    are = true;
    return Status::ok();
  }));
  return are;
}

Status RetiredFacts::put(const std::vector<RetiredPart>& parts) {
  if (parts.empty()) return Status::ok();
  return change_own_table(database_, kTable, kAllRows, [&] { return insert(parts); });
}

Status RetiredFacts::insert(const std::vector<RetiredPart>& parts) {
  Query insert(database_.connection().handle(),
               "INSERT OR REPLACE INTO " + database_.qualified(kTable) +
                   "(commit_no, table_id, facts, hashes, entry, pending) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
  for (const RetiredPart& part : parts) {
    const std::string hashes = encode_hashes(part.hashes);
    insert.bind(1, static_cast<int64_t>(part.commit)).bind(2, int64_t{part.table_id});
    insert.bind(3, static_cast<int64_t>(part.facts));
    insert.bind_blob(4, hashes.empty() ? std::string_view("") : hashes);
    insert.bind(5, static_cast<int64_t>(part.entry));
    const std::string pending = part.pending ? encode_hashes(*part.pending) : std::string();
    if (part.pending) {
      insert.bind_blob(6, pending);
    } else {
      insert.bind(6, Value::null());
    }
    SPECTRADB_RETURN_IF_ERROR(insert.run());
  }
  return Status::ok();
}

Result<RetirementRecord> RetiredFacts::record(uint64_t commit) {
  RetirementRecord record;
  record.commit = commit;
  sqlite3* db = database_.connection().handle();
  MerkleTree retirements;
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_retirements,
                             database_.has_table(retention::kRetirementsOwnTable));
  if (has_retirements) {
    Query rows(db, std::string("SELECT ") + kRetirementColumns + " FROM " +
                       database_.qualified(retention::kRetirementsOwnTable) + " ORDER BY retirement_no");
    SPECTRADB_RETURN_IF_ERROR(add_rows(&rows, retention::kRetirementsOwnTable, &retirements, nullptr));
  }
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_valid, database_.has_table(retention::kValidRetirementsOwnTable));
  if (has_valid) {
    Query rows(db, std::string("SELECT ") + kValidRetirementColumns + " FROM " +
                       database_.qualified(retention::kValidRetirementsOwnTable) + " ORDER BY retirement_no");
    SPECTRADB_RETURN_IF_ERROR(add_rows(&rows, retention::kValidRetirementsOwnTable, &retirements, nullptr));
  }
  MerkleTree parts;
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_parts, are_there());
  if (has_parts) {
    Query rows(db, std::string("SELECT ") + kRetiredColumns + " FROM " + database_.qualified(kTable) +
                       " ORDER BY commit_no, table_id");
    SPECTRADB_RETURN_IF_ERROR(add_rows(&rows, kTable, &parts, &record.facts));
  }
  record.retirements = retirements.size();
  record.retirements_root = retirements.root();
  record.parts = parts.size();
  record.parts_root = parts.root();
  return record;
}

Result<uint64_t> RetiredFacts::tell(Entries& entries, uint64_t commit) {
  const KeptRowid kept(database_.connection().handle());
  SPECTRADB_ASSIGN_OR_RETURN(const RetirementRecord now, record(commit));
  SPECTRADB_ASSIGN_OR_RETURN(Entry last, entries.newest());
  SPECTRADB_RETURN_IF_ERROR(entries.append(&last, commit, now.encode(), std::string()));
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, are_there());
  if (there) SPECTRADB_RETURN_IF_ERROR(set_entry(last.number));
  return last.number;
}

Status RetiredFacts::set_entry(uint64_t entry) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::string live, live_ids(database_));
  Query update(database_.connection().handle(),
               "UPDATE " + database_.qualified(kTable) +
                   " SET entry = ?1 WHERE pending IS NOT NULL AND table_id IN (" + live + ")");
  update.bind(1, static_cast<int64_t>(entry));
  return change_own_table(database_, kTable, kAllRows, [&] { return update.run(); });
}

Status RetiredFacts::finish(const Parts& parts) {
  if (parts.empty()) return Status::ok();
  Query update(database_.connection().handle(), "UPDATE " + database_.qualified(kTable) +
                                                    " SET pending = NULL WHERE commit_no = ?1 AND table_id = "
                                                    "?2");
  return change_own_table(database_, kTable, kAllRows, [&] {
    for (const auto& [commit, table_id] : parts) {
      update.bind(1, as_commit(commit)).bind(2, int64_t{table_id});
      SPECTRADB_RETURN_IF_ERROR(update.run());
    }
    return Status::ok();
  });
}

}  // namespace spectradb::extension::ledger
