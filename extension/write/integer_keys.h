// Chooses the integer key of a row that is inserted without one, as SQLite numbers rows: one more than the
// largest key that is visible at any valid time; with AUTOINCREMENT, one more than the largest key that ever
// was. Used by the thread that uses the connection.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/status.h"
#include "extension/session/latest_rows.h"

namespace spectradb::extension {

class Table;

class IntegerKeys {
 public:
  // Both outlive the keys. `latest` reads the table's rows, those of the transaction included.
  IntegerKeys(Table& table, LatestRows& latest) : table_(table), latest_(latest) {}

  // kFull when no key is left.
  Result<int64_t> next();
  // Call it for each row that is inserted.
  void inserted(int64_t key);
  // Call it where rows may have gone, or come in another way: the largest key is looked up again.
  void forget() { highest_.reset(); }

 private:
  Status find_highest();
  Result<int64_t> random();

  Table& table_;
  LatestRows& latest_;
  std::optional<int64_t> highest_;  // the largest key, while known
  uint64_t transaction_ = 0;        // in which it was found
  uint64_t rollbacks_ = 0;          // of the database when it was found
};

}  // namespace spectradb::extension
