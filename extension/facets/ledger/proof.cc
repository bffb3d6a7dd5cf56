#include "extension/facets/ledger/proof.h"

#include <algorithm>
#include <functional>
#include <vector>

#include "base/hex.h"
#include "extension/facets/ledger/catalog.h"
#include "extension/facets/ledger/entries.h"
#include "extension/facets/ledger/erased_facts.h"
#include "extension/facets/ledger/kept_hashes.h"
#include "extension/facets/ledger/part_leaves.h"
#include "extension/facets/ledger/record.h"
#include "extension/host/values.h"
#include "extension/session/erasures.h"
#include "extension/session/fact_reader.h"
#include "extension/times/horizon.h"
#include "temporal/instant.h"
#include "temporal/key_codec.h"
#include "temporal/row_json.h"

namespace spectradb::extension::ledger {

using temporal::Value;

namespace {

// Of one commit, where nobody names an erasure.
constexpr int64_t kMostErased = 16;

std::string quoted_hex(std::string_view bytes) { return "\"" + hex_of(bytes) + "\""; }

std::string json_of(const Value& value) {
  std::string text;
  temporal::append_json(text, value);
  return text;
}

std::string json_path(const std::vector<Hash>& path) {
  std::string text = "[";
  for (const Hash& hash : path) text.append(text.size() > 1 ? "," : "").append(quoted_hex(bytes_of(hash)));
  return text + "]";
}

std::string json_place(uint64_t place, uint64_t count, const std::vector<Hash>& path) {
  return "\"place\":" + std::to_string(place) + ",\"count\":" + std::to_string(count) +
         ",\"path\":" + json_path(path);
}

// Reads the facts of one table in one commit, in the order of their leaves.
class CommitFacts {
 public:
  CommitFacts(const FactReader& reader, uint32_t table_id, uint64_t commit)
      : reader_(reader), table_id_(table_id), commit_(commit) {}

  template <typename Visit>
  Status walk(const Visit& visit) const {
    std::string from;
    temporal::append_table_id(from, table_id_);
    const std::string to = temporal::after_prefix(from);
    const std::unique_ptr<lsm::VersionCursor> versions = reader_.versions(commit_, commit_);
    for (versions->seek(from); versions->valid() && versions->user_key() < to; versions->next()) {
      SPECTRADB_RETURN_IF_ERROR(reader_.check_interrupted());
      if (versions->commit() == commit_) visit(*versions);
    }
    return versions->status();
  }

 private:
  const FactReader& reader_;
  const uint32_t table_id_;
  const uint64_t commit_;
};

struct ProvenFact {
  uint64_t place;
  uint32_t ordinal;
  std::string value;
  Salt salt{};
  MerkleTree tree;
};

// A fact that is erased.
struct ProvenErasure {
  uint64_t commit = 0;
  uint64_t place = 0;  // in the commit
  Hash leaf{};
  std::string said;  // of the erasure, as JSON
  MerkleTree tree;
};

class Proof {
 public:
  explicit Proof(const TemporalTable& table) : table_(table), entries_(*table.database) {}

  Result<std::string> prove(const std::string& user_key, std::optional<int64_t> erasure, uint64_t until);
  Result<std::string> prove_erased(std::optional<int64_t> erasure, uint64_t until);

 private:
  Result<std::string> json_entry(const Entry& entry);
  Status read_commit(uint64_t commit);
  Status walk_leaves(
      const std::function<void(uint64_t place, const Salt& salt, const lsm::VersionCursor&)>& found,
      const std::function<void(const KeptHash&)>& add);
  bool has_ended(const lsm::VersionCursor& version) const;
  Result<std::string> json_facts(const std::string& user_key);
  Result<std::vector<ProvenErasure>> find_erased(std::optional<int64_t> erasure, uint64_t until);
  Result<std::string> json_erased(std::vector<ProvenErasure>* erased);
  Result<std::string> json(const std::string& facts);
  Status not_what_it_was() const;
  Result<std::string> json_table();

