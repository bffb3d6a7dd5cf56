#include "extension/facets/ledger/entries.h"

#include "extension/facets/ledger/record.h"
#include "extension/session/database.h"

namespace spectradb::extension::ledger {

namespace {

constexpr unsigned kNodeBits = 8;  // a node has 256 below it
constexpr uint64_t kNodeSpan = 1u << kNodeBits;
constexpr unsigned kMostLevels = 7;
constexpr const char* kCatalogsIndex = "_spectradb_ledger_catalogs";  // finds the entries of no commit
constexpr const char* kColumns = "SELECT entry, commit_no, record, digest, seed FROM ";

uint64_t span_of(unsigned level) { return uint64_t{1} << (kNodeBits * level); }

}  // namespace

Hash digest_of(const Hash& before, std::string_view record) { return hash_leaf({bytes_of(before), record}); }

Entries::Entries(Database& database)
    : database_(database),
      newest_(database.connection().handle(),
              kColumns + database.qualified(kEntriesTable) + " ORDER BY entry DESC LIMIT 1"),
      find_(database.connection().handle(),
            kColumns + database.qualified(kEntriesTable) + " WHERE entry = ?1"),
      insert_(database.connection().handle(),
              "INSERT INTO " + database.qualified(kEntriesTable) +
                  "(entry, commit_no, record, digest, seed) VALUES (?1, ?2, ?3, ?4, ?5)"),
      digests_(database.connection().handle(), "SELECT digest FROM " + database.qualified(kEntriesTable) +
                                                   " WHERE entry > ?1 AND entry <= ?2 ORDER BY entry"),
      node_(database.connection().handle(),
            "SELECT hash FROM " + database.qualified(kNodesTable) + " WHERE level = ?1 AND place = ?2") {}

Result<bool> Entries::are_kept() { return database_.has_table(kEntriesTable); }

Status Entries::create() {
  sqlite3* db = database_.connection().handle();
  SPECTRADB_RETURN_IF_ERROR(database_.catalog_seal().will_make(kEntriesTable));
  SPECTRADB_RETURN_IF_ERROR(execute(db, "CREATE TABLE " + database_.qualified(kEntriesTable) +
                                            "(entry INTEGER PRIMARY KEY, commit_no INTEGER NOT NULL, record "
                                            "BLOB NOT NULL, digest BLOB NOT NULL, "
                                            "seed BLOB)"));
  SPECTRADB_RETURN_IF_ERROR(execute(db, "CREATE INDEX " + database_.qualified(kCatalogsIndex) + " ON " +
                                            kEntriesTable + "(entry) WHERE seed IS NULL"));
  return execute(db, "CREATE TABLE " + database_.qualified(kNodesTable) +
                         "(level INTEGER, place INTEGER, hash BLOB NOT NULL, PRIMARY KEY (level, place)) "
                         "WITHOUT ROWID");
}

Result<Entry> Entries::ask(Query& query) {
  const QueryScope scope(query);
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.step());
  Entry entry;
  if (!row) return entry;
  entry.number = static_cast<uint64_t>(query.integer(0));
  entry.commit = static_cast<uint64_t>(query.integer(1));
  entry.record = query.blob(2);
  const std::optional<Hash> digest = hash_of(query.blob(3));
  if (!digest || query.integer(0) < 1)
    return Status::corrupt("entry " + query.text(0) + " of " + database_.schema() + "." + kEntriesTable +
                           " is not what SpectraDB wrote there");
  entry.digest = *digest;
  if (!query.is_null(4)) entry.seed.emplace(query.blob(4));
  return entry;
}

Result<Entry> Entries::newest() { return ask(newest_); }

Result<Entry> Entries::find(uint64_t number) {
  find_.bind(1, static_cast<int64_t>(number));
  return ask(find_);
}

