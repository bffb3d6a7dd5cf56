// Where a database keeps a ledger, it proves which holds were set and lifted, when, why and by whom: each is a row of a
// temporal table, made with the first one. No row has a key, since it would outlive the row's erasure; `since` is that of
// spectradb_holds, which has the key as long as it is held. Used by the thread that uses the connection.
//
//   CREATE TABLE spectradb_hold_acts (act_no INTEGER PRIMARY KEY, act TEXT NOT NULL, table_name TEXT NOT NULL, since TEXT NOT NULL,
//                                     reason, author) WITH SYSTEM VERSIONING       act: 'hold' | 'release'
#pragma once

#include <cstdint>
#include <string>

#include "base/status.h"
#include "temporal/value.h"

namespace spectradb::extension {
class Database;
class WriteScope;
}  // namespace spectradb::extension

namespace spectradb::extension::erase {

struct HoldAct {
  const char* act;
  std::string table;
  int64_t since_us = 0;
  temporal::Value reason;
  temporal::Value author;
};

// Adds the row, in the scope; nothing where there is no ledger.
Status tell_hold_act(Database& database, WriteScope& scope, const HoldAct& act);

}  // namespace spectradb::extension::erase