  const TemporalTable& table_;
  Entries entries_;
  FactReader reader_;
  temporal::ValidHorizons horizons_;  // of the key
  Digest digest_;
  Entry entry_;
  CommitRecord record_;
  uint64_t first_ = 0;  // leaf of the table among all facts of the commit
  std::vector<KeptHash> kept_;
};

Result<std::string> Proof::json_entry(const Entry& entry) {
  Hash before{};
  if (entry.number > 1) {
    SPECTRADB_ASSIGN_OR_RETURN(const Entry previous, entries_.find(entry.number - 1));
    before = previous.digest;
  }
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<Hash> path,
                             entries_.inclusion(entry.number - 1, digest_.entries));
  return "{\"record\":" + quoted_hex(entry.record) + ",\"before\":" + quoted_hex(bytes_of(before)) +
         ",\"number\":" + std::to_string(entry.number) + ",\"path\":" + json_path(path) + "}";
}

Status Proof::not_what_it_was() const {
  return Status::corrupt("commit " + std::to_string(record_.commit) +
                         " is not what its entry in the ledger says: spectradb_verify() says more");
}

Status Proof::read_commit(uint64_t commit) {
  SPECTRADB_ASSIGN_OR_RETURN(entry_, entries_.of_commit(commit));
  const std::optional<CommitRecord> record = CommitRecord::decode(entry_.record);
  if (!record || !entry_.seed)
    return Status::invalid("commit " + std::to_string(commit) +
                           " is older than the ledger, which proves nothing of it");
  record_ = *record;
  first_ = 0;
  for (const TablePart& part : record_.tables) {
    if (part.id == table_.schema.id) break;
    first_ = part.facts > UINT64_MAX - first_ ? UINT64_MAX : first_ + part.facts;
  }
  SPECTRADB_ASSIGN_OR_RETURN(KeptHashesOfCommits kept, read_kept_hashes(*table_.database, commit, commit));
  kept_ = std::move(kept[commit].hashes);
  SPECTRADB_ASSIGN_OR_RETURN(digest_, newest_digest(*table_.database));
  return Status::ok();
}

// Gives all leaves of the table's part in their order, and the facts that are there, each before its leaf.
Status Proof::walk_leaves(
    const std::function<void(uint64_t place, const Salt& salt, const lsm::VersionCursor&)>& found,
    const std::function<void(const KeptHash&)>& add) {
  const TablePart* part = record_.table(table_.schema.id);
  std::optional<Salts> salts = Salts::decode(*entry_.seed, record_.facts());
  if (part == nullptr || !salts) return not_what_it_was();
  PartLeaves leaves(record_.commit, first_, part->facts, *salts, kept_);
  bool is_whole = true;
  const CommitFacts facts(reader_, table_.schema.id, record_.commit);
  SPECTRADB_RETURN_IF_ERROR(facts.walk([&](const lsm::VersionCursor& version) {
    const uint64_t place = leaves.place_of(version.ordinal(), version.user_key(), version.value(), add);
    const Salt* const salt = place < leaves.end() ? salts->at(place) : nullptr;
    is_whole = is_whole && salt != nullptr;
    if (salt == nullptr) return;
    found(place, *salt, version);
    add({place, leaf_of_fact(*salt, record_.commit, version.ordinal(), version.user_key(), version.value())});
  }));
  leaves.finish(add);
  return is_whole ? Status::ok() : not_what_it_was();
}

// The paths are known once the places are: the leaves are walked twice.
// What had ended by the horizon of valid time is retired, also where it is still there.
bool Proof::has_ended(const lsm::VersionCursor& version) const {
  const temporal::Bound* const horizon = horizons_.of(version.user_key());
  return horizon != nullptr &&
         temporal::fact_properties().bounds_or_all(version.value()).valid_to <= horizon->us;
}

Result<std::string> Proof::json_facts(const std::string& user_key) {
  std::vector<ProvenFact> proven;
  const auto add_none = [](const KeptHash&) {};
  SPECTRADB_RETURN_IF_ERROR(walk_leaves(
      [&](uint64_t place, const Salt& salt, const lsm::VersionCursor& version) {
        if (version.user_key() == user_key && !has_ended(version))
          proven.push_back({place - first_, version.ordinal(), std::string(version.value()), salt,
                            MerkleTree(place - first_)});
      },
      add_none));
  SPECTRADB_RETURN_IF_ERROR(walk_leaves([](uint64_t, const Salt&, const lsm::VersionCursor&) {},
                                        [&](const KeptHash& leaf) {
                                          for (ProvenFact& fact : proven) add_kept(&fact.tree, leaf);
                                        }));
  const TablePart* part = record_.table(table_.schema.id);
  std::string text = "[";
  for (const ProvenFact& fact : proven) {
    if (fact.tree.size() != part->facts || fact.tree.root() != part->root) return not_what_it_was();
    text.append(text.size() > 1 ? "," : "");
    text += "{\"key\":" + quoted_hex(user_key) + ",\"value\":" + quoted_hex(fact.value) +
            ",\"ordinal\":" + std::to_string(fact.ordinal) + ",\"salt\":" + quoted_hex(bytes_of(fact.salt)) +
            "," + json_place(fact.place, part->facts, fact.tree.path()) + "}";
  }
  return text + "]";
}

// Returns erased facts of the table in one commit, the last up to `until` that has any; of one erasure, or of all.
Result<std::vector<ProvenErasure>> Proof::find_erased(std::optional<int64_t> erasure, uint64_t until) {
  std::vector<ProvenErasure> erased;
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, ErasedFacts(*table_.database).are_there());
  if (!there) return erased;
  const std::string which =
      " FROM " + table_.database->qualified(ErasedFacts::kTable) +
      " WHERE table_id = ?1 AND leaf IS NOT NULL AND (?3 IS NULL OR erasure_no = ?3) AND commit_no ";
  Query query(table_.database->connection().handle(),
              "SELECT f.commit_no, place, leaf, surrogate, begun_us, author, reason FROM (SELECT *" + which +
                  "= (SELECT max(commit_no)" + which + "<= ?2) ORDER BY place LIMIT ?4) AS f JOIN " +
                  table_.database->qualified(Erasures::kTable) +
                  " AS e ON e.erasure_no = f.erasure_no ORDER BY place");
  query.bind(1, int64_t{table_.schema.id});
  query.bind(2, static_cast<int64_t>(std::min<uint64_t>(until, INT64_MAX)));
  query.bind(3, erasure ? Value::of_integer(*erasure) : Value::null()).bind(4, kMostErased);
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.step());
    if (!row) return erased;
    ProvenErasure one;
    one.commit = static_cast<uint64_t>(query.integer(0));
    one.place = static_cast<uint64_t>(query.integer(1));
    one.leaf = hash_of(query.blob(2)).value_or(Hash{});
    one.said = "{\"surrogate\":" + json_of(Value::text(query.text(3))) + ",\"at\":\"" +
               temporal::format_instant(query.integer(4)) +
               "\",\"author\":" + json_of(from_sqlite(sqlite3_column_value(query.statement(), 5))) +
               ",\"reason\":" + json_of(from_sqlite(sqlite3_column_value(query.statement(), 6))) + "}";
    erased.push_back(std::move(one));
  }
}

