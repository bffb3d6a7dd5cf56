// What a database says of its temporal tables, as one hash: a tree with a leaf for each table's name and text, and one
// for the rest: indexes, columns of altered tables, and the rows of _spectradb_meta by which facts are read. One thread.
//
//   table := 't' id:4 name_bytes:4 name text              in the order of ids
//   rest  := 'r' hash:32                                  of the rows below; without any, 'r' alone
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "extension/facets/ledger/merkle.h"

namespace spectradb::extension {
class Database;
}

namespace spectradb::extension::ledger {

struct Catalog {
  struct Table {
    uint32_t id = 0;
    std::string name;
    std::string text;  // CREATE VIRTUAL TABLE …
    std::string leaf() const;
  };
  std::vector<Table> tables;
  std::string rest;

  MerkleTree tree(std::optional<uint64_t> watched = {}) const;  // a leaf's place
  Hash root() const { return tree().root(); }
};

Result<Catalog> read_catalog(Database& database);

}  // namespace spectradb::extension::ledger