// Entries rise with commits, and a commit's own is the last that bears its number before catalogs that came later: so
// the search is for the first entry of the number, which is the commit's unless a commit before it had none.
Result<Entry> Entries::of_commit(uint64_t commit) {
  SPECTRADB_ASSIGN_OR_RETURN(const Entry last, newest());
  uint64_t low = 0;  // its commit is before
  uint64_t high = last.number + 1;
  while (high - low > 1) {
    const uint64_t middle = low + (high - low) / 2;
    SPECTRADB_ASSIGN_OR_RETURN(const Entry entry, find(middle));
    (entry.commit < commit ? low : high) = middle;
  }
  SPECTRADB_ASSIGN_OR_RETURN(Entry entry, find(high));
  if (entry.number == 0 || entry.commit != commit || !CommitRecord::decode(entry.record)) return Entry{};
  return entry;
}

Result<Entry> Entries::last_catalog(uint64_t until) {
  Query query(database_.connection().handle(),
              kColumns + database_.qualified(kEntriesTable) +
                  " WHERE seed IS NULL AND entry <= ?1 ORDER BY entry DESC LIMIT 1");
  query.bind(1, static_cast<int64_t>(until));
  return ask(query);
}

Status Entries::append(Entry* last, uint64_t commit, std::string record,
                       const std::optional<std::string>& seed) {
  const Hash digest = digest_of(last->digest, record);
  *last = {last->number + 1, commit, std::move(record), digest, seed};
  insert_.bind(1, static_cast<int64_t>(last->number)).bind(2, static_cast<int64_t>(commit));
  insert_.bind_blob(3, last->record).bind_blob(4, bytes_of(last->digest));
  if (seed) {
    insert_.bind_blob(5, *seed);
  } else {
    insert_.bind(5, temporal::Value::null());
  }
  SPECTRADB_RETURN_IF_ERROR(insert_.run());
  return last->number % kNodeSpan == 0 ? add_nodes(last->number) : Status::ok();
}

Status Entries::keep_salts(const Entry& entry, std::string_view kept) {
  Query update(database_.connection().handle(),
               "UPDATE " + database_.qualified(kEntriesTable) + " SET seed = ?2 WHERE entry = ?1");
  const std::string_view bytes =
      kept.empty() ? std::string_view("") : kept;  // without a place it would be NULL
  return update.bind(1, static_cast<int64_t>(entry.number)).bind_blob(2, bytes).run();
}

Status Entries::add_nodes(uint64_t count) {
  Query insert(database_.connection().handle(), "INSERT OR REPLACE INTO " + database_.qualified(kNodesTable) +
                                                    "(level, place, hash) VALUES (?1, ?2, ?3)");
  for (unsigned level = 1; level <= kMostLevels && count % span_of(level) == 0; ++level) {
    SPECTRADB_ASSIGN_OR_RETURN(const Hash hash, root_of_few(count - span_of(level), span_of(level)));
    insert.bind(1, int64_t{level}).bind(2, static_cast<int64_t>(count / span_of(level) - 1));
    SPECTRADB_RETURN_IF_ERROR(insert.bind_blob(3, bytes_of(hash)).run());
  }
  return Status::ok();
}

Status Entries::remove_behind(uint64_t number) {
  sqlite3* db = database_.connection().handle();
  Query entries(db, "DELETE FROM " + database_.qualified(kEntriesTable) + " WHERE entry > ?1");
  SPECTRADB_RETURN_IF_ERROR(entries.bind(1, static_cast<int64_t>(number)).run());
  Query nodes(db, "DELETE FROM " + database_.qualified(kNodesTable) + " WHERE level = ?1 AND place >= ?2");
  for (unsigned level = 1; level <= kMostLevels; ++level) {
    nodes.bind(1, int64_t{level}).bind(2, static_cast<int64_t>(number / span_of(level)));
    SPECTRADB_RETURN_IF_ERROR(nodes.run());
  }
  return Status::ok();
}

Result<std::optional<Hash>> Entries::node(uint64_t level, uint64_t place) {
  const QueryScope scope(node_);
  node_.bind(1, static_cast<int64_t>(level)).bind(2, static_cast<int64_t>(place));
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, node_.step());
  return row ? hash_of(node_.blob(0)) : std::optional<Hash>();
}

