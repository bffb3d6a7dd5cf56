// Seals of our own rows in SQLite's file: checksums by which spectradb_check() notices a row that somebody
// has edited. They start from the store's seed, as checksums of the store's files do, so no row of another
// database passes. They are no signatures: a forger can compute one. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "extension/host/query.h"
#include "extension/times/clock_readings.h"
#include "temporal/value.h"

namespace spectradb::extension {

class Database;

class RowSeal {
 public:
  void add(const temporal::Value& value);
  void add(char part) { bytes_.push_back(part); }  // says what kind of part comes next
  void add_row(const Query& query, int columns);   // the current row of the query
  int64_t value(std::string_view store_id) const;
  void clear() { bytes_.clear(); }

 private:
  std::string bytes_;
};

// A commit's seal starts with its row; its notes follow, in the order of their names, each behind kNotePart.
inline constexpr char kNotePart = 'n';
void begin_commit_seal(RowSeal& seal, uint64_t commit, const temporal::Value& time,
                       const temporal::Value& frame);
// Adds the commit's row in _spectradb_clock, if there is one.
void add_clock(RowSeal& seal, const temporal::Value& clock, const temporal::Value& was);
void add_clock(RowSeal& seal, const ClockReadings::Reading& reading);
// Adds the notes as they stand in their table, if there is one.
Status add_notes(RowSeal& seal, Database& database, uint64_t commit);

}  // namespace spectradb::extension
