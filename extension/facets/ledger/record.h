// What an entry of the ledger says, as bytes. A record of a commit has a part for each table and index in which it has
// facts, in the order of their ids; docs/format.md has the grammar. Pure, any thread.
//
//   record  := commit | catalog | erasure | retirement       numbers are big-endian
//   commit  := 'c' commit_no:8 time_us:8 clock notes count:4 (id:4 facts:8 root:32)*
//   clock   := 0x00 | 0x01 clock_us:8
//   notes   := 0x00 | 0x01 hash:32
//   catalog := 's' commit_no:8 root:32
//   erasure := 'e' commit_no:8 erasures:8 root:32 facts:8 root:32
//   retirement := 'r' commit_no:8 retirements:8 root:32 parts:8 facts:8 root:32
//   fact    := salt:16 commit_no:8 ordinal:4 key_bytes:4 key value      a leaf of its table's tree
//   note    := name_bytes:4 name (0x6E | 'i' integer:8 | 'r' ieee754:8 | 't' bytes:4 text | 'b' bytes:4 blob)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "extension/facets/ledger/merkle.h"
#include "extension/facets/ledger/salts.h"
#include "temporal/value.h"

namespace spectradb::extension::ledger {

// The facts of a commit whose keys begin with one id.
struct TablePart {
  uint32_t id = 0;
  uint64_t facts = 0;
  Hash root{};
};

struct CommitRecord {
  uint64_t commit = 0;
  int64_t time_us = 0;
  std::optional<int64_t> clock_us;  // where the time does not tell it
  std::optional<Hash> notes;
  std::vector<TablePart> tables;

  std::string encode() const;
  static std::optional<CommitRecord> decode(std::string_view bytes);
  uint64_t facts() const;
  const TablePart* table(uint32_t id) const;  // null: it has none
};

struct CatalogRecord {
  uint64_t commit = 0;  // the last one before
  Hash root{};

  std::string encode() const;
  static std::optional<CatalogRecord> decode(std::string_view bytes);
};

// That facts are erased: by all erasures up to now, and which facts by those that no entry has told yet.
struct ErasureRecord {
  uint64_t commit = 0;  // the last one before
  uint64_t erasures = 0;
  Hash erasures_root{};
  uint64_t facts = 0;
  Hash facts_root{};

  std::string encode() const;
  static std::optional<ErasureRecord> decode(std::string_view bytes);
};

// That horizons were raised, and which facts are retired: all of either up to now.
struct RetirementRecord {
  uint64_t commit = 0;  // the last one before
  uint64_t retirements = 0;
  Hash retirements_root{};
  uint64_t parts = 0;  // of commits
  uint64_t facts = 0;
  Hash parts_root{};

  std::string encode() const;
  static std::optional<RetirementRecord> decode(std::string_view bytes);
};

// The notes of a commit, in the order of their names; or the values of a row.
class NotesHash {
 public:
  void add(std::string_view name, const temporal::Value& value);
  std::optional<Hash> hash() const;  // nothing where there are none

 private:
  std::string bytes_;
};

// Hashes the facts of a commit, which come in the order of the store: by key, later ordinals first.
class FactsHash {
 public:
  FactsHash(uint64_t commit, const Salt& seed, uint64_t count)
      : commit_(commit), count_(count), salts_(seed, count) {}

  void add(uint32_t ordinal, std::string_view key, std::string_view value);
  std::vector<TablePart> finish();

 private:
  void end_table();

  const uint64_t commit_;
  const uint64_t count_;
  Salts salts_;
  uint64_t place_ = 0;
  uint32_t table_id_ = 0;
  MerkleTree tree_;
  std::vector<TablePart> tables_;
};

// The leaf of a fact in its table's tree.
Hash leaf_of_fact(const Salt& salt, uint64_t commit, uint32_t ordinal, std::string_view key,
                  std::string_view value);

}  // namespace spectradb::extension::ledger