// Reads at most 256 digests, or nodes of the level below.
Result<Hash> Entries::root_of_few(uint64_t first, uint64_t count) {
  MerkleTree tree;
  if (count > kNodeSpan) {
    const uint64_t below = count / kNodeSpan;
    for (uint64_t i = 0; i < kNodeSpan; ++i) {
      SPECTRADB_ASSIGN_OR_RETURN(const Hash hash, root(first + i * below, below));
      tree.add(hash);
    }
    return tree.root();
  }
  const QueryScope scope(digests_);
  digests_.bind(1, static_cast<int64_t>(first)).bind(2, static_cast<int64_t>(first + count));
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, digests_.step());
    if (!row) break;
    const std::optional<Hash> digest = hash_of(digests_.blob(0));
    if (!digest) break;
    tree.add(*digest);
  }
  if (tree.size() == count) return tree.root();
  return Status::corrupt(database_.schema() + "." + kEntriesTable + " lacks an entry behind entry " +
                         std::to_string(first + tree.size()));
}

Result<Hash> Entries::root(uint64_t first, uint64_t count) {
  for (unsigned level = 1; level <= kMostLevels; ++level) {
    if (count != span_of(level) || first % count != 0) continue;
    SPECTRADB_ASSIGN_OR_RETURN(const std::optional<Hash> kept, node(level, first / count));
    if (kept) return *kept;
  }
  if (count <= kNodeSpan) return root_of_few(first, count);
  const uint64_t left = left_part_of(count);
  SPECTRADB_ASSIGN_OR_RETURN(const Hash left_root, root(first, left));
  SPECTRADB_ASSIGN_OR_RETURN(const Hash right_root, root(first + left, count - left));
  return hash_node(left_root, right_root);
}

// PATH of RFC 9162, 2.1.3.1.
Status Entries::add_inclusion(uint64_t place, uint64_t first, uint64_t count, std::vector<Hash>* path) {
  if (count < 2) return Status::ok();
  const uint64_t left = left_part_of(count);
  const bool is_left = place < left;
  SPECTRADB_RETURN_IF_ERROR(is_left ? add_inclusion(place, first, left, path)
                                    : add_inclusion(place - left, first + left, count - left, path));
  SPECTRADB_ASSIGN_OR_RETURN(const Hash other,
                             is_left ? root(first + left, count - left) : root(first, left));
  path->push_back(other);
  return Status::ok();
}

Result<std::vector<Hash>> Entries::inclusion(uint64_t place, uint64_t count) {
  std::vector<Hash> path;
  SPECTRADB_RETURN_IF_ERROR(add_inclusion(place, 0, count, &path));
  return path;
}

// SUBPROOF of RFC 9162, 2.1.4.1; `is_known`: the verifier has this subtree's root.
Status Entries::add_consistency(uint64_t old_count, uint64_t first, uint64_t count, bool is_known,
                                std::vector<Hash>* path) {
  if (old_count == count) {
    if (is_known) return Status::ok();
    SPECTRADB_ASSIGN_OR_RETURN(const Hash whole, root(first, count));
    path->push_back(whole);
    return Status::ok();
  }
  const uint64_t left = left_part_of(count);
  const bool is_left = old_count <= left;
  SPECTRADB_RETURN_IF_ERROR(is_left
                                ? add_consistency(old_count, first, left, is_known, path)
                                : add_consistency(old_count - left, first + left, count - left, false, path));
  SPECTRADB_ASSIGN_OR_RETURN(const Hash other,
                             is_left ? root(first + left, count - left) : root(first, left));
  path->push_back(other);
  return Status::ok();
}

Result<std::vector<Hash>> Entries::consistency(uint64_t old_count, uint64_t count) {
  std::vector<Hash> path;
  SPECTRADB_RETURN_IF_ERROR(add_consistency(old_count, 0, count, true, &path));
  return path;
}

}  // namespace spectradb::extension::ledger
