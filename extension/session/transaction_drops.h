// The temporal tables that the open transaction has dropped: others may succeed them (extension/alter/succession.h). Used by
// the thread that uses the connection.
#pragma once

#include <memory>
#include <string>

#include "base/status.h"
#include "extension/schema/definition.h"
#include "extension/session/database.h"

namespace spectradb::extension {

// A temporal table that the transaction dropped.
struct DroppedTable {
  std::shared_ptr<Database> database;
  std::string name;       // when the transaction began, or of one that it made: when it was dropped
  Definition definition;  // when it was dropped
  // Whether it is older than the transaction; else its successor has to be temporal, and no more.
  bool has_history;
};

// The table that is dropped or renamed must tell of it here.
void note_drop(std::shared_ptr<Database> database, const Definition& definition);
void note_rename(Database& database, uint32_t id, const std::string& old_name, const std::string& new_name);

// The table that one of this name would succeed, one with a history before others; null for none.
Result<std::shared_ptr<const DroppedTable>> find_dropped(Database& database, const std::string& name);

}  // namespace spectradb::extension
