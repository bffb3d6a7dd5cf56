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
  // Whether the key is larger than those of all rows, so that none need be looked for: where keys are inserted
  // one behind the other, which is seen after some of them. False also where that is not known. Call it before
  // anything of the row is written.
  Result<bool> is_beyond_all(int64_t key);
  // Call it for each row that is inserted, once it is written.
  void inserted(int64_t key);
  // Call it where rows may have gone, or come in another way: the largest key is looked up again.
  void forget() {
    highest_.reset();
    ascending_ = 0;
  }

 private:
  bool is_highest_known() const;  // as long as nobody else writes the table
  Status find_highest();
  Result<int64_t> random();

  Table& table_;
  LatestRows& latest_;
  std::optional<int64_t> highest_;  // the largest key, while known
  uint64_t transaction_ = 0;        // in which it was found
  uint64_t rollbacks_ = 0;          // of the database when it was found
  uint32_t mark_ = 0;               // of the batch when nobody else had written since
  uint32_t ascending_ = 0;          // rows inserted since then, each with a larger key than the one before
  std::optional<int64_t> last_;     // the key that was inserted last
};

}  // namespace spectradb::extension