Result<std::string> Proof::json_erased(std::vector<ProvenErasure>* erased) {
  for (ProvenErasure& fact : *erased) {
    if (fact.place < first_) return not_what_it_was();
    fact.tree = MerkleTree(fact.place - first_);
  }
  SPECTRADB_RETURN_IF_ERROR(walk_leaves([](uint64_t, const Salt&, const lsm::VersionCursor&) {},
                                        [&](const KeptHash& leaf) {
                                          for (ProvenErasure& fact : *erased) add_kept(&fact.tree, leaf);
                                        }));
  const TablePart* part = record_.table(table_.schema.id);
  std::string text = "[";
  for (const ProvenErasure& fact : *erased) {
    if (fact.tree.size() != part->facts || fact.tree.root() != part->root) return not_what_it_was();
    text.append(text.size() > 1 ? "," : "");
    text += "{\"table_id\":" + std::to_string(part->id) + ",\"leaf\":" + quoted_hex(bytes_of(fact.leaf)) +
            "," + json_place(fact.place - first_, part->facts, fact.tree.path()) +
            ",\"erasure\":" + fact.said + "}";
  }
  return text + "]";
}

// Proves the name and the text of the table, where they are now what they were then.
Result<std::string> Proof::json_table() {
  SPECTRADB_ASSIGN_OR_RETURN(const Entry entry, entries_.last_catalog(entry_.number));
  const std::optional<CatalogRecord> record = CatalogRecord::decode(entry.record);
  SPECTRADB_ASSIGN_OR_RETURN(const Catalog catalog, read_catalog(*table_.database));
  const auto table = std::find_if(catalog.tables.begin(), catalog.tables.end(),
                                  [&](const Catalog::Table& one) { return one.id == table_.schema.id; });
  if (!record || table == catalog.tables.end() || record->root != catalog.root()) return std::string("null");
  const auto place = static_cast<uint64_t>(table - catalog.tables.begin());
  const MerkleTree tree = catalog.tree(place);
  SPECTRADB_ASSIGN_OR_RETURN(const std::string proof, json_entry(entry));
  return "{\"name\":" + quoted_hex(table->name) + ",\"text\":" + quoted_hex(table->text) +
         ",\"proof\":" + proof + "," + json_place(place, tree.size(), tree.path()) + "}";
}

