#include "extension/facets/ledger/proof.h"

#include <algorithm>
#include <vector>

#include "base/hex.h"
#include "extension/facets/ledger/catalog.h"
#include "extension/facets/ledger/entries.h"
#include "extension/facets/ledger/record.h"
#include "extension/session/fact_reader.h"
#include "temporal/key_codec.h"

namespace spectradb::extension::ledger {

namespace {

std::string quoted_hex(std::string_view bytes) { return "\"" + hex_of(bytes) + "\""; }

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

  // visit(place in the table, version)
  template <typename Visit>
  Status walk(const Visit& visit) const {
    std::string from;
    temporal::append_table_id(from, table_id_);
    const std::string to = temporal::after_prefix(from);
    const std::unique_ptr<lsm::VersionCursor> versions = reader_.versions(commit_, commit_);
    uint64_t place = 0;
    for (versions->seek(from); versions->valid() && versions->user_key() < to; versions->next()) {
      SPECTRADB_RETURN_IF_ERROR(reader_.check_interrupted());
      if (versions->commit() == commit_) visit(place++, *versions);
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

class Proof {
 public:
  explicit Proof(const TemporalTable& table) : table_(table), entries_(*table.database) {}

  Result<std::string> prove(const std::string& user_key, uint64_t until);

 private:
  Result<std::string> json_entry(const Entry& entry);
  Result<std::string> json_facts(const std::string& user_key);
  Result<std::string> json_table();

  const TemporalTable& table_;
  Entries entries_;
  FactReader reader_;
  Digest digest_;
  Entry entry_;
  CommitRecord record_;
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

Result<std::string> Proof::json_facts(const std::string& user_key) {
  uint64_t first = 0;  // leaf of the table among all facts of the commit
  for (const TablePart& part : record_.tables) {
    if (part.id == table_.schema.id) break;
    first += part.facts;
  }
  std::vector<ProvenFact> proven;
  const CommitFacts facts(reader_, table_.schema.id, record_.commit);
  uint64_t count = 0;
  SPECTRADB_RETURN_IF_ERROR(facts.walk([&](uint64_t place, const lsm::VersionCursor& version) {
    ++count;
    if (version.user_key() == user_key)
      proven.push_back({place, version.ordinal(), std::string(version.value()), {}, MerkleTree(place)});
  }));
  const TablePart* part = record_.table(table_.schema.id);
  if (part == nullptr || part->facts != count)
    return Status::corrupt("commit " + std::to_string(record_.commit) +
                           " is not what its entry in the ledger says: spectradb_verify() says more");
  Salts salts(*entry_.seed, record_.facts());
  SPECTRADB_RETURN_IF_ERROR(facts.walk([&](uint64_t place, const lsm::VersionCursor& version) {
    const Salt& salt = salts.at(first + place);
    const std::string head = fact_head(salt, record_.commit, version.ordinal(), version.user_key());
    const Hash leaf = hash_leaf({head, version.user_key(), version.value()});
    for (ProvenFact& fact : proven) {
      if (fact.place == place) fact.salt = salt;
      fact.tree.add(leaf);
    }
  }));
  std::string text = "[";
  for (const ProvenFact& fact : proven) {
    if (fact.tree.root() != part->root)
      return Status::corrupt("commit " + std::to_string(record_.commit) +
                             " is not what its entry in the ledger says: spectradb_verify() says more");
    text.append(text.size() > 1 ? "," : "");
    text += "{\"key\":" + quoted_hex(user_key) + ",\"value\":" + quoted_hex(fact.value) +
            ",\"ordinal\":" + std::to_string(fact.ordinal) + ",\"salt\":" + quoted_hex(bytes_of(fact.salt)) +
            "," + json_place(fact.place, count, fact.tree.path()) + "}";
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

Result<std::string> Proof::prove(const std::string& user_key, uint64_t until) {
  SPECTRADB_RETURN_IF_ERROR(reader_.open(table_.database));
  const std::unique_ptr<lsm::VersionCursor> versions =
      reader_.versions(0, std::min(until, reader_.snapshot()));
  versions->seek_key(user_key);
  SPECTRADB_RETURN_IF_ERROR(versions->status());
  if (!versions->valid()) return std::string();
  SPECTRADB_ASSIGN_OR_RETURN(entry_, entries_.of_commit(versions->commit()));
  const std::optional<CommitRecord> record = CommitRecord::decode(entry_.record);
  if (!record || !entry_.seed)
    return Status::invalid("commit " + std::to_string(versions->commit()) +
                           " is older than the ledger, which proves nothing of it");
  record_ = *record;
  SPECTRADB_ASSIGN_OR_RETURN(digest_, newest_digest(*table_.database));
  SPECTRADB_ASSIGN_OR_RETURN(const std::string facts, json_facts(user_key));
  SPECTRADB_ASSIGN_OR_RETURN(const std::string table, json_table());
  SPECTRADB_ASSIGN_OR_RETURN(const std::string commit, json_entry(entry_));
  return "{\"digest\":\"" + digest_.text() + "\",\"table\":" + table + ",\"facts\":" + facts +
         ",\"commit\":" + commit + "}";
}

}  // namespace

Result<std::string> prove(const TemporalTable& table, const std::string& user_key, uint64_t until) {
  return Proof(table).prove(user_key, until);
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
