// How many rows a table shows, as it was counted before: at one commit, with own writes or without, and at any
// instant of valid time, or from one bound of facts to the next. A count is carried on to a later commit by the keys that were written
// meanwhile. Used by the thread that uses the connection.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "extension/session/erasure_mark.h"
#include "lsm/base/version_cursor.h"
#include "temporal/row_count.h"

namespace spectradb::extension {

class Connection;
class Table;

class RowCounts {
 public:
  explicit RowCounts(Table& table) : table_(table) {}

  // Whether a connected temporal table of this name had so many rows, when a statement was planned last, that to have a
  // statement ask for their number takes less time than to pass them.
  static bool are_many(Connection& connection, std::string_view schema, std::string_view table);

  // The rows that a number counts: those that a read sees at one commit and at one instant of valid time.
  struct Moment {
    uint64_t commit = 0;  // and those before it
    // The facts of the open transaction, where they are seen, too.
    struct Own {
      uint64_t transaction = 0;
      uint64_t rollbacks = 0;
      uint32_t mark = 0;
      bool operator==(const Own&) const = default;
    };
    std::optional<Own> own;
    // Of valid time. Nothing: the present, whose instant is asked for where it matters.
    std::optional<int64_t> instant;
  };
  Moment moment(uint64_t commit, bool sees_own, std::optional<int64_t> instant) const;

  // Whether counts are kept at all: rows that are encrypted may vanish at any time.
  bool are_kept() const;
  // Returns the number of rows where it is known; what is asked must be are_kept().
  Result<std::optional<uint64_t>> find(const Moment& moment);
  // Returns it also where it takes less to find out what has changed since a count than to count again.
  Result<std::optional<uint64_t>> find_or_carry_on(const Moment& moment);
  // Keeps what was counted, for the instants at which it holds.
  void keep(const Moment& moment, const temporal::RowCount& counted);

 private:
  struct Count {
    Moment moment;  // its instant is of no matter
    temporal::RowCount counted;
    bool is_timeless() const { return counted.valid == temporal::Period{}; }
  };

  Status forget_erased();
  Result<std::optional<uint64_t>> carry_on(const Count& from, const Moment& to);
  lsm::CursorOptions options_of(const Moment& moment) const;

  Table& table_;
  std::vector<Count> counts_;  // the one used last is the last
  ErasureMark erasures_;
};

}  // namespace spectradb::extension
