// Turns the rows of a new table into facts of the table that it continues (extension/alter/succession.h). It
// compares only what is visible now, at the latest commit: equal rows stay untouched, a row that differs is
// written over its old period, as UPDATE does, a missing row is deleted, and a new one inserted. Runs inside
// a write transaction; used by the thread that uses the connection.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "base/status.h"
#include "extension/session/database.h"
#include "extension/session/latest_rows.h"
#include "temporal/fact.h"
#include "temporal/row_codec.h"

namespace spectradb::extension {

class RowMerge {
 public:
  // Both tables have the same key; `from` is read, `into` (with the columns of `from`) is read and written.
  RowMerge(Database& database, const temporal::TableSchema& from, const temporal::TableSchema& into);

  Status run();

 private:
  struct Piece {
    temporal::Period valid;
    std::string payload;
  };
  // The pieces of one table, key by key. A key may be written once the stream has left it.
  class Keys;

  Status merge_by_key();
  Status merge_key(const std::string& key, const std::vector<Piece>& old, const std::vector<Piece>& made);
  Status merge_by_content();
  const Piece* visible(const std::vector<Piece>& pieces) const;
  temporal::Period free_around_now(const std::vector<Piece>& pieces) const;
  bool says_no_period(const temporal::Period& period) const;
  Result<std::string> image(temporal::RowReader& reader, const temporal::TableSchema& schema,
                            const std::string& key, const Piece& piece);
  Status put(const std::string& key, const temporal::Period& period, const Piece& made);
  Status put_as(const std::string& made_key, const std::string& key, const temporal::Period& period,
                const Piece& made);
  Status erase(const std::string& key, const temporal::Period& period);
  Status append(const std::string& key, const temporal::Period& period, temporal::Operation operation,
                std::string_view payload);
  std::string full_key(const temporal::TableSchema& schema, std::string_view key) const;

  Database& database_;
  const temporal::TableSchema& from_;
  const temporal::TableSchema& into_;
  temporal::RowReader from_reader_;
  temporal::RowReader into_reader_;
  const int64_t now_us_;
  std::vector<temporal::Value> values_;
  std::vector<std::string> bytes_;  // bytes of values_
};

}  // namespace spectradb::extension