Result<std::string> Proof::json(const std::string& facts) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::string table, json_table());
  SPECTRADB_ASSIGN_OR_RETURN(const std::string commit, json_entry(entry_));
  return "{\"digest\":\"" + digest_.text() + "\",\"table\":" + table + "," + facts + ",\"commit\":" + commit +
         "}";
}

Result<std::string> Proof::prove(const std::string& user_key, std::optional<int64_t> erasure,
                                 uint64_t until) {
  SPECTRADB_RETURN_IF_ERROR(reader_.open(table_.database));
  SPECTRADB_ASSIGN_OR_RETURN(horizons_, valid_horizons_of_key(table_, user_key));
  reader_.show_as_written();
  reader_.show_from(&horizons_);
  const std::unique_ptr<lsm::VersionCursor> versions =
      reader_.versions(0, std::min(until, reader_.snapshot()));
  reader_.show_from(nullptr);  // facts are proven as they were written
  versions->seek_key(user_key);
  SPECTRADB_RETURN_IF_ERROR(versions->status());
  if (!versions->valid()) return prove_erased(erasure, until);
  SPECTRADB_RETURN_IF_ERROR(read_commit(versions->commit()));
  SPECTRADB_ASSIGN_OR_RETURN(const std::string facts, json_facts(user_key));
  return json("\"facts\":" + facts);
}

Result<std::string> Proof::prove_erased(std::optional<int64_t> erasure, uint64_t until) {
  SPECTRADB_RETURN_IF_ERROR(reader_.open(table_.database));
  reader_.show_from(nullptr);
  reader_.show_as_written();
  SPECTRADB_ASSIGN_OR_RETURN(std::vector<ProvenErasure> erased, find_erased(erasure, until));
  if (erased.empty()) return std::string();
  SPECTRADB_RETURN_IF_ERROR(read_commit(erased[0].commit));
  SPECTRADB_ASSIGN_OR_RETURN(const std::string facts, json_erased(&erased));
  return json("\"facts\":[],\"erased\":" + facts);
}

}  // namespace

Result<std::string> prove(const TemporalTable& table, const std::string& user_key,
                          std::optional<int64_t> erasure, uint64_t until) {
  return Proof(table).prove(user_key, erasure, until);
}

Result<std::string> prove_erased(const TemporalTable& table, std::optional<int64_t> erasure, uint64_t until) {
  return Proof(table).prove_erased(erasure, until);
}

Result<std::optional<int64_t>> erasure_named(const TemporalTable& table, const Value& surrogate) {
  if (surrogate.type != Value::Type::kText) return std::optional<int64_t>();
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, table.database->has_table(Erasures::kTable));
  if (!there) return std::optional<int64_t>();
  Query query(table.database->connection().handle(), "SELECT erasure_no FROM " +
                                                         table.database->qualified(Erasures::kTable) +
                                                         " WHERE table_id = ?1 AND surrogate = ?2");
  query.bind(1, int64_t{table.schema.id}).bind(2, std::string_view(surrogate.bytes));
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.step());
  return row ? std::optional(query.integer(0)) : std::optional<int64_t>();
}

Result<Digest> newest_digest(Database& database) {
  Entries entries(database);
  SPECTRADB_ASSIGN_OR_RETURN(const Entry last, entries.newest());
  if (last.number == 0) return Digest{};
  SPECTRADB_ASSIGN_OR_RETURN(const Hash root, entries.root(0, last.number));
  return Digest{last.commit, last.number, root};
}

Result<std::string> prove_consistency(Database& database, const Digest& earlier, const Digest& later) {
  if (earlier.entries > later.entries)
    return Status::invalid("spectradb_consistency takes the earlier digest first");
  Entries entries(database);
  SPECTRADB_ASSIGN_OR_RETURN(const Entry last, entries.newest());
  for (const Digest& digest : {earlier, later}) {
    bool is_same = digest.entries <= last.number;
    if (is_same) {
      SPECTRADB_ASSIGN_OR_RETURN(const Hash root, entries.root(0, digest.entries));
      is_same = root == digest.root;
    }
    if (!is_same)
      return Status::invalid("spectradb_consistency: the history of this database is not that of " +
                             digest.text());
  }
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<Hash> path,
                             entries.consistency(earlier.entries, later.entries));
  return "{\"earlier\":\"" + earlier.text() + "\",\"later\":\"" + later.text() +
         "\",\"path\":" + json_path(path) + "}";
}

}  // namespace spectradb::extension::ledger
