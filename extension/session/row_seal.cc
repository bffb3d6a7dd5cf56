#include "extension/session/row_seal.h"

#include <bit>

#include "extension/host/values.h"
#include "extension/session/database.h"
#include "lsm/base/checksum.h"
#include "lsm/base/coding.h"

namespace spectradb::extension {

namespace {

constexpr char kClockPart = 'c';

temporal::Value to_value(std::optional<int64_t> number) {
  return number ? temporal::Value::of_integer(*number) : temporal::Value::null();
}

}  // namespace

void RowSeal::add(const temporal::Value& value) {
  using Type = temporal::Value::Type;
  bytes_.push_back(static_cast<char>(value.type));
  if (value.type == Type::kInteger) lsm::put_fixed64(bytes_, static_cast<uint64_t>(value.integer));
  if (value.type == Type::kReal) lsm::put_fixed64(bytes_, std::bit_cast<uint64_t>(value.real));
  if (value.type == Type::kText || value.type == Type::kBlob) lsm::put_bytes(bytes_, value.bytes);
}

void RowSeal::add_row(const Query& query, int columns) {
  for (int column = 0; column < columns; ++column)
    add(from_sqlite(sqlite3_column_value(query.statement(), column)));
}

int64_t RowSeal::value(std::string_view store_id) const {
  return static_cast<int64_t>(lsm::checksum64(bytes_, lsm::checksum64(store_id, 0)));
}

void begin_commit_seal(RowSeal& seal, uint64_t commit, const temporal::Value& time,
                       const temporal::Value& frame) {
  seal.clear();
  seal.add(temporal::Value::of_integer(static_cast<int64_t>(commit)));
  seal.add(time);
  seal.add(frame);
}

void add_clock(RowSeal& seal, const temporal::Value& clock, const temporal::Value& was) {
  seal.add(kClockPart);
  seal.add(clock);
  seal.add(was);
}

void add_clock(RowSeal& seal, const ClockReadings::Reading& reading) {
  add_clock(seal, to_value(reading.clock_us), to_value(reading.was_us));
}

Status add_notes(RowSeal& seal, Database& database, uint64_t commit) {
  const Result<bool> there = database.has_notes();
  if (!there || !*there) return there.status();
  Query notes(database.connection().handle(), "SELECT name, value FROM " +
                                                  database.qualified(CommitNotes::kTable) +
                                                  " WHERE commit_no = ?1 ORDER BY name");
  notes.bind(1, static_cast<int64_t>(commit));
  for (;;) {
    const Result<bool> row = notes.step();
    if (!row || !*row) return row.status();
    seal.add(kNotePart);
    seal.add_row(notes, 2);
  }
}

}  // namespace spectradb::extension
