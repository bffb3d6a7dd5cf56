#include "extension/write/integer_keys.h"

#include <algorithm>
#include <limits>
#include <string>

#include "extension/host/api.h"
#include "extension/schema/sequence.h"
#include "extension/table/table.h"
#include "temporal/key_codec.h"
#include "temporal/row_cursor.h"
#include "temporal/subject_keys.h"

namespace spectradb::extension {

namespace {

// So many keys one behind the other are worth a search for the largest one, which takes as long as some points.
constexpr uint32_t kAscendingBeforeSearch = 64;
constexpr int64_t kLargestKey = std::numeric_limits<int64_t>::max();

std::string encoded_key(const Table& table, int64_t key) {
  std::string encoded;
  temporal::append_table_id(encoded, table.schema().id);
  temporal::append_key_value(encoded, temporal::Value::of_integer(key), temporal::Collation::kBinary);
  return encoded;
}

// Whether the key is a subject that was shredded: nothing shows it, and nothing can be written for it.
bool is_shredded(Table& table, int64_t key) {
  const temporal::SealedTables& sealed = table.database().subjects().tables();
  if (sealed.keys() == nullptr || !sealed.keys()->has_dropped()) return false;
  const std::string encoded = encoded_key(table, key);
  return sealed.has_table_of(encoded) && sealed.keys()->is_dropped(temporal::SubjectKeys::leaf_of(encoded));
}

}  // namespace

bool IntegerKeys::is_highest_known() const {
  return highest_ && transaction_ == table_.database().transaction() &&
         rollbacks_ == table_.database().rollbacks();
}

Result<int64_t> IntegerKeys::next() {
  if (!is_highest_known()) SPECTRADB_RETURN_IF_ERROR(find_highest());
  while (*highest_ != kLargestKey && is_shredded(table_, *highest_ + 1)) *highest_ += 1;
  if (*highest_ != kLargestKey) return *highest_ + 1;
  if (table_.schema().is_autoincrement)
    return Status(Code::kFull, "database or disk is full");  // SQLite's own words
  return random();
}

Status IntegerKeys::find_highest() {
  const temporal::TableSchema& schema = table_.schema();
  SPECTRADB_ASSIGN_OR_RETURN(temporal::RowCursor* const rows,
                             schema.is_autoincrement ? latest_.ever() : latest_.at_all_valid_time());
  std::string first;
  temporal::append_table_id(first, schema.id);
  rows->seek(first, temporal::after_prefix(first), true);
  SPECTRADB_RETURN_IF_ERROR(rows->status());
  int64_t highest = 0;  // of an empty table, whose first key is 1
  if (rows->valid()) {
    std::string_view rest = rows->row().user_key.substr(first.size());
    std::string scratch;
    SPECTRADB_ASSIGN_OR_RETURN(const temporal::Value key, temporal::take_key_value(rest, scratch));
    highest = key.integer;
  }
  if (schema.is_autoincrement) {
    SPECTRADB_ASSIGN_OR_RETURN(const int64_t counted, read_sequence(table_.database(), schema.name));
    highest = std::max(highest, counted);
  }
  highest_ = highest;
  mark_ = table_.database().batch()->mark();
  ascending_ = 0;
  transaction_ = table_.database().transaction();
  rollbacks_ = table_.database().rollbacks();
  return Status::ok();
}

// Once the largest key is used, SQLite tries keys at random.
Result<int64_t> IntegerKeys::random() {
  constexpr int kAttempts = 100;  // as SQLite does
  SPECTRADB_ASSIGN_OR_RETURN(temporal::RowCursor* const rows, latest_.at_all_valid_time());
  for (int i = 0; i < kAttempts; ++i) {
    int64_t key = 0;
    sqlite3_randomness(sizeof key, &key);
    key = (key & (kLargestKey >> 1)) + 1;
    rows->seek_point(encoded_key(table_, key));
    SPECTRADB_RETURN_IF_ERROR(rows->status());
    if (!rows->valid() && !is_shredded(table_, key)) return key;
  }
  return Status(Code::kFull, "table " + table_.schema().name +
                                 " has used the largest integer key: give the key explicitly");
}

Result<bool> IntegerKeys::is_beyond_all(int64_t key) {
  if (!is_highest_known() || mark_ != table_.database().batch()->mark()) {
    if (ascending_ < kAscendingBeforeSearch) return false;
    SPECTRADB_RETURN_IF_ERROR(find_highest());
  }
  return key > *highest_;
}

// Where more than one fact was written since the mark, one may have been of this table, by another writer of it.
void IntegerKeys::inserted(int64_t key) {
  const uint32_t mark = table_.database().batch()->mark();
  if (mark == mark_ + 1) mark_ = mark;
  ascending_ = last_ && key > *last_ ? ascending_ + 1 : 0;
  last_ = key;
  if (key < 0) highest_.reset();  // the table may have been empty
  if (highest_) highest_ = std::max(*highest_, key);
}

}  // namespace spectradb::extension
